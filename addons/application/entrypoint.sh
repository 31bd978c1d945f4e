#!/bin/sh
# Runs the text of the option `entrypoint` as a script, with this script's arguments. The text is in the variable
# MO_ADDON_<i>_ENTRYPOINT, where i is MO_ADDON. /bin/sh runs a text without `#!`.
#
# Exit codes: that of the text; 73 where no folder is writable; 78 where a variable has a value that the compiler does not write.

die() { # code message...
  code=$1
  shift
  printf 'mocompile: %s\n' "$*" >&2
  exit "$code"
}

# folder = a new folder that only this user can read. Containers may share a volume, so each takes the first free name.
make_folder() { # parent
  number=0
  folder=$1/mocompile-entrypoint-$number
  until (umask 077 && mkdir "$folder") 2>/dev/null; do
    [ -e "$folder" ] && [ "$number" -lt 1000 ] || return 1
    number=$((number + 1))
    folder=$1/mocompile-entrypoint-$number
  done
}

case ${MO_ADDON-} in
  '' | *[!0-9]*) die 78 "MO_ADDON is '${MO_ADDON-}', and not the position of an addon" ;;
esac
eval "text=\${MO_ADDON_${MO_ADDON}_ENTRYPOINT-}"
make_folder "${TMPDIR:-/tmp}" || make_folder /dev/shm || make_folder "$PWD" ||
  die 73 "no folder to write the entrypoint to: tried ${TMPDIR:-/tmp}, /dev/shm and $PWD"
# shellcheck disable=SC2154  # set by eval
printf %s "$text" >"$folder/entrypoint" || die 73 "cannot write $folder/entrypoint"
case $text in
  '#!'*)
    chmod 755 "$folder/entrypoint" || die 73 "cannot make $folder/entrypoint executable"
    exec "$folder/entrypoint" "$@"
    ;;
esac
exec /bin/sh "$folder/entrypoint" "$@"
