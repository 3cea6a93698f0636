#!/bin/sh
# Commands that report themselves, over and over, for the page of `make run`: one that fails at once, and one that
# takes its time, each with its lines as a log.
report() { # task, command...
    task=$1
    shift
    "$DEV_BUILD/sse-progress" run --log -t "$task" -- "$@" &
    wait $!
}

verify() {
    set -- "$DEV_TOP"/deploy/*/*
    total=$# n=0
    for file; do
        n=$((n + 1))
        echo "[$n/$total] $(cksum "$file")"
        sleep 1 # or it would be over before anybody looks
    done
}

if [ "${1:-}" = verify ]; then
    verify
    exit
fi
# All that it has started is in its process group, and may have a last word to say.
trap 'trap "" TERM; kill 0; wait; exit 0' TERM
while :; do
    report mirror curl -sSf -o /dev/null http://127.0.0.1:9/packages.tar # where nobody listens
    report verify "$0" verify
    sleep 10 &
    wait $!
done
