"""Results to draw and to report: made here, or from the lists of figures beside the reference logs."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mocompile.catalog.figures.number import Better, Scalar
from mocompile.results.read.configuration import configuration_of
from mocompile.results.record import Configuration, Origin, Problem, Record, Results, Run, Timepoint

from tests.paths import LOGS


def wave(*numbers: int) -> float:
    """A number between 0 and 1 that looks like noise and is always the same."""
    return (
        math.sin(sum(number * step for number, step in zip(numbers, (12.9898, 78.233, 37.719), strict=False))) / 2 + 0.5
    )


def record(
    figure: str,
    value: Scalar,
    unit: str = "s",
    metric: str = "app-lammps",
    context: Mapping[str, Scalar] | None = None,
    timepoint: int | None = 0,
    better: Better = "",
    pods: int | None = None,
    **rest: Any,
) -> Record:
    """A record, of which only what matters need be said."""
    pod = rest.get("pod", "")
    source = rest.pop("source", f"{pod or 'log'}.log")
    where = {name: rest.pop(name) for name in ("set", "job", "pod", "container", "node") if name in rest}
    configuration = Configuration(pods, rest.pop("values", None))
    return Record(
        figure, value, unit, metric, timepoint, Origin(source, **where), context or {}, configuration, better, **rest
    )


def run(
    metric: str, pod: str, points: Sequence[Sequence[str]], metadata: Mapping[str, Any] | None = None, **rest: Any
) -> Run:
    """One collection, with the lines of its timepoints."""
    start = 4
    timepoints = []
    for number, lines in enumerate(points):
        timepoints.append(Timepoint(number, start, "ok", lines=tuple(lines)))
        start += len(lines) + 1
    data = {"pods": 1, "metricName": metric, **(metadata or {})}
    origin = Origin(f"{pod}.log", pod=pod, **rest)
    configuration = configuration_of(data, (), {})
    marker = "METADATA START {…}"
    return Run(metric, origin, 0, data, marker, configuration=configuration, timepoints=tuple(timepoints))


def disks(pods: int = 8, timepoints: int = 20, devices: Sequence[str] = ("nvme0n1", "nvme1n1")) -> Results:
    """iostat in several pods, a sample every ten seconds; the loop devices sleep."""
    records = []
    for pod in range(pods):
        for at in range(timepoints):
            for device in (*devices, *(f"loop{n}" for n in range(12))):
                busy = not device.startswith("loop")
                rate = 120 + 80 * wave(pod, at, len(device)) + 3 * pod if busy else 0.0
                if pod == pods - 2:
                    rate *= 0.55
                for figure, value, unit in (("rMB/s", rate, "MB/s"), ("r_await", rate / 90, "ms")):
                    records.append(
                        record(
                            figure,
                            round(value, 2),
                            unit,
                            "io-sysstat",
                            {"device": device},
                            at,
                            "higher" if unit == "MB/s" else "lower",
                            pods,
                            pod=f"disk-m-0-{pod}",
                            node=f"node-{pod % 4}",
                        )
                    )
    runs = [
        run(
            "io-sysstat",
            f"disk-m-0-{pod}",
            [(f"Device rMB/s r_await ({at})",) for at in range(timepoints)],
            {"pods": pods, "metricOptions": {"rate": 10, "human": "false"}},
            node=f"node-{pod % 4}",
            set="disk",
        )
        for pod in range(pods)
    ]
    return Results(tuple(records), tuple(runs))


def scaling(pods: Sequence[int] = (1, 2, 4, 8, 16, 32), repeats: int = 5) -> Results:
    """LAMMPS on more and more pods, several runs each."""
    records = []
    runs = []
    for count in pods:
        for repeat in range(repeats):
            seconds = 100 / count * (1 + 0.06 * math.log2(count) + 0.05 * wave(count, repeat))
            where: dict[str, Any] = {"pods": count, "timepoint": repeat, "pod": f"lmp{count}-l-0-0"}
            records += [
                record("loop_time", seconds, "s", better="lower", context={"steps": 100}, **where),
                record("timesteps_per_second", 100 / seconds, "timesteps/s", better="higher", **where),
                *(
                    record("section_percent", share + wave(repeat, count), "%", context={"section": name}, **where)
                    for name, share in (("Pair", 60), ("Neigh", 5), ("Comm", 25), ("Modify", 8))
                ),
            ]
        lines = [(f"Loop time of {count}",)] * repeats
        runs.append(run("app-lammps", f"lmp{count}-l-0-0", lines, {"pods": count, "repetitions": repeats}))
    return Results(tuple(records), tuple(runs))


def latencies(
    pods: Sequence[int] = (2,), tests: Sequence[str] = ("osu_latency", "osu_get_latency", "osu_put_latency")
) -> Results:
    """OSU: latency by message size from 0 on, a test in each timepoint."""
    sizes = [0, *(2**n for n in range(23))]
    records = [
        record(
            "latency",
            round((1.5 + number + size / 9000) * (1 + 0.1 * wave(size, number, repeat)) * count / 2, 2),
            "us",
            "network-osu-benchmark",
            {"command": test, "run": repeat, "size": size},
            number,
            "lower",
            count,
            pod=f"osu{count}-l-0-0",
        )
        for count in pods
        for number, test in enumerate(tests)
        for repeat in range(3)
        for size in sizes
    ]
    return Results(tuple(records))


def machines(pods: int = 256) -> Results:
    """fio once in each of many pods."""
    records = []
    for pod in range(pods):
        for direction, base in (("read", 170_000), ("write", 56_000)):
            slow = 0.4 if pod in (37, 201) else 1.0
            records += [
                record(
                    figure,
                    base * slow * (1 + 0.08 * wave(pod, base)) / by,
                    unit,
                    "io-fio",
                    {"job": "test", "direction": direction},
                    better="higher",
                    pods=pods,
                    pod=f"disk-m-0-{pod}",
                    node=f"gke-cluster-1-default-pool-4c1a-{pod:04}",
                )
                for figure, unit, by in (("iops", "IOPS", 1), ("bw", "KiB/s", 0.25))
            ]
    runs = [
        run("io-fio", f"disk-m-0-{pod}", [("{", '"fio version": "fio-3.28"', "}")], {"pods": pods}, node=f"node-{pod}")
        for pod in range(pods)
    ]
    return Results(
        tuple(records), tuple(runs), (Problem("error", "the log ends in timepoint 0", "disk-m-0-9.log", 12),)
    )


def reference(metric: str = "*") -> Iterator[tuple[str, Results]]:
    """The figures that are listed beside each reference log, as Results; none where there are no such logs."""
    import yaml

    for path in sorted(LOGS.glob(f"{metric}/*.yaml")):
        listed = yaml.safe_load(path.read_text("utf-8"))
        status = "failed" if listed.get("failed") else "ok"
        records = []
        for each in listed["figures"]:
            context = dict(each.get("context", {}))
            at = context.pop("timepoint", 0)
            context.pop("set", None)
            records.append(
                record(
                    each["name"],
                    each["value"],
                    each["unit"],
                    listed["metric"],
                    {key: str(value) if isinstance(value, bool) else value for key, value in context.items()},
                    at,
                    pods=listed.get("pods"),
                    source=path.with_suffix(".log").name,
                    status=status,
                )
            )
        yield f"{path.parent.name}/{path.stem}", Results(tuple(records))
