"""Charts without an axis: a bar or box for each value of the keys, a dot for each of many, or for each pod."""

from __future__ import annotations

from dataclasses import replace

from mocompile.catalog.figures.model import is_configured
from mocompile.results.analyse.order import natural
from mocompile.results.analyse.samples import sample
from mocompile.results.analyse.settings import PODS, SET
from mocompile.results.present.plot.chart import BOX, Chart, Panel
from mocompile.results.present.plot.chart_data import ChartData
from mocompile.results.present.plot.chart_labels import ChartLabels
from mocompile.results.present.plot.points import PLACE, field, place
from mocompile.results.present.plot.series import KEY, LINES, PANELS, alike, positions
from mocompile.results.present.safe_text import label

BARS = 40

PLACES = 12  # more than so many pods are shown one by one, where each has one value


def bar_chart(data: ChartData) -> Chart:
    """Return a chart with a bar or box for each value of the keys, or with dots for many of these or of pods."""
    cells = _cells(data)
    if _one_by_one(data, cells):
        return _places(data, cells)
    return _bars(data, cells)


def _bars(data: ChartData, cells: dict[KEY, list[float]]) -> Chart:
    if len(cells) > BARS:
        return _ranked(data, cells)
    labels = ChartLabels(data)
    names = tuple(labels.series(key, data.keys) or label(data.records[0].figure) for key in cells)
    samples = [sample(values) for values in cells.values()]
    positive = [each for each in samples if each.low > 0]
    boxes = any(each.n >= BOX and each.low < each.high for each in samples)
    series = positions(names, samples)
    if boxes:
        series = replace(series, values=tuple(each.values for each in samples))
    wide = len(positive) == len(samples) and max(s.median for s in samples) > 1000 * min(s.median for s in samples)
    from_zero = not boxes or wide or min(s.low for s in samples) < 0.6 * max(s.high for s in samples)
    hint = () if from_zero else ("The axis does not begin at zero.",)
    return Chart(
        name="",
        metric=label(data.metric),
        title=labels.title,
        subtitle=labels.subtitle,
        x_label=labels.keys(data.keys) or "figure",
        y_label=labels.y_label,
        kind="boxes" if boxes else "bars",
        panels=(Panel("", (series,)),),
        y_scale="log" if wide else "linear",
        from_zero=from_zero,
        notes=(*labels.spread_notes(data.keys, boxes=boxes), *data.notes, *hint),
    )


def _cells(data: ChartData) -> dict[KEY, list[float]]:
    """Return the values for each value of the keys, settings in natural order, other values as the log has them."""
    cells: dict[KEY, list[float]] = {}
    for record in data.records:
        cells.setdefault(tuple(field(record, name) for name in data.keys), []).append(float(record.value))
    seen: list[dict[object, int]] = [{} for _ in data.keys]
    for key in cells:
        for value, order in zip(key, seen, strict=True):
            order.setdefault(value, len(order))
    for name, order in zip(data.keys, seen, strict=True):
        if name in (SET, PODS) or is_configured(name):
            values = sorted(order, key=lambda value: () if value is None else natural(value))
            order.update({value: at for at, value in enumerate(values)})
    return dict(sorted(cells.items(), key=lambda item: [order[v] for v, order in zip(item[0], seen, strict=True)]))


def _ranked(data: ChartData, cells: dict[KEY, list[float]]) -> Chart:
    """Too many for bars: a dot for each, by size."""
    labels = ChartLabels(data)
    ordered = sorted(((key, sample(values)) for key, values in cells.items()), key=lambda item: item[1].median)
    names = tuple(labels.series(key, data.keys) for key, _ in ordered)
    series = positions(names, [each for _, each in ordered])
    data = data.noted(f"{len(cells)} values by {labels.keys(data.keys)}, sorted by size.")
    return _dots(data, (Panel("", (series,)),), f"rank among {len(cells)}", data.keys)


# --- a dot for each pod ---


def _one_by_one(data: ChartData, cells: dict[KEY, list[float]]) -> bool:
    """Whether there are many pods, each of which has a value of most that is measured."""
    places = len({place(record) for record in data.records})
    return places > PLACES and 2 * places * len(cells) >= len(data.records) >= places


def _places(data: ChartData, cells: dict[KEY, list[float]]) -> Chart:
    labels = ChartLabels(data)
    by_cell: dict[KEY, dict[str, list[float]]] = {}
    for record in data.records:
        key: KEY = tuple(field(record, name) for name in data.keys)
        by_cell.setdefault(key, {}).setdefault(place(record), []).append(float(record.value))
    if len(by_cell) > LINES:
        busy = {key: cell for key, cell in by_cell.items() if any(any(values) for values in cell.values())}
        if busy and len(busy) < len(by_cell):
            idle = [key for key in by_cell if key not in busy]
            data, by_cell = data.noted(labels.idle_note(idle, len(by_cell), "everywhere")), busy
    if len(by_cell) > PANELS:
        return _bars(data, cells)
    places = sorted({each for cell in by_cell.values() for each in cell}, key=natural)
    position = {name: float(index) for index, name in enumerate(places)}
    panels = []
    for key, cell in by_cell.items():
        samples = [sample(cell[name]) for name in places if name in cell]
        series = positions(tuple(label(name) for name in places if name in cell), samples)
        series = replace(series, x=tuple(position[name] for name in places if name in cell))
        panels.append(Panel(labels.series(key, data.keys), (series,)))
    if len(panels) == 1:
        panels = [replace(panels[0], title="")]
    known = all(record.pod for record in data.records)
    counted = f"{'pod' if known else 'log'}, in the order of names, 1 to {len(places)}"
    return _dots(data, tuple(panels), counted, (*data.keys, PLACE))


def _dots(data: ChartData, panels: tuple[Panel, ...], x_label: str, names: tuple[str, ...]) -> Chart:
    """Return a chart with dots; `names` distinguish them."""
    labels = ChartLabels(data)
    # The pods of a panel have one configuration; the median of different ones says nothing.
    middle = PLACE in names or not any(is_configured(name) or name in (SET, PODS) for name in names)
    note = "A dot for each" + ("; the line is the median of all, the band holds the middle half." if middle else ".")
    return Chart(
        name="",
        metric=label(data.metric),
        title=labels.title,
        subtitle=labels.subtitle,
        x_label=x_label,
        y_label=labels.y_label,
        kind="dots",
        panels=panels,
        same_y=alike(panels),
        middle=middle,
        notes=(*labels.spread_notes(names), *data.notes, note),
    )
