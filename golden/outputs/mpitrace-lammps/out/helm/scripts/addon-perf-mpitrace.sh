# shellcheck shell=sh disable=SC2034,SC2154  # mo_* variables are entrypoint.sh's
# The measured program runs with libmpitrace.so, from a software view, loaded before its other libraries.
#
# The line has it, and so have all that it starts in this pod. Ranks in other pods have it from the ssh session that starts them (Open
# MPI), or from mpirun, which sends its environment along (MPICH, Intel MPI). `mpirun -x` or the parameter that stands for
# it would be of no use: Open MPI refuses one beside the other, and the command may have either. The library writes its
# profiles, mpi_profile.*, into the working directory of the ranks.

# shellcheck source=/dev/null
. "$mo_scripts/view.sh"

addon_before() {
  mo_open_view
  mo_need_file "$mo_view/view/lib/libmpitrace.so"
  if mo_view_is_targeted || [ "${MO_ROLE-}" = worker ]; then
    mo_quote "$mo_view/view/lib/libmpitrace.so"
    mo_line_setup="$mo_line_setup
export LD_PRELOAD=$mo_value\${LD_PRELOAD:+:\$LD_PRELOAD}"
  fi
}
