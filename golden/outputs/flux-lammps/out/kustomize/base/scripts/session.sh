#!/bin/sh
# What sshd runs for every session (ForceCommand): the session's command, in the environment of the container.
# sshd itself would start it with next to nothing, and mpirun's daemons need PATH, LD_LIBRARY_PATH and the rest.
#
# $1: the state folder of entrypoint.sh, which saved the environment there (`export -p` of this same shell).

# shellcheck disable=SC3040  # under bash only
[ -z "${BASH_VERSION-}" ] || set +o posix
: >"$1/visited"

# These are the session's own, whatever the container has.
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
