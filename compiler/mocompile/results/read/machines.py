"""Finds sets whose pods ran on different processors: their figures are not those of one machine."""

from __future__ import annotations

from collections.abc import Iterator

from mocompile.results.record import Problem, Run


class Machines:
    """The processors of the pods of each set, from the ENVIRONMENT of their logs."""

    def __init__(self) -> None:
        # By folder and set: by processor, the pods, each with its log.
        self._sets: dict[tuple[str, str], dict[str, dict[str, str]]] = {}

    def add(self, run: Run) -> None:
        """Add the processor of a run, if its log says which one it is."""
        if run.environment is None or not run.environment.processor or not run.set:
            return
        folder = run.source.rpartition("/")[0]
        processors = self._sets.setdefault((folder, run.set), {})
        processors.setdefault(run.environment.processor, {}).setdefault(run.pod, run.source)

    def problems(self) -> Iterator[Problem]:
        """Yield a problem for each set with several processors."""
        for (_, name), processors in self._sets.items():
            if len(processors) > 1:
                several = sorted(processors.items(), key=lambda item: (-len(item[1]), item[0]))
                shown = ", ".join(f"{processor} ({_pods(pods)})" for processor, pods in several)
                message = f"the pods of the set {name} ran on different processors: {shown}"
                yield Problem("error", message, next(iter(several[-1][1].values())))


def _pods(pods: dict[str, str]) -> str:
    return next(iter(pods)) if len(pods) == 1 else f"{len(pods)} pods"
