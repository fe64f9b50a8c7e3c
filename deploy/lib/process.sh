# shellcheck shell=bash
# Starts, watches and stops processes by files in $dir: NAME.pid holds "<pid> <start time>", NAME.port a port. Sourced,
# never run; needs common.sh, and a script that sets dir.
#
# The start time is what makes a process ours: a number that the system gave to someone else meanwhile never matches.

# start_time PID: the kernel's clock tick at which a living process started; fails when there is none.
start_time() {
    local stat fields
    { stat=$(<"/proc/$1/stat"); } 2>/dev/null || return 1
    # The second field is the program's name in parentheses, which may itself hold spaces and parentheses.
    read -ra fields <<<"${stat##*) }"
    [[ ${fields[0]} != [ZX] ]] || return 1
    printf '%s\n' "${fields[19]}"
}

# children_of PID: the processes that it has started, one a line.
children_of() {
    local file stat parent
    for file in /proc/[0-9]*/stat; do
        { stat=$(<"$file"); } 2>/dev/null || continue
        read -r _ parent _ <<<"${stat##*) }"
        [[ $parent != "$1" ]] || printf '%s\n' "${stat%% *}"
    done
}

# pid_of NAME: the process' number while it lives and is ours.
pid_of() {
    local pid started
    { read -r pid started <"$dir/$1.pid"; } 2>/dev/null || return 1
    [[ $started == "$(start_time "$pid")" ]] || return 1
    printf '%s\n' "$pid"
}

alive() { pid_of "$1" >/dev/null; }

port_of() { cat "$dir/$1.port" 2>/dev/null; }

# launch NAME COMMAND...: in the background and in a session of its own, so that no Ctrl-C at a terminal reaches it.
launch() {
    local name=$1
    shift
    setsid -- "$@" </dev/null >>"$dir/log/$name.log" 2>&1 9>&- &
    printf '%s %s\n' "$!" "$(start_time $! || echo gone)" >"$dir/$name.pid"
}

# ask NAME SIGNAL: nothing happens to what is not ours or not there.
ask() {
    local pid
    pid=$(pid_of "$1") || return 0
    kill -s "$2" "$pid" 2>/dev/null || true
}

# await_end NAME SECONDS: waits for a process that was asked to stop, and after that ends it.
await_end() {
    local deadline=$((SECONDS + $2))
    while alive "$1" && ((SECONDS < deadline)); do sleep 0.05; done
    if alive "$1"; then
        say "$1 did not stop within $2 s: killed"
        ask "$1" KILL
        while alive "$1"; do sleep 0.05; done
    fi
    rm -f "$dir/$1.pid"
}

listening() {
    local port
    printf -v port '%04X' "$1"
    cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | grep -qE "^ *[0-9]+: [0-9A-F]+:$port [0-9A-F]+:0000 0A "
}

# free_port: one that nobody listens on and no process of ours is meant for, below the range that the kernel hands out
# to outgoing connections.
free_port() {
    local port
    while :; do
        port=$((20000 + SRANDOM % 12000))
        if ! listening "$port" && ! grep -qx "$port" "$dir"/*.port 2>/dev/null; then
            printf '%s\n' "$port"
            return
        fi
    done
}
