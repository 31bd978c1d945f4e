"""The points of random studies are those of a slow, obvious reference; their ids and their order stay what they are."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mocompile.diagnostics.finding import InputError
from mocompile.document.load import load_text
from mocompile.study.model import Study
from mocompile.study.points import MAX_COMBINATIONS, ordered, points_of
from mocompile.study.read import read_study

from tests.study.reference import Sketch, Value, points
from tests.study.studies import BASE, compile_, document, write
from tests.work import at_most

NAMES = ("alpha", "beta", "Gamma", "d4")
TEXTS = ("4k", "1G", "on the disk", "", "x=y", "ü", "$(A)", "a{b")


def scalar(value: Value) -> str:
    """A value as YAML: a number plain, text in quotes."""
    return str(value) if isinstance(value, int) else json.dumps(value, ensure_ascii=False)


def yaml_of(sketch: Sketch) -> str:
    """The study that the sketch is, as YAML."""
    lines = ["apiVersion: flux-framework.org/v1alpha2", "kind: MetricStudy", "metadata: {name: sketch}"]
    lines += ["spec:", "  base: metrics.yaml", "  maxPoints: 1000", "  parameters:"]
    for name, values in sketch.values.items():
        lines.append(f"    {name}: {{set: spec.pod.labels.{name}, values: [{', '.join(map(scalar, values))}]}}")
    for name, parts in sketch.derived.items():
        numbers = all(_is_number(sketch, part) for part in parts)
        text = f"{{{{ {' + '.join(parts)} }}}}" if numbers else "x".join(f"{{{{ {part} }}}}" for part in parts)
        lines.append(f"    {name}: {{set: spec.pod.labels.{name}, value: {json.dumps(text)}}}")
    lines.append(f"  zip: {json.dumps([list(group) for group in sketch.zips])}")
    lines.append("  exclude:")
    lines += [
        f"    - {{{', '.join(f'{name}: {scalar(value)}' for name, value in each.items())}}}" for each in sketch.exclude
    ]
    if sketch.most is not None:
        names = [name for name in (*sketch.values, *sketch.derived) if _is_number(sketch, name)]
        lines.append(f'    - when: "{{{{ {" + ".join(names)} > {sketch.most} }}}}"')
    lines.append("  include:")
    lines += [
        f"    - {{{', '.join(f'{name}: {scalar(value)}' for name, value in each.items())}}}" for each in sketch.include
    ]
    return "\n".join(lines) + "\n"


def _is_number(sketch: Sketch, name: str) -> bool:
    if name in sketch.derived:
        return all(_is_number(sketch, part) for part in sketch.derived[name])
    return all(isinstance(value, int) for value in sketch.values[name])


@st.composite
def sketches(draw: st.DrawFn) -> Sketch:
    """Random studies, of all that a study may have."""
    names = NAMES[: draw(st.integers(1, 4))]
    numbers: st.SearchStrategy[Value] = st.integers(-5, 40)
    texts: st.SearchStrategy[Value] = st.sampled_from(TEXTS)
    values: dict[str, Sequence[Value]] = {}
    for name in names:
        kind = draw(st.sampled_from([numbers, texts]))
        values[name] = draw(st.lists(kind, min_size=1, max_size=4, unique=True))
    zips: list[tuple[str, ...]] = []
    if len(names) > 2 and draw(st.booleans()):
        group = draw(st.permutations(names))[:2]
        length = min(len(values[name]) for name in group)
        values.update({name: values[name][:length] for name in group})
        zips.append(tuple(group))
    derived: dict[str, tuple[str, ...]] = {}
    for name in ("sum1", "sum2")[: draw(st.integers(0, 2))]:
        derived[name] = tuple(draw(st.lists(st.sampled_from([*names, *derived]), min_size=1, max_size=3)))
    one = {name: st.sampled_from(list(values[name])) for name in names}
    exclude = draw(st.lists(st.dictionaries(st.sampled_from(names), st.none(), min_size=1), max_size=3))
    excluded: list[Mapping[str, Value]] = [{name: draw(one[name]) for name in entry} for entry in exclude]
    kinds = {name: numbers if all(isinstance(each, int) for each in values[name]) else texts for name in names}
    include: list[Mapping[str, Value]] = [
        {name: draw(kind) for name, kind in kinds.items()} for _ in range(draw(st.integers(0, 2)))
    ]
    sketch = Sketch(values, derived, zips, excluded, None, include)
    has_number = any(_is_number(sketch, name) for name in (*names, *derived))
    most = draw(st.none() | st.integers(-10, 120)) if has_number else None
    return Sketch(values, derived, zips, excluded, most, include)


def read_text(text: str) -> Study:
    """The study that the text is, over the usual base."""
    (study,), (base,) = load_text(text, "study.yaml"), load_text(BASE, "metrics.yaml")
    return read_study(study, lambda _: base)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(sketches())
def test_the_points_are_those_of_the_reference(sketch: Sketch) -> None:
    wanted = points(sketch)
    study = read_text(yaml_of(sketch))
    if not wanted:
        with pytest.raises(InputError, match="the study has no points"):
            points_of(study)
        return
    found = [point.values for point in points_of(study)]
    # A zip is in the place of its first member, where the reference has it in the place of each.
    assert sorted(map(_key, found)) == sorted(map(_key, wanted))
    if not sketch.zips:
        assert [dict(sorted(each.items())) for each in found] == [dict(sorted(each.items())) for each in wanted]
    assert all(list(each) == [*sketch.values, *sketch.derived] for each in found)
    assert all(type(each[name]) is type(other[name]) for each, other in zip(found, found, strict=True) for name in each)


def _key(point: Mapping[str, Any]) -> str:
    return json.dumps(point, sort_keys=True)


def ids_of(folder: Path, parameters: Mapping[str, Any], **more: Any) -> dict[str, str]:
    """The id of each point, by what its parameters are."""
    study = compile_(write(folder, document({"parameters": parameters, **more})))
    return {_key(each.parameters): each.id for each in study.sets}


def options(values: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Parameters over options of io-fio."""
    return {
        name: {"set": f"spec.metrics[io-fio].options.{name}", "values": list(each)} for name, each in values.items()
    }


_SIZES, _BLOCKS, _DEPTHS = ["1G", "2G", "10M"], ["4k", "8k", "1M"], ["1", "2", "16"]


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.sampled_from(_SIZES), min_size=1, unique=True),
    st.lists(st.sampled_from(_BLOCKS), min_size=1, unique=True),
    st.lists(st.sampled_from(_SIZES), min_size=1, unique=True),
)
def test_an_edit_of_one_parameter_keeps_the_ids_of_the_points_that_it_does_not_touch(
    tmp_path: Path, sizes: list[str], blocks: list[str], edited: list[str]
) -> None:
    before = ids_of(tmp_path, options({"size": sizes, "blocksize": blocks}))
    after = ids_of(tmp_path, options({"size": edited, "blocksize": blocks}), repeats=2)
    common = before.keys() & after.keys()
    assert len(common) == len(set(sizes) & set(edited)) * len(blocks)
    assert {key: before[key] for key in common} == {key: after[key] for key in common}
    assert len({*before.values(), *after.values()}) == len({*before, *after})


def test_an_id_depends_on_the_set_alone(tmp_path: Path) -> None:
    parameters = options({"size": ["2G"]})
    (one,) = ids_of(tmp_path, parameters).values()
    path = write(tmp_path, document({"parameters": parameters, "repeats": 3}, name="other"))
    assert {each.id for each in compile_(path).sets} == {one}
    # The same number, spelled in another way; another place for the same value; the base under another name.
    path.with_name("metrics.yaml").write_text(
        BASE.replace("iodepth: 1", 'iodepth: "1"').replace("name: base", "name: b2")
    )
    assert {each.id for each in compile_(path).sets} == {one}
    path.with_name("metrics.yaml").write_text(BASE.replace("size: 1G", "size: 2G"))
    path.write_text(document({"parameters": options({"blocksize": ["4k"]})}))
    assert {each.id for each in compile_(path).sets} == {one}


def test_values_that_only_derived_parameters_use_need_no_field_of_their_own(tmp_path: Path) -> None:
    size = {"set": "spec.metrics[io-fio].options.size", "value": "{{ cells * 64 }}M"}
    path = write(tmp_path, document({"parameters": {"cells": {"values": [1, 2]}, "size": size}}))
    found = [dict(each.parameters) for each in compile_(path).sets]
    assert found == [{"cells": 1, "size": "64M"}, {"cells": 2, "size": "128M"}]


def test_a_published_id_stays(tmp_path: Path) -> None:
    # Results are kept under these: what changes them loses them.
    assert list(ids_of(tmp_path, options({"size": ["2G"]})).values()) == ["9e87522c"]


def shuffled(study: Study, ids: Sequence[str]) -> list[tuple[str, int]]:
    """The ids in the order of the study's sets, each with its repeat."""
    return [(ids[position], repeat) for position, repeat in ordered(study, ids)]


def test_the_order_without_a_seed_is_that_of_the_values_once_for_each_repeat() -> None:
    study = read_text(document({"parameters": options({"size": ["1G"]}), "repeats": 2}))
    assert shuffled(study, ["b", "a", "c"]) == [("b", 1), ("a", 1), ("c", 1), ("b", 2), ("a", 2), ("c", 2)]


def test_the_order_of_a_seed_is_the_same_everywhere() -> None:
    study = read_text(document({"parameters": options({"size": ["1G"]}), "repeats": 3, "order": {"shuffle": 7}}))
    found = shuffled(study, ["a", "b", "c", "d"])
    assert "".join(each for each, _ in found) == "cabdcadbcdba"
    assert [repeat for _, repeat in found] == [1] * 4 + [2] * 4 + [3] * 4


@given(
    st.integers(0, 2**53 - 1), st.lists(st.text("0123456789abcdef", min_size=8, max_size=8), unique=True, min_size=1)
)
def test_each_repeat_is_a_block_of_all_points_whose_order_does_not_depend_on_the_file(
    seed: int, ids: list[str]
) -> None:
    study = read_text(document({"parameters": options({"size": ["1G"]}), "repeats": 2, "order": {"shuffle": seed}}))
    found = shuffled(study, ids)
    assert found == shuffled(study, sorted(ids))
    for repeat in (1, 2):
        assert sorted(each for each, which in found if which == repeat) == sorted(ids)


def test_too_many_combinations_are_told_before_any_is_made() -> None:
    values = [str(number) for number in range(1000)]
    names = [f"p{number}" for number in range(16)]
    parameters = {name: {"set": f"spec.pod.labels.{name}", "values": values} for name in names}
    with pytest.raises(InputError, match=f"have {1000**16} combinations: a study has at most {MAX_COMBINATIONS}"):
        points_of(read_text(document({"parameters": parameters})))


def test_the_work_of_the_dearest_study_within_the_limits_is_bounded() -> None:
    numbers = [str(number) for number in range(100)]
    parameters = {name: {"set": f"spec.pod.labels.{name}", "values": numbers} for name in ("a", "b")}
    rules = [{"when": "{{ a ~ b ~ a ~ b == '' }}"}] * 32
    with at_most(5_000_000), pytest.raises(InputError, match="10000 points: `maxPoints` allows 1000"):
        points_of(read_text(document({"parameters": parameters, "exclude": rules[:1], "maxPoints": 1000})))
    with pytest.raises(InputError, match="names, operators and values each"):
        points_of(read_text(document({"parameters": parameters, "exclude": rules, "maxPoints": 1000})))


def test_a_derived_text_has_an_end() -> None:
    parameters: dict[str, Any] = {"a": {"set": "spec.pod.labels.a", "values": ["x" * 4000]}}
    parameters["b"] = {"set": "spec.pod.labels.b", "value": "{{ a }}" * 500}
    with pytest.raises(InputError, match="'b' has 2000000 characters; the limit is 4096"):
        points_of(read_text(document({"parameters": parameters})))
