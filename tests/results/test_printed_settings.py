"""Pairs of raw logs that differ in one setting that the tool prints, or in nothing but the form of the output."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from mocompile.catalog.figures.model import SettingSheet
from mocompile.results import parse
from mocompile.results.load_figures import load
from mocompile.results.present.plot import plan
from mocompile.results.read.printed_settings import normalized

from tests.command import run


@dataclass(frozen=True)
class Fio:
    """A run of fio, and the form in which it prints its figures."""

    form: str = "json"
    rw: str = "randread"
    bs: str = "4k"
    depth: int = 16
    jobs: int = 1
    engine: str = "libaio"
    job: dict[str, str] = field(default_factory=dict)
    everywhere: dict[str, str] = field(default_factory=dict)

    def log(self, iops: float) -> str:
        return self._json(iops) if self.form == "json" else self._text(iops)

    def _json(self, iops: float) -> str:
        options = {"name": "job", "rw": self.rw, "bs": self.bs, "iodepth": str(self.depth), "ioengine": self.engine}
        options |= ({"numjobs": str(self.jobs)} if self.jobs > 1 else {}) | self.job
        read = {"io_bytes": 4096, "bw": iops, "iops": iops}
        entry = {"jobname": "job", "error": 0, "job options": options, "read": read}
        document = {"fio version": "fio-3.33", "global options": self.everywhere, "jobs": [entry] * self.jobs}
        return json.dumps({**document, "disk_util": [{"name": "sda", "read_ios": iops}]}, indent=2) + "\n"

    def _text(self, iops: float) -> str:
        size = int(re.sub("k", "", self.bs)) * 1024
        three = ", ".join(f"({way}) {size}B-{size}B" for way in "RWT")
        if self.form == "old text":
            three = "/".join(["-".join([self.bs.upper()] * 2)] * 3)
        more = "...\n" if self.jobs > 1 else ""
        head = f"job: (g=0): rw={self.rw}, bs={three}, ioengine={self.engine}, iodepth={self.depth}\n{more}fio-3.33\n"
        head += f"Starting {self.jobs} process{'es' if self.jobs > 1 else ''}\n\n"
        for number in range(self.jobs):
            head += f"job: (groupid=0, jobs=1): err= 0: pid={10 + number}: Tue Nov 24 23:24:13 2026\n"
            head += f"  read: IOPS={iops}, BW={iops}KiB/s (1kB/s)(16.0MiB/1000msec)\n"
        return f"{head}\nRun status group 0 (all jobs):\n   READ: bw={iops}KiB/s (1kB/s), io=16.0MiB\n"


IOR = """\
IOR-4.0.0: MPI Coordinated Test of Parallel I/O
Options:
api                 : POSIX
test filename       : /lustre/t
access              : single-shared-file
type                : independent
segments            : 1
ordering in a file  : sequential
ordering inter file : no tasks offsets
nodes               : 1
tasks               : 2

Results:

access    bw(MiB/s)  IOPS       Latency(s)  block(KiB) xfer(KiB)  open(s)    wr/rd(s)   close(s)   total(s)   iter
------    ---------  ----       ----------  ---------- ---------  --------   --------   --------   --------   ----
write     BW         9840       0.000203    1024.00    256.00     0.000077   0.000813   0.000005   0.000895   0
Finished            : Tue Nov 24 23:24:13 2026
"""
IOR_JSON = {
    "api": "POSIX",
    "test filename": "/lustre/t",
    "access": "single-shared-file",
    "type": "independent",
    "segments": 1,
    "ordering in a file": "sequential",
    "ordering inter file": "no tasks offsets",
    "nodes": 1,
    "tasks": 2,
}


def ior(before: str = "", after: str = "") -> str:
    """The text of IOR, with one line of its options changed."""
    assert before in IOR
    return IOR.replace(before, after) if before else IOR


def ior_json(**changed: object) -> str:
    row = {"access": "write", "bwMiB": "BW", "blockKiB": 1024.0, "xferKiB": 256.0, "iops": 9840, "totalTime": 0.000895}
    tests = [{"Options": {**IOR_JSON, **changed}, "Results": [row]}]
    return json.dumps({"Version": "4.0.0", "tests": tests, "Finished": "now"}, indent=1).replace('"BW"', "BW")


# By name: the metric, its figure, two logs with a value to fill in, and the difference.
FIO = Fio()
TEXT = Fio(form="text")
APART: dict[str, tuple[Fio, Fio, str]] = {
    "block size": (FIO, replace(FIO, bs="128k"), "bs 4k → 128k"),
    "block size of the text": (TEXT, replace(TEXT, bs="128k"), "bs 4k → 128k"),
    "block size of a text of fio 2": (Fio("old text"), Fio("old text", bs="64k"), "bs 4k → 64k"),
    "block size of text and JSON": (TEXT, replace(FIO, bs="128k"), "bs 4k → 128k"),
    "kind of I/O": (FIO, replace(FIO, rw="read"), "rw randread → read"),
    "depth": (FIO, replace(FIO, depth=32), "iodepth 16 → 32"),
    "depth of the text": (TEXT, replace(TEXT, depth=32), "iodepth 16 → 32"),
    "jobs": (FIO, replace(FIO, jobs=2), "numjobs 1 → 2"),
    "jobs of the text": (TEXT, replace(TEXT, jobs=2), "numjobs 1 → 2"),
    "jobs of text and JSON": (TEXT, replace(FIO, jobs=2), "numjobs 1 → 2"),
    "engine": (FIO, replace(FIO, engine="io_uring"), "ioengine libaio → io_uring"),
    "size": (replace(FIO, job={"size": "64M"}), replace(FIO, job={"size": "4G"}), "size 64M → 4G"),
    "a global option": (FIO, replace(FIO, everywhere={"direct": "1"}), "direct 0 → 1"),
    "an option that only one log has": (FIO, replace(FIO, job={"verify": "crc32c"}), "options none → verify=crc32c"),
    "device": (
        replace(FIO, job={"filename": "/dev/sda"}),
        replace(FIO, job={"filename": "/dev/sdb"}),
        "filename /dev/sda → /dev/sdb",
    ),
}
ALIKE: dict[str, tuple[Fio, Fio]] = {
    "nothing": (FIO, FIO),
    "the text of nothing": (TEXT, TEXT),
    "the form": (replace(FIO, job={"size": "64M"}, everywhere={"direct": "1"}), TEXT),
    "the form, of several jobs": (replace(FIO, jobs=2), replace(TEXT, jobs=2)),
    "the version": (TEXT, Fio("old text")),
    "the spelling": (replace(FIO, bs="4096"), replace(FIO, bs="4KiB,4k")),
    "the place of an option": (replace(FIO, job={"direct": "1"}), replace(FIO, everywhere={"direct": "1"})),
    "a default that is written": (FIO, replace(FIO, job={"direct": "0", "fsync": "0"})),
    "a switch": (replace(FIO, job={"time_based": ""}), replace(FIO, job={"time_based": "1"})),
}
OF_IOR = {
    "access": (ior(), ior("single-shared-file", "file-per-process"), "access single-shared-file → file-per-process"),
    "file system": (ior(), ior("/lustre/t", "/tmp/t"), "path /lustre/t → /tmp/t"),
    "order": (ior(), ior(": sequential", ": random"), "ordering sequential → random"),
    "segments": (ior(), ior("segments            : 1", "segments            : 16"), "segments 1 → 16"),
    "access of the JSON": (
        ior_json(),
        ior_json(access="file-per-process"),
        "access single-shared-file → file-per-process",
    ),
    "order of the JSON": (
        ior_json(),
        ior_json(**{"ordering in a file": "random"}),
        "ordering sequential → random",
    ),
}


@dataclass(frozen=True)
class Pair:
    """Two logs of a metric with three values each (10, 11, 12 and 20, 21, 22), in a folder each."""

    metric: str
    figure: str
    a: Path
    b: Path

    def given(self, *names: str) -> list[str]:
        return [*(names or (str(self.a), str(self.b))), "--metric", self.metric]


def write(folder: Path, texts: list[str]) -> Path:
    folder.mkdir()
    for number, text in enumerate(texts):
        (folder / f"{number}.log").write_text(text)
    return folder


def fio_pair(tmp_path: Path, one: Fio, other: Fio) -> Pair:
    a = write(tmp_path / "a", [one.log(value) for value in (10, 11, 12)])
    b = write(tmp_path / "b", [other.log(value) for value in (20, 21, 22)])
    return Pair("io-fio", "iops", a, b)


def ior_pair(tmp_path: Path, one: str, other: str) -> Pair:
    a = write(tmp_path / "a", [one.replace("BW", str(value)) for value in (10, 11, 12)])
    b = write(tmp_path / "b", [other.replace("BW", str(value)) for value in (20, 21, 22)])
    return Pair("io-ior", "bandwidth", a, b)


def kept_apart(pair: Pair, difference: str) -> None:
    name = difference.split(maxsplit=1)[0]
    table = run("results", "table", *pair.given(), "--figure", pair.figure).stdout
    assert re.search(r"\b3 +11 +±0\.5\b", table), table
    assert re.search(r"\b3 +21 +±0\.5\b", table), table
    assert re.search(rf"(?m)^(?:.* )?{name} ", table), table

    report = run("results", "report", *pair.given(), "--no-plots", "-o", "-").stdout
    assert f'">{name}</th>' in report
    rows = re.findall(rf"<tr>(?:(?!</tr>).)*{pair.figure}</td>(?:(?!</tr>).)*</tr>", report, re.DOTALL)
    assert [value in row for row in rows for value in (">11<", ">21<")].count(True) == len(rows)

    results = load((pair.a, pair.b), metric=pair.metric)
    points = [
        (low, high)
        for chart in plan(results, figures=[pair.figure]).charts
        for panel in chart.panels
        for each in panel.series
        if each.role == "measured"
        for low, high in zip(each.low, each.high, strict=True)
    ]
    assert points
    assert not [each for each in points if each[0] < 15 < each[1]]

    compared = run("results", "compare", *pair.given(), "--figure", pair.figure)
    assert f"differs: {difference}" in compared.stdout
    assert "B/A" in compared.stdout
    assert compared.code == 0


@pytest.mark.parametrize("name", APART)
def test_other_options_of_fio_are_kept_apart_and_named(name: str, tmp_path: Path) -> None:
    one, other, difference = APART[name]
    kept_apart(fio_pair(tmp_path, one, other), difference)


@pytest.mark.parametrize("name", OF_IOR)
def test_other_options_of_ior_are_kept_apart_and_named(name: str, tmp_path: Path) -> None:
    one, other, difference = OF_IOR[name]
    kept_apart(ior_pair(tmp_path, one, other), difference)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("4096B", "4k"),
        ("16.0KiB", "16k"),
        ("1024k", "1M"),
        ("512", 512),
        ("4k,4096", "4k"),
        ("4k,8k", "4k,8k"),
        ("5%", "5%"),
    ],
)
def test_a_size_has_one_spelling(text: str, shown: object) -> None:
    assert normalized(SettingSheet("bs", suffixes=1024), text) == shown


@pytest.mark.parametrize("name", ALIKE)
def test_runs_of_the_same_options_are_pooled_in_whatever_form_they_are_printed(name: str, tmp_path: Path) -> None:
    one, other = ALIKE[name]
    pair = fio_pair(tmp_path, one, other)
    table = run("results", "table", *pair.given(), "--figure", "iops").stdout
    assert re.search(r"\b6 +16 +±4\.8\b", table), table
    compared = run("results", "compare", *pair.given(), "--figure", "iops").stdout
    assert "differs" not in compared
    assert "B/A" in compared


def test_a_text_that_does_not_say_a_setting_in_which_others_differ_is_no_repetition_of_any(tmp_path: Path) -> None:
    sizes = [replace(FIO, job={"size": size}).log(10) for size in ("64M", "4G")]
    folder = write(tmp_path / "logs", [*sizes, TEXT.log(30)])
    table = run("results", "table", str(folder), "--metric", "io-fio", "--figure", "iops").stdout
    assert re.search(r"(?m)^.*64M.* 10", table)
    assert re.search(r"(?m)^.*4G.* 10", table)
    assert re.search(r"(?m)^(?!.*(?:64M|4G)).* 30", table)


def test_figures_of_the_whole_run_are_of_its_settings_too(tmp_path: Path) -> None:
    folder = write(tmp_path / "logs", [FIO.log(10), replace(FIO, bs="128k").log(20)])
    table = run("results", "table", str(folder), "--metric", "io-fio", "--figure", "disk_ios").stdout
    assert re.search(r"4k .*10\b", table)
    assert re.search(r"128k .*20\b", table)


def test_what_differs_can_be_pooled_on_purpose(tmp_path: Path) -> None:
    pair = fio_pair(tmp_path, FIO, replace(FIO, bs="128k"))
    table = run("results", "table", *pair.given(), "--figure", "iops", "--pool", "bs").stdout
    assert "pooled over bs (2 values)" in table
    assert re.search(r"\b6 +16 +±4\.8\b", table)


def test_json_lines_keep_the_settings(tmp_path: Path) -> None:
    pair = fio_pair(tmp_path, FIO, replace(FIO, bs="128k"))
    run("results", "parse", *pair.given(), "-o", str(tmp_path / "all.jsonl"))
    again = run("results", "table", str(tmp_path / "all.jsonl"))
    assert again.stdout == run("results", "table", *pair.given()).stdout
    assert "128k" in again.stdout


def test_metadata_says_all_options_and_the_output_adds_none(tmp_path: Path) -> None:
    metadata = 'METADATA START {"pods":1,"metricName":"io-fio","metricOptions":{"blocksize":"4k"}}\nMETADATA END\n'
    markers = "METRICS OPERATOR COLLECTION START\nMETRICS OPERATOR TIMEPOINT\n"
    (tmp_path / "a.log").write_text(f"{metadata}{markers}{FIO.log(10)}METRICS OPERATOR COLLECTION END\n")
    found = {name for record in parse(tmp_path / "a.log") for name in record.configuration.values}
    assert found == {"option.blocksize"}
