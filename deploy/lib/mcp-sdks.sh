#!/usr/bin/env bash
# Usage: deploy/lib/mcp-sdks.sh [1|2]
#
# Makes virtual environments with the official Python SDK of the Model Context Protocol, one for each of its lines, below
# .build/mcp-sdks; those that are there stay. With a line's number it makes just that one and prints its python.
set -euo pipefail

here=$(dirname -- "${BASH_SOURCE[0]}")
# shellcheck source=common.sh
source "$here/common.sh"
# shellcheck source=venv.sh
source "$here/venv.sh"

declare -A sdk_versions=([1]=1.30.0 [2]=2.3.0)

make_sdk() { make_venv "$root/.build/mcp-sdks/${sdk_versions[$1]}" "mcp==${sdk_versions[$1]}"; }

case ${1:-} in
    '') for line in "${!sdk_versions[@]}"; do make_sdk "$line"; done ;;
    1 | 2)
        make_sdk "$1"
        printf '%s\n' "$root/.build/mcp-sdks/${sdk_versions[$1]}/bin/python"
        ;;
    -h | --help) usage ;;
    *) die "unknown line $1: 1 and 2 exist" ;;
esac
