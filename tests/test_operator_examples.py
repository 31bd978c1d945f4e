"""The published examples, compiled here, beside what the Metrics Operator makes of them.

Both are facts of the Metrics Operator that are kept beside the checkout; where they are not, these tests are skipped.
What is compared: images, replicated jobs, their pods, containers, working directories, mounts, capabilities, METADATA
and the program lines. `DIFFERENCES` has the intended differences, with the reason.
"""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from mocompile.catalog.reader import PAIR_OPTIONS
from mocompile.document.load import load_file
from mocompile.pipeline import compile_yaml

from tests.paths import REFERENCE
from tests.pod import kubelet
from tests.pod.compiled import Manifests
from tests.pod.programs import Image, start
from tests.tools import missing, need

EXAMPLES = sorted(path.stem for path in (REFERENCE / "examples").glob("*.yaml"))
NP = int(subprocess.run(["nproc"], capture_output=True, text=True, check=True).stdout)


@dataclass(frozen=True)
class Difference:
    """Where ours is another value: `example` (empty: all), `what`, the operator's, ours, why."""

    example: str
    what: str
    theirs: object
    ours: object
    why: str


DIFFERENCES = (
    Difference(
        "io-ior", "workingDir of m/storage", None, "/tmp/workflow", "the operator's script changes there itself"
    ),
    Difference("network-chatterbug", "soleTenancy of l", True, False, "the operator passes over the user's `false`"),
    Difference("network-chatterbug", "soleTenancy of w", True, False, "the operator passes over the user's `false`"),
    *(
        Difference(
            "addon-hpctoolkit-lammps", f"init containers of {job}", *names, "an init container has its addon's name"
        )
        for job in "lw"
        for names in [({"hpctoolkit"}, {"perf-hpctoolkit"})]
    ),
    Difference("app-hpl", "option ratio", "", "0.3", "the operator leaves the default out of METADATA"),
)
# Options that METADATA names as the user writes them, and not as the operator does.
RENAMED = {"sole-tenancy": "soleTenancy", "swappableThreshold": "swappingThreshold"}
# What METADATA says more: it is of the published format, and names every option.
MORE_KEYS = {"completions", "metricType"}
ADDON_KEYS = {
    "io-fio": {"storageVolumePath", "storageVolumeHostPath"},
    "io-host-volume": {"storageVolumePath", "storageVolumeHostPath"},
    "io-ior": {"storageVolumePath", "storageVolumeHostPath"},
    "perf-hello-world": {"applicationImage", "applicationCommand"},
}
MORE_OPTIONS: dict[str, set[str]] = {
    "app-hpl": {"row_or_colmajor_pmapping"},
    "io-fio": {"prefix"},
    "network-chatterbug": {"soleTenancy"},
    "network-netmark": {"soleTenancy"},
    "network-osu-benchmark": {"accelerator", "buffers", "folder", "sleep", *PAIR_OPTIONS},
    "perf-hello-world": {"color", "command"},
}
# Lines of the operator's scripts with a variable in them, and the line that runs with it.
SPELLED_OUT = {
    "$command": "fio --randrepeat=1 --ioengine=libaio --direct=1 --gtod_reduce=1 --name=test --bs=1K --iodepth=64 "
    "--readwrite=randrw --rwmixread=75 --size=1M --filename=/tmp/workflow/test-HEX --output-format=json",
    "$hpcrunpath -o $output $events": "hpcrun -o hpctoolkit-result -e REALTIME@100",
}
PROGRAMS = {"mpirun", "iostat", "ior", "ldms_ls", "fio", "pidstat", "/bin/bash"}


@pytest.fixture(autouse=True)
def _needs_the_facts() -> None:
    if not EXAMPLES:
        pytest.skip("the facts of the Metrics Operator are not beside this checkout")


def test_there_are_facts_for_every_example() -> None:
    assert sorted(path.stem for path in (REFERENCE / "operator-output").glob("*.yaml")) == EXAMPLES


def theirs(example: str) -> dict[str, Any]:
    """The JobSet of the operator."""
    facts: dict[str, Any] = yaml.safe_load((REFERENCE / "operator-output" / f"{example}.yaml").read_text())
    return facts


def ours(example: str) -> tuple[dict[str, Any], Manifests]:
    """The JobSet of mocompile, and its parts."""
    document = load_file(REFERENCE / "examples" / f"{example}.yaml")
    configmap, jobset = yaml.safe_load_all(compile_yaml(document.root))
    jobs = {job["name"]: job for job in jobset["spec"]["replicatedJobs"]}
    return jobset, Manifests(configmap["data"], jobs)


def expected(example: str, what: str, theirs: object) -> object:
    """The operator's value, or the one that is ours on purpose."""
    for difference in DIFFERENCES:
        if (difference.example, difference.what, difference.theirs) == (example, what, theirs):
            return difference.ours
    return theirs


def mounts(container: dict[str, Any], volumes: dict[str, str]) -> set[tuple[str, bool, str]]:
    """Path, whether read-only, kind of volume."""
    return {
        (mount["mountPath"].rstrip("/"), mount.get("readOnly", False), mount.get("kind") or volumes[mount["name"]])
        for mount in container["volumeMounts"]
    }


def facts_of_theirs(example: str) -> dict[str, object]:
    """Return the compared values, by name."""
    facts: dict[str, object] = {}
    jobset = theirs(example)["jobset"]
    facts["deciding jobs"] = set(jobset["successPolicy"]["targetReplicatedJobs"])
    for job in jobset["replicatedJobs"]:
        name = job["name"]
        facts[f"pods of {name}"] = (job["completions"], job["parallelism"])
        facts[f"deadline of {name}"] = job["activeDeadlineSeconds"]
        facts[f"shared processes of {name}"] = job["shareProcessNamespace"]
        facts[f"soleTenancy of {name}"] = job["soleTenancy"]
        facts[f"init containers of {name}"] = {each["name"] for each in job["initContainers"]}
        for position, container in enumerate((*job["initContainers"], *job["containers"])):
            where = f"{name}/{container['name']}" if position >= len(job["initContainers"]) else f"{name}/init"
            facts[f"image of {where}"] = container["image"]
            facts[f"workingDir of {where}"] = container.get("workingDir")
            facts[f"mounts of {where}"] = mounts(container, {})
            facts[f"privileges of {where}"] = (
                container["securityContext"]["privileged"],
                set(container["securityContext"]["capabilitiesAdd"]),
            )
            if container["command"][0] != "/bin/bash":
                facts[f"command of {where}"] = container["command"]
    return {what: expected(example, what, value) for what, value in facts.items()}


def facts_of_ours(jobset: dict[str, Any], made: Manifests) -> dict[str, object]:
    """The same of ours."""
    # Without a policy every job decides, as with one that names none.
    policy = jobset["spec"].get("successPolicy", {})
    facts: dict[str, object] = {"deciding jobs": set(policy.get("targetReplicatedJobs", []))}
    for name, job in made.jobs.items():
        spec = job["template"]["spec"]
        pod = made.pods[name]
        initial = pod.get("initContainers", [])
        volumes = {volume["name"]: next(key for key in volume if key != "name") for volume in pod["volumes"]}
        facts[f"pods of {name}"] = (spec["completions"], spec["parallelism"])
        facts[f"deadline of {name}"] = spec["activeDeadlineSeconds"]
        facts[f"shared processes of {name}"] = pod["shareProcessNamespace"]
        facts[f"soleTenancy of {name}"] = "podAntiAffinity" in pod.get("affinity", {})
        facts[f"init containers of {name}"] = {each["name"] for each in initial}
        for position, container in enumerate((*initial, *pod["containers"])):
            where = f"{name}/{container['name']}" if position >= len(initial) else f"{name}/init"
            context = container.get("securityContext", {})
            facts[f"image of {where}"] = container["image"]
            facts[f"workingDir of {where}"] = container.get("workingDir")
            facts[f"mounts of {where}"] = mounts(container, volumes)
            facts[f"privileges of {where}"] = (
                context.get("privileged", False),
                set(context.get("capabilities", {}).get("add", [])),
            )
            if not container["command"][0].endswith("sh"):
                facts[f"command of {where}"] = container["command"]
    return facts


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_jobset_is_the_operator_s(example: str) -> None:
    jobset, made = ours(example)
    assert facts_of_ours(jobset, made) == facts_of_theirs(example)


# --- what the pods print and run ---------------------------------------------------------------------------------


def image_of(example: str, folder: Path) -> Image:
    """An image with every program that an example may name."""
    image = Image(folder)
    image.add("mpirun", "fio", "ior", "iostat", "ldms_ls", "ldmsd", "pidstat", "jc", "Rscript", "lmp", "amg", "xhpl")
    image.add("compute_N", then="print(64)")
    if example == "network-netmark":
        image.add("/usr/local/bin/netmark.x", then="open('RTT.csv', 'w').write('0')")
    if example == "addon-hpctoolkit-lammps":
        image.add("hpcrun", "hpcstruct", "hpcprof")
        (folder / "view").mkdir()
        (folder / "view" / "metrics-operator-done.txt").touch()
        image.volumes["/opt/mnt"] = str(folder / "view")
    if "workflow" in (REFERENCE / "examples" / f"{example}.yaml").read_text():
        (folder / "work").mkdir()
        image.volumes |= {"/tmp/workflow": str(folder / "work"), "/workflow": str(folder / "work")}
    return image


def run_example(example: str, folder: Path) -> tuple[Image, str]:
    """The image with its calls, and what the pod of the first job printed."""
    need("bash")
    if reason := kubelet.why_not():
        missing(reason)
    image = image_of(example, folder)
    _, made = ours(example)
    job = next(iter(made.jobs))
    # The pause between two timepoints is left out.
    for variable in made.container(job)["env"]:
        if variable["name"] == "MO_RATE":
            variable["value"] = "0"
    labels = {"jobset.sigs.k8s.io/jobset-name": "set", "jobset.sigs.k8s.io/replicatedjob-name": job}
    watched = subprocess.Popen(["sleep", "10"]) if example == "perf-hello-world" else None
    with start(image, made, job, labels=labels, share_processes=watched is not None) as pod:
        if watched is not None:
            pod.until("TASK SWITCHING")
            watched.kill()
            watched.wait()
        elif {"name": "MO_INTERACTIVE", "value": "true"} in made.container(job)["env"]:
            pod.until("the run is over")
            pod.signal(15)
        result = pod.wait()
    assert result.stdout.count("COLLECTION START") == result.stdout.count("COLLECTION END") == 1, result.stderr
    return image, result.stdout


def script_of_theirs(example: str) -> dict[str, Any]:
    """Return what the operator's script of the first job prints and runs."""
    scripts = theirs(example)["scripts"]
    script: dict[str, Any] = next(scripts[name] for name in ("launcher", "entrypoint-0") if name in scripts)
    return script


def lines_of_theirs(example: str) -> list[str]:
    """The lines with which the operator's script runs its programs."""
    lines = []
    for line in script_of_theirs(example)["program"]:
        plain = line.removeprefix("time ").split(" | ")[0]
        for written, meant in SPELLED_OUT.items():
            plain = plain.replace(written, meant)
        plain = plain.replace("$np", str(2 if example == "network-netmark" else 2 * NP))
        if plain.split()[0] in PROGRAMS:
            lines.append(" ".join(sorted_flags(plain)))
    return lines


def sorted_flags(line: str) -> list[str]:
    """The words; pidstat's, whose order says nothing, sorted and without the process."""
    words = re.sub(r"/test-[0-9a-f]{32} ", "/test-HEX ", f"{line} ").split()
    if words[0] != "pidstat":
        return words
    return ["pidstat", *sorted(word for word in words[3:] if word != "$threads")]


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_program_lines_and_the_metadata_are_the_operator_s(example: str, tmp_path: Path) -> None:
    image, stdout = run_example(example, tmp_path)
    check_lines(example, [" ".join(sorted_flags(" ".join(call.words))) for call in image.calls()])
    check_metadata(example, json.loads(stdout.split("METADATA START ")[1].split("\n")[0]))
    check_markers(example, stdout)


def check_lines(example: str, lines: list[str]) -> None:
    """The operator's lines are among those that ran, in its order."""
    wanted = lines_of_theirs(example)
    assert wanted
    # ./problem.sh under /bin/bash is run by bash itself; what it holds is the command.
    command = script_of_theirs(example)["metadata"]["metricOptions"].get("command")
    wanted = [command if line == "/bin/bash ./problem.sh" else line for line in wanted]
    found = [line for line in lines if line in wanted]
    assert found[: len(wanted)] == wanted


def check_metadata(example: str, found: dict[str, Any]) -> None:
    """Every key and every option of the operator's, and those that are listed above."""
    wanted = script_of_theirs(example)["metadata"]
    assert set(found) == set(wanted) | MORE_KEYS | ADDON_KEYS.get(example, set())
    for key in set(wanted) - {"metricOptions", "metricDescription"}:
        assert found[key] == wanted[key], key
    options = {RENAMED.get(name, name): value for name, value in wanted["metricOptions"].items()}
    options = {name: expected(example, f"option {name}", value) for name, value in options.items()}
    assert {name: found["metricOptions"][name] for name in options} == options
    assert set(found["metricOptions"]) - set(options) == MORE_OPTIONS.get(example, set())
    assert list(found["metricOptions"]) == sorted(found["metricOptions"])


def check_markers(example: str, stdout: str) -> None:
    """One collection, and at least a timepoint; a repeated one is there once in the operator's text."""
    timepoints = script_of_theirs(example)["markers"].count("TIMEPOINT")
    # A wrapping addon prints a second COLLECTION START and TIMEPOINT there.
    timepoints -= script_of_theirs(example)["markers"].count("COLLECTION START") - 1
    assert stdout.count("METRICS OPERATOR TIMEPOINT\n") >= max(1, timepoints)
