#!/bin/bash
# The new user's walk: what README says, typed word by word in a fresh Debian 12, by a user with
# sudo, once for each web server and way to start the responder: run.sh [WALK]...
#
# The commands are taken from README itself. Building happens with the host's network; what follows
# in a network of its own, so that port 80 is port 80, with the packages fetched before. With
# systemd the tree is booted. Needs root, debootstrap and systemd-nspawn (systemd-container).
#   MIRROR  where Debian's packages are (default: where this machine has its own from)
#   PREPARE a program that is run with the folder of the plain tree, for what a network asks of every
#           machine in it (a proxy, a certificate)
#   WALK    folder for trees, about 4 GB (default: build/walk); KEEP=1 keeps the last tree
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
dir=${WALK:-$top/build/walk}
nspawn=${NSPAWN:-systemd-nspawn}
project=/home/walker/sse-fcgi
leader='' machine=''

fail() {
    echo "walk: $*" >&2
    exit 1
}

commands() { # heading
    awk -v heading="$1" -f "$top/tests/walk/commands.awk" "$top/README.md"
}

# --- trees ----------------------------------------------------------------------------------------
mirror() {
    local uri=${MIRROR:-}
    # shellcheck disable=SC2016 # apt-get puts it in
    [ -n "$uri" ] || uri=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' \
        'Codename: bookworm' | head -n 1)
    [ -n "$uri" ] || fail "MIRROR= must say where Debian's packages are"
    echo "$uri"
}

# A plain Debian 12 with a user who may use sudo; kept between runs.
make_base() {
    [ ! -e "$dir/base/ready" ] || return 0
    rm -rf "$dir/base"
    debootstrap --cache-dir="$(mkdir -p "$dir/debs" && echo "$dir/debs")" --include=sudo bookworm \
        "$dir/base" "$(mirror)" >"$dir/debootstrap.log" || fail "see $dir/debootstrap.log"
    chroot "$dir/base" useradd --create-home --shell /bin/bash --groups sudo walker
    echo 'walker ALL=(ALL) NOPASSWD: ALL' >"$dir/base/etc/sudoers.d/walker"
    echo '127.0.0.1 localhost walk' >"$dir/base/etc/hosts"
    echo walk >"$dir/base/etc/hostname"
    [ -z "${PREPARE:-}" ] || "$PREPARE" "$dir/base"
    touch "$dir/base/ready"
}

copy_tree() { # from, to
    rm -rf "${dir:?}/$2"
    cp -a --reflink=auto "$dir/$1" "$dir/$2"
}

copy_project() { # tree
    mkdir "$dir/$1$project"
    (cd "$top" && git ls-files -z --cached --others --exclude-standard | tar c --null -T -) |
        tar x -C "$dir/$1$project"
    chroot "$dir/$1" chown -R walker: "$project"
}

# --- machines -------------------------------------------------------------------------------------
# Starts a tree as a machine; `leader` becomes the pid of its first process.
boot() { # tree, options of nspawn...
    local tree=$1
    shift
    "$nspawn" --quiet --directory="$dir/$tree" --register=no --keep-unit --hostname=walk \
        --console=pipe "$@" </dev/null >"$dir/$tree.console" 2>&1 &
    machine=$!
    for _ in $(seq 100); do
        read -r leader <"/proc/$machine/task/$machine/children" || true
        [ "$(nsenter -t "${leader:-0}" -a hostname 2>/dev/null)" != walk ] || return 0
        kill -0 "$machine" 2>/dev/null || break
        sleep 0.1
    done
    cat "$dir/$tree.console" >&2
    fail "$tree does not start"
}

await_systemd() {
    local state=''
    for _ in $(seq 300); do
        state=$(inside systemctl is-system-running 2>/dev/null) || true
        case $state in running|degraded) echo "   systemd is $state"; return ;; esac
        sleep 0.1
    done
    fail "$walk: systemd is $state"
}

halt() {
    [ -n "$machine" ] || return 0
    kill -TERM "$machine" 2>/dev/null || true
    wait "$machine" 2>/dev/null || true
    machine='' leader=''
}
trap 'halt; [ -n "${KEEP:-}" ] || rm -rf "$dir/tree"' EXIT
trap 'exit 1' INT TERM HUP

# Types the lines of standard input into the machine, as the user, in the project's folder, and
# stops at the first that fails. curl waits for the server, as nobody types so fast; with -m it ends
# with 28 when its time is over, as it should.
type_in() {
    {
        echo 'set -e; curl() {
            timeout 10 bash -c "until (exec 3<>/dev/tcp/127.0.0.1/80) 2>&-; do sleep 0.1; done"
            command curl "$@" || [ $? -eq 28 ] || { echo "curl: $?"; false; }
        }; set -v'
        cat
    } |
        nsenter -t "$leader" -a su - walker -c "cd $project && exec bash" 2>&1
}

inside() { # command... as root
    nsenter -t "$leader" -a env PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"
}

# --- what is to be seen ---------------------------------------------------------------------------
expect() { # what, pattern, text
    grep -q -- "$2" <<<"$3" || fail "$walk: not seen: $1 ($2) in: $3"
    echo "   seen: $1"
}

# An event that is published while curl follows arrives; the page is there with all it refers to.
check_service() {
    local seen page file type mount
    # shellcheck disable=SC2016 # the inner shell puts them in
    for mount in /sse /events; do
        seen=$(inside bash -c '
            coproc curl -sN -m 20 "http://127.0.0.1$1/walk?last=0"
            while IFS= read -r line <&"${COPROC[0]}"; do
                echo "$line"
                case $line in
                "event: stream-open") sse-publish --text walk "live by $1" >/dev/null ;;
                "data: live"*) break ;;
                esac
            done
            kill $COPROC_PID' - "$mount")
        expect "an event that comes live by $mount" "^data: live by $mount$" "$seen"
    done
    page=$(inside curl -sfL http://127.0.0.1/sse-status/) || fail "$walk: no page"
    grep -oE '(src|href)="[^"]+"' <<<"$page" | cut -d'"' -f2 | while read -r file; do
        type=$(inside curl -sfo /dev/null -w '%{content_type}' "http://127.0.0.1/sse-status/$file") ||
            fail "$walk: no $file"
        case $file:$type in # a browser refuses a module or a style sheet of another type
        *.js:*javascript*|*.css:text/css*|*.svg:image/svg+xml*) ;;
        *) fail "$walk: $file is $type" ;;
        esac
    done
    expect "the page, and what it loads" 'type="module"' "$page"
    inside ps -eo user:12,args | grep -E 'sse.fcgi|apache2|lighttpd|nginx' | sed 's/^/   /'
}

# Under systemd a restart or a crash refuses no request, and the journal knows how grave a line is.
check_systemd() {
    local codes priorities
    # shellcheck disable=SC2016 # the inner shell puts them in
    codes=$(inside bash -c '
        (for _ in 1 2 3 4 5; do systemctl restart sse-fcgi; done) &
        restarts=$!
        for _ in 1 2 3 4 5 6 7 8; do
            while kill -0 $restarts 2>/dev/null; do
                curl -sI -o /dev/null -w "%{http_code}\n" http://127.0.0.1/sse/walk
            done &
        done
        wait' | sort | uniq -c)
    echo "   requests during five restarts: ${codes//$'\n'/,}"
    [ "$(awk '{ print $2 }' <<<"$codes")" = 200 ] || fail "$walk: a restart refused requests"
    inside systemctl kill -s KILL sse-fcgi
    expect "an answer right after a crash" '^HTTP/1.1 200' "$(inside curl -sI http://127.0.0.1/sse/walk)"
    priorities=$(inside journalctl -q -u sse-fcgi -o json --output-fields=PRIORITY,MESSAGE)
    expect "priorities in the journal" '"PRIORITY":"6".*sse.fcgi: started\|sse.fcgi: started.*"PRIORITY":"6"' "$priorities"
    inside systemd-analyze security --no-pager sse-fcgi.service | tail -n 1 | sed 's/^/   /'
    inside systemctl start sse-progress@demo sse-progress@clock
    expect "sse-progress@demo" '^data: .*"percent"' "$(inside curl -sN -m 2 http://127.0.0.1/sse/jobs/*)"
    expect "sse-progress@clock" '^data: the time is' "$(inside curl -sN -m 4 http://127.0.0.1/sse/clock)"
}

# --- the walks ------------------------------------------------------------------------------------
build() {
    copy_tree base built
    copy_project built
    boot built --as-pid2 sleep infinity
    echo "== Install"
    commands '## Install' | tee /dev/stderr | type_in >"$dir/install.log" 2>&1 ||
        { tail -n 30 "$dir/install.log" >&2; fail "Install"; }
    halt
}

# What apt-get will install is fetched while there is a network.
fetch() { # commands
    boot tree --as-pid2 sleep infinity
    grep '^sudo apt-get install' <<<"$1" | sed 's/apt-get install/& --download-only/' |
        type_in >"$dir/fetch.log" || { tail -n 20 "$dir/fetch.log" >&2; fail "$walk: fetching"; }
    halt
}

walk_one() { # starter, server
    local starter=$1 server=$2 text seen
    walk="$server, ${starter:-by itself}"
    echo "== $walk"
    text=$(case $starter in systemd|spawn-fcgi) commands "### $starter" ;; esac
        commands "## Behind ${server%-external}")
    case $server in # as the section's text says
    *-external) text=${text//sse-fcgi.conf/sse-fcgi-external.conf}
                text=${text//lighty-enable-mod sse-fcgi/lighty-enable-mod sse-fcgi-external} ;;
    esac
    copy_tree built tree
    fetch "$text"
    case $starter in
    systemd|boot) boot tree --private-network --boot
                  await_systemd ;;
    *) # The folder for locks is made by whatever boots a machine.
       # A shell and not nspawn's own first process, which apachectl would take for systemd.
       boot tree --private-network sh -c 'mkdir -m 1777 /run/lock; while sleep 1; do :; done' ;;
    esac
    printf "   $ %s\n" "${text//$'\n'/$'\n'   $ }"
    seen=$(type_in <<<"$text") || { echo "$seen" >&2; fail "$walk: a command failed, see above"; }
    expect "the event that was published" '^data: It works.$' "$seen"
    expect "the stream is live" '^event: stream-open$' "$seen"
    check_service
    [ "$starter" != systemd ] || check_systemd
    halt
}

[ "$(id -u)" -eq 0 ] || fail "only root can make a machine"
for tool in debootstrap "$nspawn" nsenter; do
    command -v "$tool" >/dev/null || fail "$tool is missing"
done
mkdir -p "$dir"
make_base
if [ -z "${BUILT:-}" ] || [ ! -d "$dir/built" ]; then build; fi
walks=("$@")
[ $# -gt 0 ] || walks=(boot:lighttpd :lighttpd systemd:lighttpd-external systemd:Apache
                       spawn-fcgi:Apache systemd:nginx spawn-fcgi:nginx)
for one in "${walks[@]}"; do walk_one "${one%%:*}" "${one#*:}"; done
echo "walked: ${walks[*]}"
