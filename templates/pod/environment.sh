# shellcheck shell=sh disable=SC2154  # mo_state and mo_now are set by functions of entrypoint.sh
# Prints the ENVIRONMENT line, which is JSON: where the pod runs. Sourced by entrypoint.sh; it only defines functions.
#
# Reads the variables of the container, /proc, /sys and a few files of the image. A value that is not there is left out. A read can
# hang (a driver that waits for its device), so a process of its own reads, and what it has read after a second is printed.
#
# mo_collect_environment writes one member of the object a line. The functions need mo_json_string of metadata.sh, and functions of
# entrypoint.sh.

# --- members of the object --------------------------------------------------------------------------------------

# mo_json_text = the text as a JSON string. Names of hardware may have any byte: all but printable ASCII become `?`. Fails where the
# image has no program for quotes and backslashes.
mo_encode_text() { # text
  mo_text=$1
  case $1 in
    *[!\ -~]*)
      mo_text=
      mo_rest=$1
      while [ -n "$mo_rest" ]; do
        mo_tail=${mo_rest#?}
        mo_char=${mo_rest%"$mo_tail"}
        case $mo_char in
          [\ -~]) mo_text="$mo_text$mo_char" ;;
          *) mo_text="$mo_text?" ;;
        esac
        mo_rest=$mo_tail
      done
      ;;
  esac
  mo_json_string "$mo_text" 2>/dev/null
  mo_json_text=$mo_value
  [ "$mo_json_text" != '""' ]
}

mo_add_text() { # key text
  [ -z "$2" ] || ! mo_encode_text "$2" || printf '"%s":%s\n' "$1" "$mo_json_text"
}

mo_add_number() { # key number
  case $2 in
    '' | *[!0-9.]*) ;;
    *) printf '"%s":%s\n' "$1" "$2" ;;
  esac
}

# --- values -----------------------------------------------------------------------------------------------------

# mo_value = the first line of a file. Fails where there is no such line. A file that is not regular is not opened.
mo_read_line() { # path
  mo_value=
  [ -f "$1" ] && { IFS= read -r mo_value <"$1" || [ -n "$mo_value" ]; } 2>/dev/null && [ -n "$mo_value" ]
}

# mo_value = the text without the blanks around it.
mo_trim() { # text
  mo_value=${1#"${1%%[!"$mo_tab" ]*}"}
  mo_value=${mo_value%"${mo_value##*[!"$mo_tab" ]}"}
}

# mo_value = the value of the first line of a file that begins with KEY and perhaps blanks, and a colon or an equals sign.
mo_read_key() { # path key
  [ -f "$1" ] || return 1
  while IFS= read -r mo_line || [ -n "$mo_line" ]; do
    case $mo_line in
      "$2"*[:=]*)
        mo_trim "${mo_line%%[:=]*}"
        [ "$mo_value" = "$2" ] || continue
        mo_trim "${mo_line#*[:=]}"
        [ -n "$mo_value" ] && return 0
        ;;
    esac
  done 2>/dev/null <"$1"
  return 1
}

# mo_value = how many ids are in a list of the kernel such as 0-3,8. Fails where it is no such list.
mo_count_ids() { # list
  case $1 in
    '' | *[!0-9,-]*) return 1 ;;
  esac
  mo_ids=$1,
  mo_value=0
  while [ -n "$mo_ids" ]; do
    mo_range=${mo_ids%%,*}
    mo_ids=${mo_ids#*,}
    mo_value=$((mo_value + ${mo_range#*-} - ${mo_range%-*} + 1))
  done
}

# mo_value = the time, as in 2026-01-31T12:00:00Z. Fails where neither the shell nor a program can tell.
mo_read_date() {
  if [ -n "${BASH_VERSION-}" ]; then
    # shellcheck disable=SC3045  # only bash comes here
    TZ=UTC0 printf -v mo_value '%(%Y-%m-%dT%H:%M:%SZ)T' -1 2>/dev/null && return 0
  fi
  mo_value=$(date -u +%Y-%m-%dT%H:%M:%SZ 2>/dev/null)
}

# --- the machine ------------------------------------------------------------------------------------------------

# The name of an ARM processor: its numbers, with the name that lscpu (util-linux) has for them.
mo_add_arm_processor() {
  case $mo_implementer:$mo_part in
    :* | *:) return 0 ;;
    0x41:0xd0c) mo_text=Neoverse-N1 ;;
    0x41:0xd40) mo_text=Neoverse-V1 ;;
    0x41:0xd49) mo_text=Neoverse-N2 ;;
    0x41:0xd4f) mo_text=Neoverse-V2 ;;
    0x41:0xd84) mo_text=Neoverse-V3 ;;
    0x41:0xd8e) mo_text=Neoverse-N3 ;;
    0xc0:0xac3) mo_text=Ampere-1 ;;
    0xc0:0xac4) mo_text=Ampere-1a ;;
    *) mo_text=ARM ;;
  esac
  mo_add_text processor "$mo_text (implementer $mo_implementer, part $mo_part, variant $mo_variant, revision $mo_revision)"
}

# The first processor of /proc/cpuinfo. The key depends on the architecture.
mo_add_processor() {
  mo_implementer=
  mo_part=
  mo_variant=
  mo_revision=
  [ -f /proc/cpuinfo ] || return 0
  while IFS= read -r mo_line && [ -n "$mo_line" ]; do
    mo_trim "${mo_line%%:*}"
    mo_key=$mo_value
    mo_trim "${mo_line#*:}"
    case $mo_key in
      'model name' | 'cpu model' | cpu | uarch)
        mo_add_text processor "$mo_value"
        return 0
        ;;
      'CPU implementer') mo_implementer=$mo_value ;;
      'CPU part') mo_part=$mo_value ;;
      'CPU variant') mo_variant=$mo_value ;;
      'CPU revision') mo_revision=$mo_value ;;
    esac
  done 2>/dev/null </proc/cpuinfo
  mo_add_arm_processor
}

# The processors that the cpuset allows, and the limit of processor time in whole processors (1.5), of cgroup v2 or v1.
mo_add_cores() {
  ! mo_read_key /proc/self/status Cpus_allowed_list || ! mo_count_ids "$mo_value" || mo_add_number cores "$mo_value"
  if mo_read_line /sys/fs/cgroup/cpu.max; then
    mo_quota=${mo_value% *}
    mo_period=${mo_value#* }
  else
    mo_quota=
    ! mo_read_line /sys/fs/cgroup/cpu/cpu.cfs_quota_us || mo_quota=$mo_value
    mo_read_line /sys/fs/cgroup/cpu/cpu.cfs_period_us
    mo_period=$mo_value
  fi
  case $mo_quota:$mo_period in
    :* | *: | *:0 | *[!0-9:]*) return 0 ;;
  esac
  mo_value=$((mo_quota * 1000 / mo_period + 1000))
  mo_fraction=${mo_value#"${mo_value%???}"}
  while [ "$mo_fraction" != "${mo_fraction%0}" ]; do mo_fraction=${mo_fraction%0}; done
  mo_add_number coreLimit "$((mo_value / 1000 - 1))${mo_fraction:+.$mo_fraction}"
}

# Both in bytes. Version 1 of cgroups has a number near 2^63 where there is no limit.
mo_add_memory() {
  if mo_read_key /proc/meminfo MemTotal; then
    mo_value=${mo_value% kB}
    case $mo_value in
      *[!0-9]*) ;;
      *) mo_add_number memory $((mo_value * 1024)) ;;
    esac
  fi
  mo_read_line /sys/fs/cgroup/memory.max || mo_read_line /sys/fs/cgroup/memory/memory.limit_in_bytes || return 0
  [ "${#mo_value}" -gt 18 ] || mo_add_number memoryLimit "$mo_value"
}

# How many pages of each size there are, and whether the kernel makes huge pages by itself.
mo_add_huge_pages() {
  mo_members=
  for mo_path in /sys/kernel/mm/hugepages/hugepages-*kB; do
    mo_read_line "$mo_path/nr_hugepages" || continue
    case $mo_value in
      0 | *[!0-9]*) ;;
      *) mo_members="$mo_members,\"${mo_path##*/hugepages-}\":$mo_value" ;;
    esac
  done
  [ -z "$mo_members" ] || printf '"hugePages":{%s}\n' "${mo_members#,}"
  if mo_read_line /sys/kernel/mm/transparent_hugepage/enabled; then
    mo_value=${mo_value#*\[}
    mo_add_text transparentHugePages "${mo_value%%\]*}"
  fi
}

# The distribution of the image.
mo_add_os() {
  mo_read_key /etc/os-release PRETTY_NAME || mo_read_key /usr/lib/os-release PRETTY_NAME ||
    mo_read_key /etc/os-release NAME || return 0
  mo_value=${mo_value#[\"\']}
  mo_add_text os "${mo_value%[\"\']}"
}

# --- devices ----------------------------------------------------------------------------------------------------

# Appends an object to mo_devices: the name of the device at mo_path, and the value as `speed` in Mbit/s or `rate` as text.
mo_add_device() { # speed rate
  mo_device_count=$((mo_device_count + 1))
  mo_encode_text "${mo_path##*/}" || return 0
  mo_device="{\"name\":$mo_json_text"
  case $1 in
    '' | *[!0-9]*) ;;
    *) mo_device="$mo_device,\"speed\":$1" ;;
  esac
  [ -z "$2" ] || ! mo_encode_text "$2" || mo_device="$mo_device,\"rate\":$mo_json_text"
  mo_devices="$mo_devices,$mo_device}"
}

mo_print_devices() { # key
  [ -z "$mo_devices" ] || printf '"%s":[%s]\n' "$1" "${mo_devices#,}"
  mo_devices=
  mo_device_count=0
}

# On the node's network there may be hundreds of devices of other pods: thirty-two are printed, real ones first.
mo_add_network() {
  for mo_real in 1 ''; do
    for mo_path in /sys/class/net/*; do
      [ -d "$mo_path" ] && [ "$mo_device_count" -lt 32 ] || continue
      if [ -e "$mo_path/device" ]; then mo_is_real=1; else mo_is_real=; fi
      [ "${mo_path##*/}" != lo ] && [ "$mo_is_real" = "$mo_real" ] || continue
      mo_read_line "$mo_path/speed"
      mo_add_device "$mo_value" ''
    done
  done
  mo_print_devices network
  for mo_path in /sys/class/infiniband/*; do
    [ -d "$mo_path" ] && [ "$mo_device_count" -lt 32 ] || continue
    mo_read_line "$mo_path/ports/1/rate"
    mo_add_device '' "$mo_value"
  done
  mo_print_devices infiniband
}

# The GPUs whose driver this container sees: NVIDIA's by their model; AMD's, where the container has their device, by their
# product's name or the numbers of vendor and device.
mo_add_gpus() {
  mo_gpus=
  for mo_path in /proc/driver/nvidia/gpus/*/information; do
    ! mo_read_key "$mo_path" Model || ! mo_encode_text "$mo_value" || mo_gpus="$mo_gpus,$mo_json_text"
  done
  for mo_path in /sys/class/drm/card[0-9]*/device; do
    [ -e /dev/kfd ] && mo_read_line "$mo_path/vendor" && [ "$mo_value" = 0x1002 ] || continue
    mo_read_line "$mo_path/product_name" || { mo_read_line "$mo_path/device" && mo_value="0x1002:$mo_value"; } || continue
    ! mo_encode_text "$mo_value" || mo_gpus="$mo_gpus,$mo_json_text"
  done
  [ -z "$mo_gpus" ] || printf '"gpus":[%s]\n' "${mo_gpus#,}"
}

# The image's MPI: the version in its description for pkg-config, else that of its library. mpirun itself is not started.
mo_add_mpi() {
  mo_prefix=
  mo_folders=$PATH:
  while [ -n "$mo_folders" ] && [ -z "$mo_prefix" ]; do
    mo_path=${mo_folders%%:*}
    mo_folders=${mo_folders#*:}
    [ ! -x "$mo_path/mpirun" ] && [ ! -x "$mo_path/mpiexec" ] || mo_prefix=${mo_path%/bin}
    [ "$mo_path" != /bin ] || mo_prefix=${mo_prefix:+/usr}
  done
  [ -n "$mo_prefix" ] || return 0
  # Not one pattern for all of them: the shell would read every folder below lib.
  for mo_folder in "$mo_prefix"/lib "$mo_prefix"/lib64 "$mo_prefix"/lib/*-linux-gnu*; do
    for mo_path in "$mo_folder/pkgconfig/ompi.pc" "$mo_folder/openmpi/lib/pkgconfig/ompi.pc"; do
      mo_read_key "$mo_path" Version || continue
      mo_add_text mpi "Open MPI $mo_value"
      return 0
    done
    if mo_read_key "$mo_folder/pkgconfig/mpich.pc" Version; then
      mo_add_text mpi "MPICH $mo_value"
      return 0
    fi
    for mo_path in "$mo_folder"/libmpi.so.*.*.* "$mo_folder"/openmpi/lib/libmpi.so.*.*.*; do
      [ -f "$mo_path" ] || continue
      mo_add_text mpi "libmpi ${mo_path##*/libmpi.so.}"
      return 0
    done
  done
}

# --- the line ---------------------------------------------------------------------------------------------------

# Prints the members, one a line. What cannot hang comes first.
mo_collect_environment() {
  # Bytes, not characters, for patterns.
  LC_ALL=C
  mo_devices=
  mo_device_count=0
  mo_add_text set "${MO_SET-}"
  mo_add_text job "${MO_JOB-}"
  mo_add_text metric "${MO_METRIC_ID-}"
  mo_add_text pod "${MO_POD-}"
  mo_add_text node "${MO_NODE-}"
  mo_add_text image "${MO_IMAGE-}"
  # shellcheck source=/dev/null
  . "$mo_scripts/version.sh"
  mo_add_text mocompile "$mo_version"
  ! mo_read_date || mo_add_text started "$mo_value"
  mo_add_processor
  mo_add_cores
  mo_add_memory
  ! mo_read_line /sys/devices/system/node/online || ! mo_count_ids "$mo_value" || mo_add_number numaNodes "$mo_value"
  ! mo_read_line /proc/sys/kernel/osrelease || mo_add_text kernel "$mo_value"
  mo_add_os
  mo_add_huge_pages
  mo_add_gpus
  mo_add_mpi
  mo_add_network
}

# Prints the line. Waits for the reading process a second at most. The wait needs no program and no other process: it takes a few
# milliseconds, and nothing is measured yet.
mo_print_environment() {
  [ "${MO_ENVIRONMENT-}" != false ] || return 0
  : >"$mo_state/machine"
  (
    mo_collect_environment >>"$mo_state/machine" 2>/dev/null
    : >"$mo_state/machine.read"
  ) &
  mo_pid=$!
  mo_read_hundredths
  mo_deadline=$((mo_hundredths + 90))
  while [ ! -e "$mo_state/machine.read" ] && [ "$mo_hundredths" -lt "$mo_deadline" ]; do mo_read_hundredths; done
  if [ ! -e "$mo_state/machine.read" ]; then
    kill -s KILL "$mo_pid" 2>/dev/null
    mo_log "reading about this machine takes too long: the ENVIRONMENT has only a part"
  else
    wait "$mo_pid"
  fi
  mo_json=
  # A last line that was not written to its end has no line feed.
  while IFS= read -r mo_member; do mo_json="$mo_json,$mo_member"; done <"$mo_state/machine"
  printf 'ENVIRONMENT START {%s}\nENVIRONMENT END\n' "${mo_json#,}"
}
