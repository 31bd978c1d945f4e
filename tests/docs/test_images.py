"""The image of the examples has the programs of the metrics that it names: each is in one of the packages."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from mocompile.catalog import Catalog

from tests.paths import ROOT
from tests.tools import missing, need

CONTAINERFILE = ROOT / "examples" / "images" / "Containerfile"
# The program of each metric.
PROGRAMS = {
    "app-hpcc": "hpcc",
    "io-fio": "fio",
    "io-sysstat": "iostat",
    "network-iperf3": "iperf3",
    "perf-likwid-bench": "likwid-bench",
    "perf-sysstat": "pidstat",
    "sys-cyclictest": "cyclictest",
    "sys-hwloc": "lstopo",
    "sys-stress-ng": "stress-ng",
}
OTHERS = ("mpirun", "sshd", "ssh", "jc", "ps", "bash")


def packages() -> set[str]:
    """The packages that the image installs."""
    text = CONTAINERFILE.read_text("utf-8").replace("\\\n", " ")
    (names,) = re.findall(r"apt-get install -y --no-install-recommends ([^&]*)&&", text)
    return set(names.split())


def test_the_metrics_of_the_image_are_those_of_the_docs() -> None:
    (listed,) = re.findall(r"^#   (.*)$", CONTAINERFILE.read_text("utf-8"), re.MULTILINE)
    assert listed.split(", ") == sorted(PROGRAMS)
    section = (ROOT / "docs" / "images.md").read_text("utf-8").partition("## An image of your own")[2]
    rows = [line.split("|")[1:3] for line in section.splitlines() if line.startswith("| `")]
    assert sorted(name for row in rows for name in re.findall(r"`([^`]*)`", row[0])) == sorted(PROGRAMS)
    assert {word for row in rows for word in re.findall(r"[a-z0-9-]+(?=;|$| for)", row[1].strip())} <= packages()
    assert set(PROGRAMS) <= set(Catalog().metric_names)


@pytest.mark.tools
@pytest.mark.parametrize("program", [*PROGRAMS.values(), *OTHERS])
def test_a_package_of_the_image_has_the_program(program: str) -> None:
    need("dpkg-query")
    found = Path(need(program)).resolve()
    # A merged /usr: dpkg may know the program below /bin.
    known = [str(found), str(found).removeprefix("/usr")]
    done = subprocess.run(["dpkg-query", "-S", *known], capture_output=True, text=True, check=False)
    owners = {name for line in done.stdout.splitlines() for name in line.partition(": ")[0].split(", ")}
    if not owners:
        missing(f"not from a Debian package: {found}")
    assert {owner.partition(":")[0] for owner in owners} & packages(), done.stdout
