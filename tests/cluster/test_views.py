"""The addons with a software view: hpctoolkit, mpitrace, Flux.

Real: the init container with its script, the volume, ssh and Open MPI, the pods' names and network, the loader that
loads a library before the others. Stand-ins: what the views hold. Debian has none of these programs, so a first init
container writes small ones of their names where the addon's image would have its view (/opt/view). hpcrun and its kin
say how they were called, and hpcrun runs the program; libmpitrace.so is another library under that name; flux, a
script, runs an instance as Flux would: it reads broker.toml, its leader waits at its port for a broker of each other
host, each brings the leader's certificate, and the job runs on every host.
"""

from __future__ import annotations

import json
import shlex
from typing import Any

import pytest
import yaml

from tests.cluster.conftest import Opener
from tests.cluster.sets import Run, addon, build, document, launched
from tests.pod.test_views import HPCPROF, HPCRUN, HPCSTRUCT

PODS = 3
IMAGE = "docker.io/library/ubuntu:latest"
MPIRUN = f"mpirun --hostfile ./hostlist.txt -np {PODS} --map-by ppr:1:node"
HOSTS = ["set-l-0-0", "set-w-0-0", "set-w-0-1"]
FLUX = r"""#!/usr/bin/python3
import os, re, secrets, socket, subprocess, sys

def run(line):
    done = subprocess.run(line, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return f"{done.returncode}\0{os.uname().nodename}: {done.stdout}"

def read(stream):
    parts = []
    while part := stream.recv(65536):
        parts.append(part)
    return b"".join(parts).decode()

def lead(port, certificate, others, line):
    server = socket.create_server(("", port))
    brokers = []
    while len(brokers) < others:
        stream, _ = server.accept()
        if stream.recv(100).decode() == certificate:
            brokers.append(stream)
    for stream in brokers:
        stream.sendall("\0".join(line).encode())
        stream.shutdown(socket.SHUT_WR)
    said = [run(line), *map(read, brokers)]
    print(*sorted(each.partition("\0")[2] for each in said), sep="", end="")
    sys.exit(max(int(each.partition("\0")[0]) for each in said))

def follow(address, port, certificate):
    with socket.create_connection((address, port), 5) as stream:
        stream.sendall(certificate.encode())
        stream.settimeout(60)
        if line := read(stream):
            stream.sendall(run(line.split("\0")).encode())

match sys.argv[1:]:
    case ["R", *words]:
        print(*words)
    case ["keygen", path]:
        open(path, "w").write(secrets.token_hex(16))
    case ["start", *words]:
        options = [word.removeprefix("--broker-opts=") for word in words if word.startswith("--broker-opts=")]
        (folder,) = [option[2:] for option in options if option.startswith("-c")]
        config = dict(re.findall(r"(\w+) = \"?([^\"\n]*)", open(f"{folder}/broker.toml").read()))
        first, _, rest = config["host"].partition(",")
        others = 1 + int(re.search(r"-(\d+)\]", rest)[1]) if rest else 0
        certificate = open(config["curve_cert"]).read()
        port = int(config["default_port"])
        if os.uname().nodename == first:
            line = words[len(options):]
            lead(port, certificate, others, line[line.index("-vvv") + 1:])
        address = config["default_connect"].removeprefix("tcp://").removesuffix(":%p").replace("%h", first)
        follow(address, port, certificate)
"""


def view(addon_name: str, text: str, files: dict[str, str]) -> str:
    """The manifests, in which the image of that addon seems to have these programs in its view."""
    config_map, jobset = yaml.safe_load_all(text)
    lines = ["mkdir -p /opt/view/bin /opt/view/lib; cp -L /lib/*/libm.so.6 /opt/view/lib/libmpitrace.so"]
    lines += [f"printf %s {shlex.quote(program)} >/opt/view/bin/{name}" for name, program in files.items()]
    lines.append("chmod -R 755 /opt/view")
    mount = {"name": "stand-in", "mountPath": "/opt/view"}
    maker = {
        "name": "stand-in",
        "image": IMAGE,
        "imagePullPolicy": "IfNotPresent",
        "command": ["/bin/bash", "-c", "\n".join(lines).replace("$(", "$$(")],
        "volumeMounts": [mount],
    }
    for job in jobset["spec"]["replicatedJobs"]:
        pod: dict[str, Any] = job["template"]["spec"]["template"]["spec"]
        (brings,) = [each for each in pod["initContainers"] if each["name"] == addon_name]
        brings["volumeMounts"].append(mount)
        pod["initContainers"].insert(0, maker)
        pod["volumes"].append({"name": "stand-in", "emptyDir": {}})
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": [config_map, jobset]})


@pytest.fixture(scope="module")
def runs(opener: Opener) -> dict[str, Run]:
    """Sets that run beside each other, begun before the first case."""
    rank = """sh -c 'echo "rank on $(hostname)"'"""
    loaded = """sh -c 'echo "$(hostname) $(grep -o -m 1 /[^\\ ]*libmpitrace.so /proc/self/maps)"'"""
    tools = {"hpcrun": HPCRUN, "hpcstruct": HPCSTRUCT, "hpcprof": HPCPROF}
    sets = {
        "perf-hpctoolkit": (
            launched(rank, addon("perf-hpctoolkit", image=IMAGE, events="-e REALTIME@100", prefix=MPIRUN)),
            tools,
        ),
        "perf-mpitrace": (launched(f"{MPIRUN} {loaded}", addon("perf-mpitrace", image=IMAGE)), {}),
        "workload-flux": (launched("hostname", addon("workload-flux", image=IMAGE)), {"flux": FLUX}),
    }
    begun = {}
    for name, (metric, files) in sets.items():
        namespace = opener(f"view-{name}")
        namespace.apply(view(name, build(document(metric, pods=PODS)), files))
        begun[name] = Run(namespace)
    return begun


def test_hpctoolkit_measures_each_rank_and_analyses_on_each_host(runs: dict[str, Run]) -> None:
    run = runs["perf-hpctoolkit"]
    assert run.end() == "Completed"
    log = run.read("l")
    assert log.closed
    said = sorted(log.timepoints[0].splitlines())
    words = "-o hpctoolkit-result -e REALTIME@100"
    assert [line for line in said if line.startswith("rank")] == [f"rank on {host}" for host in HOSTS]
    assert [line.partition(" sh ")[0] for line in said if line.startswith("hpcrun")] == [
        f"hpcrun on {host}: {words}" for host in HOSTS
    ]
    for host in HOSTS:
        assert f"Running post analysis for host {host}.set\nhpcstruct on {host} " in log.after
        assert f"hpcprof on {host}: -o hpctoolkit-result-database hpctoolkit-result" in log.after


def test_mpitrace_is_loaded_into_each_rank(runs: dict[str, Run]) -> None:
    run = runs["perf-mpitrace"]
    assert run.end() == "Completed"
    log = run.read("l")
    assert log.closed
    expected = [f"{host} /opt/share/view/lib/libmpitrace.so" for host in HOSTS]
    assert sorted(log.timepoints[0].splitlines()) == expected


def test_flux_brokers_of_every_host_find_the_leader_and_run_the_job(runs: dict[str, Run]) -> None:
    run = runs["workload-flux"]
    assert run.end() == "Completed"
    log = run.read("l")
    assert log.closed
    assert log.timepoints[0].splitlines() == [f"{host}: {host}" for host in HOSTS]
    assert {pod.ended().get("exitCode", 0) for pod in run.pods("w")} == {0}
