# shellcheck shell=sh disable=SC2034,SC2154  # mo_* variables are entrypoint.sh's
# Runs the measured program as a job of Flux, one broker on each pod of the metric, with the Flux of a software view.
#
# What happens
#
#   Every pod writes MOUNT/flux/config/broker.toml and MOUNT/flux/R. The lead broker is the launcher, the others are the workers. Pods
#   that measure by themselves (no launcher) have a Flux of one broker each.
#   The launcher makes a curve certificate (flux keygen) and sends it to the workers over ssh, once all of them answer.
#   A worker that has it runs `flux start` again and again until the launcher's container has ended: each timepoint is an
#   instance of its own. The launcher's line becomes `flux start ... flux submit ... LINE`, and ends with the job's code.
#
# What is assumed of the view (`image`) and of the metric's image
#
#   * The view has bin/flux, of flux-core 0.49 or later with flux-sched, and what it needs is in the view or in
#     /opt/software; it runs on the C library of the metric's image. Its Python modules are in lib/python3.*/site-packages.
#   * The brokers run as the container's user, who owns the instance: no munge, no IMP, nothing is installed.
#     The user `fluxUser` is added to the pod's user table where we may, for programs that look for it.
#   * The pods' host names are the short ones (`dontSetFQDN: false` and hostNetwork are refused), their network is eth0, and
#     sshd and ssh are in the metric's image, as for every launcher with workers.

# shellcheck source=/dev/null
. "$mo_scripts/view.sh"

addon_before() {
  mo_open_view
  mo_need_file "$mo_view/view/bin/flux"
  mo_flux=$mo_view/flux
  mo_flux_certificate=$mo_flux/curve.cert
  mo_use_flux_libraries
  mo_add_flux_user
  mo_name_flux_hosts
  mo_write_flux_config || mo_fail 73 "cannot write the broker configuration in $mo_flux"
  mo_collect_flux_options
  case ${MO_ROLE-} in
    launcher) mo_share_flux_certificate ;;
    worker) mo_follow_lead_broker ;;
    *) mo_make_flux_certificate ;;
  esac
  mo_addon_option PRECOMMAND
  mo_block=$mo_value
}

addon_wrap() {
  mo_view_is_targeted || return 0
  mo_addon_option INTERACTIVE
  if [ "$mo_value" = true ]; then
    mo_line="flux start $mo_flux_options"
    return
  fi
  mo_addon_option SUBMIT
  mo_submit=$mo_value
  mo_watch=
  case $mo_submit in
    *submit*) mo_watch=' --watch' ;;
  esac
  mo_addon_option TASKS
  mo_size=
  # Flux refuses fewer tasks than nodes.
  if [ "$mo_value" -eq 0 ] || [ "$mo_value" -ge "$mo_flux_size" ]; then mo_size=" -N $mo_flux_size"; fi
  [ "$mo_value" -eq 0 ] || mo_size="$mo_size -n $mo_value"
  mo_addon_option OPTIONFLAGS
  mo_line="flux start $mo_flux_options flux $mo_submit$mo_size${mo_value:+ $mo_value}$mo_watch -vvv $mo_line"
}

addon_after() {
  [ "${MO_ROLE-}" = worker ] && [ -e "$mo_state/broker" ] || return 0
  kill -s TERM "$(cat "$mo_state/broker")" 2>/dev/null
}

# Last, so that what the image has comes first.
mo_use_flux_libraries() {
  export LD_LIBRARY_PATH="${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$mo_view/view/lib:$mo_view/view/lib64"
  for mo_folder in "$mo_view"/view/lib/python3.*/site-packages; do
    [ ! -d "$mo_folder" ] || export PYTHONPATH="${PYTHONPATH:+$PYTHONPATH:}$mo_folder"
  done
}

mo_add_flux_user() {
  mo_addon_option FLUXUSER
  mo_flux_user=$mo_value
  mo_addon_option FLUXUID
  [ -w /etc/passwd ] && ! grep -q "^$mo_flux_user:" /etc/passwd || return 0
  printf '%s:x:%s:%s::/tmp:/bin/sh\n' "$mo_flux_user" "$mo_value" "$mo_value" >>/etc/passwd
}

# mo_flux_hosts = the hosts by their short names, the lead broker first; mo_flux_size = how many.
mo_name_flux_hosts() {
  mo_flux_size=${MO_PODS:-1}
  mo_flux_hosts=$(uname -n)
  case ${MO_ROLE-} in
    launcher | worker) mo_flux_hosts="$MO_SET-$MO_LAUNCHER_JOB-0-0" ;;
    *) mo_flux_size=1 ;;
  esac
  [ "$mo_flux_size" -le 1 ] || mo_flux_hosts="$mo_flux_hosts,$MO_SET-$MO_WORKER_JOB-0-[0-$((mo_flux_size - 2))]"
}

mo_write_flux_config() {
  mkdir -p "$mo_flux/config" && flux R encode --local --hosts="$mo_flux_hosts" >"$mo_flux/R" || return
  mo_addon_option QUEUEPOLICY
  cat >"$mo_flux/config/broker.toml" <<EOF
[access]
allow-guest-user = true
allow-root-owner = true

[resource]
path = "$mo_flux/R"

[bootstrap]
curve_cert = "$mo_flux_certificate"
default_port = 8050
default_bind = "tcp://eth0:%p"
default_connect = "tcp://%h.${MO_SUBDOMAIN:-$MO_SET}:%p"
hosts = [
  { host = "$mo_flux_hosts" },
]

[sched-fluxion-qmanager]
queue-policy = "$mo_value"
EOF
}

# mo_flux_options = the options of `flux start`, as shell text: each goes on to the broker.
mo_collect_flux_options() {
  mo_flux_options=
  mo_add_flux_option "-c$mo_flux/config"
  mo_add_flux_option "-Slocal-uri=local://$mo_flux/local"
  mo_addon_option CONNECTTIMEOUT
  mo_add_flux_option "-Stbon.connect_timeout=$mo_value"
  mo_addon_option QUORUM
  mo_add_flux_option "-Sbroker.quorum=${mo_value:-$mo_flux_size}"
  mo_addon_option LOGLEVEL
  mo_add_flux_option "-Slog-stderr-level=$mo_value"
  mo_add_flux_option -Slog-stderr-mode=local
  mo_addon_option DEBUGZEROMQ
  [ "$mo_value" != true ] || mo_add_flux_option -Stbon.zmqdebug=1
  mo_addon_option INTERACTIVE
  [ "$mo_value" != true ] || mo_add_flux_option -Sbroker.rc2_none=1
}

mo_add_flux_option() {
  mo_quote "--broker-opts=$1"
  mo_flux_options="$mo_flux_options${mo_flux_options:+ }$mo_value"
}

mo_make_flux_certificate() {
  rm -f "$mo_flux_certificate"
  (umask 077 && flux keygen "$mo_flux_certificate") >&2 || mo_fail 1 "flux keygen failed"
  chmod 600 "$mo_flux_certificate"
}

# Sixteen at a time. A subshell, so that it waits for these only, and not for what the user has in the background.
mo_share_flux_certificate() {
  mo_make_flux_certificate
  [ "$mo_flux_size" -gt 1 ] || return 0
  [ -n "$mo_over_ssh" ] || mo_fail 127 "workload-flux needs ssh and sshd in the metric's image: the workers have no certificate else"
  (
    mo_number=1
    while [ "$mo_number" -lt "$mo_flux_size" ]; do
      mo_number_host "$mo_number"
      mo_send_flux_certificate &
      [ $((mo_number % 16)) -ne 0 ] || wait
      mo_number=$((mo_number + 1))
    done
    wait
    [ ! -e "$mo_state/unsent" ]
  ) || mo_fail 1 "the curve certificate did not reach these hosts: $(tr '\n' ' ' <"$mo_state/unsent")"
}

mo_send_flux_certificate() {
  mo_quote "$mo_flux_certificate"
  mo_ssh_with_input "$mo_host" "umask 077 && cat >$mo_value.new && mv $mo_value.new $mo_value" <"$mo_flux_certificate" ||
    printf '%s\n' "$mo_host" >>"$mo_state/unsent"
}

# A grandchild, so that a `wait` in a block of the user's does not wait for it.
mo_follow_lead_broker() {
  rm -f "$mo_flux_certificate"
  (
    mo_run_brokers >&2 &
    printf '%s\n' "$!" >"$mo_state/broker"
  )
}

# Until this container ends. A broker that finds no lead broker ends by itself, and one whose instance is over too.
mo_run_brokers() {
  trap 'exit 0' TERM
  while [ ! -e "$mo_flux_certificate" ]; do mo_pause; done
  while :; do
    eval "flux start $mo_flux_options" &
    wait $!
    sleep 1 &
    wait $!
  done
}
