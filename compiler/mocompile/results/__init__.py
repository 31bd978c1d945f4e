"""Results: reads figures from the logs of finished (or failed) runs.

    from mocompile.results import parse

    results = parse("logs/")
    results.frame()          # a pandas DataFrame, one row per figure
    results.problems         # missing figures and failures

`parse` holds everything in memory, including the output unless `keep=False`; `stream` holds one timepoint at a time.
"""

from mocompile.results.environment import Device, Environment
from mocompile.results.read.labels import Labels, labels
from mocompile.results.read.markers import Part
from mocompile.results.read.parse import parse, stream
from mocompile.results.record import Configuration, Origin, Problem, Record, Results, Run, Timepoint
from mocompile.results.wanted import Wanted

__all__ = [
    "Configuration",
    "Device",
    "Environment",
    "Labels",
    "Origin",
    "Part",
    "Problem",
    "Record",
    "Results",
    "Run",
    "Timepoint",
    "Wanted",
    "labels",
    "parse",
    "stream",
]
