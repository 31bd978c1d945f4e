"""A kubelet for one container: runs it for real, as a process of this machine.

`run(container, ...)` takes a container in Kubernetes' form, the pod's labels and the ConfigMap's data, and does what a
kubelet and a container runtime do: `$(NAME)` and `$$` in env, command and args; the downward API; the ConfigMap at
/metrics_operator; a root file system of its own (an overlay of this machine's, thrown away afterwards); a process
namespace of its own, in which the container's command is process 1; and no environment but the declared one, PATH,
HOME, HOSTNAME and JOB_COMPLETION_INDEX. Needs root and Linux' namespaces.
"""

from __future__ import annotations

import atexit
import functools
import os
import shlex
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Literal, Self

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType

Shell = Literal["bash", "dash", "busybox", "debian"]
Container = dict[str, Any]

# What an image has: /bin/sh is bash; dash, and no bash; busybox with its tools, and no bash.
SHELLS: tuple[Shell, ...] = ("bash", "dash", "busybox")
# And /bin/sh is dash, with bash beside it.
ALL_SHELLS: tuple[Shell, ...] = (*SHELLS, "debian")
SCRIPTS = "/metrics_operator"
# What unshare (util-linux 2.38) says, and exits with 1, when its child was killed: it cannot end in the same way.
KILLED = "unshare: sigprocmask unblock failed: Invalid argument\n"
INDEX_LABEL = "batch.kubernetes.io/job-completion-index"
# Where a program is looked for when the container's private /bin is filled; the later ones win.
FOLDERS = ("/usr/local/bin", "/usr/games", "/usr/bin", "/usr/sbin")


@dataclass(frozen=True)
class Result:
    """The result of a container: its output and its exit code (128+n where process 1 died of signal n)."""

    stdout: str
    stderr: str
    code: int
    seconds: float


# --- the kubelet's arithmetic on strings -------------------------------------------------------------------------


def expand(text: str, variables: Mapping[str, str]) -> str:
    """Kubernetes' expansion.Expand: `$(NAME)` of known variables, `$$` to `$`; all else stays as it is.

    On bytes, as there: after a `$` that begins nothing, one byte is taken for a character (source:
    k8s.io/kubernetes/third_party/forked/golang/expansion, tryReadVariableName).
    """
    data = text.encode(errors="surrogateescape")
    out = bytearray()
    cursor = 0
    while cursor < len(data):
        if data[cursor] != ord("$") or cursor + 1 == len(data):
            out.append(data[cursor])
            cursor += 1
            continue
        after = data[cursor + 1 :]
        if after[:1] == b"$":
            out += b"$"
            cursor += 2
        elif after[:1] == b"(":
            end = after.find(b")")
            if end < 0:
                out += b"$("
                cursor += 2
            else:
                name = after[1:end].decode(errors="surrogateescape")
                out += variables.get(name, f"$({name})").encode(errors="surrogateescape")
                cursor += end + 2
        else:
            out += b"$" + chr(after[0]).encode()
            cursor += 2
    return out.decode(errors="surrogateescape")


def field_value(path: str, labels: Mapping[str, str], fields: Mapping[str, str]) -> str:
    """The downward API: `metadata.labels['x']`, or one of the pod's fields; a label that is not there is empty."""
    if path.startswith("metadata.labels['") and path.endswith("']"):
        return labels.get(path[len("metadata.labels['") : -len("']")], "")
    return fields[path]


def environment(container: Mapping[str, Any], labels: Mapping[str, str], fields: Mapping[str, str]) -> dict[str, str]:
    """The declared variables; a value may refer to those before it."""
    result: dict[str, str] = {}
    for entry in container.get("env", []):
        if "valueFrom" in entry:
            result[entry["name"]] = field_value(entry["valueFrom"]["fieldRef"]["fieldPath"], labels, fields)
        else:
            result[entry["name"]] = expand(entry.get("value", ""), result)
    return result


# --- the container's file system ---------------------------------------------------------------------------------


@functools.cache
def why_not() -> str | None:
    """Why containers cannot be made on this machine; None where they can."""
    if os.geteuid() != 0:
        return "needs root for namespaces"
    if shutil.which("unshare") is None:
        return "needs unshare (util-linux)"
    # An overlay is not possible on top of another one, nor in a locked-down container.
    with tempfile.TemporaryDirectory() as folder:
        script = (
            f"mount -t tmpfs tmpfs {folder} && mkdir {folder}/u {folder}/w {folder}/r && "
            f"mount -t overlay overlay -o lowerdir=/,upperdir={folder}/u,workdir={folder}/w {folder}/r"
        )
        probe = subprocess.run(
            ["unshare", "--mount", "--pid", "--fork", "sh", "-c", script], capture_output=True, text=True, check=False
        )
    return None if probe.returncode == 0 else f"no namespaces or overlays here: {probe.stderr.strip()}"


@functools.cache
def programs() -> dict[str, str]:
    """Every program of this machine by its name."""
    found: dict[str, str] = {}
    for folder in FOLDERS:
        if Path(folder).is_dir():
            found.update({entry.name: entry.path for entry in os.scandir(folder)})
    return found


@functools.cache
def bin_folder(shell: Shell, without: frozenset[str]) -> Path:
    """A folder of links to programs, as such an image has it at /bin."""
    links = dict(programs())
    if shell not in ("bash", "debian"):
        for name in ("bash", "rbash"):
            links.pop(name, None)
    if shell == "busybox":
        busybox = links["busybox"]
        tools = subprocess.run([busybox, "--list"], capture_output=True, text=True, check=True).stdout.split()
        # What reads more of the system than busybox' own can: the image of a metric brings these.
        links.update(dict.fromkeys(set(tools) - {"ps", "pstree", "ip", "mount", "umount", "hostname"}, busybox))
    links["sh"] = links["dash" if shell == "debian" else shell]
    for name in without:
        links.pop(name, None)
    folder = Path(tempfile.mkdtemp(prefix=f"mocompile-bin-{shell}-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for name, target in links.items():
        (folder / name).symlink_to(target)
    return folder


def set_up(root: str, binaries: Path, scripts: Path, volumes: Mapping[str, str], files: Mapping[str, str]) -> list[str]:
    """Shell commands that make the container's root file system at `root`, in a mount namespace of its own."""
    quote = shlex.quote
    lines = [
        f"mount -t tmpfs tmpfs {root}",
        f"mkdir -p {root}/u/bin {root}/w {root}/r {root}/u{SCRIPTS}",
        f"mount -t overlay overlay -o lowerdir=/,upperdir={root}/u,workdir={root}/w {root}/r",
        f"mount --bind {quote(str(binaries))} {root}/r/bin",
        f"mount --bind -o ro {quote(str(scripts))} {root}/r{SCRIPTS}",
        f"mount --rbind /dev {root}/r/dev",
        f"mount --rbind /sys {root}/r/sys",
        f"mount -t proc proc {root}/r/proc",
        f"mount -t tmpfs tmpfs {root}/r/tmp",
        f"mount -t tmpfs tmpfs {root}/r/run",
    ]
    for path, source in volumes.items():
        inside = quote(f"{root}/r{path}")
        lines += [f"mkdir -p {inside}", f"mount --bind {quote(source)} {inside}"]
    for path, text in files.items():
        inside = quote(f"{root}/r{path}")
        lines += [f"mkdir -p $(dirname {inside})", f"printf %s {quote(text)} >{inside}"]
    return lines


# --- running -----------------------------------------------------------------------------------------------------


@dataclass
class Pod:
    """A running container. A context manager: at its end everything in the container is killed."""

    process: subprocess.Popen[bytes]
    folder: tempfile.TemporaryDirectory[str]
    started: float
    shared: bool
    output: dict[str, bytearray] = field(default_factory=lambda: {"stdout": bytearray(), "stderr": bytearray()})
    readers: list[threading.Thread] = field(default_factory=list)

    def __post_init__(self) -> None:
        for name, stream in (("stdout", self.process.stdout), ("stderr", self.process.stderr)):
            if stream is not None:
                reader = threading.Thread(target=self._read, args=(name, stream), daemon=True)
                reader.start()
                self.readers.append(reader)

    def _read(self, name: str, stream: IO[bytes]) -> None:
        while chunk := os.read(stream.fileno(), 65536):
            self.output[name] += chunk

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.signal(signal.SIGKILL)
        self.process.wait(20)
        self.folder.cleanup()

    @property
    def pid(self) -> int:
        """Process 1 of the container, as this machine counts."""
        if self.shared:
            return self.process.pid
        deadline = time.monotonic() + 10
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        while time.monotonic() < deadline:
            if found := children.read_text().split():
                return int(found[0])
            time.sleep(0.01)
        raise TimeoutError("the container does not start")

    def signal(self, number: int) -> None:
        """Send a signal to process 1, as the runtime does when the pod is deleted."""
        os.kill(self.pid, number)

    def stdout(self) -> str:
        """The text so far."""
        return bytes(self.output["stdout"]).decode(errors="replace")

    def stderr(self) -> str:
        """The text so far."""
        return bytes(self.output["stderr"]).decode(errors="replace")

    def until(self, text: str, *, timeout: float = 20) -> None:
        """Wait until stdout or stderr has that text."""
        deadline = time.monotonic() + timeout
        while text not in self.stdout() and text not in self.stderr():
            if time.monotonic() > deadline:
                raise TimeoutError(f"no {text!r} in {self.stdout()!r} {self.stderr()!r}")
            if self.process.poll() is not None and not any(reader.is_alive() for reader in self.readers):
                raise RuntimeError(f"ended without {text!r}: {self.stdout()!r} {self.stderr()!r}")
            time.sleep(0.01)

    def wait(self, *, timeout: float = 30) -> Result:
        """The result, when the container has ended."""
        code = self.process.wait(timeout)
        seconds = time.monotonic() - self.started
        for reader in self.readers:
            reader.join(timeout=5)
        stderr = self.stderr()
        if stderr.endswith(KILLED):
            stderr, code = stderr.removesuffix(KILLED), -signal.SIGKILL
        return Result(self.stdout(), stderr, code if code >= 0 else 128 - code, seconds)


def start(
    container: Mapping[str, Any],
    *,
    configmap: Mapping[str, str],
    labels: Mapping[str, str] | None = None,
    shell: Shell = "bash",
    volumes: Mapping[str, Path | str] | None = None,
    files: Mapping[str, str] | None = None,
    image_env: Mapping[str, str] | None = None,
    without: Sequence[str] = (),
    pod_name: str | None = None,
    namespace: str = "default",
    share_processes: bool = False,
    network: str | None = None,
    merge: bool = False,
) -> Pod:
    """Start the container and return at once.

    `volumes`: folder of this machine for each mount path (a volumeMount of the container without one is an error, but
    for the scripts'). `files`: text files of the image. `image_env`: variables of the image. `without`: programs that
    the image has not. `share_processes`: the pod shares a process namespace, here this machine's. `network`: a network
    namespace (`ip netns`). `merge`: stderr into stdout, as in a pod's log.
    """
    labels = labels or {}
    mounts = {path: str(source) for path, source in (volumes or {}).items()}
    for mount in container.get("volumeMounts", []):
        if mount["mountPath"].rstrip("/") not in {SCRIPTS, *(path.rstrip("/") for path in mounts)}:
            raise ValueError(f"no folder given for the mount {mount['mountPath']}")
    name = pod_name or "-".join(
        (
            labels.get("jobset.sigs.k8s.io/jobset-name", "set"),
            labels.get("jobset.sigs.k8s.io/replicatedjob-name", "m"),
            "0",
            labels.get(INDEX_LABEL, "0"),
        )
    )
    fields = {"metadata.name": name, "metadata.namespace": namespace, "spec.nodeName": "node-0"}
    declared = environment(container, labels, fields)
    runtime = {
        "PATH": "/bin",
        "HOME": "/root",
        "HOSTNAME": name,
        "JOB_COMPLETION_INDEX": labels.get(INDEX_LABEL, "0"),
        **(image_env or {}),
    }
    words = [expand(word, declared) for word in (*container.get("command", []), *container.get("args", []))]

    folder = tempfile.TemporaryDirectory(prefix="mocompile-pod-")
    root = Path(folder.name, "root")
    scripts = Path(folder.name, "scripts")
    root.mkdir()
    scripts.mkdir()
    for key, text in configmap.items():
        scripts.joinpath(key).write_bytes(text.encode())
        scripts.joinpath(key).chmod(0o555)

    workdir = container.get("workingDir") or "/"
    make = set_up(str(root), bin_folder(shell, frozenset(without)), scripts, mounts, files or {})
    make.append(f"hostname {shlex.quote(name[:63])}")
    make.append(f"mkdir -p {shlex.quote(f'{root}/r{workdir}')}")
    # The words and variables go past every shell: as arguments of env, which also changes the folder (chroot cannot).
    inside = ["chroot", f"{root}/r", "/usr/bin/env", "-i", "-C", workdir]
    inside += [f"{key}={value}" for key, value in {**runtime, **declared}.items()]
    outside = ["unshare", "--mount", "--uts", "--propagation", "private"]
    if not share_processes:
        outside += ["--pid", "--fork", "--kill-child=KILL"]
    if network is not None:
        outside = ["nsenter", f"--net=/run/netns/{network}", *outside]
    script = "set -e; " + "; ".join(make) + '; exec "$@"'
    started = time.monotonic()
    process = subprocess.Popen(
        [*outside, "/usr/bin/bash", "-c", script, "kubelet", *inside, *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT if merge else subprocess.PIPE,
        env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
        start_new_session=True,
    )
    return Pod(process, folder, started, share_processes)


def run(container: Mapping[str, Any], *, timeout: float = 30, **options: Any) -> Result:
    """Run the container to its end; the options are those of `start`."""
    with start(container, **options) as pod:
        return pod.wait(timeout=timeout)
