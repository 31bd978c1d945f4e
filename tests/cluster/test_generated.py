"""Generated sets: the API takes what we compile. `MOCOMPILE_EXAMPLES` says how many (20)."""

from __future__ import annotations

import contextlib
import json
import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from mocompile.diagnostics.finding import InputError
from mocompile.pipeline import compile_objects

from tests.cluster.conftest import Opener
from tests.cluster.kube import Namespace
from tests.cluster.unchecked import CATALOG, jobs_of, root_of
from tests.emit.claims import claims_of
from tests.emit.documents import text_of
from tests.property.sets import likely

EXAMPLES = int(os.environ.get("MOCOMPILE_EXAMPLES", "20"))
BATCH = 25


class _EnoughError(Exception):
    """So many have been found."""


def generated(count: int) -> list[Any]:
    """The JobSets of so many sets that compile: one in four does."""
    found: list[Any] = []

    @settings(
        max_examples=20 * count,
        deadline=None,
        derandomize="MOCOMPILE_EXAMPLES" not in os.environ,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(likely)
    def draw(document: dict[str, Any]) -> None:
        if len(found) >= count:
            raise _EnoughError
        with contextlib.suppress(InputError):
            found.append(compile_objects(root_of(text_of(document)), CATALOG)[-1])

    with pytest.raises(_EnoughError):
        draw()
    return found


def applied(namespace: Namespace, objects: list[Any]) -> str:
    """Return the objections of `kubectl apply --dry-run=server` to these objects: none is expected."""
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": objects})
    arguments = ("apply", "--dry-run=server", "--validate=strict", "-f", "-")
    ran = namespace.kubectl(*arguments, stdin=text, check=False)
    # A warning (a selector that selects nothing, say) is advice to whoever wrote that field.
    errors = [line for line in ran.stderr.splitlines() if not line.startswith("Warning: ")]
    return "" if ran.code == 0 and not errors else f"{ran.code}: {errors}"


def test_the_api_takes_every_generated_set_and_each_of_its_jobs(opener: Opener) -> None:
    namespace = opener("generated")
    jobsets = generated(EXAMPLES)
    objects = []
    for number, jobset in enumerate(jobsets):
        more = [*jobs_of(jobset), *claims_of(jobset)]
        for each in more:
            each["metadata"]["name"] += f"-{number}"
        objects += [jobset, *more]
    batches = [objects[start : start + BATCH] for start in range(0, len(objects), BATCH)]
    with ThreadPoolExecutor(3) as pool:
        refused = [each for each in pool.map(lambda batch: applied(namespace, batch), batches) if each]
    assert refused == []
