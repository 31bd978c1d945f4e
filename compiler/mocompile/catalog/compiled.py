"""Finds the code that a wheel has in the place of shipped files, so that a build parses no YAML and no template.

`wheelbuild` makes a module of `mocompile._sheets` for each data sheet, and one of `mocompile._texts` for each template.
It has the checksum of the files that it was made from: where one of them is another file now, or where there is no such
module, as in a checkout, the files are read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mocompile import shipped

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from mocompile.catalog.model import SheetKind


class CompiledSheet:
    """A sheet as code, and the paths of the files that it was made from."""

    def __init__(self, module: Any, names: tuple[str, ...]) -> None:
        self._module = module
        self._names = names

    @property
    def script_name(self) -> str:
        """The addon whose script an addon has."""
        name: str = self._module.SCRIPT_NAME
        return name

    def sheet(self, *scripts: object) -> Any:
        """The sheet with the texts of its scripts."""
        return self._module.sheet(*self._names, *scripts)


def compiled_sheet(kind: SheetKind, folder: Path) -> CompiledSheet | None:
    """The code of the sheet in a shipped `folder`; None where its files must be read."""
    module, names = made_module(f"mocompile._sheets.{module_name(kind, folder.name)}")
    return None if module is None else CompiledSheet(module, names)


def made_module(name: str) -> tuple[Any, tuple[str, ...]]:
    """A module that the wheel has in the place of shipped files, and the paths of the files.

    The module is None where there is none, or where a file is another one than it was made from.
    """
    module = _module(name)
    if module is None:
        return None, ()
    names = tuple(path_of(source) for source in module.SOURCES)
    try:
        return (module if checksum(names) == module.CHECKSUM else None), names
    except OSError:
        return None, names


def module_name(kind: SheetKind, name: str) -> str:
    """The name of the module of a sheet."""
    return f"{kind}_{name.replace('-', '_')}"


def path_of(source: str) -> str:
    """The path of a shipped file, written from the top of a checkout: `templates/options.yaml`."""
    top, _, rest = source.partition("/")
    return str(shipped.folder(top) / rest)


def checksum(paths: Iterable[str]) -> int:
    """A number that says whether files have changed: by mistake or with a new release, and not in bad faith."""
    from zlib import crc32

    number = 0
    for path in paths:
        with open(path, "rb") as stream:  # noqa: PTH123 - most of a build's time is in such small things
            data = stream.read()
        number = crc32(data, crc32(b"%d " % len(data), number))
    return number


def _module(name: str) -> Any:
    from importlib import import_module

    try:
        return import_module(name)
    except ImportError:
        return None
