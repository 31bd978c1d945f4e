"""MetricSets as a user writes them, through `mocompile build - | kubectl apply -f -`."""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from mocompile.results import parse

from tests import command
from tests.cluster import markers
from tests.cluster.kube import Namespace, Pod

LAMMPS = "lmp -v x 1 -v y 1 -v z 1 -in in.reaxc.hns -nocite"
_NO_FIGURES = re.compile(r"no figure of \S+ was found in the collection|there is no \w+: the run did not get that far")
ADDRESS = "flux-framework.org/v1alpha2"


def document(*metrics: Any, name: str = "set", **spec: Any) -> str:
    """A MetricSet of these metrics, as text."""
    metadata = {"name": name}
    return json.dumps(
        {"apiVersion": ADDRESS, "kind": "MetricSet", "metadata": metadata, "spec": {**spec, "metrics": metrics}}
    )


def metric(name: str, /, *addons: Any, **fields: Any) -> dict[str, Any]:
    """A metric with these addons."""
    return {"name": name, **fields, **({"addons": addons} if addons else {})}


def addon(name: str, /, **options: Any) -> dict[str, Any]:
    """An addon with these options."""
    return {"name": name, "options": options}


def lammps(ranks: int, *addons: Any, **fields: Any) -> dict[str, Any]:
    """The public example: one rank on each of so many hosts."""
    command = f"mpirun --hostfile ./hostlist.txt -np {ranks} --map-by ppr:1:node {LAMMPS}"
    return metric("app-lammps", *addons, **{"options": {"command": command}, **fields})


def launched(command: str, *addons: Any, **fields: Any) -> dict[str, Any]:
    """A command of one's own on launcher and workers."""
    return metric("app-lammps", *addons, **{"options": {"command": command}, **fields})


def build(text: str, *arguments: str) -> str:
    """Return the output of `mocompile build -`."""
    ran = command.run("build", "-", *arguments, stdin=text)
    assert ran.code == 0, ran.stderr
    return ran.stdout


@dataclass(frozen=True)
class Run:
    """A set in a namespace of its own."""

    namespace: Namespace
    name: str = "set"

    def end(self, seconds: float = 240) -> str:
        """`Completed` or `Failed`."""
        return self.namespace.end(self.name, seconds)

    def pod(self, job: str, index: int = 0) -> Pod:
        """The last pod of that job and index."""
        return self.namespace.pod(self.name, job, index)

    def pods(self, job: str | None = None) -> list[Pod]:
        """Every pod that there was."""
        return self.namespace.pods(self.name, job)

    def read(self, job: str, index: int = 0) -> markers.Log:
        """The log of that pod's first container, of which the published reader and ours must say the same."""
        text = self.pod(job, index).log()
        log = markers.read(text)
        _require_published(text, log)
        state = self.namespace.jobset(self.name).get("status", {}).get("terminalState", "")
        if state:
            _require_ours(text, failed=state == "Failed")
        return log


def _require_published(text: str, log: markers.Log) -> None:
    """Reads the log with metricsoperator (0.1.11), whose base class looks for the markers."""
    try:
        base: Any = importlib.import_module("metricsoperator.metrics.base")
    except ImportError:
        return
    reader = base.MetricBase()
    assert reader.get_log_metadata(text) == log.metadata
    if log.closed:
        before, *points = reader.get_log_sections(text)
        assert before == "\n"
        assert [point.removeprefix("\n") for point in points] == log.timepoints


def _require_ours(text: str, *, failed: bool) -> None:
    """Reads the log with `mocompile.results`, which must find an error where the set failed, and only there."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "pod.log"
        path.write_text(text)
        results = parse(path)
    errors = [each.message for each in results.problems if each.level == "error"]
    if not failed and not len(results):
        # A command that stands in for the program has no figures.
        errors = [each for each in errors if not _NO_FIGURES.match(each)]
    assert bool(errors) is failed, (errors, text)


def begin(namespace: Namespace, text: str, *arguments: str, name: str = "set") -> Run:
    """Compiles and applies; does not wait."""
    namespace.apply(build(text, *arguments))
    return Run(namespace, name)


def begin_all(opener: Callable[..., Namespace], prefix: str, sets: Mapping[str, str]) -> dict[str, Run]:
    """Compiles each set and applies it in a namespace of its own, all at once; does not wait."""
    built = {name: build(text) for name, text in sets.items()}

    def apply(name: str) -> Run:
        namespace = opener(f"{prefix}-{name}")
        namespace.apply(built[name])
        return Run(namespace)

    with ThreadPoolExecutor(4) as pool:
        return dict(zip(built, pool.map(apply, built), strict=True))
