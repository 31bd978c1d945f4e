"""Address: what `--set PATH=VALUE` says, and which item of a list a segment means."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mocompile.diagnostics.finding import Finding, InputError
from mocompile.diagnostics.place import Place
from mocompile.document.load import load_value
from mocompile.document.set_path import Segment, find_item, parse_setting
from mocompile.document.tree import Argument, Seq


def steps(argument: str) -> list[str]:
    return [segment.text for segment in parse_setting(argument).segments]


def refused(argument: str) -> Finding:
    with pytest.raises(InputError) as error:
        parse_setting(argument)
    (finding,) = error.value.findings
    return finding


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("spec.pods", ["spec", "pods"]),
        ("spec.metrics[io-fio].options.size", ["spec", "metrics", "io-fio", "options", "size"]),
        ("spec.metrics[0].image", ["spec", "metrics", "0", "image"]),
        ("spec.metrics.0.image", ["spec", "metrics", "0", "image"]),
        (
            "spec.metrics[io-fio].addons[volume-empty].options.path",
            [*["spec", "metrics", "io-fio", "addons"], "volume-empty", "options", "path"],
        ),
        ('spec.pod.labels["app.kubernetes.io/name"]', ["spec", "pod", "labels", "app.kubernetes.io/name"]),
        ("spec.pod.labels['a.b/c']", ["spec", "pod", "labels", "a.b/c"]),
        ("spec.pod.labels[a.b/c]", ["spec", "pod", "labels", "a.b/c"]),
        (r"spec.pod.labels.a\.b/c", ["spec", "pod", "labels", "a.b/c"]),
        (r"a.b\\c.d\=e.f\[g", ["a", "b\\c", "d=e", "f[g"]),
        ('["a]b"][x=y]["say \\"hi\\""]', ["a]b", "x=y", 'say "hi"']),
        ("é.😀 b", ["é", "😀 b"]),
    ],
)
def test_a_path_is_names_with_dots_and_brackets(path: str, expected: list[str]) -> None:
    assert steps(f"{path}=x") == expected


@pytest.mark.parametrize(
    "value", ["8", "", "a=b=c", "a,b", "one\ntwo\ttab", "[a, b]", " x ", "null ", "'null'", "{{ }}", "😀"]
)
def test_a_value_is_everything_after_the_first_equals_sign(value: str) -> None:
    setting = parse_setting(f"spec.pods={value}")
    assert setting.value == value
    assert isinstance(setting.value, Argument)


def test_null_means_the_default() -> None:
    assert parse_setting("spec.pods=null").value is None


def test_segments_and_the_value_know_their_place_in_the_argument() -> None:
    argument = 'spec.metrics["io-fio"].options=a b'
    setting = parse_setting(argument)
    source = f"--set {argument}"
    assert [segment.place for segment in setting.segments] == [
        Place(source, 1, 1, 4),
        Place(source, 1, 6, 7),
        Place(source, 1, 14, 8),
        Place(source, 1, 24, 7),
    ]
    assert [segment.until for segment in setting.segments] == [
        "spec",
        "spec.metrics",
        'spec.metrics["io-fio"]',
        'spec.metrics["io-fio"].options',
    ]
    assert setting.place == Place(source, 1, 32, 3)
    assert setting.lines == (argument,)


def test_a_long_argument_has_a_short_name_on_one_line() -> None:
    setting = parse_setting("spec.x=" + "a\n" * 5000)
    assert setting.source.startswith("--set spec.x=a a a")
    assert len(setting.source) < 100
    assert setting.place == Place(setting.source, 1, 8, 1)


@pytest.mark.parametrize(
    ("argument", "message", "column"),
    [
        ("", "missing name in the path", 1),
        ("=x", "missing name in the path", 1),
        (".a=x", "missing name in the path", 1),
        ("a..b=x", "missing name in the path", 3),
        ("a.=x", "missing name in the path", 3),
        ("a.[b]=x", "missing name in the path", 3),
        ("spec.pods", "missing '=' and a value", 10),
        ("a[b=x", "missing ']' after this '['", 2),
        ("a[]=x", "missing name or position after this '['", 2),
        ('a[""]=x', "missing name between these quotes", 2),
        ('a["b"c]=x', "missing ']' after this '['", 2),
        ('a["b=x', "missing name or position after this '['", 2),
        ("a[b]c=x", "expected '.', '[' or '='", 5),
        ("a]=x", "expected '.', '[' or '='", 2),
        ("a\\", "expected '.', '[' or '='", 2),
        ("a=b\x00", "invalid control character U+0000", 4),
        ("a=b\udcff", "invalid UTF-8: half of a character (U+DCFF)", 4),
    ],
)
def test_what_is_no_path_and_value_says_where(argument: str, message: str, column: int) -> None:
    finding = refused(argument)
    assert finding.message == message
    assert finding.place is not None
    assert finding.place.column == column


def test_a_path_has_an_end() -> None:
    assert refused("a" + ".a" * 64 + "=x").message == "a path has at most 64 segments"


@given(st.text(alphabet="ab0.[]=\"'\\ \n", max_size=20))
def test_any_argument_is_a_setting_or_an_input_error(argument: str) -> None:
    try:
        setting = parse_setting(argument)
    except InputError:
        return
    assert setting.segments
    assert argument.endswith(setting.value if setting.value is not None else "null")


@given(
    st.lists(
        st.text(
            alphabet=st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp", "Cn", "Cf"]), min_size=1
        ),
        min_size=1,
        max_size=6,
    )
)
def test_any_names_can_be_written_as_a_path(names: list[str]) -> None:
    quoted = "".join('["{}"]'.format(name.replace("\\", "\\\\").replace('"', '\\"')) for name in names)
    assert steps(f"{quoted}=x") == names


# Items

ITEMS = """[{name: io-fio}, {name: app-lammps, id: big}, {name: app-lammps, id: small},
    {id: io-ior, name: x}, {name: io-ior}]"""


def items() -> Seq:
    value = load_value(ITEMS)
    assert isinstance(value, Seq)
    return value


def position(written: str) -> int:
    return find_item(items(), parse_setting(f"{written}=x").segments[0])


@pytest.mark.parametrize(
    ("written", "expected"),
    [("[0]", 0), ("4", 4), ("[00]", 0), ("[io-fio]", 0), ("big", 1), ("[small]", 2), ("[io-ior]", 3), ("x", 3)],
)
def test_an_item_is_meant_by_its_position_its_id_or_its_name(written: str, expected: int) -> None:
    assert position(written) == expected


@pytest.mark.parametrize(
    ("written", "message", "hint"),
    [
        ("[5]", "no item 5: the list has 5 items, counted from 0", "an overlay can add one"),
        (f"[{'9' * 5000}]", f"no item {'9' * 5000}: the list has 5 items, counted from 0", ""),
        ("[io-foi]", "no item in this list has the id or name 'io-foi'", "did you mean 'io-fio'?"),
        (
            "['0']",
            "no item in this list has the id or name '0'",
            "its items: 'io-fio', 'big', 'app-lammps', 'small', 'io-ior', 'x'",
        ),
        (
            "[app-lammps]",
            "the list has 2 items 'app-lammps', at positions 1 (<text>:1) and 2 (<text>:1)",
            "use the `id`: 'big' or 'small'",
        ),
    ],
)
def test_an_item_that_is_not_there_or_not_the_only_one_says_so(written: str, message: str, hint: str) -> None:
    with pytest.raises(InputError) as error:
        position(written)
    (finding,) = error.value.findings
    assert finding.message == message
    assert finding.hint.startswith(hint)


def test_items_without_names_are_addressed_by_position() -> None:
    value = load_value("[a, b]")
    assert isinstance(value, Seq)
    with pytest.raises(InputError, match="have no names"):
        find_item(value, Segment("x", Place("x", 1, 1), "x"))
