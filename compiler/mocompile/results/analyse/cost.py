"""The cost of sets, as figures of the metric `cost`: of the whole set, and per unit of its results.

Each node is billed once for a set, from the time when the first of the set's pods had it to the end of the last one on
it: images are pulled on a node that one pays for. Without the price, or the time, of one node, there is no cost.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from mocompile.catalog.figures.number import Scalar
from mocompile.results.analyse.phases import METRIC_ID, folder_of, metrics_of, settings_of_pods
from mocompile.results.analyse.selection import select
from mocompile.results.analyse.values import Values
from mocompile.results.lifetimes import PodLifetime, SetLifetime, seconds_between
from mocompile.results.prices import Prices
from mocompile.results.record import Configuration, Origin, Problem, Record, Run

COST = "cost"
_HOUR = 3600
_NAMED = 5
_DIGITS = 12


class _Unknown(Exception):  # noqa: N818  # a state of the set
    """Why a set has no cost."""


@dataclass(frozen=True, slots=True)
class _Bill:
    seconds: float  # of all nodes
    amount: float


def cost(
    lifetimes: Iterable[SetLifetime], runs: Iterable[Run], records: Iterable[Record], prices: Prices
) -> tuple[list[Record], list[Problem]]:
    """Return the costs of the sets, and a problem for each set whose cost is not known.

    `runs` and `records` are those of the logs.
    """
    of_folders: dict[str, dict[str, list[Run]]] = {}
    for run in runs:
        if run.pod and run.metric:
            of_folders.setdefault(folder_of(run.source), {}).setdefault(run.pod, []).append(run)
    results: dict[str, list[Record]] = {}
    for record in select(records).records:
        if record.better == "higher" and isinstance(record.value, int | float) and record.value > 0:
            results.setdefault(folder_of(record.source), []).append(record)
    found: list[Record] = []
    problems: list[Problem] = []
    for each in lifetimes:
        folder = folder_of(each.source)
        try:
            bill = _bill(each, prices)
        except _Unknown as unknown:
            problems.append(Problem("error", f"the cost of the set {each.set} is not known: {unknown}", each.source))
            continue
        settings = settings_of_pods(each.pods, of_folders.get(folder, {}))
        found += _records(each, bill, settings, results.get(folder, ()), prices.currency)
    return found, problems


def _bill(each: SetLifetime, prices: Prices) -> _Bill:
    """Raises `_Unknown` if a time or a price is missing."""
    if each.status == "cut":
        raise _Unknown("it had not ended when its logs were collected")
    of_nodes: dict[str, list[PodLifetime]] = {}
    for pod in each.pods:
        if pod.node:
            of_nodes.setdefault(pod.node, []).append(pod)
    if not of_nodes:
        raise _Unknown("set.json does not say which nodes its pods had")
    seconds = {node: _held(pods) for node, pods in of_nodes.items()}
    per_hour = _prices_of(sorted(of_nodes), each.labels, prices)
    total = sum(seconds.values())
    return _Bill(total, sum(seconds[node] / _HOUR * per_hour[node] for node in sorted(of_nodes)))


def _held(pods: Sequence[PodLifetime]) -> float:
    """Return for how many seconds a node was held by its pods. Raises `_Unknown`."""
    for pod in pods:
        if pod.scheduled is None or pod.ended is None:
            missing = "had its node" if pod.scheduled is None else "ended"
            raise _Unknown(f"set.json does not say when the pod {pod.pod} {missing}")
    begin = min(pod.scheduled for pod in pods if pod.scheduled is not None)
    end = max(pod.ended for pod in pods if pod.ended is not None)
    seconds = seconds_between(begin, end)
    if seconds is None:
        raise _Unknown(f"the pod {pods[0].pod} ended before it had its node: the clocks of the machines differ")
    return seconds


def _prices_of(nodes: Sequence[str], labels: Mapping[str, Mapping[str, str]], prices: Prices) -> dict[str, float]:
    """Return the price for an hour of each node. Raises `_Unknown`."""
    unknown = [node for node in nodes if node not in labels]
    if unknown:
        raise _Unknown(
            f"set.json has no labels of {_listed(unknown)}: reading nodes takes the ClusterRole of "
            "docs/results-collect.md"
        )
    found = {node: prices.of(labels[node]) for node in nodes}
    missing = [f"{node} ({_labels(labels[node], prices)})" for node, price in found.items() if price is None]
    if missing:
        raise _Unknown(f"there is no price for {_listed(missing)}")
    return {node: price for node, price in found.items() if price is not None}


def _labels(labels: Mapping[str, str], prices: Prices) -> str:
    """Return the labels of a node that prices go by."""
    return ", ".join(f"{name}: {labels.get(name) or 'none'}" for name in prices.names)


def _records(
    each: SetLifetime, bill: _Bill, settings: Configuration, results: Iterable[Record], currency: str
) -> Iterator[Record]:
    groups = metrics_of(each)
    context: dict[str, Scalar] = {METRIC_ID: ids} if (ids := ", ".join(name for name, _ in groups)) else {}

    def made(figure: str, value: float, unit: str, more: Mapping[str, Scalar]) -> Record:
        value = float(f"{value:.{_DIGITS}g}")
        origin = Origin(each.source, set=each.set)
        return Record(
            figure, value, unit, COST, None, origin, {**context, **more}, settings, "lower", status=each.status
        )

    yield made("cost", bill.amount, currency, {})
    yield made("node_time", bill.seconds, "s", {})
    if len(groups) != 1 or each.status != "ok":
        return  # the cost of several metrics is not that of one
    pods = {pod.pod for pod in each.pods}
    values: dict[tuple[str, str, tuple[tuple[str, Scalar], ...]], Values] = {}
    for record in results:
        if record.pod in pods:
            key = (record.figure, record.unit, tuple(record.context.items()))
            values.setdefault(key, Values()).add(record.value)
    for (figure, unit, more), those in values.items():
        if those.sample is not None:
            yield made(f"cost_per_{figure}", bill.amount / those.sample.median, _per(currency, unit), dict(more))


def _per(currency: str, unit: str) -> str:
    if not unit:
        return currency
    return f"{currency}/{unit}" if unit.isalpha() else f"{currency}/({unit})"


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
