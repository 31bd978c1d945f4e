"""The METADATA line: the container's variables as JSON, byte for byte."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest

from tests.pod.compiled import Manifests
from tests.pod.containers import collection
from tests.study.studies import compile_, document, write

if TYPE_CHECKING:
    from pathlib import Path

    from tests.pod.conftest import Runner


def metadata(stdout: str) -> str:
    """The JSON of the METADATA line."""
    line, end = stdout.split("\n")[:2]
    assert line.startswith("METADATA START ")
    assert end == "METADATA END"
    return line.removeprefix("METADATA START ")


HOSTILE = {
    "empty": "",
    "quotes": "\"'`",
    "backslashes": "\\ \\\\ \\n \\",
    "whitespace": " a\tb\r\nc \n\n",
    "newline": "\n",
    "one-trailing-newline": "x\n",
    "shell": "$(id) ${HOME} $$ `id` $((1+1)) * ~ ; & | > < # !",
    "kubelet": "$(MO_SET) $$(MO_SET) $",
    "printf": "%s %d %% \\x41 \\0101 -n",
    "dash": "-e",
    "sed": "& \\1 s/a/b/ $!N",
    "unicode": "é 😀 \u2028 \u2029 \u0085 \ufeff",
    "template": "{{ x }} {% x %} EOF",
    "marker": "METADATA END",
}


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_string_is_encoded_as_python_encodes_it(run: Runner, value: str) -> None:
    result = run(":", MO_METADATA="value s MO_OPT_VALUE", MO_OPT_VALUE=value)
    assert metadata(result.stdout) == json.dumps({"value": value}, ensure_ascii=False, separators=(",", ":"))


def test_sixty_four_kibibytes_of_quotes_take_less_than_a_second(run: Runner) -> None:
    value = '"' * 65536
    result = run(":", MO_METADATA="value s MO_OPT_VALUE", MO_OPT_VALUE=value)
    assert json.loads(metadata(result.stdout)) == {"value": value}
    assert result.seconds < 1


def test_twenty_options_that_need_encoding_take_less_than_half_a_second(run: Runner) -> None:
    options = {f"MO_OPT_O{number}": f'"{number}"\n' for number in range(20)}
    words = " ".join(f"o{number} s MO_OPT_O{number}" for number in range(20))
    start = time.monotonic()
    bare = run(":").seconds
    result = run(":", MO_METADATA=words, **options)
    assert list(json.loads(metadata(result.stdout)).values()) == list(options.values())
    assert result.seconds - bare < 0.5, time.monotonic() - start


def test_the_published_example_comes_out_as_it_was_published(run: Runner) -> None:
    expected = (
        '{"pods":1,"completions":1,"storageVolumePath":"/workflow","storageVolumeHostPath":"/tmp/workflow",'
        '"metricName":"io-sysstat",'
        '"metricDescription":"statistics for Linux tasks (processes) : I/O, CPU, memory, etc.",'
        '"metricType":"storage","metricOptions":{"completions":2,"human":"false","rate":10}}'
    )
    result = run(
        ":",
        MO_METADATA="pods n MO_PODS completions n MO_COMPLETIONS storageVolumePath s MO_ADDON_0_PATH "
        "storageVolumeHostPath s MO_ADDON_0_HOSTPATH metricName s MO_METRIC metricDescription s MO_DESCRIPTION "
        "metricType s MO_FAMILY repetitions n MO_REPETITIONS metricOptions { - completions n MO_OPT_COMPLETIONS "
        "human s MO_OPT_HUMAN rate n MO_OPT_RATE } } -",
        MO_COMPLETIONS="1",
        MO_ADDON_0_PATH="/workflow",
        MO_ADDON_0_HOSTPATH="/tmp/workflow",
        MO_METRIC="io-sysstat",
        MO_DESCRIPTION="statistics for Linux tasks (processes) : I/O, CPU, memory, etc.",
        MO_FAMILY="storage",
        MO_REPETITIONS="1",
        MO_OPT_COMPLETIONS="2",
        MO_OPT_HUMAN="false",
        MO_OPT_RATE="10",
    )
    assert metadata(result.stdout) == expected


def test_repetitions_stand_in_the_metadata_where_there_are_several(run: Runner) -> None:
    words = "metricName s MO_METRIC repetitions n MO_REPETITIONS"
    result = run(":", MO_METADATA=words, MO_REPETITIONS="3")
    assert metadata(result.stdout) == '{"metricName":"test","repetitions":3}'


def test_lists_and_empty_objects_are_json_too(run: Runner) -> None:
    result = run(
        ":",
        MO_METADATA="a l MO_LIST_A b l MO_LIST_B c { - } } - d s MO_METRIC",
        MO_LIST_A_COUNT="3",
        MO_LIST_A_0='"',
        MO_LIST_A_1="",
        MO_LIST_A_2="b\n",
        MO_LIST_B_COUNT="0",
    )
    assert json.loads(metadata(result.stdout)) == {"a": ['"', "", "b\n"], "b": [], "c": {}, "d": "test"}


def test_addons_announce_themselves_in_the_order_in_which_they_are_written(run: Runner) -> None:
    result = run(
        ":",
        MO_ADDONS="0:commands 2:commands",
        MO_ADDON_0_METADATA="metricName s MO_ADDON_0_NAME",
        MO_ADDON_0_NAME="first",
        MO_ADDON_2_METADATA="metricName s MO_ADDON_2_NAME",
        MO_ADDON_2_NAME='"second"',
    )
    assert result.stdout == (
        'METADATA START {"metricName":"test"}\nMETADATA END\n'
        'ADDON METADATA START {"metricName":"first"}\nADDON METADATA END\n'
        'ADDON METADATA START {"metricName":"\\"second\\""}\nADDON METADATA END\n' + collection("")
    )


def test_a_variable_name_that_is_none_is_not_evaluated(run: Runner) -> None:
    result = run(":", MO_METADATA="a s X;id;")
    assert result.code == 78
    assert "not the name of a variable" in result.stderr
    assert "uid=" not in result.stdout


STUDY_BASE = """
apiVersion: flux-framework.org/v1alpha2
kind: MetricSet
metadata: {name: base}
spec:
  metrics:
    - name: app-custom
      image: mine
      options: {command: ":"}
      env: {NOTE: x}
"""


def test_the_parameters_of_a_study_are_the_last_key_of_metadata(tmp_path: Path) -> None:
    notes = [value for name, value in HOSTILE.items() if name not in ("unicode", "whitespace")]
    parameters = {
        "note": {"set": "spec.metrics[app-custom].env.NOTE", "values": notes},
        "Pods": {"set": "spec.pods", "values": ["NUMBER"]},
        "Share": {"set": "spec.metrics[app-custom].env.SHARE", "values": ["FRACTION"]},
        "twice": {"set": "spec.metrics[app-custom].env.TWICE", "value": "{{ Pods * 2 }}"},
    }
    text = document({"parameters": parameters}).replace('"NUMBER"', "1").replace('"FRACTION"', "0.50")
    study = compile_(write(tmp_path, text, STUDY_BASE))
    assert len(study.sets) == len(notes)
    for each, note in zip(study.sets, notes, strict=True):
        config_map, job_set = each.compiled.objects
        manifests = Manifests(config_map["data"], {job["name"]: job for job in job_set["spec"]["replicatedJobs"]})
        line = json.loads(metadata(manifests.run("l").stdout))
        assert list(line)[-1] == "parameters"
        assert line["parameters"] == {"note": note, "Pods": 1, "Share": 0.5, "twice": 2} == dict(each.parameters)
