#!/bin/sh
# The container engine of this machine, found by itself:
#   engine.sh build                 builds the images
#   engine.sh compose ARGUMENT...   runs compose on compose.yaml
#   engine.sh run [SERVER]          runs all, or one web server and what it needs, until Ctrl-C
# ENGINE=podman takes that one. ENGINE_BUILD has more arguments for the build, such as --network=host.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
images='redis lighttpd responder nginx'

fail() {
    echo "$*" >&2
    exit 1
}

# One that is there and answers: a docker command alone does not make a daemon.
find_engine() {
    for engine in ${ENGINE:-docker podman}; do
        command -v "$engine" >/dev/null 2>&1 || continue
        "$engine" info >/dev/null 2>&1 && return
        echo "$engine is here, but does not work: $("$engine" info 2>&1 | grep -v '^$' | tail -n 1)" >&2
    done
    fail "No container engine works here: install docker or podman (apt-get install podman), or start its
daemon, or join its group. Without containers: README, \"Install\"."
}

find_compose() {
    for compose in "$engine compose" "$engine-compose"; do
        $compose version >/dev/null 2>&1 && return
    done
    fail "$engine works, but has no compose: install docker-compose, docker-compose-plugin or podman-compose."
}

run_compose() {
    $compose -p sse-fcgi -f "$top/deploy/docker/compose.yaml" "$@"
}

case ${1:-} in
build)
    find_engine
    for image in $images; do
        # HEALTHCHECK is Docker's, and podman drops it from images of its own format.
        # shellcheck disable=SC2046,SC2086 # words are meant
        "$engine" build $([ "$engine" = docker ] || echo --format=docker) ${ENGINE_BUILD:-} \
            --file "$top/deploy/docker/Dockerfile" --target "$image" --tag "sse-fcgi-$image" "$top"
    done ;;
compose)
    shift
    find_engine
    find_compose
    run_compose "$@" ;;
run)
    shift
    find_engine
    find_compose
    trap : INT TERM
    run_compose up "$@" || true
    # After Ctrl-C podman-compose leaves containers behind, which podman starts again.
    run_compose down ;;
*)
    fail "usage: engine.sh build | compose ARGUMENT... | run [SERVER]" ;;
esac
