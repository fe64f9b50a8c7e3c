# shellcheck shell=bash
# nginx.conf as it is, with the two files that it includes. Sourced, never run; needs common.sh, and
# process.sh for a running one.

# render_nginx FOLDER LISTEN WORKER...: addresses as host:port.
render_nginx() {
    local folder=$1 listen=$2
    shift 2
    mkdir -p "$folder"
    cp "$root/deploy/nginx.conf" "$folder/nginx.conf"
    printf 'listen %s;\n' "$listen" >"$folder/listen.conf"
    printf 'server %s max_fails=0;\n' "$@" >"$folder/workers.conf"
}

# nginx_arguments FOLDER: sets the array nginx_command. Started by root, nginx would give its processes to another user,
# who cannot enter our folder; anyone else may not choose.
nginx_arguments() {
    local main='daemon off;'
    ((EUID != 0)) || main+=' user root;'
    nginx_command=(nginx -p "$1/" -c "$1/nginx.conf" -e stderr -g "$main")
}

# nginx_takers MASTER: the processes of nginx that take connections, sorted. Those that a reload has told to finish say so
# in their titles.
nginx_takers() {
    local pid title
    for pid in $(children_of "$1"); do
        { title=$(tr '\0' ' ' <"/proc/$pid/cmdline"); } 2>/dev/null || continue
        [[ $title == *"is shutting down"* ]] || echo "$pid"
    done | sort
}
