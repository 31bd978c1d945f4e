"""Logs are read however they come, and what they lack is said."""

from __future__ import annotations

import gzip
import io
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from mocompile.diagnostics.finding import InputError
from mocompile.results import Results, parse, stream
from mocompile.results.load_figures import load

from tests.results.logs import lammps, log

LOG = log(lammps())


def _parse(folder: Path, text: str | bytes, name: str = "pod.log", metric: str | None = None) -> Results:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return parse(path, metric=metric)


def _values(results: Results, figure: str = "loop_time") -> list[object]:
    return [record.value for record in results.figures(figure, status=None)]


def _errors(results: Results) -> list[str]:
    return [problem.message for problem in results.problems if problem.level == "error"]


def test_a_log_gives_flat_records_with_what_they_come_from(tmp_path: Path) -> None:
    results = _parse(tmp_path, LOG)
    assert not results.problems
    record = results.figures("loop_time").records[0]
    assert record.flat() == {
        "figure": "loop_time",
        "value": 11.5,
        "unit": "s",
        "metric": "app-lammps",
        "timepoint": 0,
        "source": str(tmp_path / "pod.log"),
        "procs": 2,
        "steps": 100,
        "atoms": 2432,
        "tasks": 2,
        "threads": 1,
        "loop": 0,
        "collection": 0,
        "line": 5,
        "status": "ok",
        "pods": 2,
        "better": "lower",
    }


def test_the_metadata_and_the_output_stay_available_as_they_were(tmp_path: Path) -> None:
    output = "  \x1b[31mred\x1b[0m\0 text \r\nprogress 1%\rprogress 2%\n" + lammps()
    results = _parse(tmp_path, log(output))
    (run,) = results.runs
    assert run.metadata["metricName"] == "app-lammps"
    assert run.metadata_line == LOG.splitlines()[0].removeprefix("METADATA START ")
    assert run.timepoints[0].text == output.replace("\r\n", "\n")
    assert run.closed
    assert _values(results) == [11.5]


def _kubectl_prefix(line: str, pod: str) -> str:
    return f"[pod/{pod}/app] {line}"


def _kubectl_both(line: str, pod: str) -> str:
    return f"[pod/{pod}/app] 2026-11-22T10:00:00.123456789Z {line}"


def _stern(line: str, pod: str) -> str:
    return f"{pod} app {line}"


def _stern_in_colour(line: str, pod: str) -> str:
    return f"\x1b[32m{pod}\x1b[0m \x1b[36mapp\x1b[0m {line}"


def _stern_json(line: str, pod: str) -> str:
    return json.dumps({"message": line, "nodeName": "n", "namespace": "x", "podName": pod, "containerName": "app"})


def _fluent_bit(line: str, pod: str) -> str:
    kubernetes = {"pod_name": pod, "namespace_name": "x", "container_name": "app"}
    return json.dumps(
        {"time": "2026-11-22T10:00:00Z", "stream": "stdout", "log": f"{line}\n", "kubernetes": kubernetes}
    )


def _loki(line: str, pod: str) -> str:
    labels = {"pod": pod, "container": "app"}
    return json.dumps({"labels": labels, "line": line, "timestamp": "2026-11-22T10:00:00Z"})


FRAMES = [_kubectl_prefix, _kubectl_both, _stern, _stern_in_colour, _stern_json, _fluent_bit, _loki]


@pytest.mark.parametrize("frame", FRAMES)
def test_interleaved_pods_are_told_apart_by_what_stands_before_each_line(tmp_path: Path, frame: object) -> None:
    assert callable(frame)
    first, second = log(lammps(1)).splitlines(), log(lammps(2)).splitlines()
    lines = [frame(line, pod) for pair in zip(first, second, strict=True) for line, pod in zip(pair, "ab", strict=True)]
    results = _parse(tmp_path, "\n".join(["+ a › app", *lines, ""]))
    assert sorted((record.pod, record.value) for record in results.figures("loop_time")) == [("a", 1), ("b", 2)]
    assert {record.container for record in results} == {"app"}
    assert not results.problems


def test_time_stamps_are_taken_off_and_the_timepoint_has_its_own(tmp_path: Path) -> None:
    stamped = "".join(f"2026-11-22T10:00:{i:02}.5Z {line}\n" for i, line in enumerate(LOG.splitlines()))
    results = _parse(tmp_path, stamped)
    assert _values(results) == [11.5]
    assert results.records[0].time == "2026-11-22T10:00:03.5Z"


def test_the_kubelets_own_files_with_their_partial_lines(tmp_path: Path) -> None:
    lines = []
    for line in LOG.splitlines():
        half = len(line) // 2
        lines += [f"2026-11-22T10:00:00Z stdout P {line[:half]}", f"2026-11-22T10:00:00Z stdout F {line[half:]}"]
    assert _values(_parse(tmp_path, "\n".join(lines))) == [11.5]


def test_gzip_folders_and_stdin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.log.gz").write_bytes(gzip.compress(LOG.encode()))
    (tmp_path / "in" / "b.log").write_text(log(lammps(2)))
    (tmp_path / "in" / ".hidden").write_text(log(lammps(3)))
    assert _values(parse(tmp_path)) == [11.5, 2]

    class Stdin:
        buffer = io.BytesIO(LOG.encode())

    monkeypatch.setattr(sys, "stdin", Stdin())
    results = parse("-")
    assert _values(results) == [11.5]
    assert results.records[0].source == "<stdin>"


def test_the_folder_of_a_run_has_its_logs_in_results(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text("{}")
    (tmp_path / "disk.yaml").write_text("kind: JobSet\n")
    (tmp_path / "results" / "disk").mkdir(parents=True)
    (tmp_path / "results" / "disk" / "a.log").write_text(LOG)
    results = parse(tmp_path)
    assert _values(results) == [11.5]
    assert results.problems == ()


@pytest.mark.parametrize("broken", ["cut", "damaged", "with text behind it"])
def test_a_broken_gzip_file_gives_what_it_holds_and_hides_no_other(tmp_path: Path, broken: str) -> None:
    packed = gzip.compress(LOG.encode()) + gzip.compress(log(*(lammps(5) for _ in range(2000))).encode())
    half = len(packed) // 2
    content = {
        "cut": packed[:half],
        "damaged": packed[:half] + bytes(200) + packed[half + 200 :],
        "with text behind it": packed + b"kubectl: gone",
    }
    (tmp_path / "a.log.gz").write_bytes(content[broken])
    (tmp_path / "b.log").write_text(log(lammps(2)))
    results = parse(tmp_path)
    values = _values(results)
    assert values[0] == 11.5
    assert values[-1] == 2
    assert any("a.log.gz: error: truncated or damaged gzip file" in str(each) for each in results.problems)


def test_raw_output_in_a_gzip_file_that_is_cut_is_no_result(tmp_path: Path) -> None:
    path = tmp_path / "raw.gz"
    path.write_bytes(gzip.compress(lammps().encode())[:-4])
    results = parse(path, metric="app-lammps")
    assert {record.status for record in results} == {"cut"}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_log_with_a_byte_order_mark_is_read(tmp_path: Path, encoding: str, pack: Callable[[bytes], bytes]) -> None:
    path = tmp_path / "powershell.log"
    path.write_bytes(pack(LOG.replace("\n", "\r\n").encode(encoding)))
    results = parse(path)
    assert (_values(results), _errors(results)) == ([11.5], [])
    raw = "\n".join(["ERROR: Lost atoms: original 304 current 303 (src/thermo.cpp:494)", ""])
    path.write_bytes(pack(raw.encode(encoding)))
    assert "the run failed: ERROR: Lost atoms" in _errors(parse(path, metric="app-lammps"))[0]


def test_a_name_that_no_file_can_have_is_a_message() -> None:
    for read in (parse, load):
        with pytest.raises(InputError, match="no such file or directory"):
            read(["x" * 300])


@pytest.mark.parametrize("path", ["missing.log", "."])
def test_a_path_without_logs_is_a_message(tmp_path: Path, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=r"no such file or directory|the folder has no files"):
        parse(path)


def test_line_ends_of_windows(tmp_path: Path) -> None:
    results = _parse(tmp_path, LOG.replace("\n", "\r\n"))
    assert (_values(results), _errors(results)) == ([11.5], [])


def test_a_marker_behind_output_that_has_no_line_end(tmp_path: Path) -> None:
    results = _parse(tmp_path, LOG.replace("0:00:12\n", "0:00:12"))
    assert (_values(results, "wall_time"), _errors(results)) == ([12], [])


def test_raw_output_needs_its_metric_and_is_one_timepoint(tmp_path: Path) -> None:
    assert _values(_parse(tmp_path, lammps(), metric="app-lammps")) == [11.5]
    results = _parse(tmp_path, lammps())
    assert not results.records
    assert "name the metric with --metric" in _errors(results)[0]


def test_an_unknown_metric_is_a_message_with_the_nearest_name(tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        _parse(tmp_path, lammps(), metric="app-lamps")
    assert "app-lammps" in error.value.findings[0].hint


def test_a_retried_pod_has_several_collections(tmp_path: Path) -> None:
    results = _parse(tmp_path, LOG + log(lammps(2)))
    assert [(record.collection, record.value) for record in results.figures("loop_time")] == [(0, 11.5), (1, 2)]
    assert [run.collection for run in results.runs] == [0, 1]


def test_timepoints_are_numbered_in_their_collection(tmp_path: Path) -> None:
    results = _parse(tmp_path, log(lammps(1), lammps(2), lammps(3)))
    assert [(record.timepoint, record.value) for record in results.figures("loop_time")] == [(0, 1), (1, 2), (2, 3)]


def test_the_operators_older_form_has_the_marker_below_what_it_is_about(tmp_path: Path) -> None:
    text = log(lammps(2)).replace("METRICS OPERATOR TIMEPOINT\n", lammps(1) + "METRICS OPERATOR TIMEPOINT\n")
    results = _parse(tmp_path, text.replace("METRICS OPERATOR COLLECTION END", "METRICS OPERATOR TIMEPOINT\n") + "\n")
    assert [(record.timepoint, record.value) for record in results.figures("loop_time", status=None)] == [
        (0, 1),
        (1, 2),
    ]


# --- what is missing, and what must not be trusted ---------------------------------------------------------------


def test_a_log_cut_at_its_end_gives_what_it_holds_and_says_so(tmp_path: Path) -> None:
    results = _parse(tmp_path, log(lammps(1), lammps(2), end=False))
    assert [(record.value, record.status) for record in results.figures("loop_time", status=None)] == [
        (1, "ok"),
        (2, "cut"),
    ]
    assert _errors(results) == ["the log ends inside the collection"]


def test_a_log_cut_at_its_beginning_gives_what_it_holds_and_says_so(tmp_path: Path) -> None:
    text = log(lammps(1), lammps(2))
    results = _parse(tmp_path, text[text.index("Performance") :], metric="app-lammps")
    assert [(record.figure, record.status) for record in results.figures("ns_per_day", "loop_time", status=None)] == [
        ("ns_per_day", "cut"),
        ("loop_time", "ok"),
        ("ns_per_day", "ok"),
    ]
    assert "the beginning of the log is missing" in _errors(results)


def test_a_number_that_the_end_of_the_log_may_have_cut_is_no_result(tmp_path: Path) -> None:
    results = _parse(tmp_path, lammps().rstrip("\n").removesuffix(":12") + ":1", metric="app-lammps")
    assert [(record.value, record.status) for record in results.figures("wall_time", status=None)] == [(1, "cut")]
    assert [record.status for record in results.figures("loop_time")] == ["ok"]
    assert [problem.level for problem in results.problems] == ["note"]


def test_figures_of_a_run_that_says_it_failed_are_no_results(tmp_path: Path) -> None:
    results = _parse(tmp_path, log(lammps() + "ERROR: Lost atoms: original 304 current 303\n"))
    assert {record.status for record in results} == {"failed"}
    assert not results.figures("loop_time").records
    assert "Lost atoms" in _errors(results)[0]


def test_the_code_that_the_entrypoint_reports_after_the_collection_counts(tmp_path: Path) -> None:
    results = _parse(tmp_path, log(lammps(1), lammps(2)) + "mocompile: the measurement ended with code 3\n")
    assert [record.status for record in results.figures("loop_time", status=None)] == ["ok", "failed"]
    assert _errors(results) == ["the measurement ended with code 3"]


def test_an_expected_figure_that_is_not_there_is_reported_with_its_timepoint(tmp_path: Path) -> None:
    results = _parse(tmp_path, log(lammps(1), "nothing\n"))
    (problem,) = results.problems
    assert "there is no loop_time" in problem.message
    assert problem.timepoint == 1


def test_two_logs_mixed_without_a_prefix_are_no_results(tmp_path: Path) -> None:
    first, second = log(lammps(1)).splitlines(), log(lammps(2)).splitlines()
    mixed = "\n".join(line for pair in zip(first, second, strict=True) for line in pair)
    results = _parse(tmp_path, mixed)
    assert "the markers are out of order: two logs are mixed, or lines are lost" in _errors(results)
    assert not results.figures().records


def test_metadata_of_another_metric_in_a_log_is_told(tmp_path: Path) -> None:
    other = LOG.replace('"app-lammps"', '"app-hpl"')
    results = _parse(tmp_path, other + LOG)
    (note,) = [problem.message for problem in results.problems if problem.level == "note"]
    assert note == "METADATA of app-lammps after that of app-hpl: two logs are in one, or a program prints it"
    assert not [each for each in _parse(tmp_path, LOG + LOG).problems if each.level == "note"]


def test_a_broken_metadata_line_still_names_its_metric(tmp_path: Path) -> None:
    results = _parse(tmp_path, LOG.replace('"metricOptions": {}}', '"metricOpt'))
    assert _values(results) == [11.5]
    assert "the METADATA is not a JSON object" in _errors(results)[0]


def test_a_worker_prints_no_collection_and_lacks_none(tmp_path: Path) -> None:
    results = _parse(tmp_path, "\n".join(LOG.splitlines()[:2]) + "\n")
    assert not results.records
    assert not results.problems


def test_numbers_that_are_none_stay_text_and_are_told(tmp_path: Path) -> None:
    results = _parse(tmp_path, log(lammps("nan")))
    assert _values(results) == ["nan"]
    assert [(problem.level, problem.message) for problem in results.problems] == [("note", "loop_time is 'nan'")]


def test_a_line_without_end_does_not_fill_the_memory(tmp_path: Path) -> None:
    results = _parse(tmp_path, log("x" * 3_000_000 + "\n" + lammps()))
    assert _values(results) == [11.5]


def test_streaming_gives_the_same_figures_timepoint_by_timepoint(tmp_path: Path) -> None:
    whole = _parse(tmp_path, log(lammps(1), lammps(2)))
    parts = list(stream(tmp_path / "pod.log"))
    assert [record for part in parts for record in part.records] == list(whole.records)
    assert [len(part.records) > 0 for part in parts] == [True, True]
