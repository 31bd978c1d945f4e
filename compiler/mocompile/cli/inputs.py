"""What a command reads: a document, overlays, settings; merged into one."""

from __future__ import annotations

from dataclasses import dataclass, field

from mocompile.address import parse_setting
from mocompile.catalog.catalog import Catalog, folders_of
from mocompile.document import Map
from mocompile.finding import Finding, InputError
from mocompile.load import Document, load, read
from mocompile.merge import merge, sources_of


@dataclass(slots=True)
class Inputs:
    """The arguments of a command. `sources` fills as they are read, so that messages can show the lines."""

    path: str = "metrics.yaml"
    overlays: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    catalogs: tuple[str, ...] = ()
    name: str | None = None
    namespace: str | None = None
    sources: dict[str, tuple[str, ...]] = field(default_factory=dict)
    catalog: Catalog = field(init=False)

    def __post_init__(self) -> None:
        self.catalog = Catalog(folders_of(self.catalogs))

    def merged(self) -> Map:
        """The document with all overlays and settings. Raises `InputError` with the findings of every file."""
        findings: list[Finding] = []
        documents: list[Document] = []
        for path in (self.path, *self.overlays):
            try:
                documents.append(self._load(path))
            except InputError as error:
                findings.extend(error.findings)
        if findings:
            raise InputError(findings)
        settings = [parse_setting(argument) for argument in self._arguments()]
        document = merge(documents[0], documents[1:], settings)
        self.sources.update(sources_of(documents, settings))
        return document.root

    def _load(self, path: str) -> Document:
        source = read(path)
        self.sources[source.name] = source.lines
        return load(source)

    def _arguments(self) -> tuple[str, ...]:
        named = [
            f"metadata.{key}={value}" for key, value in (("name", self.name), ("namespace", self.namespace)) if value
        ]
        return (*self.settings, *named)
