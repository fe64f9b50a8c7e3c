# shellcheck shell=bash
# Virtual environments with packages from PyPI. Sourced, never run; needs common.sh.

# make_venv FOLDER PACKAGE...: leaves a python that has the packages at FOLDER/bin/python; one that is there stays. Only
# one process makes it at a time. The stamp is written last, so that what an interrupted run left is made anew.
make_venv() {
    local folder=$1
    shift
    mkdir -p "$(dirname -- "$folder")"
    exec 9>"$folder.lock"
    flock 9
    [[ -e $folder/ready ]] || {
        say "Installing from PyPI: $*"
        rm -rf -- "$folder"
        # Debian's python, whatever else comes first on the PATH.
        PATH=/usr/bin:$PATH python3 -m venv "$folder" >&2 || die "python3 -m venv failed: is python3-venv installed?"
        "$folder/bin/pip" install --quiet --disable-pip-version-check "$@" >&2 || die "pip could not install $*"
        touch "$folder/ready"
    }
    exec 9>&-
}
