"""The configuration of a run, from its METADATA: flat names with a prefix, scalars as values."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from mocompile.catalog.figures.number import Scalar
from mocompile.results.environment import MACHINE
from mocompile.results.record import Configuration

# Keys of METADATA without an influence on the values: how often, where, description. `completions` follows `pods`.
_NO_INFLUENCE = frozenset({"metricName", "metricDescription", "metricType", "repetitions", "completions", "pods"})
MOST_PODS = 2**31 - 1  # the API's type
_OPTIONS = {
    "metricOptions": "option.",
    "metricListOptions": "option.",
    "metricMapOptions": "option.",
    "parameters": "parameter.",
}
_NAMES = ("metricName", "addonName", "name")


def configuration_of(
    metadata: Mapping[str, Any], addons: Iterable[Mapping[str, Any]], settings: Mapping[str, Scalar]
) -> Configuration:
    """Return everything that influences the values of a run with this METADATA and these ADDON METADATA.

    `settings` are known from elsewhere (labels, the image), by their flat names. Options of all kinds are
    `option.NAME` (a map's entries `option.NAME.KEY`; a list is one text), parameters of a study `parameter.NAME`, other
    keys `metadata.KEY`; so are `pods` if the value is not a number of pods. `addons` has the names of the addons,
    `addon.NAME.KEY` their settings.
    """
    pods = pods_in(metadata)
    values: dict[str, Scalar] = {}
    for key, value in metadata.items():
        if key in _OPTIONS and isinstance(value, Mapping):
            values.update(_flat(value, _OPTIONS[key]))
        elif key == "image" and isinstance(value, str):
            values["image"] = value
        elif (key not in _NO_INFLUENCE and key not in _OPTIONS) or (key == "pods" and pods is None):
            values.update(_flat({key: value}, "metadata."))
    values.update(_of_addons(addons))
    values.update(settings)
    ordered = sorted(values.items(), key=lambda item: _rank(item[0]))
    return Configuration(pods, dict(ordered))


def parameters_of(data: Mapping[str, Any]) -> dict[str, Scalar]:
    """Return the parameters of a study's set, as they are in a configuration, without the prefix."""
    return dict(_flat(data, ""))


def pods_in(metadata: Mapping[str, Any]) -> int | None:
    """Return the number of pods of the set; None if the METADATA has none or has an invalid number."""
    pods = metadata.get("pods")
    return pods if isinstance(pods, int) and not isinstance(pods, bool) and 0 <= pods <= MOST_PODS else None


def _rank(name: str) -> int:
    """Return the sort key: parameters and labels first, because a person varies them; then the METADATA's order."""
    order = ("parameter.", "label.", "image", "option.", "addon", MACHINE)
    return next((place for place, prefix in enumerate(order) if name.startswith(prefix)), len(order))


def _of_addons(addons: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, Scalar]]:
    names: list[str] = []
    for addon in addons:
        name = next((value for key in _NAMES if isinstance(value := addon.get(key), str) and value), "addon")
        names.append(name)
        count = names.count(name)
        prefix = f"addon.{name}." if count == 1 else f"addon.{name}#{count}."
        yield from _flat({key: value for key, value in addon.items() if key not in (*_NAMES, *_NO_INFLUENCE)}, prefix)
    if names:
        yield "addons", ", ".join(names)


def _flat(data: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Scalar]]:
    for key, value in data.items():
        if isinstance(value, Mapping):
            inner = prefix if f"{key}" in _OPTIONS else f"{prefix}{key}."
            yield from _flat(value, inner)
        elif isinstance(value, bool):
            yield f"{prefix}{key}", "true" if value else "false"
        elif isinstance(value, list):
            yield f"{prefix}{key}", _listed(value)
        elif isinstance(value, str | int | float):
            yield f"{prefix}{key}", value


def _listed(values: list[Any]) -> str:
    """Return the items as one text; different lists give different texts."""
    if all(isinstance(each, str) and "," not in each for each in values):
        return ", ".join(values)
    return json.dumps(values, ensure_ascii=False)
