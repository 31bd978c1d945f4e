"""Load: what comes out of bytes, where each value was written, and the messages for invalid YAML."""

from __future__ import annotations

import io
import json
import string
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from mocompile.diagnostics.finding import Finding, InputError
from mocompile.diagnostics.place import Place
from mocompile.document.load import Document, Source, load, load_file, load_text, load_value, read
from mocompile.document.tree import Map, Plain, Seq, Value, place_of, walk

from tests.property.examples import examples
from tests.work import at_most

if TYPE_CHECKING:
    from pathlib import Path

EXAMPLE = """\
apiVersion: flux-framework.org/v1alpha2
kind: MetricSet
metadata:
  name: metricset-sample
spec:
  # Number of pods
  pods: 2
  metrics:
    - name: app-lammps  # the benchmark
      options:
        command: 'mpirun lmp'
        on: yes
      listOptions: {commands: [a, "b c"]}
      text: |-
        one
        two
      nothing:
      tilde: ~
"""


def one(text: str | bytes) -> Document:
    data = text.encode() if isinstance(text, str) else text
    return load(Source("metrics.yaml", data))


def findings(text: str | bytes) -> tuple[Finding, ...]:
    with pytest.raises(InputError) as error:
        one(text)
    return error.value.findings


def the_finding(text: str | bytes) -> Finding:
    (finding,) = findings(text)
    return finding


def plain_data(value: Value) -> Any:
    if isinstance(value, Map):
        return {key: plain_data(child) for key, child in value.items()}
    if isinstance(value, Seq):
        return [plain_data(child) for child in value]
    return None if value is None else str(value)


# ------------------------------------------------------------------------------------------------------------- trees


def test_a_tree_holds_text_as_it_was_written() -> None:
    assert plain_data(one(EXAMPLE).root) == {
        "apiVersion": "flux-framework.org/v1alpha2",
        "kind": "MetricSet",
        "metadata": {"name": "metricset-sample"},
        "spec": {
            "pods": "2",
            "metrics": [
                {
                    "name": "app-lammps",
                    "options": {"command": "mpirun lmp", "on": "yes"},
                    "listOptions": {"commands": ["a", "b c"]},
                    "text": "one\ntwo",
                    "nothing": None,
                    "tilde": None,
                }
            ],
        },
    }


@pytest.mark.parametrize(
    ("path", "line", "column", "written"),
    [
        ((), 1, 1, "apiVersion: flux-framework.org/v1alpha2"),
        (("spec", "pods"), 7, 9, "2"),
        (("spec", "metrics"), 9, 5, "- name: app-lammps"),
        (("spec", "metrics", 0), 9, 7, "name: app-lammps"),
        (("spec", "metrics", 0, "options", "command"), 11, 18, "'mpirun lmp'"),
        (("spec", "metrics", 0, "listOptions"), 13, 20, '{commands: [a, "b c"]}'),
        (("spec", "metrics", 0, "listOptions", "commands", 1), 13, 35, '"b c"'),
        (("spec", "metrics", 0, "text"), 14, 13, "|-"),
    ],
)
def test_every_value_knows_its_place(path: tuple[str | int, ...], line: int, column: int, written: str) -> None:
    assert place_of(one(EXAMPLE).root, path) == Place("metrics.yaml", line, column, len(written))
    assert EXAMPLE.splitlines()[line - 1][column - 1 :].startswith(written)


def test_every_key_knows_its_place() -> None:
    place = place_of(one(EXAMPLE).root, ("spec", "metrics", 0, "options", "on"), key=True)
    assert place == Place("metrics.yaml", 12, 9, 2)


@pytest.mark.parametrize(
    ("written", "kind", "text"),
    [
        ("4", Plain, "4"),
        ("0x10", Plain, "0x10"),
        ("1_000", Plain, "1_000"),
        ("yes", Plain, "yes"),
        ("two words", Plain, "two words"),
        ("'4'", str, "4"),
        ('"null"', str, "null"),
        ("''", str, ""),
        ("|\n  x\n", str, "x\n"),
        (">-\n  x\n  y\n", str, "x y"),
        ("!!str 4", str, "4"),
        ("!!str null", str, "null"),
        ("! 4", str, "4"),
        ("!!int 4", Plain, "4"),
        ("!!int '4'", Plain, "4"),
        ("!!bool yes", Plain, "yes"),
        ("!!float 1e3", Plain, "1e3"),
        ("!!timestamp 2024-01-31", Plain, "2024-01-31"),
        ("&anchor 4", Plain, "4"),
    ],
)
def test_a_scalar_is_plain_where_it_was_written_without_quotes(written: str, kind: type, text: str) -> None:
    value = one(f"a: {written}\n").root["a"]
    assert type(value) is kind
    assert value == text


@pytest.mark.parametrize("written", ["", "~", "null", "Null", "NULL", "!!null ''", "!!null"])
def test_a_plain_null_is_none(written: str) -> None:
    assert one(f"a: {written}\n").root == {"a": None}


def test_a_key_is_its_text_whatever_it_looks_like() -> None:
    assert list(one("on: 1\n1: 2\nnull: 3\n'quoted': 4\n? asked\n: 5\n<<x: 6\n'<<': 7\n").root) == [
        "on",
        "1",
        "null",
        "quoted",
        "asked",
        "<<x",
        "<<",
    ]


def test_the_place_of_a_value_is_after_its_anchor_and_tag() -> None:
    root = one("a: &x !!str 'b'\nc: &y {d: e}\n").root
    assert root.value_places["a"] == Place("metrics.yaml", 1, 13, 3)
    assert root.value_places["c"] == Place("metrics.yaml", 2, 7, 6)


def test_an_alias_is_what_it_stands_for_at_the_place_of_the_alias() -> None:
    root = one("a: &x {b: c}\nd: *x\n").root
    assert root["d"] == {"b": "c"}
    assert root.value_places["d"] == Place("metrics.yaml", 2, 4, 2)
    assert place_of(root, ("d", "b")) == Place("metrics.yaml", 1, 11, 1)


def test_an_alias_can_be_a_key() -> None:
    assert one("a: &x b\n*x : c\n").root == {"a": "b", "b": "c"}


def test_merge_keys_give_what_the_mapping_has_not_got_and_the_first_wins() -> None:
    root = one("a: &x {k: 1, l: 1}\nb: &y {l: 2, m: 2}\nc: {k: own, <<: [*x, *y]}\nd:\n  <<: *x\n  l: own\n").root
    assert root["c"] == {"k": "own", "l": "1", "m": "2"}
    assert root["d"] == {"l": "own", "k": "1"}
    assert root["a"] == {"k": "1", "l": "1"}
    assert place_of(root, ("c", "m")) == Place("metrics.yaml", 2, 17, 1)


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_line_ends_and_a_byte_order_mark_change_nothing(newline: str) -> None:
    changed = one(b"\xef\xbb\xbf" + EXAMPLE.replace("\n", newline).encode())
    plain = one(EXAMPLE)
    assert changed.root == plain.root
    assert [place_of(changed.root, path) for path, _ in walk(changed.root)] == [
        place_of(plain.root, path) for path, _ in walk(plain.root)
    ]
    assert changed.sources == plain.sources


def test_columns_count_characters_not_bytes() -> None:
    root = one("a: ['é😀', b]\n").root
    assert place_of(root, ("a", 1)) == Place("metrics.yaml", 1, 11, 1)


def test_the_document_has_its_lines_for_carets() -> None:
    assert one("a: 1\nb: 2\n").sources == {"metrics.yaml": ("a: 1", "b: 2", "")}


def test_both_parsers_of_pyyaml_make_the_same_tree(monkeypatch: pytest.MonkeyPatch) -> None:
    fast = one(EXAMPLE).root
    monkeypatch.delattr(yaml, "CSafeLoader", raising=False)
    slow = one(EXAMPLE).root
    assert slow == fast
    assert [(path, place_of(slow, path)) for path, _ in walk(slow)] == [
        (path, place_of(fast, path)) for path, _ in walk(fast)
    ]


def test_a_value_out_of_an_argument_has_places_that_count_from_it() -> None:
    place = Place("--set a=[b, {c: d}]", 1, 3)
    value = load_value("[b, {c: d}]", place)
    assert isinstance(value, Seq)
    assert value == ["b", {"c": "d"}]
    assert value.item_places[1] == Place(place.source, 1, 7, 6)
    assert load_value("text") == "text"
    assert load_value("") is None
    with pytest.raises(InputError) as error:
        load_value("a: 1\n[", place)
    assert error.value.findings[0].place == Place(place.source, 3, 1) or error.value.findings[0].place


# --------------------------------------------------------------------------------------------------------- documents


@pytest.mark.parametrize("text", [f"---\n{EXAMPLE}---\n", f"# comment\n---\n{EXAMPLE}", f"{EXAMPLE}---\n# end\n---\n"])
def test_empty_documents_beside_the_one_are_fine(text: str) -> None:
    assert one(text).root["kind"] == "MetricSet"


@pytest.mark.parametrize("text", ["", "\n", "# only a comment\n", "---\n", "---\n---\n", "\ufeff", "~\n"])
def test_a_file_without_a_document_says_so(text: str) -> None:
    finding = the_finding(text)
    assert finding.rule == "no-document"
    assert finding.place == Place("metrics.yaml", 1, 1)


def test_another_document_in_the_file_is_named_by_its_kind_and_line() -> None:
    finding = the_finding(f"apiVersion: v1\nkind: ConfigMap\n---\n{EXAMPLE}")
    assert (
        finding.message == "the file has another document (kind: ConfigMap, at line 1) beside the MetricSet of line 4"
    )
    assert finding.hint == "move the other document to a file of its own"
    assert finding.place == Place("metrics.yaml", 2, 7, 9)


def test_a_second_metricset_and_a_document_without_a_kind_are_both_found() -> None:
    found = findings(f"{EXAMPLE}---\nkind: MetricSet\n---\nname: x\n")
    assert [
        "(kind: MetricSet, at line 20)" in found[0].message,
        "(no kind, at line 22)" in found[1].message,
    ] == [
        True,
        True,
    ]


def test_several_documents_of_which_none_is_a_metricset_are_all_found() -> None:
    assert len(findings("kind: A\n---\nkind: B\n")) == 2


@pytest.mark.parametrize(("text", "what"), [("[a]\n", "a list"), ("hello\n", "text"), ("'null'\n", "text")])
def test_a_document_that_is_no_mapping_says_what_it_is(text: str, what: str) -> None:
    assert the_finding(text).message == f"expected a mapping, found {what}"


def test_every_document_of_a_text_can_be_had() -> None:
    documents = load_text("a: 1\n---\n---\nb: 2\n", "x")
    assert [document.root for document in documents] == [{"a": "1"}, {"b": "2"}]


# ------------------------------------------------------------------------------------------------------ what is wrong


@pytest.mark.parametrize(
    ("text", "message", "line", "column"),
    [
        ("a:\n\tb: 1\n", "invalid indentation: it contains a tab; use spaces", 2, 1),
        ("a:\n  b: 1\n\tc: 2\n", "invalid indentation: it contains a tab; use spaces", 3, 1),
        ("a: |\n \tx\n", "invalid indentation: it contains a tab; use spaces", 2, 2),
        ("a: 'x\nb: 1\n", "this quote is never closed", 1, 4),
        ("a: @x\n", "a value cannot begin with '@'", 1, 4),
        ("a: b: c\n", "unexpected ':'", 1, 5),
        ("a:\n  b: 1\n c: 2\n", "unexpected text: a new key or value cannot begin at this place", 3, 2),
        ("- a\n-b\n", "missing ':' after this key", 2, 1),
        ("a: [1\n", "this '[' is never closed", 1, 4),
        ("a: {b: 1 }, c\n", "unexpected text: a new key or value cannot begin at this place", 1, 11),
        ("a: [1, 'b' 'c']\n", "expected ',' or ']' after the '[' of line 1, column 4", 1, 12),
        ('a: "\\q"\n', "unknown escape in double quotes", 1, 5),
        ("a: {{ x }}\n", "a key cannot be a mapping", 1, 5),
        ("{[a]: b}\n", "a key cannot be a list", 1, 2),
        ("? \n: b\n", "missing key before this ':'", 1, 2),
        ("'': b\n", "missing key before this ':'", 1, 1),
        ("a: 1\nb: 2\na: 3\n", "duplicate key 'a' (first at line 1, column 1)", 3, 1),
        ("a: *x\n", "unknown alias '*x': no anchor '&x' above this line", 1, 4),
        ("a: &x [*x]\n", "the alias '*x' is inside its own value", 1, 8),
        ("a: !!python/name:os.system x\n", "unknown tag '!!python/name:os.system'", 1, 4),
        ("a: !Ref x\n", "unknown tag '!Ref'", 1, 4),
        ("a: !!set {b}\n", "unknown tag '!!set' on a mapping", 1, 4),
        ("a: !!int x\n", "the tag '!!int' does not fit 'x'", 1, 4),
        ("a: {<<: b}\n", "'<<' takes a mapping, not text", 1, 9),
        ("a: b\x07\n", "invalid control character U+0007", 1, 5),
        ("a: b\x7f\n", "invalid control character U+007F", 1, 5),
        ("a: é\x85\n", "invalid control character U+0085", 1, 5),
        ("a: b\n\ufeffc: d\n", "unexpected byte order mark (U+FEFF) within the text", 2, 1),
        ('a: "\\0"\n', "invalid control character U+0000, written as an escape", 1, 4),
        ('a: "\\N"\n', "invalid control character U+0085, written as an escape", 1, 4),
        ('a: "\\u0085"\n', "invalid control character U+0085, written as an escape", 1, 4),
    ],
)
def test_what_is_wrong_is_said_where_it_is(text: str, message: str, line: int, column: int) -> None:
    finding = the_finding(text)
    assert finding.message == message
    assert finding.place is not None
    assert (finding.place.line, finding.place.column) == (line, column)


def test_a_line_separator_that_editors_do_not_show_as_one_is_refused_unless_escaped() -> None:
    assert "some YAML parsers read a line break here" in the_finding("a: b\u2028c: d\n").message
    assert one('a: "\\u2028"\n').root == {"a": "\u2028"}


def test_all_findings_come_at_once() -> None:
    assert [finding.rule for finding in findings("a: 1\na: 2\nb: !x c\nd: *e\nf: [\n")] == [
        "duplicate-key",
        "tag",
        "alias",
        "syntax",
    ]


def test_an_alias_that_is_misspelt_is_told_the_nearest_anchor() -> None:
    assert the_finding("a: &options {}\nb: *option\n").hint == "did you mean 'options'?"


def test_a_byte_that_is_not_utf8_has_a_line_and_a_column() -> None:
    finding = the_finding("a: é\nb: caf".encode() + b"\xe9\n")
    assert finding.message == "the byte 0xE9 is not UTF-8"
    assert finding.place == Place("metrics.yaml", 2, 7)
    assert Source("x", b"\xe9\n").lines == ("\ufffd", "")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_utf16_is_recognised(encoding: str) -> None:
    assert the_finding("a: b\n".encode(encoding)).message == "this is UTF-16 or UTF-32, not UTF-8"


def test_a_stray_nul_is_no_sign_of_utf16() -> None:
    assert the_finding(b"a\0b: 1\n").message == "invalid control character U+0000"


# ------------------------------------------------------------------------------------------------------------- limits


def nested(opening: str, closing: str, depth: int) -> str:
    return f"a: {opening * depth}{closing * depth}\n"


def test_the_limits_are_said() -> None:
    assert the_finding(b"#" * (1024 * 1024 + 1)).message == "'metrics.yaml' is larger than 1024 KiB"
    assert one(nested("[", "]", 63))
    assert the_finding(nested("[", "]", 64)).message == "nested more than 64 levels deep"
    many = "a: [" + "x," * 100_000 + "]\n"
    assert the_finding(many).message == "the document expands to more than 100,000 values (aliases included)"


def test_depth_counts_through_aliases() -> None:
    lines = ["a0: &a0 []"] + [f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 70)]
    assert the_finding("\n".join(lines)).rule == "too-deep"


@pytest.mark.parametrize("form", ["[{}]", "{{<<: [{}]}}"])
def test_an_expansion_without_bound_costs_nothing(form: str) -> None:
    lines = ["a: &a {x: 1}"]
    for before, name in zip(string.ascii_lowercase, string.ascii_lowercase[1:], strict=False):
        lines.append(f"{name}: &{name} {form.format(', '.join([f'*{before}'] * 9))}")
    with at_most(10_000):
        assert the_finding("\n".join(lines)).rule == "too-many-values"


@pytest.mark.parametrize(
    "unit", ["[", "{a: ", "- ", "? ", "&a ", "!!str ", "a:\n", "---\n", "\x01", "'", "\t", ":", "\n", "<<: ", "*a "]
)
def test_a_megabyte_of_anything_takes_work_in_proportion(unit: str) -> None:
    text = (unit * (1024 * 1024 // len(unit)))[: 1024 * 1024]
    with at_most(4 * len(text)):
        assert findings(text)


# ------------------------------------------------------------------------------------------------------------ reading


def test_a_file_and_a_folder_and_stdin_are_read(tmp_path: Path) -> None:
    file = tmp_path / "metrics.yaml"
    file.write_text("a: 1\n")
    assert read(file) == Source(str(file), b"a: 1\n")
    assert read(str(tmp_path)) == Source(str(file), b"a: 1\n")
    assert read("-", io.BytesIO(b"a: 1\n")) == Source("<stdin>", b"a: 1\n")
    assert load_file(file).root == {"a": "1"}


def test_what_cannot_be_read_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "metrics.yml").write_text("a: 1\n")
    (tmp_path / "empty").mkdir()
    cases = {
        f"{tmp_path}/metrics.yaml": (f"there is no file '{tmp_path}/metrics.yaml'", "did you mean 'metrics.yml'?"),
        f"{tmp_path}/no/x": (f"there is no file '{tmp_path}/no/x'", "name a file or a folder"),
        str(tmp_path): (
            f"the folder '{tmp_path}' has no 'metrics.yaml'",
            f"name one of its files: '{tmp_path}/metrics.yml'",
        ),
        f"{tmp_path}/empty": (f"the folder '{tmp_path}/empty' has no 'metrics.yaml'", "name the file"),
        f"{tmp_path}/metrics.yml/x": (f"'{tmp_path}/metrics.yml/x' cannot be read: not a directory", ""),
        "a\0b": ("'a\0b' cannot be the name of a file", ""),
        "x" * 5000: (f"'{'x' * 5000}' cannot be read: file name too long", ""),
    }
    for path, (message, hint) in cases.items():
        with pytest.raises(InputError) as error:
            read(path)
        (finding,) = error.value.findings
        assert finding.message == message
        assert finding.hint.startswith(hint)


def test_a_terminal_on_stdin_is_not_waited_for() -> None:
    class Terminal(io.BytesIO):
        def isatty(self) -> bool:
            return True

    with pytest.raises(InputError, match="stdin is a terminal"):
        read("-", Terminal())


def test_an_endless_file_is_read_up_to_the_limit() -> None:
    with pytest.raises(InputError, match="larger than 1024 KiB"):
        read("/dev/zero")


# --------------------------------------------------------------------------------------------------------- properties

YAML_LIKE = st.text(alphabet="ab1:-?[]{},&*!|>'\"%@`# \n\t\r~<\\é😀\u2028\x85\x00", max_size=60)


def outcome(text: str | bytes) -> tuple[tuple[Document, ...], tuple[Finding, ...]]:
    """Return the result of loading: documents or findings, and never anything else."""
    try:
        return load_text(text, "x"), ()
    except InputError as error:
        return (), error.findings


@examples(600)
@given(st.one_of(YAML_LIKE, st.text(max_size=60)))
def test_any_text_is_documents_or_findings_with_places_in_it(text: str) -> None:
    _, found = outcome(text)
    lines = Source("x", text.encode("utf-8", "surrogatepass")).lines
    for finding in found:
        assert "\n" not in finding.message
        assert finding.place is not None
        assert 1 <= finding.place.line <= len(lines)


@examples(300)
@given(st.binary(max_size=60))
def test_any_bytes_are_documents_or_findings(data: bytes) -> None:
    outcome(data)


TEXTS = st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=20).filter(
    lambda text: not set(text) & set("\u2028\u2029\ufeff\ufffe\uffff")
)
SCALARS = TEXTS | st.integers().map(str) | st.sampled_from(["yes", "null", "1e3", "~", "0x1", "2024-01-01"])
TREES = st.dictionaries(
    TEXTS.filter(bool),
    st.recursive(
        SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS.filter(bool), inner, max_size=3)
    ),
    min_size=1,
    max_size=4,
)


@examples(100)
@given(tree=TREES, flow=st.sampled_from([True, False, None]), style=st.sampled_from([None, "'", '"', "|"]))
def test_a_dumped_tree_loads_as_the_same_data_and_places_point_at_the_text(
    tree: dict[str, Any], flow: bool | None, style: str | None
) -> None:
    text = yaml.safe_dump(
        tree, allow_unicode=True, default_flow_style=flow, default_style=style, sort_keys=False, width=10_000
    )
    (document,) = load_text(text, "x")
    assert plain_data(document.root) == tree
    for path, value in walk(document.root):
        if isinstance(value, str):
            place = place_of(document.root, path)
            line = document.sources["x"][place.line - 1]
            written = line[place.column - 1 :][: place.length]
            assert written.startswith("|") or yaml.load(written, yaml.BaseLoader) == value


@examples(100)
@given(tree=TREES, indent=st.sampled_from([None, 2]))
def test_json_of_a_tree_loads_as_the_same_data_and_places_point_at_the_text(
    tree: dict[str, Any], indent: int | None
) -> None:
    (document,) = load_text(json.dumps(tree, indent=indent), "x")
    assert plain_data(document.root) == tree
    for path, value in walk(document.root):
        place = place_of(document.root, path)
        written = document.sources["x"][place.line - 1][place.column - 1 :][: place.length]
        assert json.loads(written) == value if isinstance(value, str) else written[0] in "{["


PAIR = "\\ud83d\\ude00"


def test_a_pair_of_escapes_in_json_is_one_character() -> None:
    text = '{"a": ["' + PAIR + "\\\\" + PAIR[1:6] + '", 1], "' + PAIR.upper().replace("U", "u") + '": "x"}'
    (document,) = load_text(text, "x")
    assert plain_data(document.root) == {"a": ["😀\\ud83d", "1"], "😀": "x"}
    assert document.root.key_places["😀"] == Place("x", 1, text.index('"\\uD83D') + 1, 14)
    assert document.root.value_places["😀"] == Place("x", 1, text.index('"x"') + 1, 3)


@pytest.mark.parametrize("half", [PAIR[:6], PAIR[6:], PAIR[6:] + PAIR[:6]])
def test_half_a_pair_is_refused_where_it_stands(half: str) -> None:
    text = f'{{"a": "{PAIR}", "b": "{PAIR} {half}"}}'
    finding = the_finding(text)
    assert finding.message == "this escape is only half of a character"
    assert finding.place is not None
    assert finding.place.column - 1 in range(text.index(" " + half) + 1, text.index(" " + half) + 4)


def test_a_pair_is_read_in_json_only_and_is_text_where_nothing_is_escaped() -> None:
    assert "in JSON only" in the_finding(f'a: "{PAIR}"\n').hint
    (document,) = load_text(f"a: '{PAIR}'\nb: |-\n  {PAIR}\n", "x")
    assert set(plain_data(document.root).values()) == {PAIR}


def test_many_pairs_take_work_in_proportion_to_their_text() -> None:
    text = json.dumps({"a": ["😀" * 1000] * 80})
    with at_most(len(text)):
        (document,) = load_text(text, "x")
    assert plain_data(document.root) == {"a": ["😀" * 1000] * 80}


def test_a_no_break_space_at_the_end_of_a_value_is_part_of_it_and_of_its_place() -> None:
    root = load_text("a: 0\xa0\n", "x")[0].root
    assert root["a"] == "0\xa0"
    assert root.value_places["a"] == Place("x", 1, 4, 2)
