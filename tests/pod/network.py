"""Hosts on a bridge, each a network namespace of its own, for pods that talk to each other."""

from __future__ import annotations

import itertools
import os
import subprocess
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.pod import kubelet
from tests.pod.containers import configmap, container, labels
from tests.tools import missing, need

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.pod.compiled import Manifests
    from tests.pod.kubelet import Pod, Shell

HOSTS = ("set-l-0-0.set", "set-w-0-0.set", "set-w-0-1.set")
FOUR = (*HOSTS, "set-w-0-2.set")
PASSWD = "root:x:0:0:root:/root:/bin/sh\nsshd:x:101:65534::/run/sshd:/usr/sbin/nologin\n"
numbers = itertools.count()


@dataclass
class Network:
    """Hosts on a bridge, and what every pod of the set has."""

    names: tuple[str, ...]
    addresses: tuple[str, ...]
    keys: Path
    work: Path
    shell: Shell
    hosts: tuple[str, ...]
    stack: ExitStack = field(default_factory=ExitStack)

    def start(self, index: int, line: str = "", *, known: Any = 3, **given: Any) -> Pod:
        """Pod 0 is the launcher; `known`: how many names resolve; the rest: variables, options of kubelet.start."""
        options = {name: given.pop(name) for name in list(given) if not name.startswith("MO_") and name.islower()}
        role, job = ("launcher", "l") if index == 0 else ("worker", "w")
        environment = {
            "MO_ROLE": role,
            "MO_PODS": "3",
            "MO_LAUNCHER_JOB": "l",
            "MO_WORKER_JOB": "w",
            "MO_HOSTS": "names",
            "MO_WAIT_SECONDS": "20",
            **given,
        }
        given = {"configmap": configmap(), "labels": labels(job=job, index=max(0, index - 1)), **options}
        pod = kubelet.start(container(line, workdir="/work", **environment), **{**self._machine(index, known), **given})
        return self.stack.enter_context(pod)

    def start_compiled(self, made: Manifests, index: int, **options: Any) -> Pod:
        """Pod 0 is the launcher of `made`, 1 and on are its workers; the options are those of kubelet.start."""
        job, number = ("l", 0) if index == 0 else ("w", index - 1)
        pod = made.start(job, index=number, **{**self._machine(index, len(self.hosts)), **options})
        return self.stack.enter_context(pod)

    def _machine(self, index: int, known: int) -> dict[str, Any]:
        hosts = "".join(f"{self.addresses[number]} {self.hosts[number]}\n" for number in range(known))
        folder = self.work / str(index)
        folder.mkdir(exist_ok=True)
        return {
            "shell": self.shell,
            "network": self.names[index],
            "volumes": {"/root/.ssh": self.keys, "/work": folder},
            "files": {"/etc/hosts": hosts, "/etc/passwd": PASSWD},
        }


@pytest.fixture
def network(tmp_path: Path, shell: Shell) -> Iterator[Network]:
    """Three hosts."""
    with _network(tmp_path, shell, HOSTS) as made:
        yield made


@pytest.fixture
def network_of_four(tmp_path: Path, shell: Shell) -> Iterator[Network]:
    """Four hosts."""
    with _network(tmp_path, shell, FOUR) as made:
        yield made


@contextmanager
def _network(tmp_path: Path, shell: Shell, hosts: tuple[str, ...]) -> Iterator[Network]:
    need("ip", "ssh", "sshd", "ssh-keygen")
    keys = tmp_path / "ssh"
    keys.mkdir(mode=0o700)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", keys / "id_ed25519"], check=True)
    # As the images of MPI programs have it, for mpirun's own connections.
    (keys / "config").write_text("StrictHostKeyChecking no\nUserKnownHostsFile /dev/null\nLogLevel ERROR\n")
    (keys / "authorized_keys").write_bytes((keys / "id_ed25519.pub").read_bytes())
    # Names of links are short, and other runs of these tests may be going on.
    mark = f"m{os.getpid() % 100000}x{next(numbers)}"
    subnet = f"10.{200 + os.getpid() % 40}.{(os.getpid() // 40 + next(numbers)) % 250}"
    names = tuple(f"{mark}h{index}" for index in range(len(hosts)))
    addresses = tuple(f"{subnet}.{index + 2}" for index in range(len(hosts)))
    commands = [f"link add {mark} type bridge", f"link set {mark} up"]
    for index, (name, address) in enumerate(zip(names, addresses, strict=True)):
        commands += [
            f"netns add {name}",
            f"link add {mark}v{index} type veth peer name eth0 netns {name}",
            f"link set {mark}v{index} master {mark} up",
            f"-n {name} addr add {address}/24 dev eth0",
            f"-n {name} link set eth0 up",
            f"-n {name} link set lo up",
        ]
    made = Network(names, addresses, keys, tmp_path, shell, hosts)
    try:
        for command in commands:
            done = subprocess.run(["ip", *command.split()], capture_output=True, text=True, check=False)
            if done.returncode != 0:
                missing(f"no network namespaces here: {done.stderr.strip()}")
        with made.stack:
            yield made
    finally:
        for name in names:
            subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)
        subprocess.run(["ip", "link", "del", mark], capture_output=True, check=False)
