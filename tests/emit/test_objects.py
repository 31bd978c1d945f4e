"""Every JobSet of the golden cases is what the API takes: by the CRD, by the webhook's rules, and job by job."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from tests.emit.api_rules import job_problems, jobset_problems, need_crd, without
from tests.golden.cases import Case, case_of, cases

each_output = pytest.mark.parametrize(
    ("case", "name"),
    [
        pytest.param(case, name, id=f"{case.name}-{name}")
        for case in cases()
        for name in ("base", *(overlay.stem for overlay in case.overlays))
    ],
)


def _jobset(case: Case, name: str) -> Any:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return list(yaml.load_all(case.outputs()[f"{name}.yaml"], Loader=loader))[-1]


def _every_field() -> Any:
    return _jobset(case_of("every-field"), "base")


@each_output
def test_jobset_is_valid_by_its_crd_and_the_webhooks_rules(case: Case, name: str) -> None:
    need_crd()
    assert jobset_problems(_jobset(case, name)) == []


@each_output
def test_each_job_is_a_valid_batch_job(case: Case, name: str) -> None:
    assert job_problems(_jobset(case, name)) == []


def test_a_field_that_the_server_would_drop_is_found() -> None:
    need_crd()
    jobset = _every_field()
    jobset["spec"]["replicatedJobs"][0]["template"]["spec"]["template"]["spec"]["hostname_"] = "x"
    assert any("hostname_" in problem for problem in jobset_problems(jobset))
    assert any("hostname_" in problem for problem in job_problems(jobset))


def test_a_mount_without_its_volume_is_found() -> None:
    jobset = _every_field()
    pod = ("spec", "replicatedJobs", 0, "template", "spec", "template", "spec")
    assert any("no volume" in problem for problem in job_problems(without(jobset, *pod, "volumes")))


def test_a_pull_secret_that_stands_twice_is_found() -> None:
    need_crd()
    jobset = _every_field()
    jobset["spec"]["replicatedJobs"][0]["template"]["spec"]["template"]["spec"]["imagePullSecrets"] *= 2
    assert any("2 times" in problem for problem in jobset_problems(jobset))
