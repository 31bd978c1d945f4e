"""Both printers of a tree give the same: what Helm renders is what `python_value` says, for every value."""

from __future__ import annotations

import base64
import itertools
import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mocompile.expression.helm_actions import json_text
from mocompile.expression.nodes import (
    LARGEST,
    And,
    Arithmetic,
    Compare,
    Const,
    EnvRef,
    EvaluationError,
    Expr,
    If,
    InstallValue,
    Join,
    Length,
    Not,
    Or,
)
from mocompile.expression.to_data import python_value
from mocompile.expression.to_helm import go_template
from mocompile.expression.tree import (
    EnvList,
    EnvMap,
    Extended,
    FirstPresent,
    KeyPaths,
    MergedTexts,
    Named,
    PodText,
    Present,
    PullSecrets,
    Quantities,
    SoleTenancy,
    Texts,
    When,
)

from tests.expression.scratch_chart import Chart, HelmError, different

if TYPE_CHECKING:
    from pathlib import Path

    from mocompile.expression.nodes import ArithmeticOp, ValueKind
    from mocompile.expression.tree import Tree

HOSTILE = (
    "", " ", "  leading", "trailing \n", "\n", "two\nlines", "tab\there", "\ttab", "CR\rLF\r\n",
    "(", ")", "'", '"', "\\", "\\n", "\\u0041", "`id`", "$(touch /tmp/x)", "$$", "$", "$(MO_PODS)", "$$(MO_PODS)",
    "${HOME}", "{{ 1+1 }}", "{{", "}}", "{{{", "{{{{", "{", "{%- raw %}", "{% raw %}", "{{/* */}}",
    "{{- fail `x` -}}", "{# x #}", "EOF",
    "---", "--- a", "...", "- a", "? a", "a: b", "a #b", "#", "&a", "*a", "!!int 4", "|", ">", "%YAML", "@", "[",
    "{}", "y", "Y", "n", "no", "on", "true", "null", "~", "=", "<<", "4", "-1", "0.5", "1_000", "1e3", "012", "0x1F",
    "0o17", "2026-01-01", "12:30:00", ".inf", ".nan", "+.INF", "1.", "<>&", "a && b > c",
    "\U0001f600", "é", "\u2028", "\u2029", "\ufeff", "\ufeffx\ufeff", "\u0085", "a\u0085b", "\u00a0", "\u007f",
    "\ufffe", "\uffff",
    '"' * 65536,
)  # fmt: skip
OPERATORS: tuple[ArithmeticOp, ...] = ("+", "-", "*", "//", "%")
INTEGERS = (0, -1, 1, 31500000, -31500000, LARGEST, -LARGEST)


def value(path: str, kind: ValueKind = "string") -> InstallValue:
    """An install-time value by its path, written with slashes."""
    return InstallValue(tuple(path.split("/")), kind)


TRACE, PODS, SIZE = value("trace", "boolean"), value("pods", "integer"), value("size")


@pytest.fixture
def chart(tmp_path: Path) -> Chart:
    return Chart(tmp_path)


def assert_same(chart: Chart, tree: dict[str, Tree], values: dict[str, Any], *arguments: str) -> None:
    """Helm and Python give the same; `values` are what Helm's values are with these arguments."""
    assert different(chart.render(tree, values, *arguments), python_value(tree, values)) == {}


def test_a_chart_reads_like_one_that_a_person_wrote() -> None:
    tree: Tree = {
        "kind": "JobSet",
        "spec": {
            "replicas": Arithmetic("-", PODS, Const(1)),
            "network": {"subdomain": Present(value("serviceName"))},
            "suspend": When(value("jobset/suspend", "boolean"), True),
            "nodeSelector": Present(value("pod/nodeSelector", "object")),
            "containers": [
                {
                    "image": value("metrics/io-fio/image"),
                    "args": [PodText(Join((Const('fio --size="$MO_OPT_SIZE" '), EnvRef("MO_OPT_COMMAND"))))],
                    "env": [
                        {"name": "MO_PODS", "value": PodText(PODS)},
                        EnvList("MO_LIST_FLAGS", value("flags", "array")),
                    ],
                },
                When(Compare(">", PODS, Const(1)), {"name": "w", "role": If(TRACE, Const("traced"), Const("plain"))}),
            ],
        },
    }
    assert (
        go_template(tree)
        == """\
kind: "JobSet"
spec:
  replicas: {{ include "mocompile.sub" (list .Values.pods 1) }}
  network:
    {{- if not (ne (include "mocompile.text" .Values.serviceName) "") }} {}
    {{- end }}
    {{- if ne (include "mocompile.text" .Values.serviceName) "" }}
    subdomain: {{ include "mocompile.string" .Values.serviceName }}
    {{- end }}
  {{- if .Values.jobset.suspend }}
  suspend: true
  {{- end }}
  {{- if .Values.pod.nodeSelector }}
  nodeSelector: {{ include "mocompile.json" .Values.pod.nodeSelector }}
  {{- end }}
  containers:
    - image: {{ include "mocompile.string" (index .Values.metrics "io-fio").image }}
      args:
        - {{ include "mocompile.json" (print "fio --size=\\"$$MO_OPT_SIZE\\" " "$(MO_OPT_COMMAND)") }}
      env:
        - name: "MO_PODS"
          value: {{ include "mocompile.podString" .Values.pods }}
        {{- range $position, $item := .Values.flags }}
        - name: "MO_LIST_FLAGS_{{ $position }}"
          value: {{ include "mocompile.podString" $item }}
        {{- end }}
        - name: "MO_LIST_FLAGS_COUNT"
          value: "{{ len (default list .Values.flags) }}"
    {{- if gt (int64 .Values.pods) 1 }}
    - name: "w"
      role: {{ if .Values.trace }}"traced"{{ else }}"plain"{{ end }}
    {{- end }}
"""
    )


# Strings


def hostile_strings(strings: list[Expr]) -> dict[str, Tree]:
    """A tree that puts each of the strings in each place for a string."""
    return {
        "alone": list(strings),
        "pod": [PodText(string) for string in strings],
        "joined": [Join((Const("<{{"), string, Const("}}>"))) for string in strings],
        "joined for the pod": [PodText(Join((Const("$"), string, EnvRef("X")))) for string in strings],
        "chosen": [If(TRACE, string, Const("$")) for string in strings],
        "chosen for the pod": [PodText(If(TRACE, string, EnvRef("X"))) for string in strings],
        "compared": [Compare("==", string, Const("$$")) for string in strings],
        "a test": [If(Compare("==", value("text"), string), Const(1), Const(2)) for string in strings],
        "present": [Present(string) for string in strings],
    }


def test_a_hostile_constant_comes_through_and_runs_nothing(chart: Chart) -> None:
    tree = hostile_strings([Const(text) for text in HOSTILE])
    tree["keys"] = {text: text for text in HOSTILE if len(text) < 1000}
    tree["keys of what may be left out"] = {text: When(TRACE, [text]) for text in HOSTILE if len(text) < 1000}
    assert "{{" not in go_template({"texts": list(HOSTILE), "keys": dict.fromkeys(HOSTILE)})
    for text in (")", "("):
        assert_same(chart, tree, {"trace": True, "text": text})


HOSTILE_VALUES = {f"s{position}": text for position, text in enumerate(HOSTILE)}


@pytest.mark.parametrize("way", ["values.yaml", "-f", "--set-json"])
def test_a_hostile_value_comes_through_and_runs_nothing(chart: Chart, way: str) -> None:
    # Linux bounds one argument at 128 KiB, and JSON doubles a quote.
    texts = {name: text for name, text in HOSTILE_VALUES.items() if way != "--set-json" or len(text) < 50000}
    mapping = {text: text for text in texts.values() if len(text) < 1000}
    values = {
        **texts,
        "trace": True,
        "text": "$$",
        "list": list(texts.values()),
        "mapping": mapping,
        "object": {"a": mapping},
        "sources": {"a": {"valueFrom": {"secretKeyRef": mapping}}, "b": "$(X) $$"},
    }
    tree = hostile_strings([value(name) for name in texts])
    tree["env"] = [EnvList("L", value("list", "array")), EnvMap("M_", value("mapping", "object"))]
    tree["list"] = value("list", "array")
    tree["mapping"] = Present(value("mapping", "object"))
    tree["quantities"] = Quantities(value("object", "object"))
    tree["affinity"] = SoleTenancy(value("object", "object"), TRACE)
    tree["sources"] = [EnvMap("S_", value("sources", "object"), sources=True)]
    tree["merged"] = MergedTexts((value("mapping", "object"), {"text": "replaced"}))
    other = dict.fromkeys(texts, "other") | {"trace": False, "text": "", "list": ["other"]}
    other |= {"mapping": {}, "object": {}, "sources": {}}
    match way:
        case "values.yaml":
            rendered = chart.render(tree, values)
        case "-f":
            rendered = chart.render(tree, other, "-f", str(chart.values("values-mine.yaml", values)))
        case _:
            settings = [f"{name}={json.dumps(given, ensure_ascii=False)}" for name, given in values.items()]
            rendered = chart.render(tree, other, *(word for each in settings for word in ("--set-json", each)))
    assert different(rendered, python_value(tree, values)) == {}


def test_the_reader_of_helm_and_kubectl_reads_strings_as_python_does(chart: Chart) -> None:
    tree: Tree = {"texts": list(HOSTILE), "keys": {text: [value("text")] for text in HOSTILE if len(text) < 1000}}
    chart.template(go_template(tree))
    chart.values("values.yaml", {"text": "\u0085"})
    rendered = chart.folder / "values-rendered.yaml"
    rendered.write_text(chart.text(), encoding="utf-8")
    chart.template("json: {{ .Values | toJson | b64enc }}")
    read = json.loads(base64.b64decode(yaml.safe_load(chart.text("-f", str(rendered)))["json"]))
    assert different({key: read[key] for key in ("texts", "keys")}, python_value(tree, {"text": "\u0085"})) == {}


@pytest.mark.parametrize(
    ("setting", "given"),
    [("4", 4), ("31500000", 31500000), ("-1", -1), ("true", True), ("false", False), ("012", "012"), ("null", None)],
)
def test_text_without_quotes_is_text_all_the_same(chart: Chart, setting: str, given: object) -> None:
    tree = hostile_strings([SIZE])
    others = {"trace": True, "text": setting}
    rendered = chart.render(tree, {"size": "other", **others}, "--set", f"size={setting}")
    assert different(rendered, python_value(tree, {"size": given, **others})) == {}
    assert different(chart.render(tree, {"size": given, **others}), rendered) == {}


# Integers and booleans


def test_an_integer_stays_one_however_it_arrives(chart: Chart) -> None:
    names = [f"i{position}" for position in range(len(INTEGERS))]
    values = dict(zip(names, INTEGERS, strict=True))
    tree: dict[str, Tree] = {
        "alone": [value(name, "integer") for name in names],
        "number": [value(name, "number") for name in names],
        "text": [Join((value(name, "integer"),)) for name in names],
        "pod": [PodText(value(name, "integer")) for name in names],
        "halved": [Arithmetic("//", value(name, "integer"), Const(2)) for name in names],
        "positive": [Compare(">", value(name, "integer"), Const(0)) for name in names],
        "within": value("within", "object"),
        "constants": list(INTEGERS),
    }
    everything = {**values, "within": {"list": list(INTEGERS), "deep": {"x": 31500000}}}
    expected = python_value(tree, everything)
    other = {**dict.fromkeys(names, 7), "within": {}}
    settings = [f"{name}={given}" for name, given in values.items()]
    within = f"within={json.dumps(everything['within'])}"
    ways = {
        "values.yaml": chart.render(tree, everything),
        "-f": chart.render(tree, other, "-f", str(chart.values("values-mine.yaml", everything))),
        "--set": chart.render(tree, other, "--set", ",".join(settings), "--set-json", within),
        "--set-json": chart.render(tree, other, *(f"--set-json={each}" for each in (*settings, within))),
    }
    assert [(way, different(rendered, expected)) for way, rendered in ways.items()] == [(way, {}) for way in ways]


def test_arithmetic_is_that_of_python_whatever_the_signs(chart: Chart) -> None:
    lefts, rights = (-8, -7, -1, 0, 1, 7, LARGEST, -LARGEST), (-3, -2, -1, 1, 2, 3)
    values = {f"l{position}": left for position, left in enumerate(lefts)}
    values |= {f"r{position}": right for position, right in enumerate(rights)}
    tree: dict[str, Tree] = {}
    for op, i, j in itertools.product(OPERATORS, range(len(lefts)), range(len(rights))):
        expr = Arithmetic(op, value(f"l{i}", "integer"), value(f"r{j}", "integer"))
        try:
            python_value(expr, values)
        except EvaluationError:
            continue
        tree[f"{lefts[i]} {op} {rights[j]}"] = expr
        tree[f"nested {lefts[i]} {op} {rights[j]}"] = Arithmetic("%", Arithmetic("//", expr, Const(-5)), Const(4))
    assert len(tree) > 400
    assert_same(chart, tree, values)


@pytest.mark.parametrize(
    ("expr", "says"),
    [
        (Arithmetic("//", PODS, value("zero", "integer")), "division by zero"),
        (Arithmetic("%", PODS, value("zero", "integer")), "division by zero"),
        (Arithmetic("+", PODS, Const(1)), "beyond the integers"),
        (Arithmetic("-", Arithmetic("-", Const(0), PODS), Const(1)), "beyond the integers"),
        (Arithmetic("*", PODS, PODS), "beyond the integers"),
        (Arithmetic("*", PODS, Const(2)), "beyond the integers"),
        # 64 bits wrap around to 0.
        (Arithmetic("*", Arithmetic("+", value("zero", "integer"), Const(2**32)), Const(2**32)), "beyond the integers"),
    ],
)
def test_what_has_no_value_in_python_fails_in_helm(chart: Chart, expr: Expr, says: str) -> None:
    values = {"pods": LARGEST, "zero": 0}
    with pytest.raises(EvaluationError):
        python_value({"x": expr}, values)
    with pytest.raises(HelmError, match=says):
        chart.render({"x": expr}, values)


def test_what_is_not_reached_is_not_computed(chart: Chart) -> None:
    zero = value("zero", "integer")
    failing = Arithmetic("//", PODS, zero)
    none = Compare("==", zero, Const(0))
    tree: dict[str, Tree] = {
        "if": If(none, Const(1), failing),
        "if in arithmetic": Arithmetic("+", If(none, Const(1), failing), Const(1)),
        "if in text": Join((Const("<"), If(none, SIZE, Join((failing,))), Const(">"))),
        "if in a comparison": Compare(">", If(Not(none), failing, PODS), Const(1)),
        "if of booleans": If(none, TRACE, Compare(">", failing, Const(1))),
        "not": Not(If(none, TRACE, Compare(">", failing, Const(1)))),
        "and": And(Not(none), Compare(">", failing, Const(1))),
        "or": Or(none, Compare(">", failing, Const(1))),
        "when": When(And(Not(none), Compare(">", failing, Const(1))), 1),
        "body": When(Not(none), failing),
    }
    assert_same(chart, tree, {"zero": 0, "pods": 4, "size": "4G", "trace": False})


# What is left out


def optional() -> dict[str, Tree]:
    """Everything that may vanish, in everything that may be empty."""
    a, b, c = (value(name, "boolean") for name in "abc")
    text, array, object_ = value("text"), value("array", "array"), value("object", "object")
    nodes: dict[str, Tree] = {
        "when": When(a, {"x": b}),
        "when in when": When(a, When(b, When(Not(c), "x"))),
        "when present": When(a, Present(text)),
        "text": Present(text),
        "joined": Present(Join((text, text))),
        "pod text": Present(PodText(text)),
        "reference": Present(PodText(Join((EnvRef("X"), text)))),
        "chosen": Present(If(a, text, Const(""))),
        "array": Present(array),
        "object": Present(object_),
        "integer": Present(value("integer", "integer")),
        "boolean": Present(a),
        "first": Present(FirstPresent((object_, value("other", "object")))),
        "quantities": Present(Quantities(object_)),
        "merged": Present(MergedTexts((object_, value("other", "object")))),
        "affinity": Present(SoleTenancy(object_, b)),
        "nothing": Present(None),
        "empty": Present({}),
        "constant": Present({"x": [1]}),
        "mapping": Present({"x": When(a, 1), "y": When(b, 1), "z": Present(text)}),
        "list": Present([When(a, 1), Present(array)]),
        "first key": {"x": When(a, 1), "y": 2},
    }
    return {
        **nodes,
        "list of all": list(nodes.values()),
        "each alone in a mapping": [{"k": node} for node in nodes.values()],
        "each alone in a list": [[node] for node in nodes.values()],
        "each alone in one that may vanish": {name: Present({"k": [node]}) for name, node in nodes.items()},
        "env": [When(a, {"name": "A"}), EnvMap("O_", object_)],
        "env that may vanish": Present([EnvMap("O_", object_)]),
    }


@pytest.mark.parametrize("given", [True, False], ids=["given", "not given"])
def test_what_is_left_out_is_left_out_by_both(chart: Chart, given: bool) -> None:
    full = {"text": "0", "array": [{}], "object": {"x": "$"}, "integer": 0, "other": {"y": 1}}
    empty: dict[str, Any] = {"text": "", "array": [], "object": {}, "integer": None, "other": None}
    for a, b, c in itertools.product((True, False), repeat=3):
        assert_same(chart, optional(), {"a": a, "b": b, "c": c, **(full if given else empty)})


def test_null_is_as_good_as_empty(chart: Chart) -> None:
    names = ("text", "array", "object", "integer", "other")
    assert_same(chart, optional(), {"a": True, "b": False, "c": False, **dict.fromkeys(names)})


def test_a_template_in_which_all_is_left_out_is_an_empty_mapping(chart: Chart) -> None:
    assert chart.render({"x": When(TRACE, 1)}, {"trace": False}) == {}
    assert (go_template({}), go_template([])) == ("{}\n", "[]\n")


@pytest.mark.parametrize(
    "tree", [EnvRef("X"), {"x": EnvRef("X")}, {"x": [Join((EnvRef("X"), SIZE))]}, When(TRACE, {}), "text"]
)
def test_what_stands_where_it_cannot_is_refused(tree: Tree) -> None:
    with pytest.raises(ValueError, match=r"is valid only in|expected a mapping or a list"):
        go_template(tree)


# Structures


@pytest.mark.parametrize(
    "resources", [None, {}, {"limits": {"cpu": 4, "memory": "16Gi", "nvidia.com/gpu": 31500000, "x": 0.5}}]
)
def test_resources_are_those_of_the_first_that_has_any_and_quantities_are_text(chart: Chart, resources: object) -> None:
    first = FirstPresent((value("resources", "object"), value("set", "object"), {"requests": {"cpu": 1}}))
    tree: dict[str, Tree] = {
        "first": first,
        "quantities": Quantities(first),
        "empty": Quantities(value("resources", "object")),
        "nested": FirstPresent((Quantities(value("resources", "object")), value("set", "object"))),
        "constant": Quantities({"limits": {"cpu": 4, "y": True, "z": None}}),
        "mixed": Present(Quantities({"cpu": 2})),
    }
    for of_set in (None, {"requests": {"cpu": 2, "claims": [{"name": "x", "n": 1}], "y": True}}):
        assert_same(chart, tree, {"resources": resources, "set": of_set})


@pytest.mark.parametrize("alone", [True, False])
def test_sole_tenancy_is_added_to_the_affinity_of_the_user(chart: Chart, alone: bool) -> None:
    required = "requiredDuringSchedulingIgnoredDuringExecution"
    mine = {"topologyKey": "zone", "namespaces": [], "n": 31500000}
    affinities: dict[str, Any] = {
        "none": None,
        "empty": {},
        "node": {"nodeAffinity": {required: {"nodeSelectorTerms": [{"matchExpressions": []}]}}},
        "anti": {"podAntiAffinity": {required: [mine], "preferredDuringSchedulingIgnoredDuringExecution": []}},
        "no terms": {"podAntiAffinity": {required: []}, "podAffinity": {}},
    }
    tree: dict[str, Tree] = {}
    for name in affinities:
        node = SoleTenancy(value(name, "object"), TRACE)
        tree |= {
            f"{name}, plain": node,
            f"{name}, present": Present(node),
            f"{name}, alone": SoleTenancy(value(name, "object"), Const(True)),
        }
    assert_same(chart, tree, {**affinities, "trace": alone})
    rendered = python_value(tree, {**affinities, "trace": True})
    assert [term.get("topologyKey") for term in rendered["anti, plain"]["podAntiAffinity"][required]] == [
        "zone",
        "kubernetes.io/hostname",
    ]


def test_labels_without_quotes_are_text(chart: Chart) -> None:
    labels = value("labels", "object")
    tree: dict[str, Tree] = {
        "labels": Texts(labels),
        "present": [Present(Texts(labels)), {"x": Present(Texts(labels))}],
        "constant": Texts({"team": 4, "on": True, "text": "{{ 1 }}"}),
        "first": FirstPresent((Texts(labels), {"a": "b"})),
    }
    texts = {f"k{text}": text for text in HOSTILE if len(text) < 100}
    mappings: tuple[Any, ...] = ({}, {"team": 31500000, "on": True, "off": False, "half": 0.5, "$": "$(A)", **texts})
    for mapping in mappings:
        assert_same(chart, tree, {"labels": mapping})


def test_a_mapping_of_its_own_has_the_entries_of_another_behind_it(chart: Chart) -> None:
    more, on = value("more", "object"), value("on", "boolean")
    tree: dict[str, Tree] = {
        "plain": Extended({"own": "a", "when": When(on, "b")}, more),
        "present": Present(Extended({"when": When(on, "b")}, more)),
        "alone": Extended({}, more),
        "list": [Extended({"own": "a"}, more), Present(Extended({}, more))],
    }
    texts = {f"k{text}": text for text in HOSTILE if len(text) < 100}
    for switched in (True, False):
        for mapping in (None, {}, {"team": 31500000, "on": True, "off": False, "y": "n", **texts}):
            assert_same(chart, tree, {"more": mapping, "on": switched})


def test_a_named_template_stands_for_its_text(chart: Chart) -> None:
    tree: dict[str, Tree] = {"name": Named("mocompile.name", "ignored"), "list": [Named("mocompile.name", "ignored")]}
    chart.template('{{- define "mocompile.name" }}{{ .Release.Name }}: "{{ .Values.x }}"{{ end }}' + go_template(tree))
    chart.values("values.yaml", {"x": "$"})
    assert yaml.safe_load(chart.text()) == {"name": 'release: "$"', "list": ['release: "$"']}
    assert python_value(tree, {}) == {"name": "ignored", "list": ["ignored"]}


def test_pull_secrets_are_named_once(chart: Chart) -> None:
    names = (value("a"), value("b"), Const("fixed"), "plain")
    tree: dict[str, Tree] = {
        "merged": PullSecrets(value("written", "array"), names),
        "present": Present(PullSecrets(value("written", "array"), (value("a"), value("b")))),
        "none": PullSecrets(value("written", "array"), ()),
    }
    written = [{"name": "mine"}, {"name": "fixed", "note": "kept"}, {}]
    cases: tuple[dict[str, Any], ...] = (
        {"written": written, "a": "mine", "b": "new"},
        {"written": [], "a": "same", "b": "same"},
        {"written": None, "a": "", "b": None},
    )
    for values in cases:
        assert_same(chart, tree, values)
    merged = python_value(tree, cases[0])["merged"]
    assert [secret.get("name") for secret in merged] == ["mine", "fixed", None, "new", "plain"]


def test_keys_and_paths_become_items_in_a_stable_order(chart: Chart) -> None:
    tree: dict[str, Tree] = {
        "items": KeyPaths(value("mapping", "object")),
        "present": [Present(KeyPaths(value("mapping", "object")))],
        "constant": KeyPaths({"b": "x", "a": "{{ 1 }}"}),
        "mixed": FirstPresent((KeyPaths(value("mapping", "object")), [{"key": "k"}])),
    }
    mappings: tuple[Any, ...] = (None, {}, {"b": "y", "B": "$(A)", "_": "{{ 1 }}", "é": "\u0085"})
    for mapping in mappings:
        assert_same(chart, tree, {"mapping": mapping})


def test_lists_and_mappings_become_variables_in_a_stable_order(chart: Chart) -> None:
    array, mapping = value("array", "array"), value("mapping", "object")
    tree: dict[str, Tree] = {
        "env": [EnvList("L", array), EnvMap("M_", mapping), {"name": "LAST", "value": "x"}],
        "constant": [EnvList("C", ["$(A)", 4, True, None]), EnvMap("", {"b": "$", "a": ""})],
        "count": Length(array),
        "many": Compare(">", Length(mapping), Const(1)),
    }
    given = {
        "array": ["$(A)", "", None, 31500000, True, "{{ 1 }}"],
        "mapping": {"b": 1, "B": "$", "a": False, "é": "", "_": "x"},
    }
    empty: tuple[dict[str, Any], ...] = ({"array": [], "mapping": {}}, {"array": None, "mapping": None})
    for values in (given, *empty):
        assert_same(chart, tree, values)
    names = [entry["name"] for entry in python_value(tree, given)["env"]]
    assert names[5:-1] == ["L_5", "L_COUNT", "M_B", "M__", "M_a", "M_b", "M_é"]


def test_a_path_may_have_steps_that_are_no_names_in_go(chart: Chart) -> None:
    steps = ("io-fio", "a.b", "4", "é", 'quo"te', "{{ x }}", "end", "$", "nil")
    values: dict[str, Any] = {step: {"options": {step: {"size": f"{step}!"}}} for step in steps}
    tree: dict[str, Tree] = {step: InstallValue((step, "options", step, "size"), "string") for step in steps}
    assert_same(chart, tree, values)


# What nobody thought of

TEXTS = st.one_of(
    st.sampled_from([text for text in HOSTILE if len(text) < 100]),
    st.text(st.characters(exclude_categories=("Cs", "Cc"), include_characters="\t\n\r\u0085"), max_size=8),
)
SMALL = st.integers(-9, 9)
KEYS = st.text("abYn-_.$", min_size=1, max_size=3)


@st.composite
def expressions(draw: st.DrawFn, kind: str = "any", depth: int = 2) -> Any:
    """An expression of a kind (`integer`, `string`, `boolean`, `any`) with at most so many levels below it."""
    if kind == "any":
        kind = draw(st.sampled_from(["integer", "string", "boolean"]))
    forms = (
        {**LEAVES[kind]} if depth == 0 else {**LEAVES[kind], **OPERATIONS[kind], "if": (If, ("boolean", kind, kind))}
    )
    make, operands = forms[draw(st.sampled_from(sorted(forms)))]
    if make is Join:
        return Join(tuple(draw(st.lists(expressions(depth=depth - 1), max_size=3))))
    drawn = [draw(expressions(each, depth - 1)) if isinstance(each, str) else draw(each) for each in operands]
    return make(*drawn)


EQUAL = st.sampled_from(["==", "!="])
LEAVES: dict[str, dict[str, Any]] = {
    "integer": {
        "constant": (Const, (SMALL,)),
        "value": (value, (st.sampled_from(["i", "j"]), st.just("integer"))),
        "length": (Length, (st.just(value("array", "array")),)),
    },
    "string": {"constant": (Const, (TEXTS,)), "value": (value, (st.sampled_from(["s", "t-t"]),))},
    "boolean": {"value": (value, (st.sampled_from(["b", "c"]), st.just("boolean")))},
}
OPERATIONS: dict[str, dict[str, Any]] = {
    "integer": {"arithmetic": (Arithmetic, (st.sampled_from(OPERATORS), "integer", "integer"))},
    "string": {"join": (Join, ())},
    "boolean": {
        "order": (Compare, (st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), "integer", "integer")),
        "same text": (Compare, (EQUAL, "string", "string")),
        "same": (Compare, (EQUAL, "boolean", "boolean")),
        "not": (Not, ("boolean",)),
        "and": (And, ("boolean", "boolean")),
        "or": (Or, ("boolean", "boolean")),
    },
}
POD_TEXT = st.lists(st.one_of(expressions(), st.just(EnvRef("REF"))), max_size=3).map(
    lambda parts: PodText(Join(tuple(parts)))
)
STRUCTURES = st.sampled_from(
    [
        value("array", "array"),
        value("object", "object"),
        Quantities(value("object", "object")),
        Texts(value("object", "object")),
        KeyPaths(value("object", "object")),
        FirstPresent((value("object", "object"), {"a": 1})),
        SoleTenancy(value("object", "object"), value("b", "boolean")),
    ]
)


def containers(below: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Mappings and lists of what is below, of which entries may be left out."""
    entry = st.one_of(below, st.builds(When, expressions("boolean"), below), st.builds(Present, below))
    env = st.sampled_from([EnvList("L", value("array", "array")), EnvMap("M", value("object", "object"))])
    return st.one_of(st.dictionaries(KEYS, entry, max_size=3), st.lists(st.one_of(entry, env), max_size=3))


TREES = st.recursive(st.one_of(expressions(), POD_TEXT, STRUCTURES, TEXTS, SMALL, st.none()), containers, max_leaves=6)
VALUES = st.fixed_dictionaries(
    {
        "i": SMALL, "j": SMALL, "s": TEXTS, "t-t": TEXTS, "b": st.booleans(), "c": st.booleans(),
        "array": st.lists(TEXTS, max_size=3), "object": st.dictionaries(KEYS, TEXTS, max_size=3),
    }
)  # fmt: skip


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(trees=st.lists(TREES, min_size=40, max_size=50), values=VALUES)
def test_any_tree_comes_out_the_same(
    tmp_path_factory: pytest.TempPathFactory, trees: list[Any], values: dict[str, Any]
) -> None:
    cases: dict[str, Tree] = {}
    for position, tree in enumerate(trees):
        try:
            # At compile time an error may come earlier: in a branch that these values do not take.
            go_template([tree])
            python_value([tree], values)
        except EvaluationError:
            continue
        cases[f"case {position}"] = [tree]
    assert_same(Chart(tmp_path_factory.mktemp("chart")), cases, values)


def test_a_json_string_is_one_to_every_reader() -> None:
    for text in HOSTILE:
        assert json.loads(json_text(text)) == text
        assert yaml.safe_load(json_text(text)) == text
