# shellcheck shell=sh disable=SC2034,SC2154  # entrypoint.sh sets and reads mo_* variables
# Preloads libmpitrace.so, from a software view, into the measured program.
#
# LD_PRELOAD is set for the program line and for all processes that the line starts in this pod. Ranks in other pods get the variable
# from the ssh session that starts them (Open MPI), or from mpirun, which passes its environment on (MPICH, Intel MPI). Neither
# `mpirun -x` nor the MCA parameter for it can do this: Open MPI refuses both together, and the command may have either. The library
# writes its profiles, mpi_profile.*, to the working directory of the ranks.

# shellcheck source=/dev/null
. "$mo_scripts/view.sh"

addon_before() {
  mo_open_view
  mo_require_file "$mo_view/view/lib/libmpitrace.so"
  if mo_is_targeted || [ "${MO_ROLE-}" = worker ]; then
    mo_quote_word "$mo_view/view/lib/libmpitrace.so"
    mo_line_setup="$mo_line_setup
export LD_PRELOAD=$mo_value\${LD_PRELOAD:+:\$LD_PRELOAD}"
  fi
}
