"""`mocompile results` as people and CI call it."""

from __future__ import annotations

import gzip
import io
import json
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest
from mocompile.results.formats import writer
from mocompile.results.record import Origin, Record

from tests.command import run, run_process
from tests.results.logs import lammps, log
from tests.results.records import HOSTILE, record, series
from tests.tools import need_module

STEADY = [10.0, 10.1, 9.9, 10.05, 9.95]


def jsonl(path: Path, some: Iterable[Record]) -> Path:
    """A file of figures."""
    stream = io.BytesIO()
    writer("jsonl", stream).write(some)
    path.write_bytes(gzip.compress(stream.getvalue()) if path.suffix == ".gz" else stream.getvalue())
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the figures of an old and a new run: half as fast again."""
    jsonl(tmp_path / "old.jsonl", series(STEADY))
    jsonl(tmp_path / "new.jsonl", series([value * 1.5 for value in STEADY]))
    return tmp_path


def test_table_of_json_lines(folder: Path) -> None:
    done = run("results", "table", "old.jsonl", cwd=folder)
    assert done.code == 0
    assert done.stdout.splitlines() == [
        "network-osu-benchmark",
        "pods 2",
        "median ± half of the interquartile range of n values",
        "figure   n     value  unit",
        "latency  5  10 ±0.05  us",
    ]


@pytest.mark.parametrize("name", ["old.jsonl.gz", "deep/er/old.jsonl"])
def test_figures_are_found_packed_and_in_folders(name: str, tmp_path: Path) -> None:
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    jsonl(tmp_path / name, series(STEADY))
    argument = name.partition("/")[0]
    assert "10 ±0.05" in run("results", "table", argument, cwd=tmp_path).stdout


def test_figures_come_through_a_pipe(folder: Path) -> None:
    done = run("results", "table", "-", stdin=(folder / "old.jsonl").read_bytes())
    assert (done.code, done.stderr) == (0, "")
    assert "10 ±0.05" in done.stdout


def test_table_goes_into_a_file_in_each_format(folder: Path) -> None:
    for form, begin in (("text", "network"), ("markdown", "### network"), ("csv", "metric,")):
        assert run("results", "table", "old.jsonl", "--format", form, "-o", "out", cwd=folder).code == 0
        assert (folder / "out").read_text().startswith(begin)


def test_table_is_as_wide_as_the_terminal(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    jsonl(folder / "wide.jsonl", [record(i, f"figure{i}", size=size) for size in (1, 2) for i in range(20)])
    monkeypatch.setenv("COLUMNS", "50")
    assert max(map(len, run("results", "table", "wide.jsonl", cwd=folder).stdout.splitlines())) <= 50


def test_figures_left_out_are_said_on_stderr(tmp_path: Path) -> None:
    jsonl(tmp_path / "a.jsonl", [record(1), record(2, status="failed")])
    done = run("results", "table", "a.jsonl", cwd=tmp_path)
    assert done.stderr == "1 figure left out: 1 of runs that failed (--failed shows them)\n"
    assert "failed" in run("results", "table", "a.jsonl", "--failed", cwd=tmp_path).stdout


def test_no_figure_chosen_names_those_there_are(folder: Path) -> None:
    done = run("results", "table", "old.jsonl", "--figure", "bandwidth", cwd=folder)
    assert (done.code, done.stdout) == (1, "")
    assert done.stderr == "error: the logs hold no figure 'bandwidth'; there is: latency\n"


@pytest.mark.parametrize("command", [["table", "a.jsonl"], ["compare", "a.jsonl", "a.jsonl"]])
def test_broken_line_is_said_with_its_place(command: list[str], tmp_path: Path) -> None:
    jsonl(tmp_path / "a.jsonl", [record(1)])
    with (tmp_path / "a.jsonl").open("ab") as stream:
        stream.write(b'{"figure": "lat')
    done = run("results", *command, cwd=tmp_path)
    assert done.code == 0
    assert "a.jsonl:2: error: this line is not JSON; is the file truncated?\n" in done.stderr


def test_cut_gzip_gives_what_it_holds_and_says_so(tmp_path: Path) -> None:
    path = jsonl(tmp_path / "a.jsonl.gz", [record(i, size=i) for i in range(2000)])
    path.write_bytes(path.read_bytes()[:-100])
    done = run("results", "table", "a.jsonl.gz", cwd=tmp_path)
    assert "a.jsonl.gz: error: truncated or damaged gzip file" in done.stderr
    assert "latency" in done.stdout


@pytest.mark.parametrize("data", [b"", b"hello\n", b"[1]\n", b"\x00\xff"])
def test_file_without_figures_is_an_error(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(data)
    done = run("results", "table", "a.jsonl", cwd=tmp_path)
    assert (done.code, done.stdout) == (1, "")
    assert done.stderr.endswith("error: there are no figures in a.jsonl\n")


def test_missing_file_is_an_error(tmp_path: Path) -> None:
    done = run("results", "compare", "a.jsonl", "b.jsonl", cwd=tmp_path)
    assert done.code == 1
    assert "a.jsonl: no such file or directory" in done.stderr


def test_json_lines_of_a_log_collector_are_a_log(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"log": "METRICS OPERATOR COLLECTION START", "time": "2024-01-01T00:00:00Z"}\n')
    assert "has no 'figure'" not in run("results", "table", "a.jsonl", cwd=tmp_path).stderr


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ([], 0),
        (["--threshold", "5%"], 1),
        (["--threshold", "49.9%"], 1),
        (["--threshold", "51%"], 0),
        (["--threshold", "5%", "--figure", "lat*"], 1),
    ],
)
def test_threshold_sets_the_exit_code(arguments: list[str], code: int, folder: Path) -> None:
    done = run("results", "compare", "old.jsonl", "new.jsonl", *arguments, cwd=folder)
    assert done.code == code
    assert "1 figure compared: 1 worse, 0 better, 0 same\n" in done.stdout


def test_improvement_passes_every_threshold(folder: Path) -> None:
    assert run("results", "compare", "new.jsonl", "old.jsonl", "--threshold", "0%", cwd=folder).code == 0


@pytest.mark.parametrize("text", ["0.05", "-5%", "five%", "nan%", "%", "٥%"])
def test_threshold_must_be_a_percentage(text: str, folder: Path) -> None:
    done = run("results", "compare", "old.jsonl", "new.jsonl", f"--threshold={text}", cwd=folder)
    assert done.code == 2
    assert "is not a percentage; write for example 5%" in done.stderr


def test_nothing_in_common_is_no_success(folder: Path) -> None:
    jsonl(folder / "other.jsonl", [record(1, "bandwidth")])
    done = run("results", "compare", "old.jsonl", "other.jsonl", "--threshold", "5%", cwd=folder)
    assert done.code == 1
    assert "only in old.jsonl: latency" in done.stdout
    assert done.stderr == "error: A and B have no figure in common: nothing was compared\n"


def test_new_run_that_failed_is_no_success(folder: Path) -> None:
    jsonl(folder / "broken.jsonl", [record(value, status="failed") for value in STEADY])
    done = run("results", "compare", "old.jsonl", "broken.jsonl", "--threshold", "5%", cwd=folder)
    assert done.code == 1
    assert "broken.jsonl: 5 figures left out: 5 of runs that failed" in done.stdout


def test_comparison_as_json_is_json_alone(folder: Path) -> None:
    done = run("results", "compare", "old.jsonl", "new.jsonl", "--format", "json", cwd=folder)
    assert json.loads(done.stdout)["summary"]["worse"] == 1


def test_stdin_is_one_side_only(folder: Path) -> None:
    data = (folder / "new.jsonl").read_bytes()
    assert "from" not in run("results", "compare", "-", "-", stdin=data).stdout
    done = run("results", "compare", str(folder / "old.jsonl"), "-", "--threshold", "5%", stdin=data)
    assert done.code == 1
    assert "B is stdin" in done.stdout


def test_hostile_figures_do_nothing_to_a_terminal(tmp_path: Path) -> None:
    some = [Record(text or "x", text, text, text, 0, Origin(text), {f"c{text}": text}) for text in HOSTILE]
    jsonl(tmp_path / "a.jsonl", some)
    for command in (["table", "a.jsonl"], ["compare", "a.jsonl", "a.jsonl", "--all"]):
        done = run("results", *command, cwd=tmp_path)
        assert done.code == 0
        assert "\x1b" not in done.stdout + done.stderr


# --- parse -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    """A folder with the log of a whole run with two timepoints, and that of one that was cut off."""
    (tmp_path / "whole.log").write_text(log(lammps(10), lammps(12)))
    (tmp_path / "cut.log").write_text(log(lammps(11), "LAMMPS (2 Aug 2023)\n", end=False))
    return tmp_path


def values(text: str, figure: str = "loop_time") -> list[object]:
    """The values of a figure in JSON lines."""
    return [each["value"] for each in map(json.loads, text.splitlines()) if each.get("figure") == figure]


def test_parse_prints_json_lines_and_says_how_many(logs: Path) -> None:
    done = run("results", "parse", "whole.log", cwd=logs)
    assert done.code == 0
    assert values(done.stdout) == [10, 12]
    assert done.stderr == f"{len(done.stdout.splitlines())} figures from 1 log\n"


@pytest.mark.parametrize("form", ["json", "jsonl", "csv", "parquet"])
def test_ending_of_the_output_says_the_format(form: str, logs: Path) -> None:
    if form == "parquet":
        need_module("pyarrow")
    assert run("results", "parse", "whole.log", "-o", f"out.{form}", cwd=logs).code == 0
    assert run("results", "parse", "whole.log", "--format", form, "-o", "plain", cwd=logs).code == 0
    assert (logs / f"out.{form}").read_bytes() == (logs / "plain").read_bytes()
    assert (logs / "plain").read_bytes()[:1] == {"json": b"{", "jsonl": b"{", "csv": b"f", "parquet": b"P"}[form]


def test_what_a_log_lacks_is_said_and_counts_when_strict(logs: Path) -> None:
    done = run("results", "parse", "cut.log", cwd=logs)
    assert (done.code, values(done.stdout)) == (0, [11])
    *problems, summary = done.stderr.splitlines()
    assert problems
    assert all(line.startswith("cut.log") for line in problems)
    assert "error" in summary
    strict = run("results", "parse", "cut.log", "--strict", cwd=logs)
    assert (strict.code, strict.stdout) == (1, done.stdout)
    assert run("results", "parse", "whole.log", "--strict", cwd=logs).code == 0


def test_json_has_runs_and_problems(logs: Path) -> None:
    done = run("results", "parse", ".", "--format", "json", cwd=logs)
    data = json.loads(done.stdout)
    assert [run_["metadata"]["metricName"] for run_ in data["runs"]] == ["app-lammps", "app-lammps"]
    assert {problem["source"] for problem in data["problems"]} == {"cut.log"}


def test_nothing_found_leaves_the_output_as_it_was(logs: Path) -> None:
    (logs / "empty.log").write_text("nothing\n")
    (logs / "out.csv").write_text("before")
    done = run("results", "parse", "empty.log", "-o", "out.csv", cwd=logs)
    assert (done.code, done.stdout) == (1, "")
    assert done.stderr.endswith("error: there are no figures in empty.log\n")
    assert (logs / "out.csv").read_text() == "before"
    assert {path.name for path in logs.iterdir()} == {"whole.log", "cut.log", "empty.log", "out.csv"}


def test_raw_output_has_its_metric_named(logs: Path) -> None:
    (logs / "raw.txt").write_text(lammps(7))
    assert run("results", "parse", "raw.txt", cwd=logs).code == 1
    assert values(run("results", "parse", "raw.txt", "--metric", "app-lammps", cwd=logs).stdout) == [7]
    assert "unknown metric" in run("results", "parse", "raw.txt", "--metric", "app-lamps", cwd=logs).stderr


def test_figures_that_were_parsed_make_the_same_table_as_the_logs(logs: Path) -> None:
    run("results", "parse", "whole.log", "-o", "figures.jsonl", cwd=logs)
    table = run("results", "table", "whole.log", cwd=logs).stdout
    assert table == run("results", "table", "figures.jsonl", cwd=logs).stdout
    assert re.search(r"loop_time +2 +11 +±0.5 +s\n", table)


def test_folder_that_cannot_be_written_to_is_an_error(logs: Path) -> None:
    done = run("results", "parse", "whole.log", "-o", "no/such/out.csv", cwd=logs)
    assert done.code == 1
    assert "no/such/out.csv cannot be written: No such file or directory" in done.stderr


def test_figures_of_a_log_that_is_followed_come_as_each_timepoint_ends(logs: Path) -> None:
    command = [sys.executable, "-m", "mocompile", "results", "parse", "-"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write(log(lammps(10), lammps(12), lammps(11), end=False).encode())
        process.stdin.flush()
        first = json.loads(process.stdout.readline())
        process.stdin.close()
        process.stdout.read()
    assert (first["figure"], first["value"]) == ("loop_time", 10)


def test_full_disk_is_an_error(logs: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    done = run("results", "parse", "whole.log", "-o", "/dev/full", cwd=logs)
    assert done.code == 1
    assert "/dev/full cannot be written: No space left on device" in done.stderr


def test_missing_package_is_named_with_its_command(logs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    done = run("results", "parse", "whole.log", "-o", "out.parquet", cwd=logs)
    assert done.code == 1
    assert "this needs pyarrow, which is not installed; pip install 'mocompile[results]'" in done.stderr
    assert not (logs / "out.parquet").exists()


def test_help_imports_no_reader(tmp_path: Path) -> None:
    done = run_process("results", "--help", env={"PYTHONPROFILEIMPORTTIME": "1"})
    assert done.code == 0
    assert "mocompile.results.read.parse" not in done.stderr
    assert "statistics" not in done.stderr


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-"])
@pytest.mark.parametrize("command", ["parse", "table", "report -o -"])
def test_a_stream_that_the_caller_closed_is_no_bug_of_ours(tmp_path: Path, command: str, closed: str) -> None:
    (tmp_path / "pod.log").write_text(log(lammps()))
    source = "-" if closed == "<&-" else "pod.log"
    line = f"'{sys.executable}' -m mocompile results {command} {source} {closed}"
    done = subprocess.run(["sh", "-c", line], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == (1 if closed == "<&-" and "report" not in command else 0)
    assert "internal error" not in done.stdout + done.stderr
    assert "figures from" not in done.stdout


def test_what_the_cluster_said_is_counted_as_no_log(tmp_path: Path) -> None:
    (tmp_path / "pod.log").write_text(log(lammps()))
    (tmp_path / "set.json").write_text(
        '{"set": "s", "status": {"state": "Failed"}, "containers": [{"file": "pod.log", "exitCode": 0}]}'
    )
    done = run("results", "parse", ".", cwd=tmp_path)
    assert "figures from 1 log; 1 error" in done.stderr


def test_json_lines_of_a_crashed_run_still_say_that_it_crashed(logs: Path) -> None:
    assert run("results", "parse", "cut.log", "-o", "cut.jsonl", cwd=logs).code == 0
    of_log = run("results", "table", "cut.log", "--failed", cwd=logs)
    of_lines = run("results", "table", "cut.jsonl", "--failed", cwd=logs)
    assert (of_lines.stdout, of_lines.stderr) == (of_log.stdout, of_log.stderr)
    assert "the log ends inside the collection" in of_lines.stderr
    run("results", "report", "cut.jsonl", "-o", "cut.html", "--no-plots", cwd=logs)
    page = (logs / "cut.html").read_text()
    assert "the log ends inside the collection" in page
    assert "every log is whole" not in page


def test_json_lines_become_any_format(logs: Path) -> None:
    run("results", "parse", "whole.log", "-o", "whole.jsonl", "--label", "cloud=aws", cwd=logs)
    run("results", "parse", "whole.log", "-o", "whole.csv", "--label", "cloud=aws", cwd=logs)
    again = run("results", "parse", "whole.jsonl", "--format", "csv", cwd=logs)
    assert again.code == 0
    assert again.stdout == (logs / "whole.csv").read_text()
    assert "label.cloud" in again.stdout.splitlines()[0]


def test_a_bare_number_is_a_percentage(folder: Path) -> None:
    done = run("results", "compare", "old.jsonl", "new.jsonl", "--threshold", "5", cwd=folder)
    assert (done.code, "worse by more than 5%: 1" in done.stdout) == (1, True)


@pytest.mark.parametrize(("unclear", "code", "warned"), [("warn", 0, True), ("fail", 1, False), ("ignore", 0, False)])
def test_a_slowdown_with_one_value_on_each_side_is_not_passed_in_silence(
    unclear: str, code: int, warned: bool, folder: Path
) -> None:
    jsonl(folder / "a.jsonl", [record(10)])
    jsonl(folder / "b.jsonl", [record(2300)])
    done = run("results", "compare", "a.jsonl", "b.jsonl", "--threshold", "5%", "--unclear", unclear, cwd=folder)
    assert done.code == code
    assert done.stderr.startswith("warning: 1 figure is worse by more than 5%, with too few values") is warned
    assert "repetitions: 5" in done.stdout


PODS = 'METADATA START {"pods":%s,"completions":1,"metricName":"app-lammps","metricOptions":{}}'


def with_pods(folder: Path, pods: str) -> None:
    """A log `a.log` whose METADATA has these pods."""
    lines = [PODS % pods, "METADATA END", "METRICS OPERATOR COLLECTION START", "METRICS OPERATOR TIMEPOINT"]
    lines += ["Loop time of 11.5 on 2 procs for 100 steps with 2432 atoms", "METRICS OPERATOR COLLECTION END", ""]
    (folder / "a.log").write_text("\n".join(lines))


@pytest.mark.parametrize("content", ["[" * 200_000, '{"containers": ' + "[" * 200_000, "[]", "{", "\udcff"])
@pytest.mark.parametrize("command", ["parse", "table", "report"])
def test_set_json_that_cannot_be_read_is_a_problem_of_every_command(tmp_path: Path, command: str, content: str) -> None:
    with_pods(tmp_path, "1")
    (tmp_path / "set.json").write_bytes(content.encode("utf-8", "surrogateescape"))
    more = ["--no-plots", "-o", "r.html"] if command == "report" else []
    ran = run("results", command, ".", *more, cwd=tmp_path)
    shown = (tmp_path / "r.html").read_text() if command == "report" else ran.stderr
    assert "the file cannot be read: it is unknown whether the containers of these logs failed" in shown


@pytest.mark.parametrize("form", ["jsonl", "csv", "parquet"])
@pytest.mark.parametrize("pods", ["9223372036854775808", "2147483648", "-1"])
def test_pods_that_are_no_number_of_pods_are_a_problem_and_fit_every_format(
    tmp_path: Path, pods: str, form: str
) -> None:
    if form == "parquet":
        need_module("pyarrow")
    with_pods(tmp_path, pods)
    ran = run("results", "parse", "a.log", "-o", f"x.{form}", cwd=tmp_path)
    assert "a.log:1: error: `pods` in the METADATA is not a number from 0 to 2147483647" in ran.stderr
    assert (tmp_path / f"x.{form}").stat().st_size
    if form == "jsonl":
        back = run("results", "parse", "x.jsonl", "--format", "jsonl", cwd=tmp_path)
        assert f'"metadata.pods": {pods}' in back.stdout
