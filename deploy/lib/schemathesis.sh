#!/usr/bin/env bash
# Usage: deploy/lib/schemathesis.sh
#
# Makes a virtual environment with schemathesis, which tries a service out by its OpenAPI document, and with a validator
# of such documents, below .build/schemathesis, unless it is there; prints the folder of its programs.
set -euo pipefail

here=$(dirname -- "${BASH_SOURCE[0]}")
# shellcheck source=common.sh
source "$here/common.sh"
# shellcheck source=venv.sh
source "$here/venv.sh"

case ${1:-} in
    '') ;;
    -h | --help)
        usage
        exit
        ;;
    *) die "unknown option $1" ;;
esac

# What hypothesis draws decides what is tried: it is pinned as well.
version=4.32.5
folder=$root/.build/schemathesis/$version
make_venv "$folder" "schemathesis==$version" hypothesis==6.170.17 openapi-spec-validator==0.9.0
printf '%s\n' "$folder/bin"
