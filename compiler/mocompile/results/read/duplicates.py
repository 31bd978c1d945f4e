"""Files of logs with the same content: a copy is not a second measurement."""

from __future__ import annotations

import gzip
import hashlib
import zlib
from collections.abc import Hashable, Iterable, Iterator, Mapping
from pathlib import Path

from mocompile.results.read.lines import Log

_GZIP = b"\x1f\x8b"
_BLOCK = 1024 * 1024


def copies(logs: Iterable[tuple[Log, Hashable]]) -> Mapping[int, Log]:
    """Return, by position, the logs with the same content as an earlier log, each with that earlier log.

    Each log comes with a key: logs with different keys (such as other containers) are not copies. Only files of equal
    size are read. A file that cannot be read is not a copy: the reader reports the error.
    """
    by_size: dict[tuple[int, Hashable], list[tuple[int, Log]]] = {}
    for position, (log, apart) in enumerate(logs):
        size = None if log.path is None else _size(log.path)
        if size:
            by_size.setdefault((size, apart), []).append((position, log))
    found: dict[int, Log] = {}
    for alike in by_size.values():
        if len(alike) > 1:
            found.update(_same(alike))
    return found


def _same(logs: Iterable[tuple[int, Log]]) -> Iterator[tuple[int, Log]]:
    first: dict[bytes, Log] = {}
    for position, log in logs:
        digest = None if log.path is None else _digest(log.path)
        if digest is not None and first.setdefault(digest, log) is not log:
            yield position, first[digest]


def _size(path: Path) -> int | None:
    """Return the file's size in bytes, modulo 4 GiB; for a gzip file, the uncompressed size in its trailer."""
    try:
        if not path.is_file():
            return None
        with path.open("rb") as stream:
            size = stream.seek(0, 2)
            stream.seek(0)
            if stream.read(2) == _GZIP and size > 18:  # the shortest gzip file
                stream.seek(-4, 2)
                return int.from_bytes(stream.read(4), "little")
            return size % 2**32
    except OSError:
        return None


def _digest(path: Path) -> bytes | None:
    digest = hashlib.sha256()
    try:
        with path.open("rb") as stream:
            packed = stream.read(2) == _GZIP
            stream.seek(0)
            source = gzip.GzipFile(fileobj=stream) if packed else stream
            while block := source.read(_BLOCK):
                digest.update(block)
    except (OSError, EOFError, zlib.error):
        return None
    return digest.digest()
