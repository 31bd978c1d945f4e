# shellcheck shell=sh disable=SC2034,SC2154  # entrypoint.sh sets and reads mo_* variables
# LDMS: runs its daemon, with the samplers of the image's configuration, during the measurement.

measure_init() {
  mo_ldms_pid_file=$PWD/ldmsd.pid
}

measure_before() {
  mo_ldms_chown_munge
  mo_ldms_start
  mo_ldms_wait
}

# munge refuses folders that do not belong to its user, here root.
mo_ldms_chown_munge() {
  mkdir -p /run/munge || mo_log "cannot create /run/munge"
  for mo_file in /run/munge /var/log/munge /var/lib/munge /etc/munge; do
    [ ! -e "$mo_file" ] || chown -R root:root "$mo_file" || mo_log "cannot change the owner of $mo_file to root"
  done
}

# The command becomes a daemon and returns at once.
mo_ldms_start() {
  mo_has_command ldmsd || mo_die 127 "this image has no ldmsd"
  rm -f "$mo_ldms_pid_file"
  ldmsd -x sock:10444 -c /opt/sampler.conf -l /tmp/demo_ldmsd_log -v DEBUG -r "$mo_ldms_pid_file" >"$mo_state/ldmsd" 2>&1 ||
    mo_die 1 "ldmsd ended with code $?: $(tail -n 3 "$mo_state/ldmsd")"
}

mo_ldms_answers() {
  ldms_ls -h localhost -x sock -p 10444 >/dev/null 2>&1
}

mo_ldms_wait() {
  mo_has_command ldms_ls || mo_die 127 "this image has no ldms_ls"
  mo_set_wait_deadline
  until mo_ldms_answers; do
    ! mo_ldms_is_gone || mo_die 1 "ldmsd has ended: $(tail -n 3 /tmp/demo_ldmsd_log 2>/dev/null)"
    mo_read_clock
    [ "$mo_now" -lt "$mo_deadline" ] || mo_die 124 "gave up after ${MO_WAIT_SECONDS:-1800} s: ldmsd does not answer"
    mo_pause
  done
}

mo_ldms_is_gone() {
  mo_pid=
  read -r mo_pid 2>/dev/null <"$mo_ldms_pid_file"
  [ -n "$mo_pid" ] && ! kill -0 "$mo_pid" 2>/dev/null
}

measure_cleanup() {
  mo_pid=
  read -r mo_pid 2>/dev/null <"$mo_ldms_pid_file"
  [ -z "$mo_pid" ] || kill "$mo_pid" 2>/dev/null
}
