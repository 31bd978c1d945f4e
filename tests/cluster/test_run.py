"""`mocompile run` on a real cluster: one command to the table, through interruptions, and why points fail."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from mocompile.results import parse
from mocompile.results.analyse.phases import phases
from mocompile.results.read.lifetimes import lifetimes_of

from tests.cluster import api_process
from tests.cluster.conftest import Opener
from tests.cluster.kube import LABEL, Cluster, Namespace
from tests.cluster.sets import addon, document, launched, metric

FIO = document(metric("io-fio", options={"size": "4M", "directory": "/tmp"}), name="disk")
STUDY = {
    "apiVersion": "flux-framework.org/v1alpha2",
    "kind": "MetricStudy",
    "metadata": {"name": "blocks"},
    "spec": {
        "base": "metrics.yaml",
        "parameters": {
            "blocksize": {"set": "spec.metrics[io-fio].options.blocksize", "values": ["4k", "64k", "1m"]},
            "depth": {"set": "spec.metrics[io-fio].options.iodepth", "values": [1, 4, 8, 16]},
        },
    },
}
POINTS = {(size, depth) for size in ("4k", "64k", "1m") for depth in (1, 4, 8, 16)}


def begin(cluster: Cluster, namespace: Namespace, folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """`mocompile run ARGUMENTS` in the folder, as a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "mocompile", "run", *arguments, "-n", namespace.name],
        cwd=folder,
        env={**os.environ, **cluster.environment, "COLUMNS": "200"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ran(process: subprocess.Popen[str], seconds: float = 150) -> tuple[int, str, str]:
    """Its exit code, stdout and stderr."""
    stdout, stderr = process.communicate(timeout=seconds)
    return process.returncode, stdout, stderr


def journal(folder: Path) -> dict[str, Any]:
    """The entries of run.json by name."""
    return {each["name"]: each for each in json.loads((folder / "run.json").read_text())["points"]}


def study(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "metrics.yaml").write_text(FIO)
    (folder / "study.yaml").write_text(json.dumps(STUDY))
    return folder


def count(folder: Path, state: str) -> int:
    """How many points have this state."""
    try:
        return sum(each["state"] == state for each in journal(folder).values())
    except FileNotFoundError:
        return 0


def require_each_point_once(namespace: Namespace, folder: Path) -> None:
    """All 12 points have their figures, and the cluster has seen one JobSet of each, none of them twice."""
    entries = journal(folder)
    assert {each["state"] for each in entries.values()} == {"completed"}
    assert [each["attempts"] for each in entries.values()] == [1] * 12
    pods = {name: {pod.object["metadata"]["uid"] for pod in namespace.pods(name)} for name in entries}
    assert {name: len(found) for name, found in pods.items()} == dict.fromkeys(entries, 1)
    records = [each for each in parse(folder / "results").records if each.figure == "bw"]
    values = [each.configuration.values for each in records]
    assert {(each["parameter.blocksize"], each["parameter.depth"]) for each in values} == POINTS
    assert len(records) == 2 * 12  # reads and writes
    # When each pod had its node, started and measured is known of every point.
    took = phases(lifetimes_of([folder / "results"]), parse(folder / "results").runs)
    for figure in ("schedule", "start", "measure", "total"):
        found = [each for each in took if each.figure == figure]
        values = [each.configuration.values for each in found]
        settings = {(each["parameter.blocksize"], each["parameter.depth"]) for each in values}
        assert (len(found), settings) == (12, POINTS), figure
    assert not namespace.get("/apis/jobset.x-k8s.io/v1alpha2", "jobsets")["items"]
    left = [each["metadata"]["name"] for each in namespace.get("/api/v1", "configmaps")["items"]]
    assert left == ["kube-root-ca.crt"]


def test_a_study_of_12_points_runs_to_its_table_with_one_command(
    cluster: Cluster, opener: Opener, tmp_path: Path
) -> None:
    namespace = opener("run")
    folder = study(tmp_path / "work")
    code, stdout, stderr = ran(begin(cluster, namespace, folder, "study.yaml", "--parallel", "4"))
    assert code == 0, stderr
    require_each_point_once(namespace, folder / "blocks-run")
    assert stdout.count("completed") == 12
    assert "bw (KiB/s)" in stdout
    assert "blocks-run: 12 completed of 12" in stderr
    # Again: nothing is missing, and nothing runs.
    before = len(namespace.pods(next(iter(journal(folder / "blocks-run")))))
    code, again, stderr = ran(begin(cluster, namespace, folder, "study.yaml"))
    assert (code, again) == (0, stdout), stderr
    assert len(namespace.pods(next(iter(journal(folder / "blocks-run"))))) == before


def test_a_study_that_is_stopped_again_and_again_ends_with_the_same_12_results_each_run_once(
    cluster: Cluster, opener: Opener, tmp_path: Path
) -> None:
    """Ctrl-C, then a kill, then an API server that restarts."""
    server = api_process.find(cluster.environment["KUBECONFIG"])
    namespace = opener("run-stopped")
    folder = study(tmp_path / "work")
    state = folder / "blocks-run"

    def until(completed: int) -> subprocess.Popen[str]:
        """Begin, and wait for so many completed points and one that runs."""
        process = begin(cluster, namespace, folder, "study.yaml", "--parallel", "3")
        namespace.wait(
            lambda: count(state, "completed") >= completed and count(state, "running") > 0,
            90,
            f"{completed} points completed, and one that runs",
        )
        return process

    process = until(2)
    process.send_signal(signal.SIGINT)
    code, _, stderr = ran(process, 30)
    assert code == 130
    assert "the same command takes it up again" in stderr
    interrupted = journal(state)
    assert any(each["state"] == "running" for each in interrupted.values())

    process = until(5)
    process.kill()
    process.communicate()
    killed = journal(state)
    assert count(state, "completed") < 12
    assert any(each["state"] == "running" for each in killed.values())

    process = until(8)
    api_process.restart(server)
    code, _, stderr = ran(process)
    assert code == 0, stderr
    assert "taken up again" in stderr
    require_each_point_once(namespace, state)
    after = journal(state)
    for before in (interrupted, killed):
        done = [name for name, each in before.items() if each["state"] == "completed"]
        assert {name: after[name]["uid"] for name in done} == {name: before[name]["uid"] for name in done}


def of(**fields: Any) -> dict[str, Any]:
    """An overlay of the metric."""
    return {"spec": {"metrics": [{"name": "app-lammps", **fields}]}}


def commanded(command: str, **fields: Any) -> dict[str, Any]:
    return of(options={"command": command}, **fields)


# Each failure, as an overlay; the kind of the reason, and a part of its line.
FAILURES: dict[str, tuple[dict[str, Any], str, str | tuple[str, ...]]] = {
    "code": (
        commanded("sh -c 'echo figures; echo no such input file; exit 3'"),
        "exit",
        "ended with code 3: no such input file",
    ),
    "binary": (commanded("no-such-program"), "exit", "ended with code 127: no-such-program: command not found"),
    "memory": (
        commanded("python3 -c 'a = bytearray(10**9)'", resources={"limits": {"memory": "128Mi"}}),
        "memory",
        "went beyond its memory (limit 128Mi) and was killed",
    ),
    "image": (
        of(image="example.com/no-such-image:1"),
        "image",
        "the image example.com/no-such-image:1 cannot be pulled (",
    ),
    "room": (
        of(resources={"requests": {"memory": "900Gi"}}),
        "unschedulable",
        "too little memory (it asks for 900Gi) (given up after 12s)",
    ),
    "label": (
        {"spec": {"pod": {"nodeSelector": {"kind": "gpu"}}}},
        "unschedulable",
        "another label than its node selector or affinity wants",
    ),
    "deadline": (
        {"spec": {"deadlineSeconds": 5, **commanded("sleep 100")["spec"]}},
        "deadline",
        "its time was up: deadlineSeconds is 5",
    ),
    "hosts": (
        {
            "spec": {
                "pods": 2,
                "timeouts": {"hostsSeconds": 1},
                "metrics": [{"name": "app-lammps", "options": {"command": "echo", "soleTenancy": True}}],
            }
        },
        "hosts",
        # The one node takes the launcher or a worker first; each names the other.
        ("gave up after 1 s; hosts that did not answer: ", "gave up after 1 s; the launcher, "),
    ),
    "security": (
        {"spec": {"pod": {"hostNetwork": True}}},
        "pod-security",
        "Pod Security 'baseline' of the namespace refuses its pods: host namespaces (hostNetwork=true)",
    ),
    "quota": (
        of(resources={"limits": {"example.com/gpu": 1}}),
        "quota",
        "the quota 'team' of the namespace has no room for its pods: requested: requests.example.com/gpu=1",
    ),
    "secret": (
        of(addons=[addon("volume-secret", name="keys", secretName="no-such-secret", path="/keys")]),
        "volume",
        'cannot be mounted: secret "no-such-secret" not found',
    ),
    "root": (
        {"spec": {"pod": {"securityContext": {"runAsNonRoot": True}}}},
        "container",
        "(CreateContainerConfigError): container has runAsNonRoot and image will run as root",
    ),
    "account": ({"spec": {"pod": {"serviceAccountName": "nobody"}}}, "refused", 'serviceaccount "nobody" not found'),
    "refused": (
        {"metadata": {"annotations": {"run-test/refuse": "yes"}}},
        "refused",
        "the cluster refuses its objects: ValidatingAdmissionPolicy",
    ),
}
POLICY = """
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: NAME, labels: {LABEL: "MARK"}}
spec:
  failurePolicy: Fail
  matchConstraints:
    namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: NAME}}
    resourceRules: [{apiGroups: [jobset.x-k8s.io], apiVersions: ["*"], operations: [CREATE], resources: [jobsets]}]
  validations: [{expression: "!('run-test/refuse' in object.metadata.annotations)", message: no benchmarks today}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: NAME, labels: {LABEL: "MARK"}}
spec: {policyName: NAME, validationActions: [Deny]}
"""


def test_each_failure_is_said_in_one_line(cluster: Cluster, opener: Opener, tmp_path: Path) -> None:
    namespace = opener("run-fail", **{"pod-security.kubernetes.io/enforce": "baseline"})
    namespace.kubectl("create", "quota", "team", "--hard=requests.example.com/gpu=0")
    policy = POLICY.replace("NAME", namespace.name).replace("LABEL", LABEL).replace("MARK", namespace.labels[LABEL])
    (tmp_path / "metrics.yaml").write_text(document(launched("echo figures"), name="base"))
    for name, (overlay, _, _) in FAILURES.items():
        (tmp_path / f"{name}.yaml").write_text(json.dumps(overlay))
    spec = {"base": "metrics.yaml", "parameters": {"case": {"overlays": {name: f"{name}.yaml" for name in FAILURES}}}}
    (tmp_path / "study.yaml").write_text(json.dumps({**STUDY, "metadata": {"name": "fail"}, "spec": spec}))
    namespace.apply(policy)
    try:
        arguments = ("--parallel", "14", "--start-timeout", "12s", "--no-check")
        code, _, stderr = ran(begin(cluster, namespace, tmp_path, "study.yaml", *arguments))
    finally:
        for kind in ("validatingadmissionpolicybinding", "validatingadmissionpolicy"):
            cluster.kubectl("delete", kind, namespace.name, "--ignore-not-found")
    assert code == 1, stderr
    assert f"fail-run: {len(FAILURES)} failed of {len(FAILURES)}" in stderr
    index = json.loads((tmp_path / "fail-run" / "study.json").read_text())
    entries = journal(tmp_path / "fail-run")
    found = {each["parameters"]["case"]: entries[each["name"]] for each in index["points"]}
    for name, (_, kind, text) in FAILURES.items():
        texts = (text,) if isinstance(text, str) else text
        assert any(each in found[name]["reason"] for each in texts), name
        assert found[name]["kind"] == kind, name
        assert f"failed: {found[name]['reason']}" in stderr
    assert found["code"]["lines"] == ["figures"]
    # What ended in the cluster can be looked at; what did not end is gone.
    left = {each["metadata"]["name"] for each in namespace.get("/apis/jobset.x-k8s.io/v1alpha2", "jobsets")["items"]}
    ended = {"code", "binary", "memory", "deadline", "hosts"}
    assert left == {entry["name"] for name, entry in found.items() if name in ended}
