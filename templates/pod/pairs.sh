# shellcheck shell=sh disable=SC2034,SC2153,SC2154  # entrypoint.sh and launcher.sh set and read mo_* variables
# Runs a benchmark of two sides over pairs of pods (the options `pairs...`), and prints each run whole. The ConfigMap has this file
# only where a metric has two sides; entrypoint.sh sources it in launchers. It only defines functions.
#
# The functions need functions of entrypoint.sh, launcher.sh, metadata.sh and processes.sh.
#
# Pods have the numbers of the host list: 0 is the launcher. A pair is run on its first pod, a, over ssh, so that the launcher's pod is
# not disturbed by pairs that it is not in. What a pair prints is kept in files until it has ended: pairs that run at the same time
# are never mixed.

# --- the schedule -----------------------------------------------------------------------------------------------

# Prints `round a b` for every pair, in rounds in which each pod is in one pair at most (the circle method: one seat stays, the others
# move on by one). With an odd number of pods one seat is empty, and the pod that would meet it rests.
mo_print_tournament() { # pods
  mo_seats=$(($1 + $1 % 2))
  mo_turns=$((mo_seats - 1))
  mo_turn=0
  while [ "$mo_turn" -lt "$mo_turns" ]; do
    # The pod of the seat that stays is first in every other round. All others are first as often as second.
    if [ "$mo_seats" -gt "$1" ]; then
      :
    elif [ $((mo_turn % 2)) -eq 0 ]; then
      printf '%s %s %s\n' "$mo_turn" "$mo_turns" "$mo_turn"
    else
      printf '%s %s %s\n' "$mo_turn" "$mo_turn" "$mo_turns"
    fi
    mo_seat=1
    while [ "$mo_seat" -lt $((mo_seats / 2)) ]; do
      printf '%s %s %s\n' "$mo_turn" $(((mo_turn + mo_seat) % mo_turns)) $(((mo_turn + mo_turns - mo_seat) % mo_turns))
      mo_seat=$((mo_seat + 1))
    done
    mo_turn=$((mo_turn + 1))
  done
}

# Prints each pod with the next one, and the last with the first: the even pairs, the odd ones, and with an odd number of pods the last.
mo_print_ring() { # pods
  mo_links=$1
  [ "$1" -gt 2 ] || mo_links=1
  mo_turn=0
  while [ "$mo_turn" -lt 3 ]; do
    mo_seat=0
    while [ "$mo_seat" -lt "$mo_links" ]; do
      mo_kept=$((mo_seat % 2))
      if [ $(($1 % 2)) -eq 1 ] && [ $((mo_seat + 1)) -eq "$1" ]; then mo_kept=2; fi
      [ "$mo_kept" -ne "$mo_turn" ] || printf '%s %s %s\n' "$mo_turn" "$mo_seat" $(((mo_seat + 1) % $1))
      mo_seat=$((mo_seat + 1))
    done
    mo_turn=$((mo_turn + 1))
  done
}

# mo_drawn = a number from 0 to `count` - 1. The same mo_seed gives the same numbers in every shell.
mo_draw() { # count
  mo_seed=$(((mo_seed * 1103515245 + 12345) % 2147483648))
  mo_drawn=$((mo_seed / 65536 % $1))
}

# mo_card_0 and so on = the numbers from 0 to `count` - 1 in random order.
mo_shuffle() { # count
  mo_card=0
  while [ "$mo_card" -lt "$1" ]; do
    eval "mo_card_$mo_card=$mo_card"
    mo_card=$((mo_card + 1))
  done
  while [ "$mo_card" -gt 1 ]; do
    mo_draw "$mo_card"
    mo_card=$((mo_card - 1))
    eval "mo_kept=\$mo_card_$mo_card mo_card_$mo_card=\$mo_card_$mo_drawn mo_card_$mo_drawn=\$mo_kept"
  done
}

# Prints `partners` rounds of a tournament, with the pods in random order: each pod meets so many others, or one less where it rests.
mo_print_random_rounds() { # pods partners seed
  mo_seed=$(($3 % 2147483648))
  mo_shuffle "$1"
  mo_print_tournament "$1" | while read -r mo_turn mo_first mo_second && [ "$mo_turn" -lt "$2" ]; do
    eval "printf '%s %s %s\n' \$mo_turn \$mo_card_$mo_first \$mo_card_$mo_second"
  done
}

# Keeps the pairs whose pods have the same group, or not. Pods without a group are in no pair.
mo_keep_by_group() { # same|other
  while read -r mo_turn mo_first mo_second; do
    mo_read_facts "$mo_first"
    mo_kept=$mo_fact_group
    mo_read_facts "$mo_second"
    if [ -z "$mo_kept" ] || [ -z "$mo_fact_group" ]; then continue; fi
    mo_relation=other
    [ "$mo_kept" != "$mo_fact_group" ] || mo_relation=same
    [ "$mo_relation" != "$1" ] || printf '%s %s %s\n' "$mo_turn" "$mo_first" "$mo_second"
  done
}

# Keeps the pairs in which one of the two is a suspect, and in the first four rounds those of two pods that are not: the values of a
# suspect are compared with theirs.
mo_keep_suspects() {
  while read -r mo_turn mo_first mo_second; do
    mo_kept=0
    ! mo_is_suspect "$mo_first" || mo_kept=$((mo_kept + 1))
    ! mo_is_suspect "$mo_second" || mo_kept=$((mo_kept + 1))
    if [ "$mo_kept" -eq 1 ] || { [ "$mo_kept" -eq 0 ] && [ "$mo_turn" -lt 4 ]; }; then
      printf '%s %s %s\n' "$mo_turn" "$mo_first" "$mo_second"
    fi
  done
}

# Whether MO_OPT_PAIRSSUSPECTS has the name of the pod, or that of its node.
mo_is_suspect() { # number
  mo_read_facts "$1"
  case " $mo_suspects " in
    *" $mo_fact_pod "* | *" $mo_fact_node "*) ;;
    *) return 1 ;;
  esac
}

mo_print_schedule() {
  case $MO_PAIRS in
    all) mo_print_tournament "$MO_PODS" ;;
    ring) mo_print_ring "$MO_PODS" ;;
    random) mo_print_random_rounds "$MO_PODS" "${MO_OPT_PAIRSPARTNERS:-3}" "${MO_OPT_PAIRSSEED:-1}" ;;
    same | other) mo_print_tournament "$MO_PODS" | mo_keep_by_group "$MO_PAIRS" ;;
    suspects) mo_print_tournament "$MO_PODS" | mo_keep_suspects ;;
    *) mo_die 78 "unknown pairs: '$MO_PAIRS'" ;;
  esac
}

# --- the pods ----------------------------------------------------------------------------------

# mo_host = the host with that number, as the host list has it.
mo_get_pair_host() { # number
  mo_get_listed_host "$1"
  [ "${MO_HOSTS:-names}" = addresses ] || return 0
  mo_address=
  read -r mo_address 2>/dev/null <"$mo_state/hosts/$1.up"
  mo_host=${mo_address:-$mo_host}
}

# Text that prints the facts of a pod, in a session there.
mo_facts_command() {
  mo_value="printf '%s\\n' \"\$MO_POD\" \"\$MO_NODE\" \"\${${MO_OPT_PAIRSGROUP:-MO_NO_GROUP}-}\""
}

mo_ask_for_facts() {
  mo_get_pair_host "$mo_number"
  mo_facts_command
  mo_ssh_bounded "$mo_host" "$mo_value" >"$mo_pairs/$mo_number.new" 2>"$mo_pairs/$mo_number.error" &&
    mv "$mo_pairs/$mo_number.new" "$mo_pairs/$mo_number.facts"
}

# A session that ends when its host is silent for a minute.
mo_ssh_bounded() { # host command
  mo_ssh -o ServerAliveInterval=15 -o ServerAliveCountMax=4 "$@"
}

# mo_fact_pod, mo_fact_node, mo_fact_group = what that pod said of itself.
mo_read_facts() { # number
  { read -r mo_fact_pod && read -r mo_fact_node && read -r mo_fact_group; } <"$mo_pairs/$1.facts"
}

# Whether a pod is a suspect.
mo_has_suspect() {
  mo_number=0
  while [ "$mo_number" -lt "$MO_PODS" ]; do
    ! mo_is_suspect "$mo_number" || return 0
    mo_number=$((mo_number + 1))
  done
  return 1
}

# Says which names of pairsSuspects are of no pod and no node.
mo_check_suspects() {
  for mo_value in $mo_suspects; do
    cat "$mo_pairs"/*.facts | grep -Fqx -e "$mo_value" || mo_log "no pod is named $mo_value or is on a node of that name (pairsSuspects)"
  done
}

# Ends the run where the pairs cannot be made as they are asked for.
mo_plan_pairs() {
  mo_pairs=$mo_state/pairs
  mkdir -p "$mo_pairs"
  [ "${MO_PODS:-1}" -gt 1 ] || mo_die 64 "pairs need two pods or more"
  [ -n "$mo_has_ssh" ] || mo_die 64 "pairs need ssh and sshd in the image"
  mo_call_in_lanes mo_ask_for_facts 0 "$MO_PODS"
  mo_number=0
  while [ "$mo_number" -lt "$MO_PODS" ]; do
    [ -e "$mo_pairs/$mo_number.facts" ] || {
      mo_get_listed_host "$mo_number"
      mo_die 64 "pairs need ssh to every pod: $mo_host: $(tail -n 1 "$mo_pairs/$mo_number.error")"
    }
    mo_number=$((mo_number + 1))
  done
  mo_suspects=$(printf '%s' "${MO_OPT_PAIRSSUSPECTS-}" | LC_ALL=C tr ',\n\t' '   ')
  [ "$MO_PAIRS" != suspects ] || mo_check_suspects
  mo_print_schedule >"$mo_pairs/schedule"
  # Pairs of pods that are all no suspects are no second pass.
  [ "$MO_PAIRS" != suspects ] || mo_has_suspect || : >"$mo_pairs/schedule"
  [ -s "$mo_pairs/schedule" ] || {
    case $MO_PAIRS in
      suspects) mo_die 64 "no pod has a name of pairsSuspects, or is on a node of that name: ${MO_OPT_PAIRSSUSPECTS-}" ;;
      *) mo_die 64 "no two pods are a pair: the variable '${MO_OPT_PAIRSGROUP-}' of pairsGroup is empty, or the same in no pods, or in all" ;;
    esac
  }
}

# --- the runs ---------------------------------------------------------------------------------------------------

# Called for each timepoint's line, in place of mo_measure_timepoint: runs it for every pair, one timepoint each.
# mo_pair_line = the program line, or the item of the list, from which measure_pair makes that of a pair.
mo_measure_pairs() {
  mo_pair_line=$mo_line
  mo_pair_turn=
  mo_begin_batch
  while read -r mo_turn mo_first mo_second <&8; do
    [ "$mo_turn" = "$mo_pair_turn" ] || mo_run_batch
    mo_pair_turn=$mo_turn
    mo_batch="$mo_batch $mo_first $mo_second"
    mo_batch_size=$((mo_batch_size + 1))
    [ "$mo_batch_size" -ne "${MO_OPT_PAIRSATONCE:-0}" ] || mo_run_batch
  done 8<"$mo_pairs/schedule"
  mo_run_batch
  mo_line=$mo_pair_line
}

mo_begin_batch() {
  mo_batch=
  mo_batch_size=0
}

# Runs the pairs of mo_batch at the same time, one way and then the other.
mo_run_batch() {
  [ -n "$mo_batch" ] || return 0
  # shellcheck disable=SC2086  # split into words on purpose
  mo_run_one_way a $mo_batch
  # shellcheck disable=SC2086  # split into words on purpose
  [ "${MO_OPT_PAIRSBOTHWAYS:-true}" != true ] || mo_run_one_way b $mo_batch
  mo_begin_batch
}

mo_run_one_way() { # which pod is a (a: the first of the pair, b: the second), pairs...
  mo_way=$1
  shift
  rm -rf "$mo_pairs/runs"
  mkdir "$mo_pairs/runs"
  mo_run=0
  while [ $# -ge 2 ]; do
    if [ "$mo_way" = a ]; then mo_start_pair "$1" "$2"; else mo_start_pair "$2" "$1"; fi
    mo_run=$((mo_run + 1))
    shift 2
  done
  mo_wait_for_runs "$mo_run"
  mo_run=0
  while [ -d "$mo_pairs/runs/$mo_run" ]; do
    mo_print_run "$mo_pairs/runs/$mo_run"
    mo_run=$((mo_run + 1))
  done
}

# Starts the run with the number mo_run. In its folder: `about`, the text of the marker's JSON; `shown`, the line without addons;
# `out` and `err`, what it prints; `code`, at its end.
mo_start_pair() { # a b
  mo_folder=$mo_pairs/runs/$mo_run
  mkdir "$mo_folder"
  mo_describe_pair "$1" "$2" >"$mo_folder/about"
  mo_get_pair_host "$1"
  mo_a_host=$mo_host
  mo_get_pair_host "$2"
  mo_b_host=$mo_host
  mo_line=$mo_pair_line
  mo_shown=
  measure_pair
  mo_wrap_line
  printf '%s\n' "$mo_shown" >"$mo_folder/shown"
  mo_make_session_line
  (
    mo_run_line >"$mo_folder/out" 2>"$mo_folder/err" </dev/null
    printf '%s\n' $? >"$mo_folder/code.new"
    mv "$mo_folder/code.new" "$mo_folder/code"
  ) 8<&- &
  printf '%s\n' $! >"$mo_folder/pid"
}

mo_describe_pair() { # a b
  mo_read_facts "$1"
  mo_json_string "$mo_fact_pod"
  printf '"round":%s,"a":%s' "$mo_pair_turn" "$mo_value"
  mo_json_string "$mo_fact_node"
  printf ',"a_node":%s' "$mo_value"
  mo_read_facts "$2"
  mo_json_string "$mo_fact_pod"
  printf ',"b":%s' "$mo_value"
  mo_json_string "$mo_fact_node"
  printf ',"b_node":%s\n' "$mo_value"
}

# Puts mo_line into a session on a, in the same working directory. There `timeout` ends the line in time, where the image has it. The
# launcher ends the session itself ten seconds later.
mo_make_session_line() {
  mo_quote_word "$mo_line"
  mo_quoted_line=$mo_value
  mo_quote_word "$PWD"
  mo_line="cd $mo_value 2>/dev/null
if command -v timeout >/dev/null; then
  exec timeout -k 5 ${MO_OPT_PAIRSSECONDS:-600} \"\${BASH:-/bin/sh}\" -c $mo_quoted_line
fi
eval $mo_quoted_line"
  mo_quote_word "$mo_line"
  mo_line="mo_ssh_bounded $mo_a_host $mo_value"
}

# Waits until the runs have ended. Those that take too long are ended, and have the code 124.
mo_wait_for_runs() { # how many
  mo_read_clock
  mo_deadline=$((mo_now + ${MO_OPT_PAIRSSECONDS:-600} + 10))
  while ! mo_have_runs_ended "$1"; do
    mo_read_clock
    if [ "$mo_now" -ge "$mo_deadline" ]; then
      mo_run=0
      while [ "$mo_run" -lt "$1" ]; do
        [ -e "$mo_pairs/runs/$mo_run/code" ] || mo_end_run "$mo_pairs/runs/$mo_run"
        mo_run=$((mo_run + 1))
      done
      return
    fi
    mo_pause
  done
}

mo_have_runs_ended() { # how many
  mo_run=0
  while [ "$mo_run" -lt "$1" ]; do
    [ -e "$mo_pairs/runs/$mo_run/code" ] || return 1
    mo_run=$((mo_run + 1))
  done
}

# The descendants are those of the run's own shell, so the lists of entrypoint.sh's descendants are left alone: a subshell.
mo_end_run() { # folder
  read -r mo_ancestor <"$1/pid"
  (
    mo_state=$1
    mo_signalled=
    MO_GRACE_SECONDS=5
    mo_kill_descendants
    kill -s KILL "$mo_ancestor"
  ) 2>/dev/null
  printf '124\n' >"$1/code"
}

# Prints the timepoint of a run. What a run that failed has printed gets `# ` before each line: it holds no figures.
mo_print_run() { # folder
  read -r mo_run_code <"$1/code"
  read -r mo_about <"$1/about"
  printf 'METRICS OPERATOR TIMEPOINT\n'
  cat "$1/shown"
  printf '# PAIR {%s,"code":%s}\n' "$mo_about" "$mo_run_code"
  if [ "$mo_run_code" -eq 0 ]; then
    mo_print_whole "$1/out"
    mo_print_whole "$1/err"
  else
    LC_ALL=C sed -e 's/^/# /' "$1/out" "$1/err" >"$1/failed"
    mo_print_whole "$1/failed"
  fi
  mo_keep_first_failure "$mo_run_code"
}

# Prints a file, and a newline where it does not end with one.
mo_print_whole() { # file
  cat "$1"
  [ ! -s "$1" ] || [ -z "$(tail -c 1 "$1")" ] || printf '\n'
}
