# shellcheck shell=sh disable=SC2016,SC2034,SC2154  # entrypoint.sh and launcher.sh set and read mo_* variables and np
# The OSU micro-benchmarks: makes the mpirun line of each of them.

measure_init() {
  mo_osu_line=$mo_line

  # Benchmarks between two ranks, each on its own host: all of the folder one-sided, and these of pt2pt.
  mo_osu_one_sided='osu_get_acc_latency osu_acc_latency osu_fop_latency osu_get_latency osu_put_latency osu_cas_latency
    osu_get_bw osu_put_bibw osu_put_bw'
  mo_osu_pairs='osu_latency osu_bibw osu_bw osu_latency_mp osu_latency_mt'

  # Benchmarks between all ranks: the others of pt2pt, and all of the folders collective and startup.
  mo_osu_many_pairs='osu_mbw_mr osu_multi_lat'
  mo_osu_collective='osu_allreduce osu_allgather osu_allgatherv osu_alltoall osu_alltoallv osu_barrier osu_bcast
    osu_gather osu_gatherv osu_iallgather osu_iallgatherv osu_iallreduce osu_ialltoall osu_ialltoallv osu_ialltoallw
    osu_ibarrier osu_ibcast osu_igather osu_igatherv osu_ireduce osu_iscatter osu_iscatterv osu_reduce
    osu_reduce_scatter osu_scatter osu_scatterv'
  mo_osu_startup='osu_hello osu_init'

  mo_count_tasks
  # The option `flags` may name $tasks.
  tasks=$mo_processors
  [ "${MO_OPT_ALL-}" != true ] || mo_osu_list_all
  [ "${MO_ROLE-}" != launcher ] || mo_osu_limit_wait
}

# Replaces the user's list by a list of all benchmarks. MO_EACH is the prefix of the list's variables.
mo_osu_list_all() {
  MO_EACH=mo_osu_all
  mo_osu_all_COUNT=0
  for mo_value in $mo_osu_one_sided $mo_osu_collective $mo_osu_pairs $mo_osu_many_pairs $mo_osu_startup; do
    eval "mo_osu_all_$mo_osu_all_COUNT=\$mo_value"
    mo_osu_all_COUNT=$((mo_osu_all_COUNT + 1))
  done
}

# The option `sleep` may shorten the wait for hosts.
mo_osu_limit_wait() {
  [ "${MO_OPT_SLEEP:-0}" -lt "${MO_WAIT_SECONDS:-1800}" ] || return 0
  MO_WAIT_SECONDS=$MO_OPT_SLEEP
  mo_wait_hint=" (the option 'sleep' says how long to wait)"
}

measure_before() {
  { head -n 2 ./hostlist.txt >./hostlist-pairs.txt; } 2>/dev/null ||
    mo_die 73 "cannot write hostlist-pairs.txt in the working directory, $PWD"
}

# Sets mo_osu_folder, mo_osu_hosts and mo_osu_flags for a benchmark.
mo_osu_find_benchmark() { # name
  mo_osu_hosts=./hostlist.txt
  mo_osu_flags="-np $np -map-by ppr:$tasks:node -rank-by core"
  # shellcheck disable=SC2086  # split into words on purpose
  if mo_osu_is_in "$1" $mo_osu_one_sided; then
    mo_osu_folder=one-sided
    mo_osu_use_pair
  elif mo_osu_is_in "$1" $mo_osu_pairs; then
    mo_osu_folder=pt2pt
    mo_osu_use_pair
  elif mo_osu_is_in "$1" $mo_osu_many_pairs; then
    mo_osu_folder=pt2pt
  elif mo_osu_is_in "$1" $mo_osu_collective; then
    mo_osu_folder=collective
  elif mo_osu_is_in "$1" $mo_osu_startup; then
    mo_osu_folder=startup
  else
    mo_die 78 "unknown OSU benchmark: $1"
  fi
}

# Prints the path of a benchmark and its arguments as words of shell. Those of point to point and one-sided name the buffers of both sides.
mo_osu_command() { # name
  mo_quote_word "$MO_OPT_FOLDER/$mo_osu_folder/$1"
  printf '%s' "$mo_value"
  [ -n "${MO_OPT_ACCELERATOR-}" ] && [ "$mo_osu_folder" != startup ] || return 0
  mo_quote_word "$MO_OPT_ACCELERATOR"
  printf '%s' " -d $mo_value"
  [ "$mo_osu_folder" != collective ] || return 0
  # shellcheck disable=SC2086  # two words on purpose
  for mo_value in $MO_OPT_BUFFERS; do
    mo_quote_word "$mo_value"
    printf '%s' " $mo_value"
  done
}

mo_osu_is_in() { # word words...
  mo_value=$1
  shift
  case " $* " in
    *" $mo_value "*) ;;
    *) return 1 ;;
  esac
}

mo_osu_use_pair() {
  mo_osu_hosts=./hostlist-pairs.txt
  mo_osu_flags='-np 2 -map-by ppr:1:node'
}

measure_item() {
  mo_osu_find_benchmark "$mo_line"
  mo_line=$(
    hosts=$mo_osu_hosts
    flags=${MO_OPT_FLAGS:-$mo_osu_flags}
    benchmark=$(mo_osu_command "$mo_line")
    eval "printf '%s' \"$mo_osu_line\""
  )
  [ "${MO_OPT_TIMED-}" != true ] || mo_shown="time $mo_line"
}

# With pairs, every benchmark runs between two ranks, one on each pod; the first host of the list is that of rank 0. The line runs on a,
# where mpirun puts its own host first.
measure_pair() {
  mo_osu_find_benchmark "$mo_line"
  mo_osu_line_of_pair=$(
    np=2
    tasks=1
    hosts='"$mo_hosts"'
    flags=${MO_OPT_FLAGS:--np 2 -map-by ppr:1:node}
    benchmark=$(mo_osu_command "$mo_line")
    eval "printf '%s' \"$mo_osu_line\""
  )
  mo_shown=${mo_osu_line_of_pair%%'"$mo_hosts"'*}$mo_a_host,$mo_b_host${mo_osu_line_of_pair#*'"$mo_hosts"'}
  [ "${MO_OPT_TIMED-}" != true ] || mo_shown="time $mo_shown"
  mo_line=$mo_osu_line_of_pair
}

# Called after the addons have changed the line, so that `time` is the shell's own. It prints on stdout, so that the times are in the
# timepoint.
measure_wrap() {
  [ "${MO_OPT_TIMED-}" != true ] || mo_line="{ time $mo_line
} 2>&1"
  [ -z "${MO_PAIRS-}" ] || mo_osu_add_hosts
}

# The list of hosts is a file of the pod that runs mpirun. The flags may name $np and $tasks.
mo_osu_add_hosts() {
  mo_line="np=2
tasks=1
mo_hosts=\${TMPDIR:-/tmp}/mocompile-pair-\$\$
printf '%s\\n' $mo_a_host $mo_b_host >\"\$mo_hosts\" || exit 73
$mo_line
mo_code=\$?
rm -f \"\$mo_hosts\"
exit \"\$mo_code\""
}
