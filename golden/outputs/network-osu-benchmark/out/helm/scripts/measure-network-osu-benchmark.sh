# shellcheck shell=sh disable=SC2034,SC2154  # mo_* variables and np are entrypoint.sh's
# The OSU micro-benchmarks: what mpirun is to do for each of them.

measure_init() {
  mo_osu_root=/opt/osu-benchmark/build.openmpi/libexec/osu-micro-benchmarks/mpi

  # Between two ranks, on a host each: folder one-sided and, of pt2pt, these.
  mo_osu_one_sided='osu_get_acc_latency osu_acc_latency osu_fop_latency osu_get_latency osu_put_latency osu_cas_latency
    osu_get_bw osu_put_bibw osu_put_bw'
  mo_osu_pairs='osu_latency osu_bibw osu_bw osu_latency_mp osu_latency_mt'

  # Between all ranks: the rest of pt2pt, folder collective, folder startup.
  mo_osu_many_pairs='osu_mbw_mr osu_multi_lat'
  mo_osu_collective='osu_allreduce osu_allgather osu_allgatherv osu_alltoall osu_alltoallv osu_barrier osu_bcast
    osu_gather osu_gatherv osu_iallgather osu_iallgatherv osu_iallreduce osu_ialltoall osu_ialltoallv osu_ialltoallw
    osu_ibarrier osu_ibcast osu_igather osu_igatherv osu_ireduce osu_iscatter osu_iscatterv osu_reduce
    osu_reduce_scatter osu_scatter osu_scatterv'
  mo_osu_startup='osu_hello osu_init'

  mo_count_tasks
  # For the flags of the user's.
  tasks=$mo_processors
  [ "${MO_OPT_ALL-}" != true ] || mo_osu_take_all
  [ "${MO_ROLE-}" != launcher ] || mo_osu_bound_wait
}

# The list of the user's in place of which all are run: MO_EACH is the prefix of a list.
mo_osu_take_all() {
  MO_EACH=mo_osu_all
  mo_osu_all_COUNT=0
  for mo_value in $mo_osu_one_sided $mo_osu_collective $mo_osu_pairs $mo_osu_many_pairs $mo_osu_startup; do
    eval "mo_osu_all_$mo_osu_all_COUNT=\$mo_value"
    mo_osu_all_COUNT=$((mo_osu_all_COUNT + 1))
  done
}

mo_osu_bound_wait() {
  [ "${MO_OPT_SLEEP:-0}" -lt "${MO_WAIT_SECONDS:-1800}" ] || return 0
  MO_WAIT_SECONDS=$MO_OPT_SLEEP
  mo_wait_hint=" (the option 'sleep' says how long to wait)"
}

measure_before() {
  { head -n 2 ./hostlist.txt >./hostlist-pairs.txt; } 2>/dev/null ||
    mo_fail 73 "cannot write hostlist-pairs.txt in the working directory, $PWD"
}

# mo_osu_folder, mo_osu_hosts, mo_osu_flags of a benchmark.
mo_osu_find() {
  mo_osu_hosts=./hostlist.txt
  mo_osu_flags="-np $np -map-by ppr:$tasks:node -rank-by core"
  # shellcheck disable=SC2086  # words it is
  if mo_osu_is_in "$1" $mo_osu_one_sided; then
    mo_osu_folder=one-sided
    mo_osu_pair
  elif mo_osu_is_in "$1" $mo_osu_pairs; then
    mo_osu_folder=pt2pt
    mo_osu_pair
  elif mo_osu_is_in "$1" $mo_osu_many_pairs; then
    mo_osu_folder=pt2pt
  elif mo_osu_is_in "$1" $mo_osu_collective; then
    mo_osu_folder=collective
  elif mo_osu_is_in "$1" $mo_osu_startup; then
    mo_osu_folder=startup
  else
    mo_fail 78 "unknown OSU benchmark: $1"
  fi
}

mo_osu_is_in() { # word words...
  mo_value=$1
  shift
  case " $* " in
    *" $mo_value "*) ;;
    *) return 1 ;;
  esac
}

mo_osu_pair() {
  mo_osu_hosts=./hostlist-pairs.txt
  mo_osu_flags='-np 2 -map-by ppr:1:node'
}

measure_item() {
  mo_osu_find "$mo_line"
  mo_line="mpirun --hostfile $mo_osu_hosts --allow-run-as-root ${MO_OPT_FLAGS:-$mo_osu_flags} $mo_osu_root/$mo_osu_folder/$mo_line"
  [ "${MO_OPT_TIMED-}" != true ] || mo_shown="time $mo_line"
}

# Around the addons' text, so that it is the shell's own `time`; on stdout, so that it stays in its timepoint.
measure_wrap() {
  [ "${MO_OPT_TIMED-}" != true ] || mo_line="{ time $mo_line
} 2>&1"
}
