"""Metrics as the compiler makes them, run with stand-ins for the programs that they measure.

A stand-in is an executable of the program's name. It records how it was called: its words, working directory,
environment and the files that the scripts write there. Then it runs the program that its own arguments name, as mpirun
would, once; without one it prints its own name. What is a stand-in here: the benchmarks, mpirun, and sshd, which does
not start; names of hosts are in /etc/hosts. All else is real.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.pod.containers import OPEN

if TYPE_CHECKING:
    from pathlib import Path

    from tests.pod.compiled import Manifests
    from tests.pod.kubelet import Pod, Result

IMAGE = "/image"
# Left in the working directory by the scripts.
FILES = ("hostlist.txt", "hostlist-pairs.txt", "problem.sh", "hpl.dat", "HPL.dat")
_STAND_IN = f"""#!/usr/bin/python3 -IS
import json, os, sys

words = [sys.argv[0].removeprefix("{IMAGE}/bin/"), *sys.argv[1:]]
call = {{"words": words, "folder": os.getcwd(), "environment": dict(os.environ), "files": {{}}}}
for name in {FILES}:
    if os.path.exists(name):
        call["files"][name] = open(name).read()
with open("{IMAGE}/calls", "a") as calls:
    calls.write(json.dumps(call) + "\\n")
"""
_RUN_WHAT_FOLLOWS = f"""
for position in range(1, len(sys.argv)):
    word = sys.argv[position]
    path = word if "/" in word else "{IMAGE}/bin/" + word
    if os.path.isfile(path) and os.access(path, os.X_OK):
        os.execv(path, [path, *sys.argv[position + 1 :]])
print(os.path.basename(sys.argv[0]))
"""


@dataclass(frozen=True)
class Call:
    """How a stand-in was called; `files` has the texts of `FILES` that were in its working directory."""

    words: list[str]
    folder: str
    environment: dict[str, str]
    files: dict[str, str]


class Image:
    """The image of a metric, in a folder of this machine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.volumes: dict[str, str] = {}
        self.files: dict[str, str] = {}
        self.path = [f"{IMAGE}/bin", "/bin"]
        self.add("sshd", then="sys.exit(1)")
        self.record = folder / "image" / "calls"

    def add(self, *programs: str, then: str = _RUN_WHAT_FOLLOWS) -> None:
        """Put stand-ins there, by name or by path; `then` is what they do when they have recorded the call."""
        for program in programs:
            path = program if "/" in program else f"{IMAGE}/bin/{program}"
            parent = path.rpartition("/")[0]
            mount = IMAGE if parent == f"{IMAGE}/bin" else parent
            file = self.folder / path.lstrip("/")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(_STAND_IN + then)
            file.chmod(0o755)
            self.volumes[mount] = str(self.folder / mount.lstrip("/"))

    def calls(self, *, of: str = "") -> list[Call]:
        """Every call so far, in order; those of the program `of` alone."""
        lines = self.record.read_text().splitlines() if self.record.exists() else []
        calls = [Call(**json.loads(line)) for line in lines]
        return [call for call in calls if call.words[0] == of or (not of and call.words[0] != "sshd")]


def hosts(made: Manifests) -> str:
    """/etc/hosts with every pod of the set: 10.1.0.1 and on, in the order of the jobs."""
    names = [f"set-{job}-0-{index}.set" for job, count in made.completions.items() for index in range(count)]
    return "127.0.0.1 localhost\n" + "".join(f"10.1.0.{number} {name}\n" for number, name in enumerate(names, 1))


def start(image: Image, made: Manifests, job: str, *, index: int = 0, **options: Any) -> Pod:
    """Start a pod's first container in that image; the options are those of `kubelet.start`."""
    given: dict[str, Any] = {
        "volumes": image.volumes,
        "files": {"/etc/hosts": hosts(made), **image.files},
        "image_env": {"PATH": ":".join(image.path)},
        "without": ("ssh", "sshd"),
        **options,
    }
    return made.start(job, index=index, **given)


def run(image: Image, made: Manifests, job: str, *, timeout: float = 30, **options: Any) -> Result:
    """Run it to its end."""
    with start(image, made, job, **options) as pod:
        return pod.wait(timeout=timeout)


def collected(stdout: str) -> str:
    """The collection and what follows."""
    return stdout[stdout.index(OPEN) :]
