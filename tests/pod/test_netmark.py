"""network-netmark: the table that the program leaves in a file; and the line that network-chatterbug prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.pod.compiled import manifests
from tests.pod.containers import collection
from tests.pod.programs import Image, collected, run

if TYPE_CHECKING:
    from pathlib import Path

    from tests.pod.kubelet import Shell

NETMARK = {"name": "network-netmark"}
TABLE = "NETMARK RTT.CSV START\n0.0,1.5\n1.5,0.0\nNETMARK RTT.CSV END\n"
STALE = "import os\nassert not os.path.exists('RTT.csv')\n"


def image_with(folder: Path, then: str) -> Image:
    """An image whose mpirun is netmark."""
    image = Image(folder / "root")
    image.add("mpirun", then=then)
    return image


def test_the_table_is_printed_in_every_repetition(tmp_path: Path, shell: Shell) -> None:
    image = image_with(tmp_path, f"{STALE}print('rounds')\nopen('RTT.csv', 'w').write('0.0,1.5\\n1.5,0.0\\n')")
    made = manifests({**NETMARK, "repetitions": 2}, pods=2)
    result = run(image, made, "n", shell=shell)
    assert result.code == 0, result.stderr
    assert collected(result.stdout) == collection(*[f"rounds\n{TABLE}"] * 2)
    assert result.stdout.count('"repetitions":2') == 1


def test_an_addon_wraps_the_program_and_not_the_table(tmp_path: Path) -> None:
    image = image_with(tmp_path, "print('rounds')\nopen('RTT.csv', 'w').write('0.0,1.5\\n1.5,0.0')")
    addon = {"name": "commands", "options": {"suffix": "| tr a-z A-Z"}}
    result = run(image, manifests({**NETMARK, "addons": [addon]}, pods=2), "n")
    assert collected(result.stdout) == collection(f"ROUNDS\n{TABLE}")


def test_a_run_without_a_table_is_a_failure(tmp_path: Path, shell: Shell) -> None:
    result = run(image_with(tmp_path, ""), manifests(NETMARK, pods=2), "n", shell=shell)
    assert result.code == 1
    assert collected(result.stdout) == collection("")
    assert "netmark wrote no RTT.csv in the working directory, /" in result.stderr


def test_the_code_of_a_failing_program_is_kept(tmp_path: Path, shell: Shell) -> None:
    result = run(image_with(tmp_path, "sys.exit(7)"), manifests(NETMARK, pods=2), "n", shell=shell)
    assert (result.code, collected(result.stdout)) == (7, collection(""))


def test_the_line_is_printed_as_it_is_without_addons(tmp_path: Path, shell: Shell) -> None:
    image = image_with(tmp_path, "print('time')")
    addon = {"name": "commands", "options": {"prefix": "env A=b"}}
    made = manifests({"name": "network-chatterbug", "addons": [addon]}, pods=2)
    result = run(image, made, "l", shell=shell)
    line = "mpirun --hostfile ./hostlist.txt --allow-run-as-root -N 8 /root/chatterbug/stencil3d/stencil3d.x"
    assert collected(result.stdout) == collection(f"{line} 2 2 2 10 10 10 4 1\ntime\n")
    assert image.calls()[0].environment["A"] == "b"
