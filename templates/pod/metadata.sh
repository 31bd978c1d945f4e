# shellcheck shell=sh disable=SC2154  # mo_value is set by functions of entrypoint.sh
# Prints the METADATA and ADDON METADATA lines, which are JSON. Sourced by entrypoint.sh; it only defines functions and constants.
#
# mo_json_string needs nothing else. The other functions call mo_get_variable and mo_die of entrypoint.sh.

mo_lf='
'
mo_tab=$(printf '\t')
mo_cr=$(printf '\r')

# mo_value = the text as a JSON string. The compiler refuses all control characters but tab, LF and CR, so no other needs an escape.
mo_json_string() { # text
  mo_value=$1
  case $1 in
    *\"* | *\\* | *"$mo_tab"* | *"$mo_cr"* | *"$mo_lf"*)
      mo_value=$(
        printf '%s\n' "$1" |
          LC_ALL=C sed -e 's/[\\"]/\\&/g' -e "s/$mo_tab/\\\\t/g" -e "s/$mo_cr/\\\\r/g" -e '$!s/$/\\n/' |
          tr -d '\n'
      )
      ;;
  esac
  mo_value="\"$mo_value\""
}

# mo_value = the variables PREFIX_0, PREFIX_1 ... as a JSON array of strings. PREFIX_COUNT is their number.
mo_json_list() { # prefix
  mo_get_variable "${1}_COUNT"
  mo_count=${mo_value:-0}
  mo_index=0
  mo_list=
  while [ "$mo_index" -lt "$mo_count" ]; do
    mo_get_variable "${1}_$mo_index"
    mo_json_string "$mo_value"
    mo_list="$mo_list${mo_list:+,}$mo_value"
    mo_index=$((mo_index + 1))
  done
  mo_value="[$mo_list]"
}

# mo_value = a JSON object. The description has three words for each key: key, type, variable (MO_METADATA in docs/architecture.md).
mo_json_object() { # description
  mo_json=
  mo_comma=
  # shellcheck disable=SC2086  # split into words on purpose
  set -- $1
  while [ $# -ge 3 ]; do
    case $2 in
      '{')
        mo_json="$mo_json$mo_comma\"$1\":{"
        mo_comma=
        shift 3
        continue
        ;;
      '}')
        mo_json="$mo_json}"
        mo_comma=,
        shift 3
        continue
        ;;
      s)
        mo_get_variable "$3"
        mo_json_string "$mo_value"
        ;;
      n)
        mo_get_variable "$3"
        mo_value=${mo_value:-null}
        # The description always has `repetitions`, as a chart's user may set it at install time. A single one is not printed.
        if [ "$1" = repetitions ] && { [ "$mo_value" = 1 ] || [ "$mo_value" = null ]; }; then
          shift 3
          continue
        fi
        ;;
      l) mo_json_list "$3" ;;
      *) mo_die 78 "unknown type '$2' of the key '$1' in the metadata" ;;
    esac
    mo_json="$mo_json$mo_comma\"$1\":$mo_value"
    mo_comma=,
    shift 3
  done
  mo_value="{$mo_json}"
}

mo_print_metadata() {
  mo_json_object "${MO_METADATA-}"
  printf 'METADATA START %s\nMETADATA END\n' "$mo_value"
  for mo_addon in ${MO_ADDONS-}; do
    mo_get_variable "MO_ADDON_${mo_addon%%:*}_METADATA"
    [ -n "$mo_value" ] || continue
    mo_json_object "$mo_value"
    printf 'ADDON METADATA START %s\nADDON METADATA END\n' "$mo_value"
  done
}
