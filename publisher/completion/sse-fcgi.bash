# bash completion for sse-publish, sse-progress and sse-tail. Options and commands are those that
# --help lists, so that they are always the program's own.

_sse_fcgi() {
    local program=$1 word=$2 before=$3 line argument=
    local -a options=() commands=() ask=("$program")

    # Behind a command of sse-progress the options are that command's.
    if ((COMP_CWORD > 1)) && [[ ${program##*/} == sse-progress && ${COMP_WORDS[1]} == [a-z]* ]]; then
        ask+=("${COMP_WORDS[1]}")
    fi
    while IFS= read -r line; do
        if [[ $line =~ ^\ +((-[a-z]),\ )?(--[a-z-]+)(,\ (--[a-z-]+))?(\ ([A-Z]+))?\  ]]; then
            options+=("${BASH_REMATCH[3]}" ${BASH_REMATCH[5]})
            if [[ -n ${BASH_REMATCH[7]} && ($before == "${BASH_REMATCH[3]}" ||
                $before == "${BASH_REMATCH[2]}") ]]; then
                argument=${BASH_REMATCH[7]}
            fi
        elif [[ $line =~ ^\ \ ([a-z]+)\ \ + ]]; then
            commands+=("${BASH_REMATCH[1]}")
        fi
    done < <("${ask[@]}" --help 2>/dev/null)

    COMPREPLY=()
    # `key@file`: readline takes the @ for the end of a word, unless COMP_WORDBREAKS has none.
    if [[ $argument == FILE || $before == @ || $word == @ ]]; then
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -f -- "${word#@}")
    elif [[ -n $argument ]]; then
        :
    elif [[ $word == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "${options[*]}" -- "$word")
    elif [[ $word == *@* ]]; then
        compopt -o nospace 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -P "${word%%@*}@" -f -- "${word#*@}")
    elif ((COMP_CWORD == 1)); then
        mapfile -t COMPREPLY < <(compgen -W "${commands[*]}" -- "$word")
    fi
}

complete -F _sse_fcgi sse-publish sse-tail
complete -o default -F _sse_fcgi sse-progress
