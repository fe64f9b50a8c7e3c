#!/usr/bin/env bash
# Usage: deploy/lib/mcp-sdks.sh [1|2]
#
# Makes virtual environments with the official Python SDK of the Model Context Protocol, one for each of its lines, below
# .build/mcp-sdks; those that are there stay. With a line's number it makes just that one and prints its python.
set -euo pipefail

# shellcheck source=common.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

declare -A sdk_versions=([1]=1.30.0 [2]=2.3.0)

# make_sdk LINE: leaves a python that has the SDK at $folder/bin/python. The stamp is written last, so that what an
# interrupted run left is made anew.
make_sdk() {
    folder=$root/.build/mcp-sdks/${sdk_versions[$1]}
    [[ ! -e $folder/ready ]] || return 0
    say "Installing the MCP SDK ${sdk_versions[$1]} from PyPI"
    rm -rf -- "$folder"
    # Debian's python, whatever else comes first on the PATH.
    PATH=/usr/bin:$PATH python3 -m venv "$folder" >&2 || die "python3 -m venv failed: is python3-venv installed?"
    "$folder/bin/pip" install --quiet --disable-pip-version-check "mcp==${sdk_versions[$1]}" >&2 ||
        die "pip could not install mcp==${sdk_versions[$1]}"
    touch "$folder/ready"
}

mkdir -p "$root/.build/mcp-sdks"
exec 9>"$root/.build/mcp-sdks/lock"
flock 9

case ${1:-} in
    '') for line in "${!sdk_versions[@]}"; do make_sdk "$line"; done ;;
    1 | 2)
        make_sdk "$1"
        printf '%s\n' "$folder/bin/python"
        ;;
    -h | --help) usage ;;
    *) die "unknown line $1: 1 and 2 exist" ;;
esac
