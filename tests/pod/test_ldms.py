"""app-ldms: the daemon beside the measurement."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.pod.compiled import manifests
from tests.pod.containers import collection
from tests.pod.programs import Image, collected, run, start

if TYPE_CHECKING:
    from pathlib import Path

    from tests.pod.kubelet import Shell

# Becomes a daemon as ldmsd does: writes its process id, and answers a little later.
DAEMON = """
import time
if os.fork():
    sys.exit(0)
open(sys.argv[sys.argv.index("-r") + 1], "w").write(f"{os.getpid()}\\n")
time.sleep(0.5)
open("/tmp/answers", "w").close()
time.sleep(60)
"""
ASK = "sys.exit(0 if os.path.exists('/tmp/answers') else 1)"
LDMS: dict[str, Any] = {"name": "app-ldms", "options": {"command": "echo sample", "completions": 2, "rate": 0}}


@pytest.fixture
def image(tmp_path: Path) -> Image:
    """An image with the daemon and munge's folders, which are somebody else's."""
    made = Image(tmp_path / "root")
    made.add("ldmsd", then=DAEMON)
    made.add("ldms_ls", then=ASK)
    for name in ("log", "lib"):
        (tmp_path / name / "below").mkdir(parents=True)
        (tmp_path / name / "below").chmod(0o700)
        made.volumes[f"/var/{name}/munge"] = str(tmp_path / name)
    return made


def test_the_daemon_answers_before_the_collection_and_is_ended_after_it(
    image: Image, tmp_path: Path, shell: Shell
) -> None:
    block = {"name": "commands", "options": {"postBlock": "cp /opt/ldmsd.pid /image/pid; ls -d /run/munge"}}
    result = run(image, manifests({**LDMS, "addons": [block]}), "m", shell=shell)
    assert result.code == 0, result.stderr
    assert collected(result.stdout) == collection("sample\n", "sample\n") + "/run/munge\n"
    (call,) = image.calls(of="ldmsd")
    assert call.words == [
        *("ldmsd", "-x", "sock:10444", "-c", "/opt/sampler.conf", "-l", "/tmp/demo_ldmsd_log", "-v", "DEBUG"),
        *("-r", "/opt/ldmsd.pid"),
    ]
    assert len(image.calls(of="ldms_ls")) > 1
    assert (tmp_path / "root/image/pid").read_text().strip().isdigit()


def test_munge_s_folders_are_given_to_root(image: Image, tmp_path: Path, shell: Shell) -> None:
    image.add("chown", then="")
    run(image, manifests(LDMS), "m", shell=shell)
    given = {call.words[-1] for call in image.calls(of="chown")}
    assert given >= {"/run/munge", "/var/log/munge", "/var/lib/munge"}
    assert {" ".join(call.words[1:-1]) for call in image.calls(of="chown")} == {"-R root:root"}


@pytest.mark.parametrize(
    ("daemon", "code", "message"),
    [
        ("print('no config'); sys.exit(2)", 1, "ldmsd ended with code 2: no config"),
        ("open('/opt/ldmsd.pid', 'w').write('4194304\\n')", 1, "ldmsd has ended"),
        ("", 124, "gave up after 1 s: ldmsd does not answer"),
    ],
)
def test_a_daemon_that_does_not_come_is_said_before_the_collection(
    image: Image, tmp_path: Path, shell: Shell, daemon: str, code: int, message: str
) -> None:
    image.add("ldmsd", then=daemon)
    result = run(image, manifests(LDMS, timeouts={"hostsSeconds": 1}), "m", shell=shell)
    assert (result.code, "COLLECTION" in result.stdout) == (code, False)
    assert message in result.stderr


def test_rounds_without_end_close_the_collection_at_term(image: Image, tmp_path: Path) -> None:
    made = manifests({"name": "app-ldms", "options": {"command": "echo sample", "rate": 0}})
    with start(image, made, "m") as pod:
        pod.until("TIMEPOINT\nsample\nMETRICS OPERATOR TIMEPOINT")
        pod.signal(15)
        result = pod.wait()
    assert result.code == 143
    assert result.stdout.endswith("METRICS OPERATOR COLLECTION END\n")
