"""Whatever was done to an output folder: a build changes only what mocompile wrote, whole or not at all.

The model is the file system itself: it is looked at before and after, and our entries are those that a build wrote.
`MOCOMPILE_EXAMPLES` says how many folders are tried (150).
"""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from hypothesis import event, given
from hypothesis import strategies as st
from mocompile.diagnostics.finding import InputError
from mocompile.emit.folder import MARKER, stale, with_marker, write_folder

from tests.property.examples import examples
from tests.property.folders import Disturbance, disturb, disturbances, file_sets, killed_build, without_root

_SETTINGS = examples(150)


@contextmanager
def place() -> Iterator[Path]:
    """A folder for one example, as somebody who may not read everything."""
    folder = Path(tempfile.mkdtemp(prefix="mocompile-folder-"))
    try:
        with without_root(folder):
            yield folder
    finally:
        for each in folder.rglob("*"):
            if each.is_dir() and not each.is_symlink():
                each.chmod(0o700)
        shutil.rmtree(folder)


def snapshot(folder: Path) -> dict[str, object]:
    """Every entry: kind, mode, time of change, and what it holds."""
    found: dict[str, object] = {}
    for directory, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = Path(directory, name)
            status = path.lstat()
            held: object = None
            if path.is_symlink():
                held = path.readlink()
            elif stat.S_ISREG(status.st_mode) and status.st_mode & 0o400:
                held = path.read_bytes()
            found[str(path.relative_to(folder))] = (status.st_mode, status.st_mtime_ns, held)
    return found


def texts(folder: Path) -> dict[str, bytes]:
    """Path to bytes of every file; a folder that is empty, a link or a pipe is there as itself."""
    found = {}
    for directory, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = Path(directory, name)
            if not path.is_dir() or path.is_symlink() or not any(path.iterdir()):
                held = path.read_bytes() if path.is_file() and not path.is_symlink() else b"no file"
                found[str(path.relative_to(folder))] = held
    return found


def refusal(files: Mapping[str, str], folder: Path, *, force: bool = False) -> str | None:
    """Return the message of a build that refuses; None if it wrote."""
    try:
        write_folder(files, folder, force=force)
    except InputError as error:
        return str(error)
    return None


def is_ours(folder: Path, written: Sequence[Mapping[str, str]]) -> bool:
    """Whether everything in the folder is as one of the builds `written` left it, told by looking at each entry."""
    allowed: dict[str, set[bytes]] = {}
    for files in written:
        for path, text in with_marker(files).items():
            allowed.setdefault(path, set()).add(text.encode())
    folders = {str(parent) for path in allowed for parent in Path(path).parents}
    killed = (folder / ".mocompile.tmp").is_dir()
    if not killed and not os.path.lexists(folder / MARKER) and any(folder.iterdir()):
        return False
    for entry in folder.rglob("*"):
        inside = str(entry.relative_to(folder))
        if inside.split("/", maxsplit=1)[0] == ".mocompile.tmp":
            continue
        status = entry.lstat()
        if stat.S_ISDIR(status.st_mode):
            if inside not in folders or not status.st_mode & 0o400:
                return False
        elif (
            not stat.S_ISREG(status.st_mode)
            or not status.st_mode & 0o400
            or entry.read_bytes() not in allowed.get(inside, set())
        ):
            return False
    return True


@_SETTINGS
@given(file_sets, st.lists(disturbances, max_size=3), file_sets)
def test_a_build_replaces_what_mocompile_wrote_and_refuses_all_else(
    first: dict[str, str], happened: list[Disturbance], then: dict[str, str]
) -> None:
    with place() as above:
        folder = above / "out"
        write_folder(first, folder)
        written = [first]
        for each in happened:
            disturb(folder, each)
            if each.kind == "killed":
                written.append(dict(each.files or {}))
        ours = is_ours(folder, written)
        before = snapshot(above)
        event("ours" if ours else "foreign")
        refused = refusal(then, folder)
        assert (refused is None) == ours, refused
        if refused:
            assert snapshot(above) == before
            return
        assert texts(folder) == {path: text.encode() for path, text in with_marker(then).items()}
        assert stale(then, folder) == []
        kept = {path: value for path, value in snapshot(above).items() if value in before.values()}
        assert all(before[path] == value for path, value in kept.items() if path in before)


@_SETTINGS
@given(file_sets, st.lists(disturbances, max_size=3), file_sets)
def test_a_forced_build_leaves_exactly_its_files_or_changes_nothing(
    first: dict[str, str], happened: list[Disturbance], then: dict[str, str]
) -> None:
    with place() as above:
        folder = above / "out"
        write_folder(first, folder)
        for each in happened:
            disturb(folder, each)
        before = snapshot(above)
        refused = refusal(then, folder, force=True)
        if refused:
            assert "cannot be" in refused
            assert snapshot(above) == before
            return
        assert texts(folder) == {path: text.encode() for path, text in with_marker(then).items()}
        assert {path.name for path in above.iterdir() if not path.name.startswith("copy-")} == {"out"}


@_SETTINGS
@given(st.none() | file_sets, file_sets, st.integers(0, 60), file_sets)
def test_after_a_killed_build_the_next_one_repairs(
    first: dict[str, str] | None, killed: dict[str, str], step: int, then: dict[str, str]
) -> None:
    with place() as above:
        folder = above / "out"
        if first is not None:
            write_folder(first, folder)
        killed_build(folder, killed, step)
        write_folder(then, folder)
        assert texts(folder) == {path: text.encode() for path, text in with_marker(then).items()}
        assert [path.name for path in above.iterdir()] == ["out"]


@examples(7, part=20)
@given(st.lists(file_sets, min_size=2, max_size=4))
def test_builds_at_the_same_time_take_turns(sets: list[dict[str, str]]) -> None:
    with place() as above:
        folder = above / "out"
        children = []
        for files in sets:
            child = os.fork()
            if not child:
                code = 1
                try:
                    for _ in range(5):
                        write_folder(files, folder)
                    code = 0
                finally:
                    os._exit(code)
            children.append(child)
        assert [os.waitpid(child, 0)[1] for child in children] == [0] * len(children)
        made = texts(folder)
        wanted = [{path: text.encode() for path, text in with_marker(files).items()} for files in sets]
        assert made in wanted
        assert [path.name for path in above.iterdir()] == ["out"]
