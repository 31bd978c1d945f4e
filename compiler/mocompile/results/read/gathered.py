"""The figures and remarks of one timepoint so far."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from mocompile.catalog.figures.model import FigureSheet
from mocompile.catalog.figures.number import Scalar
from mocompile.results.read.found import Found, Remark
from mocompile.results.read.json_documents import JsonFigure
from mocompile.results.read.table_rows import RefusedRow, read_value

_MOST_FAILURES = 5

_MOST_REFUSED = 5

_SHOWN = 160


class Gathered:
    """Takes figures as text or as values; what is no value of its figure becomes a remark."""

    def __init__(self) -> None:
        self.found: list[Found] = []
        self.remarks: list[Remark] = []
        self.failures = 0
        self._refused = 0
        self._told: set[str] = set()

    def add(
        self,
        sheet: FigureSheet,
        text: str,
        unit: str | None,
        position: int,
        context: Mapping[str, Scalar],
        *,
        also_json: bool = False,
    ) -> None:
        """Add the figure in `text`, if it has a value."""
        value = read_value(sheet, text)
        if value is None:
            self.remarks.append(Remark(f"{sheet.name} is '{text[:_SHOWN]}', which is not a {sheet.format}", position))
            return
        self.keep(sheet, value, text, unit, position, context, also_json=also_json)

    def keep(
        self,
        sheet: FigureSheet,
        value: Scalar,
        text: str,
        unit: str | None,
        position: int,
        context: Mapping[str, Scalar],
        *,
        also_json: bool = False,
    ) -> None:
        """Add a figure whose `value` was read from `text`, unless the number means that it has no value."""
        own = sheet.unit if unit is None else unit
        if sheet.plain and not isinstance(value, str):
            self.found.append(Found(sheet, value, own, position, context, "", False, also_json))
            return
        printed = ""
        if sheet.format == "duration":
            printed = text
        elif isinstance(value, str):
            if sheet.format == "number":
                self.remarks.append(Remark(f"{sheet.name} is '{text[:_SHOWN]}'", position, level="note"))
        elif sheet.suffixes and text[-1:].isalpha():
            printed = text
        if sheet.no_value is not None and self._has_no_value(sheet, value, text, position):
            return
        self.found.append(Found(sheet, value, own, position, context, printed, also_json=also_json))

    def add_of_document(self, sheet: FigureSheet, figure: JsonFigure, position: int) -> None:
        """Add a figure of a JSON document, if it has a value."""
        value = figure.value
        if not isinstance(value, str):
            if sheet.no_value is None or not self._has_no_value(sheet, value, str(value), position):
                self.found.append(
                    Found(sheet, value, sheet.unit, position, figure.context, "", True, False, figure.settings)
                )
            return
        before = len(self.found)
        self.add(sheet, value, None, position, figure.context)
        for found in self.found[before:]:
            found.settings = figure.settings

    def tell(self, message: str, position: int, level: Literal["error", "note"] = "error") -> None:
        """Add a remark unless it exists; only the first place counts."""
        if message not in self._told:
            self._told.add(message)
            self.remarks.append(Remark(message, position, level=level))

    def fail(self, line: str, position: int) -> None:
        """Add a line that reports that the run failed; of many, the first ones."""
        self.failures += 1
        if self.failures <= _MOST_FAILURES:
            self.remarks.append(Remark(f"the run failed: {line.strip()[:_SHOWN]}", position, failed=True))

    def refuse(self, row: RefusedRow, position: int) -> None:
        """Add the reason why a row is not read; of many, the first ones."""
        self._refused += 1
        if self._refused <= _MOST_REFUSED:
            self.remarks.append(Remark(row.reason, position))

    def _has_no_value(self, sheet: FigureSheet, value: Scalar, text: str, position: int) -> bool:
        """Return whether the number means that the tool had no value; if so, add a remark."""
        if sheet.no_value is None or value != sheet.no_value:
            return False
        self.tell(f"{sheet.name} is '{text[:_SHOWN]}' here: the tool had no value", position, level="note")
        return True
