"""The texts of a chart: titles, names of axes and series, and notes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mocompile.catalog.figures.model import is_configured
from mocompile.results.analyse.settings import short_names
from mocompile.results.present.plot.chart import BOX
from mocompile.results.present.plot.chart_data import ChartData
from mocompile.results.present.plot.defaults import SIZES
from mocompile.results.present.plot.points import PLACE, distinct, field, numeric
from mocompile.results.present.plot.series import KEY
from mocompile.results.present.safe_text import label, labels, number
from mocompile.results.record import Record


class ChartLabels:
    """The texts of a chart with these data. Text from logs is made safe for pictures."""

    def __init__(self, data: ChartData) -> None:
        self._data = data
        self._values: dict[str, dict[str, str]] = {}  # by the name of the key: texts by values

    @property
    def title(self) -> str:
        """The title of the plot, or one made of its figures and the axis."""
        data = self._data
        if data.plot.title:
            return label(data.plot.title, 80)
        names = list(dict.fromkeys(record.figure for record in data.records))
        figures = ", ".join(label(name, 32) for name in names[:3]) + (f" and {len(names) - 3} more" * (len(names) > 3))
        if not data.x:
            return figures
        if data.x == "timepoint":
            return f"{figures} over time"
        return f"{figures} against {self.key(data.x)}"

    @property
    def subtitle(self) -> str:
        """The values that all records share."""
        said = [
            f"{label(str(value))} pods" if name == "pods" else f"{label(name)} {label(value)}"
            for name, value in self._data.constant
        ]
        return ", ".join(text.replace("1 pods", "1 pod") if text == "1 pods" else text for text in said)

    @property
    def y_label(self) -> str:
        """The figure with its unit, and the better direction."""
        figures = list(dict.fromkeys(record.figure for record in self._data.records))
        name = label(figures[0]) if len(figures) == 1 else ""
        unit = label(self._data.unit, 40)
        text = f"{name} ({unit})" if name and unit else name or unit or "value"
        return text + {"lower": ", lower is better", "higher": ", higher is better"}.get(self._data.better, "")

    def x_label(self, *, binary: bool) -> str:
        """The name of the x axis; `binary`: its values are powers of two."""
        x = self._data.x
        if x == "timepoint":
            rates = {numeric((run.metadata.get("metricOptions") or {}).get("rate")) for run in self._data.runs}
            rate = rates.pop() if len(rates) == 1 else None
            return f"timepoint (one every {number(rate)} s)" if rate else "timepoint"
        if x in SIZES and binary:
            return "message size (bytes)" if "size" in x else "bytes"
        return self.key(x)

    def key(self, name: str) -> str:
        """The name of a key."""
        if name == PLACE:
            return "pod" if all(record.pod for record in self._data.records) else "log"
        return label(bare(name))

    def keys(self, names: Iterable[str]) -> str:
        """The names of keys, in words."""
        return in_words(self.key(name) for name in names)

    def value(self, name: str, value: object) -> str:
        """The value of a key, with its name where the value alone says nothing."""
        if value is None:
            return f"{label(bare(name))} not known" if name == "pods" else f"no {label(bare(name))}"
        if name == "pods":
            return f"{label(value)} pod{'' if value == 1 else 's'}"
        if isinstance(value, (int, float)):
            return f"{label(bare(name))} {label(number(value))}"
        if name not in self._values:
            values = [each for each in distinct(self._data.records, name) if isinstance(each, str)]
            short = _without_folder(values) if name in (PLACE, "source") else values
            self._values[name] = dict(zip(values, labels(short), strict=True))
        shown = self._values[name].get(str(value)) or label(value)
        return f"{label(bare(name))} {shown}" if is_configured(name) else shown

    def series(self, key: Sequence[object], keys: Sequence[str]) -> str:
        """The name of the series with these values of these keys."""
        return ", ".join(self.value(name, value) for name, value in zip(keys, key, strict=True))

    def spread_notes(self, names: Sequence[str], *, boxes: bool = False) -> tuple[str, ...]:
        """Say how many values one point or box has, if several, and in what they differ; `names` distinguish these."""
        cells: dict[KEY, list[Record]] = {}
        for record in self._data.records:
            cells.setdefault(tuple(field(record, name) for name in names), []).append(record)
        counts = [len(those) for those in cells.values()]
        if max(counts, default=1) == 1:
            return ()
        contexts = dict.fromkeys(name for record in self._data.records for name in record.context)
        others = [name for name in (*contexts, "timepoint", PLACE) if name not in names]
        varying = [name for name in others if any(len(distinct(those, name)) > 1 for those in cells.values())]
        apart = f" that differ in {self.keys(varying)}" if varying else ""
        few, most = min(counts), max(counts)
        several = f"{few} to {most}" if few < most else f"{most}"
        if boxes:
            less = f" Fewer than {BOX} values are dots." if few < BOX else ""
            box = f"Each box holds the middle half of {several} values{apart}; the line in it is the median"
            return (f"{box}, the whiskers span the lowest to the highest.{less}",)
        return (f"Each point is the median of {several} values{apart}; error bars span the lowest to the highest.",)

    def idle_note(self, idle: Sequence[KEY], count: int, where: str) -> str:
        """Say which of `count` series are left out because they are zero."""
        keys = self._data.keys
        named = [index for index, key in enumerate(keys) if key != PLACE] or range(len(keys))
        names = list(dict.fromkeys(self.series([key[i] for i in named], [keys[i] for i in named]) for key in idle))
        shown = ", ".join(names[:6]) + (" …" if len(names) > 6 else "")
        return f"Left out: {len(idle)} of {count} that are zero {where} ({shown})."


def in_words(names: Iterable[str]) -> str:
    """Return `a, b and c`."""
    several = list(dict.fromkeys(names))
    return " and ".join([", ".join(several[:-1]), several[-1]]) if len(several) > 1 else "".join(several)


def bare(name: str) -> str:
    """Return what people call a name of the configuration."""
    return short_names([name])[name]


def several(count: int, noun: str) -> str:
    """Return the count with its noun."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _without_folder(paths: Sequence[str]) -> list[str]:
    """Return the paths without the folder that all are in."""
    folders = {path.rpartition("/")[0] for path in paths}
    return [path.rpartition("/")[2] for path in paths] if len(folders) == 1 else list(paths)
