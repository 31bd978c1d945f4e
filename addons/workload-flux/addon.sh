# shellcheck shell=sh disable=SC2034,SC2154  # entrypoint.sh sets and reads mo_* variables
# Runs the measured program as a Flux job, with one broker in each pod of the metric. Flux comes from a software view.
#
# What happens
#
#   Every pod writes MOUNT/flux/config/broker.toml and MOUNT/flux/R. The launcher runs the lead broker, the workers run the others.
#   Without a launcher, each pod has a Flux of one broker.
#   The launcher makes a curve certificate (flux keygen) and sends it to the workers over ssh, once all of them answer.
#   A worker with the certificate runs `flux start` again and again until the launcher's container has ended, as each timepoint is a
#   new Flux instance. The launcher's line becomes `flux start ... flux submit ... LINE`, and ends with the job's code.
#
# What the addon expects of the view (`image`) and of the metric's image
#
#   * The view has bin/flux, of flux-core 0.49 or later with flux-sched. Its libraries are in the view or in
#     /opt/software, and it runs with the C library of the metric's image. Its Python modules are in lib/python3.*/site-packages.
#   * The brokers run as the container's user, who owns the instance. So they need no munge and no IMP, and nothing is installed.
#     The user `fluxUser` is added to /etc/passwd where it is writable, for programs that look for the user.
#   * The pods have short host names (`dontSetFQDN: false` and hostNetwork are refused), their network is eth0, and
#     sshd and ssh are in the metric's image, as for every launcher with workers.

# shellcheck source=/dev/null
. "$mo_scripts/view.sh"

addon_before() {
  mo_open_view
  mo_require_file "$mo_view/view/bin/flux"
  mo_flux=$mo_view/flux
  mo_flux_certificate=$mo_flux/curve.cert
  mo_use_flux_libraries
  mo_add_flux_user
  mo_name_flux_hosts
  mo_write_flux_config || mo_die 73 "cannot write the broker configuration in $mo_flux"
  mo_collect_flux_options
  case ${MO_ROLE-} in
    launcher) mo_share_flux_certificate ;;
    worker) mo_start_worker_brokers ;;
    *) mo_make_flux_certificate ;;
  esac
  mo_addon_option PRECOMMAND
  mo_block=$mo_value
}

addon_wrap() {
  mo_is_targeted || return 0
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

# The view's folders come last, so that the image's own libraries win.
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

# mo_flux_hosts = the short host names in Flux's notation, the lead broker first; mo_flux_size = their number.
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

# mo_flux_options = the options of `flux start` as shell text. Each is an option for the broker.
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

mo_add_flux_option() { # broker option
  mo_quote_word "--broker-opts=$1"
  mo_flux_options="$mo_flux_options${mo_flux_options:+ }$mo_value"
}

mo_make_flux_certificate() {
  rm -f "$mo_flux_certificate"
  (umask 077 && flux keygen "$mo_flux_certificate") >&2 || mo_die 1 "flux keygen failed"
  chmod 600 "$mo_flux_certificate"
}

# Sends to sixteen workers at a time. The subshell makes `wait` wait for these only, and not for the user's background processes.
mo_share_flux_certificate() {
  mo_make_flux_certificate
  [ "$mo_flux_size" -gt 1 ] || return 0
  [ -n "$mo_has_ssh" ] || mo_die 127 "workload-flux needs ssh and sshd in the metric's image, to send the certificate to the workers"
  (
    mo_number=1
    while [ "$mo_number" -lt "$mo_flux_size" ]; do
      mo_get_listed_host "$mo_number"
      mo_send_flux_certificate &
      [ $((mo_number % 16)) -ne 0 ] || wait
      mo_number=$((mo_number + 1))
    done
    wait
    [ ! -e "$mo_state/unsent" ]
  ) || mo_die 1 "the curve certificate did not reach these hosts: $(tr '\n' ' ' <"$mo_state/unsent")"
}

mo_send_flux_certificate() {
  mo_quote_word "$mo_flux_certificate"
  mo_ssh_with_input "$mo_host" "umask 077 && cat >$mo_value.new && mv $mo_value.new $mo_value" <"$mo_flux_certificate" ||
    printf '%s\n' "$mo_host" >>"$mo_state/unsent"
}

# The brokers run in a grandchild, so that a `wait` in a user's block does not wait for them.
mo_start_worker_brokers() {
  rm -f "$mo_flux_certificate"
  (
    mo_run_brokers >&2 &
    printf '%s\n' "$!" >"$mo_state/broker"
  )
}

# Runs brokers until this container ends. A broker ends by itself when it finds no lead broker, or when its instance is over.
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
