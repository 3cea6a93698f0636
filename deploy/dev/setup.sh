#!/bin/sh
# Installs the Debian packages that are missing, by apt, with sudo unless we are root:
#   setup.sh build   what it takes to build
#   setup.sh run     and to run
#   setup.sh test    and to test
#   setup.sh list    only says which are missing for all of it
set -eu
list=$(dirname "$0")/packages
purpose=${1:-run}
case $purpose in
build) purposes=build ;;
run) purposes='build run' ;;
test|list) purposes='build run test' ;;
*) echo "setup.sh: \"$purpose\": it must be build, run, test or list" >&2; exit 64 ;;
esac

missing=
while read -r needed_by package file; do
    case $needed_by in ''|'#'*) continue ;; esac
    case " $purposes " in *" $needed_by "*) ;; *) continue ;; esac
    [ -e "$file" ] || command -v "$(basename "$file")" >/dev/null 2>&1 || missing="$missing $package"
done < "$list"
[ -n "$missing" ] || exit 0

echo "Missing Debian packages:$missing"
[ "$purpose" != list ] || exit 0
if ! command -v apt-get >/dev/null 2>&1; then
    echo "This system has no apt-get: install what they hold by its own means, and try again." >&2
    exit 1
fi
as_root=
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null 2>&1; then
        echo "There is no sudo here. As root: apt-get install --no-install-recommends$missing" >&2
        exit 1
    fi
    as_root=sudo
fi
$as_root apt-get update
# shellcheck disable=SC2086 # words are meant
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing

# Debian starts what it installs, now and at each boot; all these web servers want port 80.
services=
for package in $missing; do
    case $package in
    redis-server|lighttpd|apache2|caddy|h2o) services="$services $package" ;;
    nginx-light) services="$services nginx" ;;
    esac
done
if [ -n "$services" ] && [ -d /run/systemd/system ]; then
    echo "Debian has enabled these services, and started those that could have their port (80; Redis:"
    echo "6379). They are not needed here. To stop them, now and for the next boot:"
    echo "  ${as_root:+$as_root }systemctl disable --now$services"
fi
