"""Every JobSet of the golden cases is what the API takes: by the CRD, by the webhook's rules, and job by job."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.golden.cases import GOLDEN
from tests.validity.rules import job_problems, jobset_problems, need_crd, without

_OUTPUTS = sorted(GOLDEN.glob("*/out/*.yaml"))
_EVERY_FIELD = GOLDEN / "every-field" / "out" / "base.yaml"


def _jobset(path: Path) -> Any:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return list(yaml.load_all(path.read_text("utf-8"), Loader=loader))[-1]


def _name(path: Path) -> str:
    return f"{path.parent.parent.name}-{path.stem}"


@pytest.mark.parametrize("path", _OUTPUTS, ids=_name)
def test_jobset_is_valid_by_its_crd_and_the_webhooks_rules(path: Path) -> None:
    need_crd()
    assert jobset_problems(_jobset(path)) == []


@pytest.mark.parametrize("path", _OUTPUTS, ids=_name)
def test_each_job_is_a_valid_batch_job(path: Path) -> None:
    assert job_problems(_jobset(path)) == []


def test_a_field_that_the_server_would_drop_is_found() -> None:
    need_crd()
    jobset = _jobset(_EVERY_FIELD)
    jobset["spec"]["replicatedJobs"][0]["template"]["spec"]["template"]["spec"]["hostname_"] = "x"
    assert any("hostname_" in problem for problem in jobset_problems(jobset))
    assert any("hostname_" in problem for problem in job_problems(jobset))


def test_a_mount_without_its_volume_is_found() -> None:
    jobset = _jobset(_EVERY_FIELD)
    pod = ("spec", "replicatedJobs", 0, "template", "spec", "template", "spec")
    assert any("no volume" in problem for problem in job_problems(without(jobset, *pod, "volumes")))


def test_a_pull_secret_that_stands_twice_is_found() -> None:
    need_crd()
    jobset = _jobset(_EVERY_FIELD)
    jobset["spec"]["replicatedJobs"][0]["template"]["spec"]["template"]["spec"]["imagePullSecrets"] *= 2
    assert any("2 times" in problem for problem in jobset_problems(jobset))
