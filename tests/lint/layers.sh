#!/bin/sh
# Fails when a file includes a module that stands after its own in the Makefile's lists, or of
# another side: core < responder, core < publisher.
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

core=
for module in $1; do core="$core core/$module.h"; done
check fcgi/core "" "$1" "core/"
check fcgi "$core" "$2" ""
check publisher "$core" "$3" ""
echo "layers: every include points downwards"
