"""Writes an output of several files as one archive: to stdout, or to a file whose name says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mocompile.cli.output import STDOUT, tell, write
from mocompile.diagnostics.finding import Finding, InputError

if TYPE_CHECKING:
    from mocompile.emit.folder import Files

_COMPRESSED = (".tgz", ".tar.gz")
_ARCHIVES = (".tar", *_COMPRESSED)


def is_archive(output: str | None) -> bool:
    """Whether `-o OUTPUT` is one stream or file, and not a folder."""
    return output == STDOUT or (output is not None and output.lower().endswith(_ARCHIVES))


def write_archive(files: Files, top: str, output: str, *, check: bool) -> None:
    """Write the files below the folder `top`: a tar stream to stdout, or an archive, compressed as its name says.

    Helm installs a chart from a `.tgz` file. Raises `InputError` for `check`, or where `output` cannot be written.
    """
    from mocompile.emit.folder import tar

    if check:
        raise InputError([Finding("check", "--check compares with a folder", None, "name a folder with -o")])
    data = tar(files, top)
    if output.lower().endswith(_COMPRESSED):
        data = _compressed(data)
    write(data, output)
    if output != STDOUT:
        tell(f"{output}: {len(files)} files")


def _compressed(data: bytes) -> bytes:
    """Return the data as gzip, without a name and a time."""
    import gzip
    import io

    stream = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=stream, mtime=0) as archive:
        archive.write(data)
    return stream.getvalue()
