"""Several metrics and addons in one set: names of jobs, order, targets, values."""

from __future__ import annotations

import re
import textwrap
from typing import Any

import pytest
from mocompile.catalog import Catalog
from mocompile.check import check
from mocompile.check.metricset import MetricSet
from mocompile.document.load import load_text
from mocompile.pipeline import compile_objects

CATALOG = Catalog()
_HEAD = "apiVersion: flux-framework.org/v1alpha2\nkind: MetricSet\nmetadata: {name: study}\n"


def _root(spec: str) -> Any:
    return load_text(f"{_HEAD}spec:\n{textwrap.indent(textwrap.dedent(spec), '  ')}", "metrics.yaml")[0].root


def _set(spec: str) -> MetricSet:
    return check(_root(spec), CATALOG)


def _jobs(spec: str) -> dict[str, Any]:
    jobset: Any = compile_objects(_root(spec), CATALOG)[-1]
    return {job["name"]: job for job in jobset["spec"]["replicatedJobs"]}


def _container(job: Any, name: str = "") -> Any:
    containers = job["template"]["spec"]["template"]["spec"]["containers"]
    return next(each for each in containers if not name or each["name"] == name)


def _env(job: Any) -> dict[str, str]:
    return {entry["name"]: entry.get("value", "") for entry in _container(job)["env"]}


def test_first_job_of_a_name_keeps_it_and_a_later_one_gets_its_metrics_position() -> None:
    jobs = _jobs("""
        pods: 2
        metrics:
          - {name: app-lammps, id: a}
          - {name: io-fio, id: b}
          - {name: app-lammps, id: c}
          - {name: sys-hwloc, id: d}
    """)
    assert list(jobs) == ["l", "w", "m", "l3", "w3", "m4"]


def test_launcher_knows_the_workers_of_its_own_metric() -> None:
    jobs = _jobs("pods: 2\nmetrics: [{name: app-lammps, id: a}, {name: app-lammps, id: b}]")
    assert (_env(jobs["l2"])["MO_LAUNCHER_JOB"], _env(jobs["l2"])["MO_WORKER_JOB"]) == ("l2", "w2")
    assert (_env(jobs["w"])["MO_LAUNCHER_JOB"], _env(jobs["w"])["MO_WORKER_JOB"]) == ("l", "w")


def test_sequential_metrics_wait_for_the_job_that_decides_of_the_one_before() -> None:
    jobs = _jobs("""
        pods: 2
        jobset: {order: Sequential}
        metrics:
          - {name: app-lammps, id: a}
          - {name: io-fio, id: b}
          - {name: app-lammps, id: c}
    """)
    after = {name: [each["name"] for each in job.get("dependsOn", ())] for name, job in jobs.items()}
    assert after == {"l": [], "w": [], "m": ["l"], "l3": ["m"], "w3": ["m"]}


@pytest.mark.parametrize(
    ("target", "acts_on"),
    [("", ["l", "w"]), ("target: l", ["l"]), ("target: w", ["w"]), ("containerTarget: workers", ["w"])],
)
def test_addon_acts_on_the_jobs_and_containers_that_it_targets(target: str, acts_on: list[str]) -> None:
    jobs = _jobs(f"""
        pods: 2
        metrics:
          - name: app-lammps
            addons: [{{name: commands, options: {{preBlock: date, {target}}}}}]
    """)
    assert [name for name, job in jobs.items() if "MO_ADDONS" in _env(job)] == acts_on


def test_target_names_a_job_by_its_role_also_where_the_job_has_another_name() -> None:
    jobs = _jobs("""
        pods: 2
        metrics:
          - {name: app-lammps, id: a}
          - name: app-lammps
            id: b
            addons: [{name: commands, options: {preBlock: date, target: l}}]
    """)
    assert [name for name, job in jobs.items() if "MO_ADDONS" in _env(job)] == ["l2"]


def test_addons_apply_in_the_order_in_which_they_were_written() -> None:
    jobs = _jobs("""
        metrics:
          - name: io-fio
            addons:
              - {name: commands, id: one, options: {preBlock: a}}
              - {name: volume-empty, options: {name: v, path: /v}}
              - {name: commands, id: two, options: {preBlock: b}}
    """)
    env = _env(jobs["m"])
    assert env["MO_ADDONS"] == "0:commands 2:commands"
    assert (env["MO_ADDON_0_PREBLOCK"], env["MO_ADDON_2_PREBLOCK"]) == ("a", "b")


def test_addon_belongs_to_the_metric_under_which_it_stands() -> None:
    jobs = _jobs("""
        metrics:
          - name: io-fio
            addons: [{name: volume-empty, options: {name: v, path: /v}}]
          - {name: sys-hwloc}
    """)
    mounted = {name: [each["mountPath"] for each in _container(job)["volumeMounts"]] for name, job in jobs.items()}
    assert [name for name, paths in mounted.items() if "/v" in paths] == ["m"]


def test_metrics_of_one_name_keep_their_own_options_and_resources() -> None:
    jobs = _jobs("""
        resources: {limits: {cpu: 1}}
        metrics:
          - {name: io-fio, id: a, options: {size: 1G}}
          - {name: io-fio, id: b, options: {size: 2G}, resources: {limits: {cpu: 2}}}
    """)
    assert [_env(job)["MO_OPT_SIZE"] for job in jobs.values()] == ["1G", "2G"]
    assert [_container(job)["resources"]["limits"]["cpu"] for job in jobs.values()] == ["1", "2"]


def test_values_mirror_the_spec_with_every_default_filled_in() -> None:
    metricset = _set("metrics: [{name: io-fio, id: a, options: {iodepth: '8'}}]")
    values: Any = metricset.values
    assert values["pods"] == 1
    assert values["jobset"]["restartPolicy"] == "Never"
    assert values["timeouts"] == {"hostsSeconds": 1800}
    assert values["metrics"]["a"]["options"]["iodepth"] == 8
    assert values["metrics"]["a"]["options"]["size"] == "4G"
    assert values["metrics"]["a"]["repetitions"] == 1


_WITH_COMPUTED = [name for name in CATALOG.metric_names if CATALOG.metric(name).computed]


def _fixed_tasks(name: str) -> dict[str, int]:
    """The options of a metric whose default starts a fixed number of tasks, with the number."""
    options = CATALOG.metric(name).options["options"].values()
    lines = {each.name: str(each.default) for each in options if each.shell == "line" and not each.required}
    found = {option: re.search(r"\bmpi(?:run|exec)\b.* -np ([0-9]+)", line) for option, line in lines.items()}
    return {option: int(match[1]) for option, match in found.items() if match}


def test_every_line_with_a_fixed_number_of_tasks_can_follow_the_pods() -> None:
    assert [name for name in CATALOG.metric_names if _fixed_tasks(name)] == _WITH_COMPUTED


@pytest.mark.parametrize("name", _WITH_COMPUTED)
def test_a_line_with_the_tasks_of_its_default_is_the_default(name: str) -> None:
    ((option, tasks),) = _fixed_tasks(name).items()
    (metric,) = _set(f"pods: 2\nmetrics: [{{name: {name}, image: 'a:1.0', options: {{tasks: {tasks}}}}}]").metrics
    jobs = _jobs(f"pods: 2\nmetrics: [{{name: {name}, image: 'a:1.0', options: {{tasks: {tasks}}}}}]")
    assert _env(jobs["l"])[f"MO_OPT_{option.upper()}"] == metric.sheet.options["options"][option].default
    assert " tasks n MO_OPT_TASKS " in _env(jobs["l"])["MO_METADATA"]


@pytest.mark.parametrize("name", _WITH_COMPUTED)
def test_tasks_per_pod_are_a_multiple_of_the_pods_and_placed_on_each(name: str) -> None:
    jobs = _jobs(f"pods: 5\nmetrics: [{{name: {name}, image: 'a:1.0', options: {{tasksPerPod: 3}}}}]")
    (option,) = _fixed_tasks(name)
    line = _env(jobs["l"])[f"MO_OPT_{option.upper()}"]
    assert re.search(r" -np 15 (?:-ppn 3|--map-by ppr:3:node)(?= |$)", line), line
    assert _env(jobs["l"])["MO_OPT_TASKS"] == "0"


@pytest.mark.parametrize("name", _WITH_COMPUTED)
def test_tasks_that_are_not_given_leave_no_trace(name: str) -> None:
    plain = _jobs(f"pods: 2\nmetrics: [{{name: {name}, image: 'a:1.0'}}]")
    assert plain == _jobs(
        f"pods: 2\nmetrics: [{{name: {name}, image: 'a:1.0', options: {{tasks: 0, tasksPerPod: 0}}}}]"
    )
    assert not any("tasks" in text.lower() for pair in _env(plain["l"]).items() for text in pair)


def test_alias_of_an_option_is_the_option() -> None:
    metricset = _set("metrics: [{name: sys-hwloc, listOptions: {command: [lstopo]}}]")
    values: Any = metricset.values
    assert values["metrics"]["sys-hwloc"]["listOptions"] == {"commands": ["lstopo"]}
