# shellcheck shell=bash
# Installs what is missing from Debian and builds the program. Sourced, never run; needs common.sh.

# What the Swift targets CHiredis, CPostgres, CCurl and COpenSSL are built against, and what SwiftPM fetches packages with.
readonly build_packages=(libhiredis-dev libpq-dev libcurl4-openssl-dev libssl-dev libjemalloc-dev git ca-certificates)

as_root() {
    if ((EUID == 0)); then
        "$@"
    elif has sudo; then
        sudo "$@"
    else
        die "this needs root, and there is no sudo: $*"
    fi
}

package_installed() { [[ $(dpkg-query -W -f '${db:Status-Abbrev}' "$1" 2>/dev/null) == ?i* ]]; }

# install_packages PACKAGE...: installs those that are missing; with none missing, apt is not touched.
install_packages() {
    local package missing=()
    has dpkg-query || { say "Not a Debian system, so not checked: $*"; return 0; }
    for package; do
        package_installed "$package" || missing+=("$package")
    done
    ((${#missing[@]})) || return 0
    say "Installing from Debian: ${missing[*]}"
    keep_services_stopped
    {
        as_root apt-get -qq -o DPkg::Lock::Timeout=120 update
        as_root env DEBIAN_FRONTEND=noninteractive \
            apt-get -qq -y -o DPkg::Lock::Timeout=120 -o Dpkg::Use-Pty=0 install --no-install-recommends "${missing[@]}"
    } </dev/null >&2 || { allow_services; die "apt-get could not install: ${missing[*]}"; }
    leave_services_disabled "${missing[@]}"
    allow_services
}

# Debian's redis-server, nginx and postgresql start with their installation, and with the machine. We only want the programs.
# policy-rc.d is how Debian lets that be refused; one that is there already decides by itself and stays.
policy=/usr/sbin/policy-rc.d
policy_is_ours=

keep_services_stopped() {
    [[ ! -e $policy ]] || return 0
    policy_is_ours=yes
    trap allow_services EXIT
    as_root tee "$policy" >/dev/null <<'POLICY'
#!/bin/sh
case $1 in redis-server* | nginx* | postgresql*) exit 101 ;; esac
POLICY
    as_root chmod 755 "$policy"
}

allow_services() {
    [[ -n $policy_is_ours ]] || return 0
    policy_is_ours=
    trap - EXIT
    as_root rm -f "$policy"
}

leave_services_disabled() {
    local package
    has systemctl || return 0
    for package; do
        case $package in
            redis-server) as_root systemctl disable --quiet redis-server >&2 || true ;;
            nginx-light) as_root systemctl disable --quiet nginx >&2 || true ;;
            postgresql) as_root systemctl disable --quiet postgresql >&2 || true ;;
        esac
    done
}

# install_command COMMAND PACKAGE: for programs, which may have come from elsewhere than the package.
install_command() { has "$1" || install_packages "$2"; }

install_fleet_programs() {
    install_command redis-server redis-server
    install_command nginx nginx-light
}

require_swift() {
    has swift || die "no Swift toolchain: install Swift 6.3 from https://www.swift.org/install/linux/ and put its" \
        "usr/bin on the PATH"
}

# build_release PRODUCT: leaves the product at $root/.build/release/PRODUCT.
build_release() {
    require_swift
    install_packages "${build_packages[@]}"
    # With Swift's runtime inside, as in the image: no call to it goes through a table of the dynamic linker.
    swift build --package-path "$root" -c release --static-swift-stdlib --product "$1" >&2
}
