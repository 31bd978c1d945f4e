"""Small logs in the form that a pod prints them, made up for the tests."""

from __future__ import annotations

import json

LAMMPS = """\
Loop time of {seconds} on 2 procs for 100 steps with 2432 atoms

Performance: 0.073 ns/day, 329.776 hours/ns, 8.423 timesteps/s
96.4% CPU use with 2 MPI tasks x 1 OpenMP threads

Total wall time: 0:00:12
"""


def log(*timepoints: str, metric: str = "app-lammps", pods: int = 2, end: bool = True) -> str:
    """A whole log with one collection of `timepoints`; without its end if not `end`."""
    metadata = json.dumps({"pods": pods, "completions": 1, "metricName": metric, "metricOptions": {}})
    body = "".join(f"METRICS OPERATOR TIMEPOINT\n{timepoint}" for timepoint in timepoints)
    closing = "METRICS OPERATOR COLLECTION END\n" if end else ""
    return f"METADATA START {metadata}\nMETADATA END\nMETRICS OPERATOR COLLECTION START\n{body}{closing}"


def lammps(seconds: object = "11.5") -> str:
    """Return the last lines that LAMMPS prints."""
    return LAMMPS.format(seconds=seconds)
