"""The outputs as users install them: plain YAML, kustomize, Helm."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests import command
from tests.cluster.conftest import Opener
from tests.cluster.kube import JOB, Cluster, Namespace, Ran, events
from tests.cluster.sets import Run, build, document, lammps, launched, metric
from tests.tools import need

LAMMPS_FIGURES = "on 2 procs for 100 steps with 304 atoms"
KUSTOMIZATION = """\
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namespace: {namespace}
namePrefix: nightly-
resources: [../base]
"""


def write(folder: Path, text: str, kind: str) -> Path:
    """Builds the folder output of a set."""
    folder.joinpath("metrics.yaml").write_text(text)
    out = folder / kind
    ran = command.run("build", str(folder / "metrics.yaml"), "-f", kind, "-o", str(out))
    assert ran.code == 0, ran.stderr
    return out


def helm(cluster: Cluster, namespace: Namespace, *arguments: str) -> Ran:
    """`helm ARGUMENTS` in that namespace."""
    done = subprocess.run(
        [need("helm"), "--namespace", namespace.name, *arguments],
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
        env=cluster.environment,
    )
    return Ran(done.stdout, done.stderr, done.returncode)


def test_two_sets_with_the_same_metrics_run_in_one_namespace(opener: Opener) -> None:
    namespace = opener("pair")
    ranks = launched("mpirun --hostfile ./hostlist.txt -np 2 --map-by ppr:1:node hostname")
    first = document(ranks, metric("io-fio", options={"size": "1M"}), name="one", pods=2)
    namespace.apply(build(first) + "---\n" + build(first, "--name", "two"))
    for name in ("one", "two"):
        run = Run(namespace, name)
        assert run.end() == "Completed"
        assert sorted(run.read("l").timepoints[0].splitlines()) == [f"{name}-l-0-0", f"{name}-w-0-0"]
        assert run.read("m").closed


def test_applying_the_same_output_again_changes_nothing(opener: Opener) -> None:
    namespace = opener("again")
    manifests = build(document(metric("sys-hwloc"), launched("hostname"), pods=2))
    namespace.apply(manifests)
    again = namespace.apply(manifests).stdout.splitlines()
    assert [line.rpartition(" ")[2] for line in again] == ["unchanged", "unchanged"]
    assert Run(namespace).end() == "Completed"
    assert namespace.jobset("set")["metadata"]["generation"] == 1
    again = namespace.apply(manifests).stdout.splitlines()
    assert [line.rpartition(" ")[2] for line in again] == ["unchanged", "unchanged"]
    difference = namespace.kubectl("diff", "-f", "-", stdin=manifests, check=False)
    assert (difference.code, difference.stdout) == (0, "")


def test_the_kustomize_base_and_an_overlay_with_prefix_and_namespace_run_lammps(opener: Opener, tmp_path: Path) -> None:
    plain, other = opener("base"), opener("overlay")
    folder = write(tmp_path, document(lammps(2), pods=2), "kustomize")
    nightly = folder / "nightly"
    nightly.mkdir()
    nightly.joinpath("kustomization.yaml").write_text(KUSTOMIZATION.format(namespace=other.name))
    plain.kubectl("apply", "-k", str(folder / "base"))
    other.cluster.kubectl("apply", "-k", str(nightly))
    for run in (Run(plain), Run(other, "nightly-set")):
        assert run.end() == "Completed"
        assert LAMMPS_FIGURES in run.read("l").timepoints[0]
    assert {pod.name.rpartition("-")[0] for pod in Run(other, "nightly-set").pods()} == {
        "nightly-set-l-0-0",
        "nightly-set-w-0-0",
    }


def test_sole_tenancy_holds_under_a_prefix(opener: Opener, cluster: Cluster, tmp_path: Path) -> None:
    namespace = opener("tenancy")
    nodes = len(cluster.get("/api/v1/nodes")["items"])
    one = metric("app-lammps", options={"soleTenancy": True, "command": "sleep 60"})
    folder = write(tmp_path, document(one, pods=nodes + 1), "kustomize")
    nightly = folder / "nightly"
    nightly.mkdir()
    nightly.joinpath("kustomization.yaml").write_text(KUSTOMIZATION.format(namespace=namespace.name))
    cluster.kubectl("apply", "-k", str(nightly))
    run = Run(namespace, "nightly-set")

    def refused() -> bool:
        conditions = [each for pod in run.pods() for each in pod.object["status"].get("conditions", [])]
        return any("anti-affinity" in each.get("message", "") for each in conditions)

    namespace.wait(refused, 60, "a pod that cannot be scheduled")
    (waiting,) = [pod for pod in run.pods() if not pod.object["spec"].get("nodeName")]

    def told() -> bool:
        return any("FailedScheduling" in said and "anti-affinity" in said for said in events(namespace, waiting.name))

    # The event comes after the condition.
    namespace.wait(told, 30, "event FailedScheduling")
    assert len(run.pods()) == nodes + 1
    assert len([pod for pod in run.pods() if pod.object["spec"].get("nodeName")]) == nodes


def test_a_helm_release_is_installed_suspended_then_run_and_removed(
    opener: Opener, cluster: Cluster, tmp_path: Path
) -> None:
    namespace = opener("helm")
    chart = str(write(tmp_path, document(lammps(2), pods=2), "helm"))
    installed = helm(cluster, namespace, "install", "release", chart, "--set", "jobset.suspend=true")
    assert installed.code == 0, installed.stderr
    namespace.wait(lambda: namespace.jobset("release"), 30, "JobSet seen")
    assert namespace.jobset("release")["spec"]["suspend"] is True

    changed = helm(cluster, namespace, "upgrade", "release", chart, "--set", "pods=3,jobset.suspend=true")
    assert changed.code != 0
    assert "immutable" in changed.stderr

    upgraded = helm(cluster, namespace, "upgrade", "release", chart, "--set", "jobset.suspend=false")
    assert upgraded.code == 0, upgraded.stderr
    run = Run(namespace, "release")
    assert run.end() == "Completed"
    assert LAMMPS_FIGURES in run.read("l").timepoints[0]
    assert {pod.labels[JOB] for pod in run.pods()} == {"l", "w"}

    # What the notes say to do where pods are to change.
    assert "helm uninstall release" in installed.stdout
    removed = helm(cluster, namespace, "uninstall", "release")
    assert removed.code == 0, removed.stderr
    listed = namespace.kubectl("get", "jobsets,configmaps", "--output=name").stdout.split()
    assert [each for each in listed if "release" in each and "helm" not in each] == []
