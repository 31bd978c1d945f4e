"""Every JobSet of the golden cases is what the API takes: by the CRD, by the webhook's rules, and job by job."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.command import run
from tests.emit.api_rules import job_problems, jobset_problems, need_crd, without
from tests.emit.conftest import Built
from tests.emit.rendering import HELMS, helm_template, kustomize_build, parsed
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


_QUEUE = """\
apiVersion: flux-framework.org/v1alpha2
kind: MetricSet
metadata: {name: set}
spec:
  metrics: [{name: io-fio}]
  jobset: {queueName: batch}
"""


@pytest.mark.parametrize(("written", "expected"), [(None, None), ("true", True), ("false", False)])
def test_a_set_of_a_queue_has_suspend_only_where_the_user_wrote_it(
    written: str | None, expected: bool | None, tmp_path: Path
) -> None:
    (tmp_path / "metrics.yaml").write_text(_QUEUE)
    setting = [] if written is None else ["--set", f"spec.jobset.suspend={written}"]
    for form in ("kustomize", "helm"):
        assert run("build", "-f", form, "-o", form, *setting, cwd=tmp_path).code == 0
    rendered = {
        "yaml": parsed(run("build", *setting, cwd=tmp_path).stdout),
        "kustomize": kustomize_build("kustomize", tmp_path / "kustomize/base"),
        **{helm: helm_template(helm, tmp_path / "helm", "set") for helm in HELMS},
    }
    for way, documents in rendered.items():
        jobset = next(each for each in documents if each["kind"] == "JobSet")
        assert jobset["metadata"]["labels"]["kueue.x-k8s.io/queue-name"] == "batch"
        assert jobset["spec"].get("suspend") is expected, way


@pytest.mark.parametrize("helm", HELMS)
def test_the_value_queue_name_of_a_chart_writes_no_suspend(helm: str, built: Built) -> None:
    chart = built("app-lammps") / "helm"
    for setting, expected in (("jobset.queueName=batch", None), ("jobset.suspend=true", True)):
        jobset = helm_template(helm, chart, "set", "--set", setting)[-1]
        assert jobset["kind"] == "JobSet"
        assert jobset["spec"].get("suspend") is expected


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
