"""The tests pass in the background too."""

from __future__ import annotations

import subprocess
import sys

from tests.paths import ROOT
from tests.tools import need


def test_tests_that_interrupt_a_program_pass_in_a_background_job() -> None:
    need("bash")
    tests = ("-q", "-n", "0", "-p", "no:cacheprovider", "tests/emit/test_folder.py", "-k", "interrupt")
    done = subprocess.run(
        ["bash", "-c", '"$@" & wait $!', "background", sys.executable, "-m", "pytest", *tests],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "2 passed" in done.stdout
