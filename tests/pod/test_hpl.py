"""app-hpl: the problem size, the input file, and the environment that the image keeps in a script."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.pod.compiled import manifests
from tests.pod.programs import Image, run
from tests.tools import need

if TYPE_CHECKING:
    from tests.pod.kubelet import Shell

NP = int(subprocess.run(["nproc"], capture_output=True, text=True, check=True).stdout)
ACTIVATE = "/opt/spack-environment/activate.sh"
CHANGED: dict[str, Any] = {
    "tasks": 2,
    "blocksize": 4,
    "row_or_colmajor_pmapping": 1,
    "pfact": 1,
    "nbmin": 3,
    "ndiv": 4,
    "rfact": 2,
    "bcast": 3,
    "depth": 1,
    "swap": 2,
    "swappingThreshold": 7,
    "l1transposed": 1,
    "utransposed": 1,
    "memAlignment": 8,
}
# The values in front of the 31 lines, as xhpl reads them (HPL 2.3, testing/ptest/HPL_pdinfo.c); None: a title.
DEFAULTS = [
    *(None, None, "HPL.out", "6"),
    *("1", "64", "1", "1", "0", "1", str(NP), "2", "16.0"),
    *("1", "0", "1", "1", "1", "2", "1", "0", "1", "0", "1", "0"),
    *("0", "64", "0", "0", "1", "4"),
]
# As the benchmark itself says what it has read.
READ = {
    "N": "64",
    "NB": "4",
    "PMAP": "Column-major process mapping",
    "P": "1",
    "Q": "2",
    "PFACT": "Crout",
    "NBMIN": "3",
    "NDIV": "4",
    "RFACT": "Right",
    "BCAST": "2ringM",
    "DEPTH": "1",
    "SWAP": "Mix (threshold = 7)",
    "L1": "no-transposed form",
    "U": "no-transposed form",
    "EQUIL": "yes",
    "ALIGN": "8 double precision words",
}


@pytest.fixture
def image(tmp_path: Path) -> Image:
    """An image whose programs are found when its script has been read."""
    made = Image(tmp_path / "root")
    made.add("mpirun")
    made.add("/spack/bin/compute_N", then="print(64)")
    made.add("/spack/bin/xhpl", then="print('xhpl')")
    made.files[ACTIVATE] = "export PATH=/spack/bin:$PATH\nexport SPACK=1\n"
    return made


def input_file(image: Image) -> str:
    """The input file that xhpl would read."""
    files = image.calls(of="mpirun")[-1].files
    assert files["HPL.dat"] == files["hpl.dat"]
    return files["HPL.dat"]


def hpl(**options: Any) -> dict[str, Any]:
    """The metric with these options."""
    return {"name": "app-hpl", "options": options}


def test_the_input_file_has_a_value_in_front_of_each_of_its_31_lines(
    image: Image, tmp_path: Path, shell: Shell
) -> None:
    result = run(image, manifests(hpl(), pods=2), "l", shell=shell)
    assert result.code == 0, result.stderr
    lines = input_file(image).splitlines()
    assert len(lines) == 31
    assert [line.split()[0] for line in lines[2:]] == DEFAULTS[2:]
    assert image.calls(of="mpirun")[0].words[-3:] == ["-np", str(2 * NP), "xhpl"]


def test_hpl_reads_every_value_as_it_is_meant(image: Image, tmp_path: Path) -> None:
    need("hpcc", "mpirun")
    run(image, manifests(hpl(**CHANGED), pods=2), "l")
    # HPCC is HPL and more; it reads the same file under a name of its own.
    (tmp_path / "hpccinf.txt").write_text(input_file(image))
    mpirun = ["mpirun", "--allow-run-as-root", "--oversubscribe", "-np", "2", "hpcc"]
    subprocess.run(mpirun, cwd=tmp_path, check=True, timeout=60, capture_output=True)
    output = (tmp_path / "hpccoutf.txt").read_text()
    used = output.split("The following parameter values will be used:")[1].split("----")[0]
    assert dict(re.findall(r"^(\w+) *: +(.*?) *$", used, re.MULTILINE)) == READ
    assert "scaled residuals are less than                16.0" in output
    assert re.search(r"^W\S+ +64 +4 +1 +2 .*\n", output, re.MULTILINE)
    assert "HPL ERROR" not in output


def test_the_script_of_the_image_is_read_in_every_pod(image: Image, tmp_path: Path, shell: Shell) -> None:
    image.files[ACTIVATE] += "echo read >>/image/read-$MO_ROLE\n"
    made = manifests(hpl(), pods=2, timeouts={"hostsSeconds": 1})
    assert run(image, made, "l", shell=shell).code == 0
    assert {call.environment["SPACK"] for call in image.calls(of="mpirun")} == {"1"}
    # There is no launcher for this one: it gives up, but not before it has made itself ready.
    worker = run(
        image, made, "w", shell=shell, files={**image.files, "/etc/hosts": "", "/etc/nsswitch.conf": "hosts: files\n"}
    )
    assert worker.code == 124
    assert (tmp_path / "root/image/read-worker").exists()


def test_memory_is_what_is_free_unless_it_is_given(image: Image, tmp_path: Path) -> None:
    run(image, manifests(hpl(), pods=2), "l")
    run(image, manifests(hpl(memory=3), pods=2), "l")
    free, given = (int(call.words[2]) for call in image.calls() if call.words[0].endswith("compute_N"))
    available = int(re.findall(r"^MemTotal: +(\d+) kB", Path("/proc/meminfo").read_text(), re.MULTILINE)[0])
    assert 1 <= free <= available / 2**20 + 1
    assert given == 3


def test_threads_of_openmp_are_not_taken_for_processors(image: Image, tmp_path: Path) -> None:
    metric = {**hpl(), "env": {"OMP_NUM_THREADS": "1", "OMP_THREAD_LIMIT": "1"}}
    run(image, manifests(metric, pods=3), "l")
    call = image.calls(of="mpirun")[0]
    assert call.words[-2] == str(3 * NP)
    assert call.environment["OMP_NUM_THREADS"] == "1"


@pytest.mark.parametrize(
    ("answer", "tasks", "code", "message"),
    [
        ("print('a b')", 2, 1, "compute_N printed no number: a b"),
        ("print(64); sys.exit(3)", 2, 1, "compute_N failed with code 3"),
        ("print(64)", 1, 78, "tasks: 1 is less than the number of pods, 2"),
    ],
)
def test_what_cannot_be_run_is_said_before_the_collection(
    image: Image, tmp_path: Path, answer: str, tasks: int, code: int, message: str
) -> None:
    image.add("/spack/bin/compute_N", then=answer)
    result = run(image, manifests(hpl(tasks=tasks), pods=2), "l")
    assert (result.code, "COLLECTION" in result.stdout) == (code, False)
    assert message in result.stderr


def test_an_image_without_compute_n_is_told(image: Image, tmp_path: Path) -> None:
    image.files[ACTIVATE] = ""
    result = run(image, manifests(hpl(), pods=2), "l")
    assert result.code == 127
    assert "this image has no compute_N" in result.stderr
