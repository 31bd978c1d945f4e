"""Strategies for output folders: what mocompile wrote, what others did there since, and what it is to write next."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from hypothesis import strategies as st
from mocompile.emit.folder import write_folder

_NOBODY = 65534
_CHANGES = ("os.mkdir", "os.rename", "os.remove", "os.rmdir")

PATHS = ("a", "b.yaml", "base/a", "base/b", "base/scripts/run.sh", "overlays/two/a", "overlays/two/b")
FOREIGN = ("mine", "base/mine", "base/scripts/deep/mine", "overlays", "overlays/two/mine", "new/mine")

file_sets = st.dictionaries(st.sampled_from(PATHS), st.sampled_from(("1\n", "2\n", "é\n", "")), min_size=1)


@dataclass(frozen=True, slots=True)
class Disturbance:
    """One thing that happens to the folder. `path` is where; `files` and `step` are for a build that is killed."""

    kind: str
    path: str = ""
    files: Mapping[str, str] | None = None
    step: int = 0


disturbances = st.one_of(
    st.builds(Disturbance, st.sampled_from(("file", "folder", "link", "pipe", "closed")), st.sampled_from(FOREIGN)),
    st.builds(
        Disturbance,
        st.sampled_from(("edit", "delete", "unreadable", "link", "link-to-copy", "pipe", "folder")),
        st.sampled_from((*PATHS, "base", "base/scripts", ".mocompile.json")),
    ),
    st.builds(Disturbance, st.just("marker"), st.sampled_from(("", "{}", "[" * 5000, '{"files": []}', "\udcff"))),
    st.builds(Disturbance, st.just("killed"), st.just(""), file_sets, st.integers(0, 40)),
)


def disturb(folder: Path, what: Disturbance) -> None:
    """Does it, where it can be done."""
    path = folder / what.path
    with contextlib.suppress(OSError):
        match what.kind:
            case "killed":
                killed_build(folder, what.files or {}, what.step)
            case "marker":
                (folder / ".mocompile.json").write_text(what.path, errors="surrogateescape")
            case "edit":
                path.write_text("edited\n")
            case "delete":
                _remove(path)
            case "unreadable":
                path.chmod(0o000)
            case "link-to-copy":
                path.rename(folder.parent / f"copy-{len(list(folder.parent.iterdir()))}")
                path.symlink_to(max(folder.parent.glob("copy-*"), key=lambda each: each.stat().st_ctime_ns))
            case _:
                _remove(path)
                path.parent.mkdir(parents=True, exist_ok=True)
                _put(path, what.kind)


def _put(path: Path, kind: str) -> None:
    match kind:
        case "file":
            path.write_text("mine\n")
        case "link":
            path.symlink_to("/etc/hostname")
        case "pipe":
            os.mkfifo(path)
        case "folder":
            path.mkdir()
        case "closed":
            path.mkdir()
            (path / "data").write_text("precious\n")
            path.chmod(0o000)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def killed_build(folder: Path, files: Mapping[str, str], step: int) -> None:
    """A build in a process of its own, which is killed before its change number `step`; a file may be half written."""
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        return
    left = step

    def count(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal left
        writes = event == "open" and isinstance(arguments[1], str) and "w" in arguments[1]
        if event not in _CHANGES and not writes:
            return
        left -= 1
        if left < 0:
            if writes and isinstance(arguments[0], str):
                os.write(os.open(arguments[0], os.O_WRONLY | os.O_CREAT), b"half")
            os.kill(os.getpid(), signal.SIGKILL)

    try:
        sys.addaudithook(count)
        write_folder(files, folder)
    finally:
        os._exit(0)


@contextmanager
def without_root(folder: Path) -> Iterator[None]:
    """As somebody who may not read everything; `folder` becomes theirs."""
    if os.geteuid() != 0:
        yield
        return
    os.chown(folder, _NOBODY, _NOBODY)
    os.seteuid(_NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)
