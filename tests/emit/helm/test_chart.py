"""A chart does what people do with charts: it is packaged, a part of other charts, and refuses what is wrong."""

from __future__ import annotations

import json
import os
import shutil
import tarfile
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from tests.command import run
from tests.emit.conftest import Built
from tests.emit.rendering import HELMS, ToolError, assert_chart_renders, helm_template, json_file, parsed, tool
from tests.emit.resolver import dangling
from tests.golden.cases import case_of

DISK = """\
apiVersion: flux-framework.org/v1alpha2
kind: MetricSet
metadata: {name: disk}
spec:
  metrics: [{name: io-fio}]
"""


@pytest.fixture
def lammps(built: Built) -> Path:
    """The chart of a metric with a launcher and workers."""
    return built("app-lammps") / "helm"


@pytest.fixture
def every_field(built: Built) -> Path:
    """The chart of a set that uses every field."""
    return built("every-field") / "helm"


def refusal(helm: str, chart: Path, *arguments: object, release: str = "release") -> str:
    """Return the message of Helm's refusal. Fails if Helm does not refuse."""
    with pytest.raises(ToolError) as error:
        helm_template(helm, chart, release, *arguments)
    return str(error.value)


@pytest.mark.parametrize("helm", HELMS)
@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("pods=0", "pods"),
        ("pods=many", "pods"),
        ("pods=2.5", "pods"),
        ("pods=null", "pods"),
        ("Pods=4", "Pods"),
        ("jobset.order=Sequential", "order"),
        ("jobset.suspend=maybe", "suspend"),
        ("jobset.restartPolicy=Always", "restartPolicy"),
        ("pod.labels.team={a}", "team"),
        ("resources.limits.cpu=lots", "cpu"),
        ("metrics.app-lammps.options.command=null", "command"),
        ("metrics.app-lammps.options.comand=lmp", "comand"),
        ("metrics.app-lammps.options.workdir[0]=a", "workdir"),
        ("metrics.io-fio.image=x", "io-fio"),
    ],
)
def test_the_schema_refuses_what_is_wrong_and_names_it(helm: str, setting: str, message: str, lammps: Path) -> None:
    assert message in refusal(helm, lammps, "--set", setting)


# `<release>-m-0-0.<release>.<namespace>.svc.cluster.local`: with `x`, 18 are left for the release; with `elephant`, 15.
@pytest.mark.parametrize("helm", HELMS)
def test_a_release_whose_full_host_names_the_kernel_would_not_take_is_refused(helm: str, tmp_path: Path) -> None:
    (tmp_path / "metrics.yaml").write_text(f"{DISK}  dontSetFQDN: false\n")
    assert run("build", "-f", "helm", "-o", "chart", cwd=tmp_path).code == 0
    chart = tmp_path / "chart"
    for namespace, longest in (("x", 18), ("default", 18), ("elephant", 15)):
        place = ("--namespace", namespace)
        assert helm_template(helm, chart, "r" * longest, *place)
        assert "Linux takes at most 64: shorten" in refusal(helm, chart, *place, release="r" * (longest + 1))
    assert helm_template(helm, chart, "r" * 30, "--set", "serviceName=s")
    assert "has 66 characters" in refusal(helm, chart, "--set", f"serviceName={'s' * 20}", release="r" * 19)


@pytest.mark.parametrize("helm", HELMS)
def test_too_few_pods_are_refused(helm: str, built: Built) -> None:
    chart = built("network-netmark") / "helm"
    least = json.loads((chart / "values.schema.json").read_text("utf-8"))["properties"]["pods"]["minimum"]
    assert least > 1
    assert "pods" in refusal(helm, chart, "--set", f"pods={least - 1}")
    helm_template(helm, chart, "release", "--set", f"pods={least}")


@pytest.mark.parametrize("helm", HELMS)
def test_a_release_whose_pods_would_have_too_long_names_is_refused(helm: str, lammps: Path) -> None:
    fits = "a" * 50  # and -w-0-98-abcde
    helm_template(helm, lammps, fits, "--set", "pods=100")
    message = refusal(helm, lammps, "--set", "pods=102", release=fits)
    assert f"{fits}-w-0-100-abcde" in message
    assert "49 are left for the release" in message
    helm_template(helm, lammps, "a" * 51, "--set", "pods=1")


@pytest.mark.parametrize("helm", HELMS)
@pytest.mark.parametrize("release", ["4lammps", "lam.mps"])
def test_a_release_that_cannot_name_a_jobset_is_refused(helm: str, release: str, lammps: Path) -> None:
    assert f'the release name "{release}"' in refusal(helm, lammps, release=release)


@pytest.mark.parametrize("helm", HELMS)
def test_a_chart_of_charts_can_have_the_set_several_times(helm: str, lammps: Path, tmp_path: Path) -> None:
    parent = tmp_path / "sweep"
    (parent / "charts").mkdir(parents=True)
    tool("cp", "-r", lammps, parent / "charts/lammps")
    json_file(
        parent / "Chart.yaml",
        {
            "apiVersion": "v2",
            "name": "sweep",
            "version": "1.0.0",
            "dependencies": [
                {"name": "lammps", "version": ">=0.0.0-0", "alias": alias} for alias in ("small", "large")
            ],
        },
    )
    json_file(parent / "values.yaml", {"global": {"registry": "x"}, "small": {"pods": 1}, "large": {"pods": 16}})
    objects = helm_template(helm, parent, "study")
    for name, jobs in (("study-small", 1), ("study-large", 2)):
        mine = [obj for obj in objects if obj["metadata"]["name"] == name]
        assert sorted(obj["kind"] for obj in mine) == ["ConfigMap", "JobSet"]
        assert dangling(mine) == []
        assert [len(obj["spec"]["replicatedJobs"]) for obj in mine if obj["kind"] == "JobSet"] == [jobs]
    assert len(objects) == 4


def package(helm: str, chart: Path, folder: Path, environment: Mapping[str, str] | None = None) -> Path:
    """The archive that Helm makes of a chart, in a folder of its own."""
    tool(helm, "package", chart, "--destination", folder, env={**os.environ, **(environment or {})})
    (archive,) = folder.iterdir()
    return archive


def without_times(archive: Path) -> list[tuple[bytes, bytes]]:
    """All that an archive holds: the header of each entry, its time set to zero, and its bytes."""
    entries = []
    with tarfile.open(archive) as opened:
        for member in opened:
            member.mtime = 0
            file = opened.extractfile(member)
            entries.append((member.tobuf(), b"" if file is None else file.read()))
    return entries


def with_times(chart: Path, folder: Path, seconds: int) -> Path:
    """A copy of a chart, whose files have this time: another checkout."""
    copy = folder / str(seconds) / chart.name
    shutil.copytree(chart, copy)
    for path in copy.rglob("*"):
        os.utime(path, (seconds, seconds))
    return copy


@pytest.mark.parametrize("helm", HELMS)
def test_a_package_renders_the_same_and_is_the_same_each_time_but_for_the_times_in_it(
    helm: str, every_field: Path, tmp_path: Path
) -> None:
    archives = [
        package(helm, with_times(every_field, tmp_path, seconds), tmp_path / f"of-{seconds}")
        for seconds in (10**9, 2 * 10**9)
    ]
    entries = [without_times(archive) for archive in archives]
    assert entries[0] == entries[1]
    assert len(entries[0]) > 10
    assert not [header for header, _ in entries[0] if b".mocompile.json" in header]
    assert_chart_renders(
        helm_template(helm, archives[0], "everything"), parsed(case_of("every-field").outputs()["base.yaml"])
    )


def test_helm_4_makes_the_same_bytes_of_files_that_a_build_leaves_alone(tmp_path: Path) -> None:
    (tmp_path / "metrics.yaml").write_bytes(case_of("app-lammps").input.read_bytes())
    chart = tmp_path / "chart"
    archives = []
    for name in ("first", "second"):
        assert run("build", "-f", "helm", "-o", "chart", cwd=tmp_path).code == 0
        if name == "first":
            for path in chart.rglob("*"):
                os.utime(path, (10**9, 10**9))
        archives.append(package("helm4", chart, tmp_path / name).read_bytes())
    assert archives[0] == archives[1]


def test_helm_4_makes_the_same_bytes_anywhere_where_the_epoch_is_given(every_field: Path, tmp_path: Path) -> None:
    epoch = {"SOURCE_DATE_EPOCH": "0"}
    archives = {
        package("helm4", with_times(every_field, tmp_path, seconds), tmp_path / f"of-{seconds}", epoch).read_bytes()
        for seconds in (10**9, 2 * 10**9)
    }
    assert len(archives) == 1


def test_an_archive_of_mocompile_has_the_same_bytes_each_time_and_renders_the_same(tmp_path: Path) -> None:
    archives = []
    for mask in (0o022, 0o077):
        folder = tmp_path / f"{mask:o}"
        folder.mkdir()
        (folder / "metrics.yaml").write_text(DISK)
        before = os.umask(mask)
        try:
            for output in ("made", "disk-1.2.0.tgz"):
                assert run("build", "-f", "helm", "-o", output, "--chart-version", "1.2.0", cwd=folder).code == 0
        finally:
            os.umask(before)
        archives.append((folder / "disk-1.2.0.tgz").read_bytes())
    assert archives[0] == archives[1]
    for each in HELMS:
        packed = helm_template(each, folder / "disk-1.2.0.tgz", "disk")
        assert packed == helm_template(each, folder / "made", "disk")


class _Api(BaseHTTPRequestHandler):
    """As much of an API server as Helm asks for before a dry run: versions, kinds, and no release."""

    _RESOURCES: ClassVar = {
        "/api/v1": [("configmaps", "ConfigMap"), ("secrets", "Secret")],
        "/apis/jobset.x-k8s.io/v1alpha2": [("jobsets", "JobSet")],
    }

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        group = {"groupVersion": "jobset.x-k8s.io/v1alpha2", "version": "v1alpha2"}
        answers: dict[str, Any] = {
            "/version": {"major": "1", "minor": "36", "gitVersion": "v1.36.0"},
            "/api": {"kind": "APIVersions", "versions": ["v1"]},
            "/apis": {
                "kind": "APIGroupList",
                "groups": [{"name": "jobset.x-k8s.io", "versions": [group], "preferredVersion": group}],
            },
            "/api/v1/namespaces/default/secrets": {"kind": "SecretList", "apiVersion": "v1", "items": []},
        }
        for version, kinds in self._RESOURCES.items():
            resources = [{"name": name, "kind": kind, "namespaced": True, "verbs": ["get"]} for name, kind in kinds]
            answers[version] = {
                "kind": "APIResourceList",
                "groupVersion": version.split("/", 2)[2],
                "resources": resources,
            }
        self.send_response(200 if path in answers else 404)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(
            json.dumps(
                answers.get(
                    path, {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 404, "reason": "NotFound"}
                )
            ).encode()
        )

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Nothing is printed."""


@pytest.fixture
def api() -> Iterator[str]:
    """The address of an API server with nothing in it."""
    server = HTTPServer(("127.0.0.1", 0), _Api)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("helm", HELMS)
def test_the_notes_of_a_dry_run_say_the_next_commands(helm: str, lammps: Path, api: str) -> None:
    arguments = ("install", "--dry-run=client", "--disable-openapi-validation", "--kube-apiserver", api)
    text = tool(helm, *arguments, "study", lammps)
    notes = text[text.index("NOTES:") :]
    assert "kubectl --namespace default logs job/study-l-0 --follow" in notes
    assert "helm uninstall study --namespace default --wait" in notes
    assert "suspended" not in notes
    waiting = tool(helm, *arguments, "study", lammps, "--set", "jobset.suspend=true")
    assert 'patch jobset study --type merge --patch \'{"spec": {"suspend": false}}\'' in waiting
    queued = tool(helm, *arguments, "study", lammps, "--set", "jobset.queueName=batch")
    assert "until Kueue has room for it in the queue batch" in queued
