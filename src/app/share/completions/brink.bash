# Completion for bash. What can be completed is asked of the program: its commands and options are
# those that its --help tells.

# The words of "Commands:" in a help, or its options.
_brink_commands() { sed -n '/^Commands:/,/^$/s/^  \([a-z][a-z-]*\) .*/\1/p'; }
_brink_options() { sed -nE 's/^ +(-., )?(--[a-z-]+).*/\2/p'; }

# Words that its usage says may come behind the options: "listeners|servers".
_brink_operands() {
    sed -nE '/^(Usage:|  or:|   )/!q; s/^(Usage:|  or:) .*\[OPTION\.\.\.\]//; p' | grep -oE '\b[a-z][a-z-]*'
}

# HELP OPTION: what its value is called; nothing if it takes none. OPTION is -l or --listen.
_brink_value() {
    case $2 in
        --*) sed -nE "s/^ +(-., )?$2\\[?=([^] ]+).*/\\2/p" <<<"$1" ;;
        *) sed -nE "s/^ +$2, --[a-z-]+\\[?=([^] ]+).*/\\1/p" <<<"$1" ;;
    esac
}

_brink_presets() { "$1" frame list 2>/dev/null | sed -nE 's/^([a-z0-9-]+)  .*/\1/p'; }
_brink_specs="u8 u16le u16be u24le u24be u32le u32be u64le u64be raw"

# What a value so called may be.
_brink_values() { # PROGRAM VALUE CURRENT
    case $2 in
        FILE) compgen -f -- "$3" ;;
        SPEC) compgen -W "$(_brink_presets "$1") $_brink_specs" -- "$3" ;;
        LEVEL) compgen -W "error warn info debug" -- "$3" ;;
        FORMAT) compgen -W "logfmt json" -- "$3" ;;
        MODE) compgen -W "sharded shared" -- "$3" ;;
        POLICY) compgen -W "boundary idle now" -- "$3" ;;
        BY) compgen -W "none name clients frames bytes" -- "$3" ;;
        VIEW) compgen -W "all listeners servers workers" -- "$3" ;;
        *\|*) compgen -W "${2//|/ }" -- "$3" ;;
    esac
}

_brink() {
    local program=${COMP_WORDS[0]} word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
    local at help value first=yes words=()
    COMPREPLY=()
    help=$("$program" help 2>/dev/null) || return
    for ((at = 1; at < COMP_CWORD; at++)); do # down to the command that is meant
        [[ ${COMP_WORDS[at]} == help && $at -eq 1 ]] && continue
        _brink_commands <<<"$help" | grep -qxF -- "${COMP_WORDS[at]}" || break
        words+=("${COMP_WORDS[at]}")
        help=$("$program" "${words[@]}" --help 2>/dev/null)
    done
    for ((; at < COMP_CWORD; at++)); do
        [[ ${COMP_WORDS[at]} == -* ]] || first=
    done
    # bash takes --name=value apart
    if [[ $word == = ]]; then
        word=
    elif [[ $before == = ]]; then
        before=${COMP_WORDS[COMP_CWORD - 2]}
    fi
    value=
    [[ $before != -* ]] || value=$(_brink_value "$help" "$before")
    if [[ -n $value ]]; then
        mapfile -t COMPREPLY < <(_brink_values "$program" "$value" "$word")
    elif [[ $word == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$(_brink_options <<<"$help")" -- "$word")
    elif [[ -n $first ]]; then
        words=("$(_brink_commands <<<"$help")" "$(_brink_operands <<<"$help")")
        mapfile -t COMPREPLY < <(compgen -W "${words[*]}" -- "$word")
    fi
}

complete -o bashdefault -o default -F _brink brink
