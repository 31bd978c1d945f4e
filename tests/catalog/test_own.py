"""Catalogs of one's own: a folder, an environment variable, an installed package; and what is wrong with a sheet."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.command import run, run_process

SHEET = """\
name: mem-stream
family: memory
summary: STREAM, sustainable memory bandwidth
image: example.com/stream:5.10
pattern: SingleApplication
options:
  threads:
    type: integer
    minimum: 1
    default: 4
    description: OpenMP threads.
  label:
    type: string
    default: a b
    description: Text that the program is given as one word.
  flags:
    type: string
    shell: line
    default: -v
    description: More flags.
program: stream --threads={{ options.threads }} --label {{ options.label }} {{ options.flags }}
"""

DOCUMENT = """\
apiVersion: flux-framework.org/v1alpha2
kind: MetricSet
metadata: {name: own}
spec:
  metrics:
  - name: mem-stream
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a document and a catalog `mine` of one metric."""
    (tmp_path / "metrics.yaml").write_text(DOCUMENT)
    _write(tmp_path, SHEET)
    return tmp_path


def _write(folder: Path, sheet: str, name: str = "mem-stream", kind: str = "metric") -> None:
    path = folder / "mine" / name / f"{kind}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(sheet)


def test_folder_of_ones_own_adds_a_metric(folder: Path) -> None:
    built = run("build", "--catalog", "mine", cwd=folder)
    assert built.code == 0, built.stderr
    assert 'stream --threads=\\"$$MO_OPT_THREADS\\" --label \\"$$MO_OPT_LABEL\\" $(MO_OPT_FLAGS)' in built.stdout


def test_environment_variable_names_a_catalog(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "unknown metric 'mem-stream'" in run("build", cwd=folder).stderr
    monkeypatch.setenv("MOCOMPILE_CATALOG", "mine")
    assert run("build", cwd=folder).code == 0
    assert "mem-stream" in run("list", "metrics", cwd=folder).stdout


def test_installed_package_adds_a_metric(folder: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    package = site / "my_metrics"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (folder / "mine" / "mem-stream").rename(package / "mem-stream")
    info = site / "my_metrics-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: my-metrics\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[mocompile.catalogs]\nmine = my_metrics\n")
    built = run_process("build", cwd=folder, env={"PYTHONPATH": f"{site}:{':'.join(filter(None, sys.path))}"})
    assert built.code == 0, built.stderr
    assert "example.com/stream:5.10" in built.stdout


def test_taken_name_must_say_that_it_replaces(folder: Path) -> None:
    sheet = SHEET.replace("mem-stream", "io-fio")
    _write(folder, sheet, "io-fio")
    document = DOCUMENT.replace("mem-stream", "io-fio")
    refused = run("build", "-", "--catalog", "mine", cwd=folder, stdin=document)
    assert (refused.code, refused.stdout) == (1, "")
    assert refused.stderr.startswith("mine/io-fio/metric.yaml:1:7: error: duplicate metric 'io-fio' (also in")
    _write(folder, sheet + "replaces: true\n", "io-fio")
    replaced = run("build", "-", "--catalog", "mine", cwd=folder, stdin=document)
    assert "example.com/stream:5.10" in replaced.stdout


WRONG = {
    "unknown field": ("image:", "imagee:", "4:1", "did you mean 'image'?"),
    "no pattern": ("pattern: SingleApplication\n", "", "1:1", "missing field 'pattern'"),
    "unknown pattern": ("SingleApplication", "SingleAplication", "5:10", "did you mean 'SingleApplication'?"),
    "name is not the folder's": ("name: mem-stream", "name: stream", "1:7", "differs from the folder"),
    "unknown option in the program": ("options.threads", "options.treads", "21:30", "did you mean 'options.threads'?"),
    "syntax of an expression": ("{{ options.threads }}", "{{ options.threads | }}", "21", "expect"),
    "statement": ("{{ options.flags }}", "{% if x %}", "21", "{%"),
    "call": ("{{ options.flags }}", "{{ options.flags.upper() }}", "21", ""),
    "hole in quotes": ("--label {{ options.label }}", "--label '{{ options.label }}'", "21:10", "is in quotes"),
    "default of another type": ("default: 4", "default: four", "10:14", "expected an integer"),
    "default out of bounds": ("default: 4", "default: 0", "10:14", "at least 1"),
    "two options, one variable": ("  label:", "  Threads:", "12:3", "would be the same environment variable"),
    "no description": ("    description: More flags.\n", "", "16:3", "missing 'description'"),
    "list option that is not there": (
        "program:",
        "timepoints: {each: commands}\nprogram:",
        "21:20",
        "unknown option 'commands'",
    ),
    "computed option that is not there": (
        "program:",
        "computed: {flag: '-t {{ options.threads }}'}\nprogram:",
        "21:18",
        "unknown option 'flag'; did you mean 'flags'?",
    ),
    "computed option that is no text": (
        "program:",
        "computed: {threads: '{{ options.flags }}'}\nprogram:",
        "21:12",
        "only an option of type string with a default can be computed",
    ),
    "computed option that reads itself": (
        "program:",
        "computed: {flags: '{{ options.flags }} -t'}\nprogram:",
        "21:19",
        "must read single options that have defaults and are not computed",
    ),
    "computed option that reads nothing": (
        "program:",
        "computed: {flags: '-t {{ pods }}'}\nprogram:",
        "21:19",
        "must read single options",
    ),
    "computed option with an unknown name": (
        "program:",
        "computed: {flags: '-t {{ options.treads }}'}\nprogram:",
        "21:26",
        "did you mean 'options.threads'?",
    ),
    "words for keys without keys": (
        "program:",
        "mapOptions:\n  files: {description: Files., keysWords: a path}\nprogram:",
        "22:10",
        "'keysWords' without 'keys'",
    ),
}


OLD = {
    "rate: {}": (
        "options:\n",
        "options:\n  rate: {}\n",
        "7:3",
        "options.rate: the option has no definition; write `shared: [rate]`",
    ),
    "problem: ''": ("program:", "problem: ''\nprogram:", "21:10", "must not be empty; write `launch: command`"),
    "workingDir: ''": ("program:", "workingDir: ''\nprogram:", "21:13", "must not be empty; remove it"),
    "program: ''": ("program: stream", "program: ''\n#", "21:10", "must not be empty; leave it out"),
    "soleTenancy": (
        "program:",
        "soleTenancy: 'true'\nprogram:",
        "21:1",
        "leave it out: the option `soleTenancy` says it",
    ),
    "timepoints": (
        "program:",
        "timepoints: {count: '3'}\nprogram:",
        "21:14",
        "leave it out: the option `completions` says it",
    ),
    "licence": ("program:", "licence: MIT\nprogram:", "21:1", "it is called 'license' now"),
    "launch without a launcher": ("program:", "launch: command\nprogram:", "21:1", "SingleApplication has no launcher"),
    "launch and problem": (
        "pattern: SingleApplication\n",
        "pattern: LauncherWorker\nlaunch: command\nproblem: a\n",
        "7:1",
        "with `launch: command` there is no ./problem.sh",
    ),
    "two sides without a launcher": (
        "program:",
        "twoSided: true\nprogram:",
        "21:1",
        "twoSided: SingleApplication has no launcher",
    ),
    "two sides without measure_pair": (
        "pattern: SingleApplication\n",
        "pattern: LauncherWorker\ntwoSided: true\n",
        "6:1",
        "there is no function measure_pair in measure.sh",
    ),
    "shared and described": (
        "options:\n",
        "shared: [rate]\noptions:\n  rate: {default: 1}\n",
        "8:3",
        "in `shared` too",
    ),
    "shared by no sheet": ("options:\n", "shared: [rates]\noptions:\n", "6:10", "did you mean 'rate'?"),
}


@pytest.mark.parametrize("case", OLD, ids=str)
def test_older_form_of_a_sheet_is_an_error_that_says_the_new_one(case: str, folder: Path) -> None:
    old, new, place, message = OLD[case]
    assert old in SHEET
    _write(folder, SHEET.replace(old, new, 1))
    ran = run("build", "--catalog", "mine", cwd=folder)
    assert (ran.code, ran.stdout) == (1, "")
    assert f"mine/mem-stream/metric.yaml:{place}: error: " in ran.stderr, ran.stderr
    assert message in ran.stderr


def test_shared_options_act_by_themselves_and_others_of_their_names_do_not(folder: Path) -> None:
    shared = "shared: [rate, completions, workdir, soleTenancy]\n"
    given = "    options: {rate: 7, completions: 3, workdir: /here, soleTenancy: true}\n"
    _write(folder, SHEET.replace("options:\n", f"{shared}options:\n", 1))
    built = run("build", "-", "--catalog", "mine", cwd=folder, stdin=DOCUMENT + given)
    assert built.code == 0, built.stderr
    for part in ("name: MO_ROUNDS", "name: MO_RATE", "workingDir: /here", "podAntiAffinity:"):
        assert part in built.stdout
    own = "".join(
        f"  {name}: {{type: {kind}, default: {default}, description: Something else.}}\n"
        for name, kind, default in (
            ("rate", "integer", 1),
            ("completions", "integer", 1),
            ("workdir", "string", "x"),
            ("soleTenancy", "boolean", "false"),
        )
    )
    _write(folder, SHEET.replace("options:\n", f"options:\n{own}", 1))
    built = run("build", "-", "--catalog", "mine", cwd=folder, stdin=DOCUMENT + given)
    assert built.code == 0, built.stderr
    for part in ("name: MO_ROUNDS", "name: MO_RATE", "workingDir: /here", "podAntiAffinity:"):
        assert part not in built.stdout


def test_words_beside_a_pattern_are_those_of_the_message(folder: Path) -> None:
    _write(
        folder, SHEET.replace("default: a b\n", "default: a\n    pattern: ^[a-z]$\n    patternWords: one letter\n", 1)
    )
    ran = run("build", "-", "--catalog", "mine", cwd=folder, stdin=DOCUMENT + "    options: {label: ab}\n")
    assert "invalid label 'ab'; use one letter" in ran.stderr


@pytest.mark.parametrize("case", WRONG, ids=str)
def test_wrong_sheet_is_refused_with_a_position(case: str, folder: Path) -> None:
    old, new, place, message = WRONG[case]
    assert old in SHEET
    _write(folder, SHEET.replace(old, new, 1))
    ran = run("build", "--catalog", "mine", cwd=folder)
    assert (ran.code, ran.stdout) == (1, "")
    assert ran.stderr.startswith(f"mine/mem-stream/metric.yaml:{place}"), ran.stderr
    assert message in ran.stderr


def test_items_of_a_list_without_a_type_are_text(folder: Path) -> None:
    listed = "listOptions:\n  more: {description: More., default: [-a, 1], items: {minLength: 1}}\nprogram:"
    _write(folder, SHEET.replace("program:", listed) + "timepoints: {each: more}\n")
    built = run("build", "--catalog", "mine", cwd=folder)
    assert built.code == 0, built.stderr


def test_metadata_is_no_name_for_an_option_of_an_addon(folder: Path) -> None:
    sheet = "name: mark\nfamily: x\nsummary: x\noptions:\n  metadata: {type: string, default: x, description: x}\n"
    _write(folder, sheet, "mark", "addon")
    document = DOCUMENT + "    addons: [{name: mark}]\n"
    ran = run("build", "-", "--catalog", "mine", cwd=folder, stdin=document)
    assert ran.stderr.startswith("mine/mark/addon.yaml:5:3: error: the name 'metadata' is taken"), ran.stderr


def test_catalog_that_is_no_folder_is_said(folder: Path) -> None:
    ran = run("build", "--catalog", "nowhere", cwd=folder)
    assert ran.code == 1
    assert "no such folder: 'nowhere'" in ran.stderr
