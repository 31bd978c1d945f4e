"""Reads figures and writes them as records, tables or a comparison; prints the logs' problems on stderr."""

from __future__ import annotations

import shutil
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from time import monotonic
from typing import TYPE_CHECKING

from mocompile.cli.output import STDOUT, write, writing
from mocompile.diagnostics.finding import Finding, InputError
from mocompile.diagnostics.wording import visible
from mocompile.results.analyse.cost import COST
from mocompile.results.analyse.phases import PHASES
from mocompile.results.record import Problem, Results
from mocompile.results.wanted import ALL, Wanted

if TYPE_CHECKING:
    from mocompile.catalog import Catalog
    from mocompile.cli.inputs import Inputs
    from mocompile.results.present.comparison import Unclear
    from mocompile.results.prices import Prices
    from mocompile.results.read.labels import Labels
    from mocompile.results.read.parse import ReadSettings
    from mocompile.results.record import Record, Run

# Endings of files that figures could be meant for.
_NOT_WRITTEN = frozenset(
    (
        ".xls",
        ".xlsx",
        ".ods",
        ".tsv",
        ".yaml",
        ".yml",
        ".html",
        ".md",
        ".gz",
        ".bz2",
        ".xz",
        ".zst",
        ".zip",
        ".h5",
        ".db",
    )
)

_WIDTH = 160
_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Given:
    """The input: `metric` is the metric of logs that do not name theirs.

    `strip` matches other text before each of their lines; `include` chooses files of folders. `phases`: the phases of
    each set are figures, too; with `prices`, so is its cost.
    """

    paths: tuple[str, ...]
    metric: str | None
    catalog: Catalog
    labels: Labels
    strip: str | None = None
    include: tuple[str, ...] = ()
    phases: bool = False
    prices: Prices | None = None

    def settings(self) -> ReadSettings:
        """The reading options, as `load` takes them."""
        return {
            "metric": self.metric,
            "catalog": self.catalog,
            "labels": self.labels,
            "strip": self.strip,
            "include": self.include,
        }


@dataclass(frozen=True, slots=True)
class Chosen:
    """The selection of figures for a table or a comparison."""

    metric: str | None
    figures: tuple[str, ...]
    failed: bool


def _usual_format(output: str) -> str:
    """Return the format of a file whose name says none. Raises `InputError` if it says one that is not written."""
    ending = PurePath(output).suffix.lower()
    if ending in _NOT_WRITTEN:
        hint = "name a .csv, .json, .jsonl or .parquet file, or say which of these it is with --format"
        raise InputError([Finding("output", f"'{output}': figures are not written as {ending}", None, hint)])
    return "jsonl"


def parse_to(output: str, form: str | None, given: Given, *, strict: bool) -> int:
    """Write the figures of `given` to `output`, part by part, and return the exit code.

    Raises `InputError` if there is no figure.
    """
    from mocompile.results.formats import format_of, writer
    from mocompile.results.lazy_records import sources_of
    from mocompile.results.load_figures import load_parts
    from mocompile.results.read.lines import COLLECTED

    form = form or format_of(output) or _usual_format(output)
    _require_no_terminal(form, output)
    levels: Counter[str] = Counter()
    runs: dict[tuple[str, str, str, int], Run] = {}
    kept: list[Problem] = []
    results: list[Record] = []  # for the cost of each
    seen: dict[tuple[str, str], Run] = {}  # of each pod of a log, for its settings
    sources: set[str] = set()
    progress = _Progress()
    with writing(output) as sink:
        out = writer(form, sink)
        for part in load_parts(given.paths, **given.settings()):
            out.write(part.records, part.problems)
            if output == STDOUT:
                sink.flush()  # so that a reader sees each timepoint as it ends
            progress.add(len(part.records))
            if given.prices is not None:
                results += part.records
            if part.run.metric:
                seen[part.run.source, part.run.pod] = part.run
            of_part = sources_of(part.records) or {part.run.source}
            sources.update(source for source in of_part if not source.endswith(COLLECTED))
            if part.problems:
                progress.clear()
                say(part.problems)
                levels.update(problem.level for problem in part.problems)
            if form == "json":  # the only format with runs
                runs[part.run.source, part.run.pod, part.run.container, part.run.collection] = part.run
                kept += part.problems
        progress.clear()
        of_sets, problems = _of_sets(given, seen.values(), results)
        out.write(of_sets, problems)
        progress.add(len(of_sets))
        say(problems)
        levels.update(problem.level for problem in problems)
        kept += problems
        if not progress.count:
            raise _nothing(given.paths)
        out.close(runs.values(), kept)
    from_ = f"{_number(progress.count, 'figure')} from {_number(len(sources), 'log')}"
    print(f"{from_}{_found(levels)}", file=sys.stderr)
    return 1 if strict and levels["error"] else 0


def write_table(
    output: str,
    form: str,
    given: Given,
    chosen: Chosen,
    by: Sequence[str],
    pool: Sequence[str],
    *,
    every: bool,
    digits: int,
    scaling: str = "",
) -> None:
    """Print the figures of `given` as tables. Raises `InputError` if there are none."""
    (results,) = _loaded((given,), chosen)
    write_tables_of(results, output, form, chosen, by, pool, every=every, digits=digits, scaling=scaling)


def write_tables_of(
    results: Results,
    output: str,
    form: str,
    chosen: Chosen,
    by: Sequence[str] = (),
    pool: Sequence[str] = (),
    *,
    every: bool = False,
    digits: int = 6,
    scaling: str = "",
) -> None:
    """Print figures as tables. Raises `InputError` if there are none."""
    from mocompile.results.analyse.selection import require_known, select
    from mocompile.results.analyse.settings import resolve, resolve_apart
    from mocompile.results.present.scaling_columns import directions, with_scaling
    from mocompile.results.present.table import BY, render_tables, tables, tables_as_json, write_csv

    require_known(results.records, chosen.figures, chosen.metric)
    selection = select(results, chosen.figures, chosen.metric, failed=chosen.failed)
    if selection.note:
        print(f"{selection.note} (--failed shows them)", file=sys.stderr)
    if not selection.records:
        raise InputError([Finding("nothing", "there is no figure of a successful run", None, "")])
    apart = resolve_apart(selection.records, by, BY)
    pooled = resolve(selection.records, pool, "--pool")
    if scaling:
        (over,) = resolve(selection.records, [scaling], "--scaling")
        # The axis is the last of the names: the rows of a line are below each other.
        apart = (*(name for name in apart if name != over), over)
        better = directions(selection.records)
        made = [with_scaling(each, over, better) for each in tables(selection.records, apart, every=every, pool=pooled)]
        if not any(each.derived for each in made):
            hint = "it needs figures with a better direction, of runs that differ in nothing else but their size"
            hint = next((note for each in made for note in each.notes), hint)
            raise InputError([Finding("nothing", f"nothing scales over {visible(scaling)}", None, hint)])
    else:
        made = tables(selection.records, apart, every=every, pool=pooled)
    if form == "csv":
        with writing(output) as sink:
            write_csv(sink, made)
    elif form == "json":
        write(tables_as_json(made), output)
    else:
        write(render_tables(made, form, table_width(), digits), output)


def write_comparison(
    output: str,
    form: str,
    sides: Sequence[Given],
    chosen: Chosen,
    pool: Sequence[str],
    *,
    threshold: float | None,
    unclear: Unclear,
    every: bool,
    by: str = "",
    base: str | None = None,
) -> int:
    """Print the changes between the sides, or between the values of `by` in one folder, and return the exit code.

    Raises `InputError` if nothing can be compared.
    """
    from mocompile.results.analyse.compare import compare
    from mocompile.results.analyse.samples import MINIMUM
    from mocompile.results.present.comparison import (
        ComparisonView,
        differences,
        render_comparisons,
        warning,
        write_csv,
    )

    across, pairs = _pairs(sides, chosen, by, base)
    compared = []
    for a, b in pairs:
        comparison = compare(
            a.records,
            b.records,
            figures=chosen.figures,
            metric=chosen.metric,
            pool=pool,
            failed=chosen.failed,
            minimum=MINIMUM if threshold is None else min(MINIMUM, threshold),
            across=across,
        )
        compared.append((comparison, ComparisonView(a.name, b.name, threshold, every, unclear)))
    if form == "csv":
        with writing(output) as sink:
            write_csv(sink, compared)
    else:
        write(render_comparisons(compared, form, table_width(), several=bool(by)), output)
    if not any(comparison.changes for comparison, _ in compared):
        apart = "; ".join(dict.fromkeys(line for comparison, _ in compared for line in differences(comparison)))
        hint = f"{apart}. --pool NAME takes together what differs" if apart else ""
        raise InputError([Finding("nothing", "A and B have no figure in common: nothing was compared", None, hint)])
    if threshold is None:
        return 0
    code = 0
    for comparison, _ in compared:
        passed = warning(comparison, threshold)
        if passed and unclear == "warn":
            print(f"warning: {visible(passed)}", file=sys.stderr)
        if comparison.beyond(threshold) or (passed and unclear == "fail"):
            code = 1
    return code


@dataclass(frozen=True, slots=True)
class _Side:
    name: str
    records: tuple[Record, ...]


def _pairs(sides: Sequence[Given], chosen: Chosen, by: str, base: str | None) -> tuple[str, list[tuple[_Side, _Side]]]:
    """Return the pairs to compare, and the full name of `by` where one folder is split by it.

    Raises `InputError` where there is nothing to compare.
    """
    if by:
        return _split(_loaded(sides, chosen)[0], chosen, by, base)
    if sides[0].paths == sides[1].paths == (STDOUT,):
        raise InputError([Finding("nothing", "stdin can only be one of A and B", None, "name a file for the other")])
    results = _loaded(sides, chosen)
    a, b = (_Side(_named(given.paths[0]), each.records) for given, each in zip(sides, results, strict=True))
    return "", [(a, b)]


def _split(results: Results, chosen: Chosen, by: str, base: str | None) -> tuple[str, list[tuple[_Side, _Side]]]:
    from mocompile.results.analyse.compare import split
    from mocompile.results.analyse.selection import require_known, select
    from mocompile.results.analyse.settings import resolve_apart, short_names
    from mocompile.results.present.table import BY

    require_known(results.records, chosen.figures, chosen.metric)
    those = select(results.records, chosen.figures, chosen.metric, failed=True).records
    names = resolve_apart(those, [by], BY)
    if len(names) > 1:
        hint = "compare by one of them; the others keep figures apart"
        raise InputError([Finding("argument", f"--by {by} has several names", None, hint)])
    (name,) = names
    short = short_names([name])[name]
    found = [_Side(f"{short} {each.value}", each.records) for each in split(those, name)]
    if len(found) < 2:
        message = f"all figures have one {short}: {visible(found[0].name)}" if found else f"no figure has a {short}"
        raise InputError([Finding("nothing", f"{message}; there is nothing to compare", None)])
    first = found[0] if base is None else next((each for each in found if each.name == f"{short} {base}"), None)
    if first is None:
        there = ", ".join(visible(each.name.removeprefix(f"{short} ")) for each in found[:20])
        raise InputError(
            [Finding("unknown", f"--base {visible(base or '')}: no figure has it", None, f"there is: {there}")]
        )
    return name, [(first, each) for each in found if each is not first]


def loaded(given: Given) -> Results:
    """Return the records of the input and report its problems. Raises `InputError` if there is no figure."""
    return _loaded((given,), Chosen(None, (), failed=True))[0]


def _loaded(sides: Sequence[Given], chosen: Chosen) -> list[Results]:
    """Return the records of each input, at least those that are chosen, and report the problems.

    Raises `InputError` if an input has no figure at all.
    """
    found: list[Results] = []
    wanted = Wanted(chosen.metric, chosen.figures)
    # The cost of a result needs all results; stdin cannot be read again.
    if not wanted.all and not any(given.prices or STDOUT in given.paths for given in sides):
        found = _only(sides, wanted)
        for results in found:
            say(results.problems)
        if found:
            return found
    for given in sides:
        results = _read(given, ALL)
        say(results.problems)
        if not results.records:
            raise _nothing(given.paths)
        found.append(results)
    return found


def _only(sides: Sequence[Given], wanted: Wanted) -> list[Results]:
    """Return the records that are wanted; nothing if a message needs the other records, too, or an input is invalid."""
    from mocompile.results.analyse.selection import require_known

    try:
        found = [_read(given, wanted) for given in sides]
        require_known([record for results in found for record in results], wanted.figures, wanted.metric)
    except InputError:
        return []
    return found if all(results.records for results in found) else []


def of_plot(given: Given, chosen: Chosen) -> Results:
    """Return the records of the input for pictures, at least those that are chosen, and report the problems."""
    wanted = Wanted(chosen.metric, chosen.figures)
    found = [] if wanted.all or STDOUT in given.paths else _only((given,), wanted)
    results = found[0] if found else _read(given, ALL)
    say(results.problems)
    return results


def _read(given: Given, wanted: Wanted) -> Results:
    """Return the records of one input, without the lines of its logs."""
    from mocompile.results.load_figures import load

    results = load(given.paths, **given.settings(), keep=False, wanted=wanted)
    records, problems = _of_sets(given, results.runs, results.records)
    return Results((*results.records, *records), results.runs, (*results.problems, *problems))


def of_logs(metric: str | None) -> str | None:
    """Return the metric that logs may be of: figures of whole sets are of none."""
    return None if metric in (PHASES, COST) else metric


def prices_in(inputs: Inputs, path: str | None, metric: str | None) -> Prices | None:
    """Return the prices in the file at `path`, if one is named. Raises `InputError`."""
    if path is None:
        if metric == COST:
            raise InputError([Finding("argument", "--metric cost needs prices", None, "name them: --prices FILE")])
        return None
    from mocompile.results.prices import read_prices

    return read_prices(inputs.document(path))


def _of_sets(given: Given, runs: Iterable[Run], records: Iterable[Record]) -> tuple[list[Record], list[Problem]]:
    """Return the figures of whole sets that are asked for, and their problems.

    Raises `InputError` if phases are asked for and there are none.
    """
    if not given.phases and given.prices is None:
        return [], []
    from mocompile.results.analyse.cost import cost
    from mocompile.results.analyse.phases import phases
    from mocompile.results.read.lifetimes import lifetimes_of

    lifetimes, runs = lifetimes_of(given.paths), list(runs)
    found = phases(lifetimes, runs) if given.phases else []
    if (given.phases and not found) or not lifetimes:
        message = f"there are no times of pods beside {', '.join(map(_named, given.paths))}"
        hint = "`mocompile run` and `mocompile results collect` save them in set.json"
        raise InputError([Finding("nothing", message, None, hint)])
    if given.prices is None:
        return found, []
    costs, problems = cost(lifetimes, runs, records, given.prices)
    return [*found, *costs], problems


def _named(side: str) -> str:
    return "stdin" if side == STDOUT else side


def say(problems: Iterable[Problem]) -> None:
    """Print the problems of logs on stderr, a line each."""
    for problem in problems:
        print(visible(str(problem)), file=sys.stderr)


def _nothing(paths: Sequence[str]) -> InputError:
    return InputError([Finding("nothing", f"there are no figures in {', '.join(map(_named, paths))}", None)])


def _require_no_terminal(form: str, output: str) -> None:
    if form == "parquet" and output == STDOUT and sys.stdout.isatty():
        raise InputError([Finding("output", "Parquet is binary", None, "use -o FILE")])


def table_width() -> int:
    """Return the width of tables: that of the terminal."""
    return shutil.get_terminal_size((_WIDTH, 24)).columns


def _found(levels: Counter[str]) -> str:
    parts = [_number(levels[level], level) for level in ("error", "note") if levels[level]]
    return f"; {', '.join(parts)}" if parts else ""


def _number(count: int, name: str) -> str:
    return f"{count} {name}{'' if count == 1 else 's'}"


class _Progress:
    """Counts figures, and shows the count on a terminal."""

    def __init__(self) -> None:
        self.count = 0
        self._shown = monotonic() if sys.stderr.isatty() else None
        self._visible = False

    def add(self, count: int) -> None:
        """Add to the count."""
        self.count += count
        if self._shown is not None and monotonic() - self._shown > _SECONDS:
            print(f"\r{self.count} figures", end="", file=sys.stderr, flush=True)
            self._shown, self._visible = monotonic(), True

    def clear(self) -> None:
        """Clear the line for a message."""
        if self._visible:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
            self._visible = False
