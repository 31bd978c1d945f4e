#!/usr/bin/env bash
# Installs what the tests need, where it is missing, and runs them all: `bash tests/run.sh [pytest's arguments]`.
# `bash tests/run.sh --cov` also measures which lines and branches of the package they run.
#
# Into the checkout: a virtual environment (.venv), Go programs (.cache/bin), the CRD of JobSet. Onto the machine: Debian packages, where we may
# (root, or sudo without a password). What cannot be installed is named, and its tests are skipped; with CI set they fail.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec </dev/null

# program=package of the programs that run in the tests' pods. A program from elsewhere is fine, too: only the program is checked.
debian=(
  bash=bash
  busybox=busybox
  capsh=libcap2-bin
  chromium=chromium
  cyclictest=rt-tests
  dash=dash
  fio=fio
  git=git
  hpcc=hpcc
  iostat=sysstat
  ip=iproute2
  iperf3=iperf3
  jc=jc
  likwid-bench=likwid
  lstopo=hwloc-nox
  mpirun=openmpi-bin
  ps=procps
  pstree=psmisc
  ssh=openssh-client
  sshd=openssh-server
  stress-ng=stress-ng
  unshare=util-linux
)
# program=Go package at a version.
golang=(
  helm=helm.sh/helm/v3/cmd/helm@v3.22.0
  helm4=helm.sh/helm/v4/cmd/helm@v4.3.1
  kustomize=sigs.k8s.io/kustomize/kustomize/v5@v5.8.1
  oras=oras.land/oras/cmd/oras@v1.2.3
  registry=github.com/google/go-containerregistry/cmd/registry@v0.20.6
)

say() {
  printf 'tests/run.sh: %s\n' "$*" >&2
}

die() {
  say "$@"
  exit 1
}

as_root=()
clean=()
# shellcheck disable=SC2317,SC2329  # called by the trap
clean_up() {
  local each
  for each in "${clean[@]}"; do rm -rf -- "$each" 2>/dev/null || "${as_root[@]}" rm -rf -- "$each" || true; done
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# --- Debian packages ---------------------------------------------------------------------------------------------

may_install() {
  command -v apt-get >/dev/null || return 1
  [ "$(id -u)" -ne 0 ] || return 0
  as_root=(sudo -n)
  command -v sudo >/dev/null && sudo -n true 2>/dev/null
}

apt() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 "$@" >&2
}

# A server that comes along (sshd) must not be started on the machine.
forbid_services() {
  local policy=/usr/sbin/policy-rc.d
  [ ! -e "$policy" ] || return 0
  clean+=("$policy")
  printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
  "${as_root[@]}" chmod 755 "$policy"
}

install_packages() { # packages...
  if ! may_install; then
    say "missing, and cannot be installed (no apt-get, or neither root nor sudo): $*"
    return
  fi
  say "installing Debian packages: $*"
  forbid_services
  apt update || say "apt-get update failed; trying with the existing lists"
  # All at once; if one is not available, install the others one by one.
  apt install --yes --no-install-recommends "$@" && return
  for package in "$@"; do
    apt install --yes --no-install-recommends "$package" || say "could not install: $package"
  done
}

missing_packages() {
  for entry in "${debian[@]}"; do
    PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin" command -v "${entry%%=*}" >/dev/null || printf '%s\n' "${entry#*=}"
  done
}

mapfile -t packages < <(missing_packages)
[ ${#packages[@]} -eq 0 ] || install_packages "${packages[@]}"

# --- Python ------------------------------------------------------------------------------------------------------

new_enough() { # python
  "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

find_python() {
  for python in python3 python3.14 python3.13 python3.12 python3.11; do
    if new_enough "$python"; then
      printf '%s\n' "$python"
      return
    fi
  done
  return 1
}

make_environment() {
  local python
  python=$(find_python) || die "no Python 3.11 or newer here"
  say "making .venv with $("$python" --version)"
  if ! "$python" -c 'import ensurepip' 2>/dev/null; then
    install_packages "$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')"
  fi
  "$python" -m venv --clear .venv || die "could not create .venv; on Debian, install python3-venv"
}

new_enough .venv/bin/python || make_environment
# What was installed, and for which folder: scripts and the editable install hold its path.
wanted=$(pwd && cat pyproject.toml)
stamp=.venv/installed-for
if [ ! -f "$stamp" ] || [ "$(<"$stamp")" != "$wanted" ]; then
  say "installing mocompile and its tests' dependencies into .venv"
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[test]' || die "pip could not install them"
  printf '%s\n' "$wanted" >"$stamp"
fi

# --- Go programs -------------------------------------------------------------------------------------------------

# Into a folder of its own first: go names a program by its package, and Helm 3 and 4 have one name.
build_program() { # name, package@version
  local folder="$PWD/.cache/build/$1" built
  CGO_ENABLED=0 GOBIN="$folder" go install "$2" || return 1
  built=("$folder"/*)
  mkdir -p .cache/bin && mv "${built[0]}" ".cache/bin/$1" && rmdir "$folder"
}

for entry in "${golang[@]}"; do
  program=${entry%%=*}
  [ ! -x ".cache/bin/$program" ] || continue
  if command -v go >/dev/null; then
    say "building $program (a few minutes, once): ${entry#*=}"
    build_program "$program" "${entry#*=}" || say "go could not build $program"
  elif ! command -v "$program" >/dev/null; then
    say "missing: $program, and go to build it"
  fi
done

# The health checks of GitOps controllers run in a program of the tests; it is built anew where its sources change.
checks=tests/gitops/checks
if command -v go >/dev/null; then
  wanted=$(cat "$checks"/*)
  stamp=.cache/bin/checks-built-from
  if [ ! -x .cache/bin/checks ] || [ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ]; then
    say "building tests/gitops/checks (a minute, once)"
    mkdir -p .cache/bin
    if (cd "$checks" && CGO_ENABLED=0 go build -o "$OLDPWD/.cache/bin/checks" .); then
      printf '%s\n' "$wanted" >"$stamp"
    else
      say "go could not build $checks"
    fi
  fi
elif [ ! -x .cache/bin/checks ]; then
  say "missing: go, to build $checks"
fi

# --- the CRD of JobSet -------------------------------------------------------------------------------------------

# A file of JobSet's Go module; its name has the version.
jobset=v0.12.0
crd=.cache/jobset-crd-$jobset.yaml
copy_crd() {
  local folder
  folder=$(go mod download -json "sigs.k8s.io/jobset@$jobset" | sed -n 's/^[[:space:]]*"Dir": "\(.*\)",*$/\1/p')
  # By way of another name, so that half a copy is never taken for the file. Files of the module cache are read-only.
  mkdir -p .cache && cat "$folder/config/components/crd/bases/jobset.x-k8s.io_jobsets.yaml" >"$crd.new" && mv "$crd.new" "$crd"
}
if [ ! -f "$crd" ]; then
  if command -v go >/dev/null; then
    copy_crd || say "go could not download the CRD of JobSet $jobset"
  else
    say "missing: go, to download the CRD of JobSet $jobset"
  fi
fi

# --- the tests ---------------------------------------------------------------------------------------------------

# A folder of our own for temporary files, so that nothing stays behind, however the run ends.
TMPDIR=$(mktemp -d "${TMPDIR:-/tmp}/mocompile-tests.XXXXXX")
clean+=("$TMPDIR")
# Tests that give up root work in folders of their own below it.
chmod 711 "$TMPDIR"
export TMPDIR
code=0
run() {
  .venv/bin/python -m pytest "$@" || code=$?
}
if [ $# -eq 0 ] || [ "$*" = --cov ]; then
  # What runs on a cluster has bounds in seconds, and the machine to itself.
  run -n 0 "$@" ${1:+--cov-report=} tests/cluster tests/gitops
  run -n 2 "$@" ${1:+--cov-append} --dist loadgroup --ignore tests/cluster --ignore tests/gitops
else
  run -n 2 --dist loadgroup "$@"
fi
exit "$code"
