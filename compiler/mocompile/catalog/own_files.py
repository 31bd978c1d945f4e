"""Files of a user's catalog: inside its folder, regular, of a bounded size, text without control characters.

A catalog may come out of a pull request. What it links to must not reach a ConfigMap, and a pipe in it must not wait.
"""

from __future__ import annotations

from pathlib import Path

from mocompile.diagnostics.finding import Finding, InputError
from mocompile.diagnostics.place import Place
from mocompile.document.text import Text, decode, refused_characters
from mocompile.files import is_there, is_within, kind_of, read_regular, reason_of

_MOST_BYTES = 1024 * 1024
_RULE = "catalog-file"


def require_own(path: Path, root: Path) -> None:
    """Raises `InputError` where `path` is no regular file, or is reached by a link that leaves the catalog `root`."""
    if not is_within(path, root):
        raise _wrong(path, f"a link leads out of the catalog's folder '{root}'", "put the file itself there")
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        raise _wrong(path, "this link leads nowhere", "put the file itself there, or remove it") from None
    except OSError as error:
        raise _wrong(path, f"it cannot be read: {reason_of(error).lower()}", "") from None
    if kind_of(mode) != "a file":
        raise _wrong(path, f"this is {kind_of(mode)}, not a file", "put a file there, or remove it")


def own_script(path: Path, root: Path) -> str | None:
    """The script at `path` in the catalog `root`; None where there is none. Raises `InputError` with all findings."""
    if not is_there(path):
        return None
    require_own(path, root)
    try:
        data = read_regular(path, _MOST_BYTES + 1)
    except OSError as error:
        raise _wrong(path, f"it cannot be read: {reason_of(error).lower()}", "") from None
    if len(data) > _MOST_BYTES:
        raise _wrong(path, f"it is larger than {_MOST_BYTES // 1024} KiB", "no ConfigMap holds that")
    text = decode(data, str(path))
    findings = refused_characters(Text(str(path), text))
    if findings:
        raise InputError(findings)
    return text


def _wrong(path: Path, message: str, hint: str) -> InputError:
    return InputError([Finding(_RULE, message, Place(str(path), 1, 1), hint)])
