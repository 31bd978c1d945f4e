"""How addons meet metrics, patterns and each other: what the pods have, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from mocompile.diagnostics.finding import InputError
from mocompile.document.load import load
from mocompile.document.source import Source
from mocompile.pipeline import compile_objects

METRICS = {"app-lammps": ("l", "launcher"), "io-fio": ("m", "storage"), "perf-sysstat": ("m", "app")}
NEEDED = {"perf-sysstat": "options: {command: x}, "}
VOLUMES = (
    "{name: volume-empty, options: {name: a, path: /a}}",
    "{name: volume-hostpath, options: {name: b, path: /b, hostPath: /b}}",
    "{name: volume-pvc, options: {name: c, path: /c/, claimName: c}}",
    "{name: volume-secret, options: {name: d, path: /d, secretName: d}}",
    "{name: volume-cm, options: {name: e, path: /e/e, configMapName: e}, mapOptions: {items: {k: p}}}",
)


def document(metric: str, *addons: str, spec: str = "") -> bytes:
    """A set of one metric with these addons."""
    return (
        "apiVersion: flux-framework.org/v1alpha2\nkind: MetricSet\nmetadata: {name: set}\n"
        f"spec:\n  pods: 2\n{spec}"
        f"  metrics: [{{name: {metric}, {NEEDED.get(metric, '')}addons: [{', '.join(addons)}]}}]\n"
    ).encode()


def pods(metric: str, *addons: str) -> dict[str, Any]:
    """The pod of each job."""
    objects: list[Any] = compile_objects(load(Source("metrics.yaml", document(metric, *addons))).root)
    return {job["name"]: job["template"]["spec"]["template"]["spec"] for job in objects[1]["spec"]["replicatedJobs"]}


def messages(metric: str, *addons: str, spec: str = "") -> list[str]:
    """Return the findings."""
    with pytest.raises(InputError) as caught:
        compile_objects(load(Source("metrics.yaml", document(metric, *addons, spec=spec))).root)
    return [f"{finding.message}; {finding.hint}" for finding in caught.value.findings]


def variables(container: dict[str, Any]) -> dict[str, str]:
    """The container's variables with a value of their own."""
    return {entry["name"]: entry["value"] for entry in container["env"] if "value" in entry}


@pytest.mark.parametrize("metric", METRICS)
def test_volumes_of_all_kinds_stand_in_every_container_as_they_were_written(metric: str) -> None:
    more = ("{name: perf-mpitrace}", "{name: application, options: {image: x, command: x, sidecar: true}}")
    last = "{name: application, id: last, options: {image: x, command: x, name: last}}"
    for pod in pods(metric, *VOLUMES, *more, last).values():
        names = ["metrics-operator", "a", "b", "c", "d", "e", "perf-mpitrace"]
        assert [volume["name"] for volume in pod["volumes"]] == names
        assert [container["name"] for container in pod["initContainers"]] == ["perf-mpitrace", "app-addon"]
        for container in [*pod["initContainers"], *pod["containers"]]:
            mounts = {mount["name"]: mount for mount in container["volumeMounts"]}
            assert list(mounts) == names
            assert [mounts[name]["mountPath"] for name in names[1:]] == ["/a", "/b", "/c/", "/d", "/e/e", "/opt/share"]
            assert [name for name in names if mounts[name].get("readOnly")] == ["metrics-operator", "e"]


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("", ["launcher", "workers"]),
        ("target: l", ["launcher"]),
        ("target: w", ["workers"]),
        ("containerTarget: workers", ["workers"]),
        ("target: l, containerTarget: workers", []),
    ],
)
def test_capabilities_and_the_script_are_for_the_targeted_containers(target: str, expected: list[str]) -> None:
    addon = f"{{name: perf-commands, options: {{prefix: perf stat, {target}}}}}"
    other = "{name: application, options: {image: x, command: x}}"
    for pod in pods("app-lammps", addon, other).values():
        for container in pod["containers"]:
            wanted = container["name"] in expected
            added = container.get("securityContext", {}).get("capabilities", {}).get("add")
            assert added == (["SYS_PTRACE", "SYS_ADMIN"] if wanted else None)
            assert ("MO_ADDONS" in [entry["name"] for entry in container.get("env", ())]) == wanted


@pytest.mark.parametrize("metric", METRICS)
def test_addons_of_one_kind_stand_in_the_order_in_which_they_were_written(metric: str) -> None:
    job, name = METRICS[metric]
    (container,) = pods(
        metric,
        "{name: commands, id: z, options: {prefix: a}}",
        "{name: perf-commands, options: {prefix: b}}",
        "{name: commands, id: a, options: {prefix: c}}",
    )[job]["containers"]
    assert container["name"] == name
    found = variables(container)
    assert found["MO_ADDONS"] == "0:commands 1:commands 2:commands"
    assert [found[f"MO_ADDON_{position}"] for position in range(3)] == ["commands", "perf-commands", "commands"]
    assert [found[f"MO_ADDON_{position}_PREFIX"] for position in range(3)] == ["a", "b", "c"]


def test_a_view_is_prepared_in_every_container_and_used_in_the_targeted_ones() -> None:
    made = pods("app-lammps", "{name: perf-hpctoolkit, options: {events: -e IO, containerTarget: launcher}}")
    launcher, workers = (variables(made[job]["containers"][0]) for job in ("l", "w"))
    assert launcher["MO_ADDONS"] == workers["MO_ADDONS"] == "0:perf-hpctoolkit"
    assert launcher["MO_ADDON_0_TARGETED"] == "true"
    assert "MO_ADDON_0_METADATA" in launcher
    assert not {"MO_ADDON_0_TARGETED", "MO_ADDON_0_METADATA"} & set(workers)


def test_two_views_in_one_place_are_refused() -> None:
    (message,) = messages("app-lammps", "{name: perf-mpitrace}", "{name: workload-flux}")
    assert "the mount path '/opt/share' is already used by the perf-mpitrace of line" in message
    made = pods("app-lammps", "{name: perf-mpitrace}", "{name: perf-mpitrace, id: two, options: {mount: /two}}")
    assert [container["name"] for container in made["l"]["initContainers"]] == ["perf-mpitrace", "two"]


def test_a_view_takes_its_names_from_volumes_and_containers() -> None:
    found = messages(
        "app-lammps",
        "{name: volume-empty, options: {name: perf-mpitrace, path: /opt/share/}}",
        "{name: perf-mpitrace}",
        "{name: application, options: {image: x, command: x, name: perf-mpitrace}}",
    )
    for noun in ("mount path '/opt/share'", "volume 'perf-mpitrace'", "container 'perf-mpitrace'"):
        assert len([message for message in found if message.startswith(f"the {noun} is already used by")]) == 1


def test_flux_refuses_pods_with_other_host_names() -> None:
    for spec in ("  dontSetFQDN: false\n", "  pod: {hostNetwork: true}\n"):
        (message,) = messages("app-lammps", "{name: workload-flux}", spec=spec)
        assert "needs pods with short host names" in message


@pytest.mark.parametrize("path", ["/abs", "..", "../x", "a/../b", "a/..", "..data"])
def test_a_configmap_s_item_stays_in_its_volume(path: str) -> None:
    addon = (
        f"{{name: volume-cm, options: {{name: e, path: /e, configMapName: e}}, mapOptions: {{items: {{k: {path}}}}}}}"
    )
    assert messages("io-fio", addon)


def test_a_configmap_s_items_are_required() -> None:
    options = "options: {name: e, path: /e, configMapName: e}"
    assert any("mapOptions.items" in message for message in messages("io-fio", f"{{name: volume-cm, {options}}}"))
    assert messages("io-fio", f"{{name: volume-cm, {options}, mapOptions: {{items: {{}}}}}}")


@pytest.mark.parametrize(
    "option", ["mount: /a b", "logLevel: 9", "quorum: 1,2", "queuePolicy: 'x\"'", "fluxUser: 'a:b'"]
)
def test_flux_s_options_cannot_break_its_configuration(option: str) -> None:
    assert messages("app-lammps", f"{{name: workload-flux, options: {{{option}}}}}")
