"""A command ends at once, and loses neither its output nor what others do at the end of a process."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.command import run
from tests.paths import ROOT

EXAMPLE = str(ROOT / "examples" / "io-fio" / "metrics.yaml")
_MAIN = "import sys\nsys.argv = ['mocompile', *sys.argv[1:]]\nfrom mocompile.cli import main\n{before}\nmain()\n"


def ended(before: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`mocompile ARGUMENTS` after some code in the same process."""
    command = [sys.executable, "-c", _MAIN.format(before=before), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


THREAD = """
import threading
def late():
    threading.main_thread().join()
    print("at the end")
threading.Thread(target=late).start()
"""
FINALIZER = """
import weakref
class C: pass
c = C()
weakref.finalize(c, print, "at the end")
"""


@pytest.mark.parametrize("before", ["import atexit; atexit.register(print, 'at the end')", THREAD, FINALIZER])
def test_what_others_do_at_the_end_is_done(before: str) -> None:
    done = ended(before, "build", EXAMPLE)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == run("build", EXAMPLE).stdout + "at the end\n"


@pytest.mark.parametrize("watch", ["setprofile", "settrace"])
def test_profiler_and_debugger_see_the_end(watch: str) -> None:
    done = ended(f"sys.{watch}(lambda *_: None)\ntry:\n    main()\nfinally:\n    print('at the end')", "build", EXAMPLE)
    assert done.stdout == run("build", EXAMPLE).stdout + "at the end\n"


def test_output_is_whole_and_python_is_not_taken_apart() -> None:
    left = "class C:\n    def __del__(self): print('taken apart')\nc = C()"
    done = ended(left, "build", EXAMPLE)
    alone = subprocess.run(
        [sys.executable, "-m", "mocompile", "build", EXAMPLE], capture_output=True, text=True, check=True
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, alone.stdout, "")


def test_exit_code_and_message_of_a_mistake_are_whole() -> None:
    done = ended("", "build", "not-there.yaml")
    assert done.returncode == 1
    assert "not-there.yaml" in done.stderr
