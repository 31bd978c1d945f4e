"""Lines that cannot matter are passed over in blocks: records, problems and runs are those of reading each line."""

from __future__ import annotations

import gzip
import io
import random
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import PropertyMock, patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mocompile.catalog import Catalog
from mocompile.catalog.figures.model import SectionReader
from mocompile.catalog.figures.pattern import LinePattern, pattern
from mocompile.catalog.figures.required import required
from mocompile.results import Results, parse
from mocompile.results.read.framing import LogLine
from mocompile.results.read.markers import Follower, Part
from mocompile.results.read.prepared import Matched, prepared
from mocompile.results.read.scan import Scanner
from mocompile.results.read.source import LONGEST_LINE, Source

from tests.paths import LOGS
from tests.property.examples import examples
from tests.results import golden_logs
from tests.results.logs import lammps, log
from tests.results.read.test_mutations import KINDS, mutated

CATALOG = Catalog()
PATHS = [*sorted(LOGS.glob("*/*.log")), *(case / "pod.log" for case in golden_logs.CASES)]
CASES = [pytest.param(path, id=f"{path.parent.name}/{path.stem}") for path in PATHS]

# Lines of every kind that may be between those with figures.
OTHERS = (
    "",
    "   ",
    "\t \u00a0",
    "[1691000000.1] [node-1:17:0] ucp_worker.c:1855 UCX INFO ep_cfg[3]: tag(mlx5_0:1)",
    "a line without figures",
    "  indented: a line with a colon",
    "progress 10%\rprogress 90%",
    "ends with a return\r",
    "\x1b[32mgreen\x1b[0m",
    "with a \0 in it",
    "größe µs \u2028 separated",
    "12345 6.78 9",
    "1, 2, 3",
    "{ not JSON",
    "[",
    "x" * 5000,
)


@contextmanager
def _line_by_line() -> Iterator[None]:
    with (
        patch.object(Follower, "scanner", PropertyMock(return_value=None)),
        patch.object(Follower, "in_document", PropertyMock(return_value=None)),
    ):
        yield


def _same(path: Path, *, keep: bool = True) -> Results:
    """Read in both ways, and compare all that is read."""
    quick = parse(path, catalog=CATALOG, keep=keep)
    with _line_by_line():
        slow = parse(path, catalog=CATALOG, keep=keep)
    assert quick.records == slow.records
    assert quick.problems == slow.problems
    assert quick.runs == slow.runs
    return quick


def _with_others(data: bytes, chance: random.Random, *, most: int) -> bytes:
    """The log with other lines between its own."""
    lines = []
    for line in data.splitlines(keepends=True):
        lines.append(line)
        if chance.random() < 0.2 and line.endswith(b"\n"):
            lines += [f"{chance.choice(OTHERS)}\n".encode() for _ in range(chance.randrange(1, most))]
    return b"".join(lines)


@pytest.mark.parametrize("path", CASES)
def test_a_log_is_read_as_line_by_line(path: Path, tmp_path: Path) -> None:
    _same(path)
    chance = random.Random(path.name)
    noisy = tmp_path / "noisy.log"
    noisy.write_bytes(_with_others(path.read_bytes(), chance, most=30))
    _same(noisy, keep=False)
    stamped = tmp_path / "stamped.log"
    stamped.write_bytes(
        b"".join(
            b"2024-05-06T07:08:%02d.123456789Z %s" % (number % 60, line)
            for number, line in enumerate(noisy.read_bytes().splitlines(keepends=True))
        )
    )
    _same(stamped, keep=bool(chance.randrange(2)))


@pytest.mark.parametrize("kind", KINDS)
@examples(15)
@given(data=st.data(), seed=st.integers(0, 2**32))
def test_a_broken_log_is_read_as_line_by_line(kind: str, data: st.DataObject, seed: int) -> None:
    chance = random.Random(seed)
    path, other = data.draw(st.sampled_from(PATHS)), data.draw(st.sampled_from(PATHS))
    noisy = _with_others(path.read_bytes(), chance, most=4)
    with TemporaryDirectory() as folder:
        broken = Path(folder) / "broken.log"
        broken.write_bytes(mutated(kind, noisy, other.read_bytes(), chance))
        _same(broken, keep=False)


def _counted(path: Path) -> tuple[Results, list[int]]:
    """Return what is read, and the numbers of the lines that are looked at one by one."""
    fed: list[int] = []
    feed = Follower.feed

    def counted(follower: Follower, line: LogLine) -> Iterable[Part]:
        fed.append(line.number)
        return feed(follower, line)

    with patch.object(Follower, "feed", counted):
        return parse(path, catalog=CATALOG, keep=False), fed


# Lines that a document does not have, or that are read in another way where lines are read one by one.
INSIDE = (
    b'"a": 1,',
    b'"METRICS OPERATOR TIMEPOINT": "METADATA START {",',
    b"METRICS OPERATOR TIMEPOINT",
    b"METRICS OPERATOR COLLECTION END",
    b"a line of another process",
    b": 1,",
    b'"n": NaN,',
    b"NaN,",
    b'"n": Infinity,',
    b'"n": 123456789012345678901234567890,',
    b'"n": 1e999, "z": -0, "d": 1, "d": 2,',
    b'"t": "\\ud800 } { ]",',
    b'"t": "\xff\xfe",',
    b"}",
    b"{",
    b"]",
    b"} trailing",
    b"\x1b[1m",
    b"a\rb",
    b"fio-3.33",
    b"",
)


@pytest.mark.parametrize("name", ["io-fio/2-local-3.33-gtod", "io-sysstat/3-local-json-3points"])
@pytest.mark.parametrize("extra", INSIDE, ids=repr)
def test_a_document_with_something_else_in_it_is_read_as_line_by_line(name: str, extra: bytes, tmp_path: Path) -> None:
    lines = (LOGS / f"{name}.log").read_bytes().splitlines(keepends=True)
    opening = [number for number, line in enumerate(lines) if line.startswith(b"{")]
    path = tmp_path / "a.log"
    for behind in (1, 20):
        at = opening[0] + behind
        path.write_bytes(b"".join((*lines[:at], extra, b"\n", *lines[at:])))
        _same(path, keep=behind == 1)
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    _same(path, keep=False)


def test_documents_are_read_as_a_whole(tmp_path: Path) -> None:
    text = (LOGS / "io-fio" / "2-local-3.33-gtod.log").read_text()
    head, timepoint = text.split("METRICS OPERATOR TIMEPOINT\n")
    output, end = timepoint.split("METRICS OPERATOR COLLECTION END\n")
    path = tmp_path / "a.log"
    path.write_text(head + f"METRICS OPERATOR TIMEPOINT\n{output}" * 200 + f"METRICS OPERATOR COLLECTION END\n{end}")
    results, fed = _counted(path)
    assert len(fed) < path.read_bytes().count(b"\n") / 5
    with _line_by_line():
        assert results.records == parse(path, catalog=CATALOG, keep=False).records


def test_lines_are_passed_over(tmp_path: Path) -> None:
    noise = "a line without figures\n" * 50_000
    path = tmp_path / "a.log"
    path.write_text(log(noise + lammps(1), lammps(2) + noise))
    results, fed = _counted(path)
    assert len(results) == len(parse(path, catalog=CATALOG))
    assert len(fed) < 1_000
    assert {record.line for record in results if record.figure == "loop_time"} == {50_005, 50_012}


def _patterns() -> Iterator[tuple[str, LinePattern]]:
    for name in ("", *CATALOG.metric_names, *CATALOG.addon_names):
        sheet = CATALOG.figures(name) if name else CATALOG.common_figures
        for each in (*sheet.begins, *sheet.ends) if sheet else ():
            yield name, each
        readers = list(sheet.output) if sheet else []
        while readers:
            reader = readers.pop()
            if isinstance(reader, Matched):
                yield name, reader.pattern
            if isinstance(reader, SectionReader):
                readers += reader.output
                if reader.until is not None:
                    yield name, reader.until


def _has(line: str, of: LinePattern) -> bool:
    needed = required(of.text)
    return line.lstrip().startswith(needed.heads or ("",)) and (
        not needed.texts or any(text in line for text in needed.texts)
    )


def test_each_pattern_of_the_catalog_has_its_required_text_in_each_line_that_it_matches() -> None:
    distinct = {each.text: each for _, each in _patterns()}
    lines = {
        line.decode("utf-8", "replace") for path in PATHS for line in path.read_bytes().splitlines() if len(line) < 4096
    }
    matched = 0
    for each in distinct.values():
        for line in lines:
            if each.match(line) is not None:
                matched += 1
                assert _has(line, each), (each.text, line)
    assert matched > 1_000
    assert sum(bool(required(text)) for text in distinct) > len(distinct) * 0.8


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_what_a_pattern_generates_has_its_required_text(data: st.DataObject) -> None:
    known = sorted({each.text: each for _, each in _patterns() if required(each.text)}.items())
    _, of = data.draw(st.sampled_from(known))
    line = data.draw(st.from_regex(of.expression))
    if "\n" not in line and of.match(line) is not None:
        assert _has(line, of), (of.text, line)


@pytest.mark.parametrize(
    ("text", "heads", "texts"),
    [
        ("Loop time of <x> on <procs> procs", ("Loop",), ()),
        ("<x>% CPU use with <tasks> tasks", (), ("tasks",)),
        ("... finished <x>", (), ("finished",)),
        ("/^ERROR(?: on proc \\d+)?: /", ("ERROR",), ()),
        ("/^\\s*(?:alpha|beta) <x>/", ("alpha", "beta"), ()),
        ("/^ {2,}indented <x>/", ("indented ",), ()),
        ("/^alpha|^beta/", ("alpha", "beta"), ()),
        ("/^alpha|beta/", (), ("alpha", "beta")),
        ("/one (?:two|three)? four/", (), (" four",)),
        ("/abc?d+(?=never)(?!nor)(?:this){2}/", (), ("this",)),
        ("/(?i)error/", (), ()),
        ("/(?i:error) of <x>/", (), ()),
        ("/a.b[c]d/", (), ()),
        ("/\\[eta\\] <x>/", (), ("[eta] ",)),
        ("/^$/", (), ()),
    ],
)
def test_required_text(text: str, heads: tuple[str, ...], texts: tuple[str, ...]) -> None:
    pattern(text, {"x": "number"})
    found = required(text)
    assert (found.heads, found.texts) == (heads, texts)


def test_a_scanner_finds_each_line_that_matters_whatever_is_before_its_text() -> None:
    scanner = Scanner([required("Loop time of <x>"), required("/% CPU use/")], documents=True)
    lines = ["Loop", " \t\u00a0Loop", "not Loop", "", "99 % CPU use", "{", "  [1]", "a {", "\x1b[1m", "a\rb", "Looping"]
    data = "\n".join(lines).encode() + b"\n"
    found = scanner.candidates(data, 0, len(data), stamped=False)
    numbers = sorted({data.count(b"\n", 0, place) for place in found})
    assert [lines[number] for number in numbers] == [each for each in lines if each not in ("not Loop", "", "a {")]


@pytest.mark.parametrize("packed", [False, True])
def test_a_source_gives_lines_and_pieces_with_numbers(packed: bool) -> None:
    longest = b"y" * (LONGEST_LINE + 10)
    data = b"one\r\n\n" + longest + b"\ntwo\xff\xe2\x82\nend"
    stream: io.BufferedIOBase = io.BytesIO(data)
    if packed:
        stream = gzip.GzipFile(fileobj=io.BytesIO(gzip.compress(data)))
    found = list(Source(stream))  # type: ignore[arg-type]
    assert [(number, len(text), ended) for number, text, ended in found] == [
        (1, 3, True),
        (2, 0, True),
        (3, LONGEST_LINE, True),
        (3, 10, True),
        (4, 5, True),
        (5, 3, False),
    ]
    assert re.fullmatch("two\ufffd+", found[4][1])


def test_prepared_sheets_of_every_metric_have_a_scanner() -> None:
    for name in CATALOG.metric_names:
        sheet = CATALOG.figures(name)
        if sheet is not None:
            assert prepared((sheet, CATALOG.common_figures)).scanner(of_runs=False) is not None
