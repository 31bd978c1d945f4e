"""Results: from the logs of finished (or broken) runs to figures.

    from mocompile.results import parse

    results = parse("logs/")
    results.frame()          # a pandas DataFrame, a row for each figure
    results.problems         # what is missing, and why

`parse` holds everything in memory, the output too; `stream` holds a timepoint at a time.
"""

from mocompile.results.read.labels import Labels, labels
from mocompile.results.read.markers import Part
from mocompile.results.read.parse import parse, stream
from mocompile.results.record import Configuration, Origin, Problem, Record, Results, Run, Timepoint

__all__ = [
    "Configuration",
    "Labels",
    "Origin",
    "Part",
    "Problem",
    "Record",
    "Results",
    "Run",
    "Timepoint",
    "labels",
    "parse",
    "stream",
]
