"""Merge: what overlays and settings make of a base, and where each value comes from."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import yaml
from hypothesis import given, reject
from hypothesis import strategies as st
from mocompile.diagnostics.finding import Finding, InputError
from mocompile.diagnostics.place import Place
from mocompile.document.load import Document, load_text
from mocompile.document.merge import merge, sources_of
from mocompile.document.set_path import parse_setting
from mocompile.document.tree import Argument, Map, Seq, Value, place_of, walk

BASE = """\
apiVersion: flux-framework.org/v1alpha2
kind: MetricSet
metadata: {name: io}
spec:
  pods: 2
  pod:
    labels: {team: hpc}
    tolerations:
      - {key: a}
      - {key: b}
  metrics:
    - name: io-fio
      options: {size: 1G, rw: read}
      listOptions: {commands: [one, two]}
      addons:
        - name: volume-empty
          options: {path: /data}
    - name: app-lammps
      id: small
    - name: app-lammps
      id: large
"""


def document(text: str, name: str = "metrics.yaml") -> Document:
    (loaded,) = load_text(text, name)
    return loaded


def merged(*overlays: str, base: str = BASE, settings: tuple[str, ...] = ()) -> Document:
    documents = [document(text, f"overlay-{position}.yaml") for position, text in enumerate(overlays)]
    return merge(document(base), documents, [parse_setting(setting) for setting in settings])


def findings(*overlays: str, base: str = BASE, settings: tuple[str, ...] = ()) -> tuple[Finding, ...]:
    with pytest.raises(InputError) as error:
        merged(*overlays, base=base, settings=settings)
    return error.value.findings


def the_finding(*overlays: str, base: str = BASE, settings: tuple[str, ...] = ()) -> Finding:
    (finding,) = findings(*overlays, base=base, settings=settings)
    return finding


def at(root: Value, *path: str | int) -> Any:
    for step in path:
        root = root[step]  # type: ignore[index]
    return root


def layout(root: Map) -> list[tuple[Any, Any, Place, Place]]:
    """All that a tree says: values, order, and places of keys and values."""
    return [
        (path, value if isinstance(value, str) else type(value), place_of(root, path), place_of(root, path, key=True))
        for path, value in walk(root)
    ]


# Overlays


def test_mappings_merge_key_by_key_in_the_order_of_the_base() -> None:
    root = merged("spec:\n  deadlineSeconds: 5\n  pods: 8\n").root
    assert list(at(root, "spec")) == ["pods", "pod", "metrics", "deadlineSeconds"]
    assert at(root, "spec", "pods") == "8"
    assert at(root, "spec", "pod", "labels") == {"team": "hpc"}


def test_every_value_keeps_the_place_where_it_was_written() -> None:
    root = merged("spec:\n  metrics:\n    - name: io-fio\n      options: {size: 4G, new: x}\n").root
    options = ("spec", "metrics", 0, "options")
    assert place_of(root, (*options, "size")) == Place("overlay-0.yaml", 4, 23, 2)
    assert place_of(root, (*options, "new"), key=True) == Place("overlay-0.yaml", 4, 27, 3)
    assert place_of(root, (*options, "rw")) == Place("metrics.yaml", 13, 31, 4)
    assert place_of(root, options).source == "metrics.yaml"


def test_overlays_apply_in_their_order_and_then_the_settings() -> None:
    assert at(merged("spec: {pods: 3}", "spec: {pods: 4}").root, "spec", "pods") == "4"
    root = merged("spec: {pods: 3}", settings=("spec.pods=5", "spec.pods=6")).root
    assert at(root, "spec", "pods") == "6"
    assert place_of(root, ("spec", "pods")) == Place("--set spec.pods=6", 1, 11, 1)


def test_null_takes_a_key_back_to_its_default() -> None:
    root = merged("spec: {pods: null, pod: {labels: ~}, metrics: [{name: io-fio, options: {size: }}]}").root
    assert "pods" not in at(root, "spec")
    assert "labels" not in at(root, "spec", "pod")
    assert at(root, "spec", "metrics", 0, "options") == {"rw": "read"}


def test_a_key_that_was_taken_back_can_be_set_anew_and_holds_nothing_of_before() -> None:
    root = merged("spec: {pod: null}", "spec: {pod: {serviceAccountName: x}}").root
    assert at(root, "spec", "pod") == {"serviceAccountName": "x"}


def test_keys_without_a_value_are_dropped_everywhere_also_without_overlays() -> None:
    assert merged(base="a: {b: , c: [{d: ~, e: 1}]}\nf:\n").root == {"a": {"c": [{"e": "1"}]}}


def test_items_merge_by_id_or_by_a_name_that_stands_once() -> None:
    overlay = """
spec:
  metrics:
    - {id: large, image: big}
    - name: io-fio
      addons: [{name: volume-empty, options: {path: /scratch}}, {name: perf-commands}]
    - {name: network-netmark}
"""
    metrics = at(merged(overlay).root, "spec", "metrics")
    assert [item["name"] for item in metrics] == ["io-fio", "app-lammps", "app-lammps", "network-netmark"]
    assert [item.get("image") for item in metrics] == [None, None, "big", None]
    assert metrics[0]["addons"] == [
        {"name": "volume-empty", "options": {"path": "/scratch"}},
        {"name": "perf-commands"},
    ]
    assert metrics[0]["options"] == {"size": "1G", "rw": "read"}


def test_an_item_without_an_id_goes_by_its_name_where_that_stands_once() -> None:
    assert at(merged("spec: {metrics: [{id: io-fio, image: x}]}").root, "spec", "metrics", 0, "image") == "x"


def test_an_item_with_an_id_of_its_own_is_another_item() -> None:
    metrics = at(merged("spec: {metrics: [{id: second, name: io-fio}]}").root, "spec", "metrics")
    assert [item.get("id") for item in metrics] == [None, "small", "large", "second"]


@pytest.mark.parametrize(
    ("overlay", "path", "expected"),
    [
        (
            "spec: {metrics: [{name: io-fio, listOptions: {commands: [x]}}]}",
            ("spec", "metrics", 0, "listOptions", "commands"),
            ["x"],
        ),
        ("spec: {pod: {tolerations: [{key: c}]}}", ("spec", "pod", "tolerations"), [{"key": "c"}]),
        ("spec: {metrics: []}", ("spec", "metrics"), []),
        ("spec: {metrics: [io-fio]}", ("spec", "metrics"), ["io-fio"]),
        ("spec: {pod: text}", ("spec", "pod"), "text"),
        ("spec: {pods: {a: b}}", ("spec", "pods"), {"a": "b"}),
    ],
)
def test_anything_else_replaces_what_was_there(overlay: str, path: tuple[str | int, ...], expected: Any) -> None:
    root = merged(overlay).root
    assert at(root, *path) == expected
    assert place_of(root, path).source == "overlay-0.yaml"


def test_a_name_that_stands_twice_asks_for_an_id_and_says_where() -> None:
    finding = the_finding("spec:\n  metrics:\n    - name: app-lammps\n      image: x\n")
    assert finding.message == (
        "the list has 2 items 'app-lammps', at positions 1 (metrics.yaml:18) and 2 (metrics.yaml:20)"
    )
    assert finding.hint == "use the `id`: 'small' or 'large'"
    assert finding.place == Place("overlay-0.yaml", 3, 13, 10)


def test_names_that_stand_twice_without_ids_ask_for_them_in_the_base() -> None:
    finding = the_finding("a: [{name: x, k: 1}]", base="a: [{name: x}, {name: x}]")
    assert finding.hint == "give each an `id`, and use the id here"


def test_two_items_of_an_overlay_cannot_mean_the_same_item() -> None:
    finding = the_finding("spec: {metrics: [{name: io-fio, image: x},\n {name: io-fio, image: y}]}")
    assert finding.message == "this means the same item of the base (position 0) as the one at overlay-0.yaml:1"


def test_an_item_that_says_no_name_is_not_guessed() -> None:
    assert the_finding("spec: {metrics: [{image: x}]}").message == "this item has neither an id nor a name"


def test_an_overlay_may_repeat_what_it_changes_but_not_be_something_else() -> None:
    assert merged("apiVersion: flux-framework.org/v1alpha2\nkind: MetricSet\nmetadata: {name: io}").root
    finding = the_finding("kind: ConfigMap")
    assert finding.message == "kind is 'ConfigMap' in this overlay, and 'MetricSet' in the base (metrics.yaml:2)"
    assert the_finding("apiVersion: v1").place == Place("overlay-0.yaml", 1, 13, 2)


def test_a_null_in_a_list_is_found_wherever_it_comes_from() -> None:
    assert the_finding(base="a: [x, ~]").message == "this item of the list has no value"
    path = "spec.metrics[io-fio].listOptions.commands[0]"
    assert the_finding(settings=(f"{path}=null",)).place == Place(f"--set {path}=null", 1, len(path) + 2, 4)


def test_all_findings_come_at_once() -> None:
    overlay = "kind: X\nspec: {metrics: [{image: x}, {name: app-lammps}]}"
    assert len(findings(overlay, settings=("spec.pods.x=1", "spec.metrics[no].x=1"), base=BASE + "  x: [~]\n")) == 6


# Settings


@pytest.mark.parametrize(
    ("setting", "path", "expected"),
    [
        ("spec.pods=8", ("spec", "pods"), "8"),
        ("spec.metrics[io-fio].options.size=2G", ("spec", "metrics", 0, "options", "size"), "2G"),
        ("spec.metrics[io-fio].options.new=a=b,c", ("spec", "metrics", 0, "options", "new"), "a=b,c"),
        ("spec.metrics[large].image=x", ("spec", "metrics", 2, "image"), "x"),
        ("spec.metrics.1.image=x", ("spec", "metrics", 1, "image"), "x"),
        (
            "spec.metrics[0].addons[volume-empty].options.path=/x",
            ("spec", "metrics", 0, "addons", 0, "options", "path"),
            "/x",
        ),
        ("spec.metrics[0].listOptions.commands[1]=x", ("spec", "metrics", 0, "listOptions", "commands", 1), "x"),
        ('spec.pod.labels["a.b/c"]=x', ("spec", "pod", "labels", "a.b/c"), "x"),
        ("spec.pod.nodeSelector.disk=ssd", ("spec", "pod", "nodeSelector", "disk"), "ssd"),
        ("spec.logging.interactive=true", ("spec", "logging", "interactive"), "true"),
        ('spec.pod.labels["0"]=x', ("spec", "pod", "labels", "0"), "x"),
        ("spec.pod.labels={a: b}", ("spec", "pod", "labels"), "{a: b}"),
        ("spec.metrics[io-fio]=x", ("spec", "metrics", 0), "x"),
    ],
)
def test_a_setting_puts_its_text_where_the_path_leads(setting: str, path: tuple[str | int, ...], expected: str) -> None:
    root = merged(settings=(setting,)).root
    assert at(root, *path) == expected
    assert isinstance(at(root, *path), Argument)
    place = place_of(root, path)
    assert (place.source, place.column) == (f"--set {setting}", setting.rindex(expected) + 1)


@pytest.mark.parametrize("setting", ["spec.pods=null", "spec.none.such.key=null", "spec.none=null"])
def test_setting_null_leaves_no_key_behind(setting: str) -> None:
    spec = at(merged(settings=(setting,)).root, "spec")
    assert "none" not in spec
    assert ("pods" in spec) == (setting != "spec.pods=null")


@pytest.mark.parametrize(
    ("setting", "message", "column"),
    [
        ("spec.metrics[9].image=x", "no item 9: the list has 3 items, counted from 0", 14),
        ("spec.metrics[io-foi].image=x", "no item in this list has the id or name 'io-foi'", 14),
        ("spec.metrics[app-lammps].image=x", "the list has 2 items 'app-lammps'", 14),
        ("spec.pods.x=1", "'spec.pods' is neither a mapping nor a list: there is no 'x' in it", 11),
        ("spec.other[0].x=1", "there is no list 'spec.other', so it has no item 0", 12),
    ],
)
def test_a_path_that_leads_nowhere_says_where_it_ends(setting: str, message: str, column: int) -> None:
    finding = the_finding(settings=(setting,))
    assert finding.message.startswith(message)
    assert finding.place is not None
    assert (finding.place.source, finding.place.column) == (f"--set {setting}", column)


def test_the_merged_document_has_the_lines_of_all_it_was_made_of() -> None:
    whole = merged("spec: {pods: 3}", settings=("spec.pods=4",))
    assert set(whole.sources) == {"metrics.yaml", "overlay-0.yaml", "--set spec.pods=4"}
    assert whole.sources["--set spec.pods=4"] == ("spec.pods=4",)
    for path, _ in walk(whole.root):
        place = place_of(whole.root, path)
        assert len(whole.sources[place.source]) >= place.line
    assert sources_of([document(BASE)]) == document(BASE).sources


# Properties

NAMES = st.sampled_from(["a", "b", "c", "d"])
SCALARS = st.text(alphabet="xyz01", max_size=3) | st.integers(0, 9)


def named(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"name": f"n{position}", **item} for position, item in enumerate(items)]


DATA = st.recursive(
    SCALARS,
    lambda inner: (
        st.dictionaries(NAMES, inner, max_size=3)
        | st.lists(inner, max_size=3)
        | st.lists(st.dictionaries(NAMES, inner, max_size=2), max_size=3).map(named)
    ),
    max_leaves=12,
)
ROOTS = st.dictionaries(NAMES, DATA, max_size=4)


def dumped(data: Any, name: str = "x.yaml") -> Document:
    return document(yaml.safe_dump(data), name)


@given(ROOTS)
def test_a_base_merged_with_itself_or_with_nothing_is_itself(data: dict[str, Any]) -> None:
    base = dumped(data)
    assert layout(merge(base).root) == layout(base.root)
    assert layout(merge(base, [dumped({}, "empty.yaml")]).root) == layout(base.root)
    assert merge(base, [base]).root == base.root


@given(ROOTS, ROOTS)
def test_merging_changes_nothing_that_came_in(one: dict[str, Any], other: dict[str, Any]) -> None:
    base, overlay = dumped(one), dumped(other, "overlay.yaml")
    before = copy.deepcopy((layout(base.root), layout(overlay.root)))
    try:
        merge(base, [overlay, overlay], [parse_setting("a.b.c=1"), parse_setting("a[n0].x=2"), parse_setting("b=null")])
    except InputError as error:
        assert all(isinstance(finding.place, Place) for finding in error.findings)  # noqa: PT017
    assert (layout(base.root), layout(overlay.root)) == before


@given(ROOTS, ROOTS)
def test_an_overlay_applied_twice_is_applied_once(one: dict[str, Any], other: dict[str, Any]) -> None:
    base, overlay = dumped(one), dumped(other, "overlay.yaml")
    try:
        once = merge(base, [overlay])
    except InputError:
        reject()  # an item that could be one or another
    assert merge(base, [overlay, overlay]).root == once.root
    assert all(isinstance(value, (Map, Seq, str)) for _, value in walk(once.root))
