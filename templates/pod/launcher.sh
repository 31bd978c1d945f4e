# shellcheck shell=sh disable=SC2030,SC2031,SC2034,SC2154  # measure.sh and program lines read np; entrypoint.sh sets mo_state and others
# What a launcher and its workers do: problem.sh, hostlist.txt, ssh, and the waits for each other. The ConfigMap has this file only
# where a metric launches; entrypoint.sh sources it in launchers and workers. It only defines functions and variables.
#
# The functions need functions of entrypoint.sh, and most of them the state folder, mo_state.

mo_connect_seconds=5
# Connections that a pod opens at the same time.
mo_lanes=64
# Added to the message of a wait that gives up.
mo_wait_hint=

# --- tasks and files --------------------------------------------------------------------------------------------

# np = number of MPI tasks in all pods: the option `tasks`, or one for each processor of each pod.
# mo_processors = number of processors of this pod. OpenMP's variables limit the threads of one task, but nproc would obey them.
mo_count_tasks() {
  mo_processors=$(
    unset OMP_NUM_THREADS OMP_THREAD_LIMIT
    nproc 2>/dev/null
  ) || mo_processors=$(grep -c '^processor' /proc/cpuinfo)
  np=${MO_OPT_TASKS:-0}
  [ "$np" -gt 0 ] || np=$((mo_processors * ${MO_PODS:-1}))
}

mo_write_problem_script() {
  [ -n "${MO_PROBLEM-}" ] || return 0
  mo_problem_shell=$(command -v bash) || mo_problem_shell=/bin/sh
  { printf '#!%s\n%s\n' "$mo_problem_shell" "$MO_PROBLEM" >./problem.sh && chmod 755 ./problem.sh; } 2>/dev/null ||
    mo_die 73 "cannot write problem.sh in the working directory, $PWD"
}

# --- names of hosts ---------------------------------------------------------------------------------------------

# mo_host = the host name of a pod.
mo_get_pod_host() { # job index
  mo_host="$MO_SET-$1-0-$2.${MO_SUBDOMAIN:-$MO_SET}"
}

# mo_host = the host with that number in the host list: 0 is the launcher, 1 the first worker.
mo_get_listed_host() { # number
  if [ "$1" -eq 0 ]; then
    mo_get_pod_host "$MO_LAUNCHER_JOB" 0
  else
    mo_get_pod_host "$MO_WORKER_JOB" $(($1 - 1))
  fi
}

# mo_address = the address of a host. Fails where the name does not resolve, or not yet.
mo_resolve_host() { # host
  if mo_has_command getent; then
    mo_address=$(getent ahostsv4 "$1" 2>/dev/null || getent hosts "$1" 2>/dev/null) || return 1
    mo_address=${mo_address%%[!0-9a-fA-F.:]*}
    [ -n "$mo_address" ]
  else
    # No program here can resolve a name, so ssh must try.
    mo_address=$1
  fi
}

# Changes mo_host in a set of one pod, which does not wait until DNS knows its name. While that name does not resolve, mpirun would
# start its tasks over ssh, and fail. The kernel's host name is in the pod's own /etc/hosts.
mo_replace_unresolved_host() {
  [ "${MO_PODS:-1}" -eq 1 ] && [ -n "$mo_has_ssh" ] && ! mo_resolve_host "$mo_host" || return 0
  read -r mo_kernel_name </proc/sys/kernel/hostname
  ! mo_resolve_host "$mo_kernel_name" || mo_host=$mo_kernel_name
}

mo_print_hosts() {
  mo_number=0
  while [ "$mo_number" -lt "${MO_PODS:-1}" ]; do
    mo_get_listed_host "$mo_number"
    mo_replace_unresolved_host
    if [ "${MO_HOSTS:-names}" = addresses ]; then
      mo_address=
      read -r mo_address 2>/dev/null <"$mo_state/hosts/$mo_number.up" || mo_resolve_host "$mo_host"
      mo_host=${mo_address:-$mo_host}
    fi
    printf '%s\n' "$mo_host"
    mo_number=$((mo_number + 1))
  done
}

mo_write_hostlist() {
  { mo_print_hosts >./hostlist.txt; } 2>/dev/null || mo_die 73 "cannot write hostlist.txt in the working directory, $PWD"
}

# Open MPI cuts host names at the first dot, and DNS does not know the short name of a pod.
mo_keep_full_host_names() {
  export OMPI_MCA_orte_keep_fqdn_hostnames="${OMPI_MCA_orte_keep_fqdn_hostnames-1}"
  export PRTE_MCA_prte_keep_fqdn_hostnames="${PRTE_MCA_prte_keep_fqdn_hostnames-1}"
}

# --- ssh --------------------------------------------------------------------------------------------------------

mo_ssh() { # host command, options of ssh
  mo_ssh_with_input "$@" </dev/null
}

mo_ssh_with_input() { # host command, options of ssh
  ssh -o BatchMode=yes -o ConnectTimeout="$mo_connect_seconds" -o StrictHostKeyChecking=no \
    -o UserKnownHostsFile=/dev/null -o GlobalKnownHostsFile=/dev/null -o LogLevel=ERROR -o ControlPath=none "$@"
}

# Saves the environment for sessions over ssh, which sshd starts with almost no variables. session.sh reads the file in the same kind
# of shell.
mo_save_environment() {
  (
    umask 077
    unset HOME PWD OLDPWD SHLVL TERM USER LOGNAME SHELL MAIL
    eval "$mo_line_setup"
    export -p >"$mo_state/environment.new" && mv "$mo_state/environment.new" "$mo_state/environment"
  )
}

# mo_has_ssh = 1 where this pod has ssh and a running sshd, else empty. The other pods of the metric are expected to be like this one.
mo_start_sshd() {
  mo_has_ssh=
  if [ -n "${BASH_VERSION-}" ]; then mo_shell=$(command -v bash); else mo_shell=/bin/sh; fi
  mo_sshd=$(PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin" command -v sshd) || {
    [ "${MO_PODS:-1}" -le 1 ] || mo_log "this image has no sshd: other pods cannot reach this one over ssh"
    return 0
  }
  mkdir -p /run/sshd 2>/dev/null
  set -- /etc/ssh/ssh_host_*_key
  [ -e "$1" ] || ssh-keygen -A >/dev/null 2>&1
  # MaxStartups: an MPI launcher and all the workers connect at the same time.
  "$mo_sshd" -o "ForceCommand=$mo_shell $mo_scripts/session.sh $mo_state" \
    -o MaxStartups=1000:30:5000 -o MaxSessions=1000 >"$mo_state/sshd" 2>&1 || {
    [ "${MO_PODS:-1}" -le 1 ] || mo_log "sshd does not start: $(cat "$mo_state/sshd")"
    return 0
  }
  ! mo_has_command ssh || mo_has_ssh=1
}

# Calls a function once for each number from `first` to `end` - 1, which is mo_number then. There are up to mo_lanes processes, and
# each takes every mo_lanes-th number. So a host that does not answer delays only those of its own process.
mo_call_in_lanes() { # function first end
  mo_lane=0
  # Only these processes are waited for: a metric may have a server in the background.
  mo_lane_ids=
  while [ "$mo_lane" -lt "$mo_lanes" ] && [ $(($2 + mo_lane)) -lt "$3" ]; do
    (
      mo_number=$(($2 + mo_lane))
      while [ "$mo_number" -lt "$3" ]; do
        "$1"
        mo_number=$((mo_number + mo_lanes))
      done
    ) &
    mo_lane_ids="$mo_lane_ids $!"
    mo_lane=$((mo_lane + 1))
  done
  # shellcheck disable=SC2086  # split into words on purpose
  [ -z "$mo_lane_ids" ] || wait $mo_lane_ids
}

# --- the start of a pod -----------------------------------------------------------------------------------------

mo_prepare_pod() {
  mo_keep_full_host_names
  mo_write_problem_script
  mo_save_environment
  mo_start_sshd
}

mo_prepare_launcher() {
  mo_prepare_pod
  mo_wait_for_hosts
  mo_write_hostlist
  [ -z "${MO_PAIRS-}" ] || mo_plan_pairs
}

# Called after the addons' blocks, as a worker that answers must be ready.
mo_run_worker() {
  mo_prepare_pod
  mo_wait_for_launcher_end
}

# --- the launcher waits for the workers -------------------------------------------------------------------------

# Checks whether the launcher can use a host. Writes NUMBER.up (with the address) and perhaps NUMBER.denied in the state folder.
mo_probe_host() { # number host
  mo_resolve_host "$2" || return 0
  if [ "$1" -gt 0 ] && [ -n "$mo_has_ssh" ]; then
    # The worker must be able to resolve the launcher's name too: mpirun's daemons connect back to the launcher.
    mo_get_pod_host "$MO_LAUNCHER_JOB" 0
    mo_answer=$(mo_ssh "$2" "getent hosts $mo_host >/dev/null 2>&1 || ! command -v getent >/dev/null || exit 7" 2>&1)
    # Code 255 is ssh's own: no command has run.
    case $? in
      7) return 0 ;;
      255)
        case $mo_answer in
          *'ermission denied'*) : >"$mo_state/hosts/$1.denied" ;;
          *) return 0 ;;
        esac
        ;;
    esac
  fi
  printf '%s\n' "$mo_address" >"$mo_state/hosts/$1.up"
}

mo_probe_if_missing() {
  [ ! -e "$mo_state/hosts/$mo_number.up" ] || return 0
  mo_get_listed_host "$mo_number"
  mo_probe_host "$mo_number" "$mo_host"
}

# Probes every missing host once. mo_missing = names of the hosts that are still missing afterwards.
mo_probe_missing_hosts() {
  mo_call_in_lanes mo_probe_if_missing 0 "$MO_PODS"
  mo_missing=
  mo_number=0
  while [ "$mo_number" -lt "$MO_PODS" ]; do
    mo_get_listed_host "$mo_number"
    [ -e "$mo_state/hosts/$mo_number.up" ] || mo_missing="$mo_missing $mo_host"
    mo_number=$((mo_number + 1))
  done
}

mo_wait_for_hosts() {
  mkdir -p "$mo_state/hosts"
  [ "$MO_PODS" -gt 1 ] || return 0
  [ -n "$mo_has_ssh" ] || mo_log "no ssh in this pod: waiting for the names of the hosts only"
  mo_set_wait_deadline
  mo_next_notice=$((mo_now + 30))
  while mo_probe_missing_hosts && [ -n "$mo_missing" ]; do
    mo_read_clock
    [ "$mo_now" -lt "$mo_deadline" ] ||
      mo_die 124 "gave up after ${MO_WAIT_SECONDS:-1800} s; hosts that did not answer:$mo_missing$mo_wait_hint"
    if [ "$mo_now" -ge "$mo_next_notice" ]; then
      mo_log "waiting for hosts:$mo_missing"
      mo_next_notice=$((mo_now + 30))
    fi
    mo_pause
  done
  # `results collect` reads the time of this line.
  mo_log "all $MO_PODS hosts answer"
  set -- "$mo_state"/hosts/*.denied
  [ ! -e "$1" ] || mo_log "ssh to $# of the hosts is refused (permission denied): a program that needs it will fail"
}

# --- a worker waits for the end of the launcher -----------------------------------------------------------------
#
# Every worker holds a session to the launcher. When the launcher's container ends, its kernel closes the session, and the worker knows
# at once. Until then the session sends nothing: hundreds of workers that ask every two seconds would disturb the launcher's pod. But
# when the launcher's machine dies, nobody closes the session. So a few of the workers, the watchers, ask every two seconds. When one of
# them finds that the launcher is gone without a word, it tells the other workers.

# At most so many watchers, whatever the number of pods.
mo_watchers=${MO_WATCHERS:-8}

# mo_share = every mo_share-th worker is a watcher.
# mo_ask_seconds = how often this worker asks the launcher whether it is there. A worker that is no watcher asks as well, but seldom: all
# watchers could be on the machine of the launcher.
mo_choose_watchers() {
  mo_workers=$((MO_PODS - 1))
  mo_share=$(((mo_workers + mo_watchers - 1) / mo_watchers))
  [ "$mo_share" -gt 0 ] || mo_share=1
  mo_ask_seconds=2
  [ $((${JOB_COMPLETION_INDEX:-0} % mo_share)) -eq 0 ] || mo_ask_seconds=300
}

# Tells the worker that is mo_number places after this one, unless the time is up or the worker is a watcher.
mo_tell_worker() {
  mo_read_hundredths
  mo_index=$(((JOB_COMPLETION_INDEX + mo_number) % mo_workers))
  [ "$mo_hundredths" -lt "$mo_deadline" ] && [ $((mo_index % mo_share)) -ne 0 ] || return 0
  mo_get_pod_host "$MO_WORKER_JOB" "$mo_index"
  mo_ssh "$mo_host" mocompile-launcher-ended >/dev/null 2>&1
}

# Tells the workers that ask seldom, those after this one first, for two seconds. All watchers do this at the same time, also for the
# workers of a watcher that died with the launcher.
mo_tell_workers() {
  [ -n "$mo_has_ssh" ] && [ "$mo_share" -gt 1 ] && [ "$mo_ask_seconds" -eq 2 ] || return 0
  mo_connect_seconds=1
  mo_read_hundredths
  mo_deadline=$((mo_hundredths + 200))
  mo_call_in_lanes mo_tell_worker 1 "$mo_workers"
}

# Opens a session to the launcher that does nothing, and returns when it breaks: the launcher's container has ended, or has not
# answered twice, or a watcher has told this worker (session.sh ends the process whose id is in `connected`). The next session, which
# tries to connect for three seconds, shows which.
mo_hold_launcher_session() {
  mo_connect_seconds=3
  # The address is the one to which the name last resolved: a DNS server that does not answer must not delay the worker's end.
  if [ -z "$mo_launcher_found" ]; then mo_launcher_target=$mo_host && mo_resolve_host "$mo_host" && mo_launcher_target=$mo_address; fi
  mo_ssh -N -o ServerAliveInterval="$mo_ask_seconds" -o ServerAliveCountMax=1 -o PermitLocalCommand=yes \
    -o "LocalCommand=echo \$PPID >$mo_state/connected" "$mo_launcher_target" 2>"$mo_state/session"
}

# mo_launcher_state = `there`; `ended` where its host answers, and `gone` where it does not; or `unsure` where the answer shows none of
# them. As long as the launcher runs and ssh works, this function does not return.
mo_check_launcher() {
  if [ -z "$mo_has_ssh" ]; then
    # Without ssh there is only the name, which DNS forgets when the launcher's pod has ended.
    mo_launcher_state=there
    mo_resolve_host "$mo_host" || { sleep 1 && mo_resolve_host "$mo_host"; } || mo_launcher_state=gone
    sleep 2
    return
  fi
  rm -f "$mo_state/connected"
  mo_hold_launcher_session
  mo_launcher_state=there
  [ ! -e "$mo_state/connected" ] || return
  case $(cat "$mo_state/session") in
    *'ermission denied'*) sleep 2 ;;
    *refused*) mo_launcher_state=ended ;;
    *resolve* | *'No route'* | *'timed out'*) mo_launcher_state=gone ;;
    *) mo_launcher_state=unsure ;;
  esac
}

# Returns when the launcher's container has ended. Until the launcher has been found, it may not have started, and the wait has the
# bound of every wait for a host. A launcher may also end before this worker first looks for it. Such a launcher has connected to this
# pod: session.sh has made `visited`. Then the worker ends seven seconds later, as DNS may not know a new name for some seconds.
mo_wait_for_launcher_end() {
  mo_get_pod_host "$MO_LAUNCHER_JOB" 0
  mo_set_wait_deadline
  mo_next_notice=$((mo_now + 30))
  mo_launcher_found=
  mo_failed_checks=0
  mo_choose_watchers
  while :; do
    mo_check_launcher
    [ ! -e "$mo_state/told" ] || return 0
    mo_read_clock
    if [ "$mo_launcher_state" = there ]; then
      mo_launcher_found=1
      mo_failed_checks=0
    elif [ -n "$mo_launcher_found" ]; then
      mo_failed_checks=$((mo_failed_checks + 1))
      [ "$mo_launcher_state" != ended ] || return 0
      if [ "$mo_launcher_state" = gone ] || [ "$mo_failed_checks" -ge 3 ]; then
        mo_tell_workers
        return 0
      fi
    elif [ -e "$mo_state/visited" ] && [ "$mo_deadline" -gt $((mo_now + 7)) ]; then
      mo_deadline=$((mo_now + 7))
    elif [ "$mo_now" -ge "$mo_deadline" ]; then
      [ ! -e "$mo_state/visited" ] || return 0
      mo_die 124 "gave up after ${MO_WAIT_SECONDS:-1800} s; the launcher, $mo_host, does not answer: $(cat "$mo_state/session")"
    elif [ "$mo_now" -ge "$mo_next_notice" ]; then
      mo_log "waiting for the launcher, $mo_host"
      mo_next_notice=$((mo_now + 30))
    fi
    mo_pause
  done
}
