#!/bin/bash
# Starts Redis, lighttpd (which starts sse.fcgi), the demo, the clock and a few jobs, all private to
# this folder, and stops them all again: run.sh PORT. Everything they write is in build/run/PORT.
set -u
# Each child in a process group of its own: Ctrl-C is for this script, which ends them in order.
set -m
port=${1:-8080}
top=$(cd "$(dirname "$0")/../.." && pwd)
export DEV_TOP=$top DEV_PORT=$port DEV_BUILD=$top/build DEV_WWW=$top/build/www DEV_DIR=$top/build/run/$port
export SSE_REDIS=unix:$DEV_DIR/redis.sock SSE_CORS='*'

fail() {
    echo "make run: $*" >&2
    exit 1
}

case $port in ''|*[!0-9]*) fail "PORT=$port: it must be a number, such as PORT=8081" ;; esac
[ "$port" -ge 1 ] && [ "$port" -le 65535 ] || fail "PORT=$port: it must be from 1 to 65535"
# The longest socket is lighttpd's <socket>-0.
socket=$DEV_DIR/redis.sock
[ ${#socket} -le 100 ] || fail "the path $DEV_DIR is too long for a Unix socket (107 bytes):" \
    "move the project to a folder with a shorter one"
if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
    fail "port $port of 127.0.0.1 is in use: stop what uses it, or take another: make run PORT=$((port + 1))"
fi
mkdir -p "$DEV_DIR" || exit 1

pids=()
names=()

start() { # name, command...
    names+=("$1")
    "${@:2}" </dev/null >>"$DEV_DIR/$1.log" 2>&1 &
    pids+=($!)
}

# Ends all that was started, newest first, and waits for each.
stop() {
    trap '' INT TERM HUP
    local i
    for ((i = ${#pids[@]} - 1; i >= 0; i--)); do
        kill "${pids[i]}" 2>/dev/null
        wait "${pids[i]}" 2>/dev/null
    done
    rm -f "$DEV_DIR"/*.sock*
}
trap stop EXIT
trap 'echo; echo "stopping"; exit 0' INT TERM HUP

# Fails with the log of a process that has ended.
check_all() {
    local i
    for i in "${!pids[@]}"; do
        kill -0 "${pids[i]}" 2>/dev/null && continue
        tail -n 20 "$DEV_DIR/${names[i]}.log" >&2
        fail "${names[i]} has ended; its log is above"
    done
}

# Waits until a command succeeds, while all that was started lives.
await() {
    until "$@" >/dev/null 2>&1; do
        check_all
        sleep 0.05
    done
}

rm -f "$DEV_DIR"/*.log "$DEV_DIR"/*.sock*
start redis redis-server --port 0 --unixsocket "$DEV_DIR/redis.sock" --unixsocketperm 700 \
    --dir "$DEV_DIR" --appendonly yes --save '' --daemonize no
await redis-cli -s "$DEV_DIR/redis.sock" ping
start lighttpd lighttpd -D -f "$top/deploy/dev/lighttpd.conf"
await curl -sfo /dev/null "http://127.0.0.1:$port/"
start demo "$DEV_BUILD/sse-progress" demo
start clock "$DEV_BUILD/sse-progress" clock
start jobs "$top/deploy/dev/jobs.sh"
check_all

cat <<EOT

  sse-fcgi is running. Open the page:

    http://127.0.0.1:$port/

  or follow a stream in a terminal:

    curl -sN 'http://127.0.0.1:$port/sse?channel=jobs/*'

  and publish something from another one:

    $DEV_BUILD/sse-publish --redis unix:$DEV_DIR/redis.sock -e progress jobs/mine task=mine state=running moved:=42 total:=100 percent=42.00

  Logs are in $DEV_DIR. Ctrl-C stops everything.

EOT
while :; do
    wait -n
    check_all
done
