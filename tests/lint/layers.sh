#!/bin/sh
# Fails when a file includes a module that stands after its own in the Makefile's lists, or of
# another side: core < responder, core < publisher; and when README does not list the same modules in
# the same order.
#   layers.sh "CORE MODULES" "RESPONDER MODULES" "PUBLISHER MODULES"
set -eu

check() { # folder, modules before (as they are included), own modules bottom-up
    folder=$1 allowed=" $2 " status=0
    for module in $3; do
        allowed="$allowed$4$module.h "
        for file in "$folder/$module.c" "$folder/$module.h"; do
            [ -f "$file" ] || continue
            for include in $(sed -n 's/^#include "\(.*\)"$/\1/p' "$file"); do
                case $allowed in
                *" $include "*) ;;
                *) echo "$file includes \"$include\", which is above it or unknown" >&2; status=1 ;;
                esac
            done
        done
    done
    for file in "$folder"/*.c; do
        module=$(basename "$file" .c)
        case " $3 " in *" $module "*) ;; *) echo "$file is in no list of modules" >&2; status=1 ;; esac
    done
    return $status
}

listed() { # what README lists
    sed -n '/^fcgi\/core\//,/^deploy\//p' README.md | sed -n 's/^  \([a-z0-9_]*\)\(\.c\)\{0,1\} .*/\1/p'
}

core=
for module in $1; do core="$core core/$module.h"; done
check fcgi/core "" "$1" "core/"
check fcgi "$core" "$2" ""
check publisher "$core" "$3" ""
wanted=$(printf '%s\n' $1 $2 $3) found=$(listed)
# The three with main() have a line together, which begins with the first of them.
if [ "$found" != "${wanted%?sse_progress?sse_tail}" ]; then
    echo "README.md lists other modules than the Makefile, or in another order" >&2
    exit 1
fi
echo "layers: every include points downwards"
