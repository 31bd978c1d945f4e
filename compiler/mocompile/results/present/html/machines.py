"""The machines on which the pods ran, as a table: equal machines are one row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from mocompile.results.analyse.order import natural
from mocompile.results.environment import Device, Environment, counted
from mocompile.results.present.html.tables import Column, HtmlTable
from mocompile.results.present.safe_text import label, number
from mocompile.results.record import Run

_NAMED = 4  # nodes of a row that are named
_GIB = 2**30
_NUMBERS = ("nodes", "cores", "core limit", "NUMA nodes", "memory (GiB)", "memory limit (GiB)")


def of_machines(runs: Sequence[Run], nodes: Sequence[Mapping[str, object]]) -> HtmlTable | None:
    """Return the table of machines; None if no log says where it ran. `nodes` are those of `set.json`."""
    known = {str(node.get("name")): node for node in nodes}
    found: dict[tuple[tuple[str, str], ...], dict[str, None]] = {}
    for run in runs:
        if run.environment is not None:
            facts = tuple((name, text) for name, text in _facts(run, known.get(run.node, {})) if text)
            found.setdefault(facts, {})[run.node or run.pod or run.source] = None
    if not found:
        return None
    names = list(dict.fromkeys(name for facts in found for name, _ in facts))
    rows = [
        (str(len(machines)), _listed(sorted(machines, key=natural)), *(dict(facts).get(name, "") for name in names))
        for facts, machines in found.items()
    ]
    columns = tuple(Column(name, name in _NUMBERS) for name in ("nodes", "names", *names))
    return HtmlTable("Machines", columns, tuple(rows))


def _facts(run: Run, node: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    where = run.environment or Environment()
    yield "type", label(run.instance_type or node.get("instanceType") or "")
    yield "zone", label(node.get("zone") or "")
    yield "processor", label(where.processor, 120)
    yield "cores", _count(where.cores)
    yield "core limit", "" if where.core_limit is None else number(where.core_limit)
    yield "NUMA nodes", _count(where.numa_nodes)
    # Two digits: machines of one type differ by some pages.
    yield "memory (GiB)", "" if where.memory is None else f"{where.memory / _GIB:.3g}"
    yield "memory limit (GiB)", "" if where.memory_limit is None else number(where.memory_limit / _GIB)
    yield "GPUs", label(counted(where.gpus), 200)
    yield "network", label(counted(tuple(map(_device, where.network))), 200)
    yield "InfiniBand", label(counted(tuple(map(_device, where.infiniband))), 200)
    yield "kernel", label(where.kernel, 80)
    yield "image's OS", label(where.os, 80)
    yield "MPI", label(where.mpi, 80)
    yield "huge pages", label(", ".join(f"{count} of {size}" for size, count in sorted(where.huge_pages.items())), 80)
    yield "transparent huge pages", label(where.transparent_huge_pages)


def _count(value: int | None) -> str:
    return "" if value is None else str(value)


def _device(device: Device) -> str:
    """Return what a device can do, without its name, which may differ on every machine."""
    return device.rate or (f"{number(device.speed / 1000)} Gbit/s" if device.speed else "unknown speed")


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(label(name, 80) for name in names[:_NAMED]) + more
