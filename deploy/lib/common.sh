# shellcheck shell=bash
# Messages, help and paths, shared by the scripts in deploy/. Sourced, never run.

# shellcheck disable=SC2034  # used by the scripts that source this
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)

# Debian keeps nginx where a plain user's PATH does not look.
PATH=$PATH:/usr/sbin:/sbin

# Messages go to standard error: standard output belongs to the answer (status --json) or to the served program.
say() { printf '%s\n' "$*" >&2; }

die() {
    say "${0##*/}: $*"
    exit 1
}

# Prints the comment at the head of the script that was called.
usage() { sed -n '2,/^[^#]/ s/^# \{0,1\}//p' "$0"; }

has() { command -v "$1" >/dev/null 2>&1; }
