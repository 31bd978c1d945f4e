#!/bin/sh
# sshd runs this script for every session (ForceCommand). It runs the session's command in the environment of the container.
# sshd alone would start the command with almost no variables, but mpirun's daemons need PATH, LD_LIBRARY_PATH and others.
#
# A worker that knows of the end of the launcher runs `mocompile-launcher-ended` in other workers: see launcher.sh.
#
# $1: the state folder of entrypoint.sh. launcher.sh saved the environment there, with `export -p` of the same shell.

# shellcheck disable=SC3040  # under bash only
[ -z "${BASH_VERSION-}" ] || set +o posix
if [ "${SSH_ORIGINAL_COMMAND-}" = mocompile-launcher-ended ]; then
  : >"$1/told"
  read -r mo_session 2>/dev/null <"$1/connected" && kill "$mo_session"
  exit 0
fi
: >"$1/visited"

# The session keeps its own values of these two, PATH only where the container has none.
mo_path=$PATH
mo_home=${HOME-/}
# shellcheck source=/dev/null
. "$1/environment" 2>/dev/null
export PATH="${PATH:-$mo_path}" HOME="$mo_home"
unset mo_path mo_home

if [ -n "${BASH_VERSION-}" ]; then set -- "$BASH"; else set -- /bin/sh; fi
if [ -n "${SSH_ORIGINAL_COMMAND-}" ]; then
  exec "$1" -c "$SSH_ORIGINAL_COMMAND"
fi
exec "$1" -l
