"""The fields of three published manifests, and where our objects have them: facts for docs/from-mpijob.md.

Each manifest is named with its repository and path at the head of its example.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Same:
    """A field with the same value in both. `path` is where our objects have it (`facts` in test_from_mpijob.py)."""

    path: str
    value: Any


@dataclass(frozen=True)
class Other:
    """A field that differs: what it is called in the page, what our objects have, and why. `ours` None: nothing."""

    name: str
    path: str
    ours: Any
    why: str


@dataclass(frozen=True)
class Manifest:
    """A published manifest beside the example. `more`: what the pods of ours have beyond it, with the reason."""

    example: str
    fields: tuple[Same | Other, ...]
    more: dict[str, str]


_POD_MORE = {
    "automountServiceAccountToken": "no token is mounted that nobody asked for",
    "shareProcessNamespace": "written out, as the API would",
}
_ONE_NODE = "each pod has a node to itself (`soleTenancy`); a GPU pod that takes all GPUs of a node has one anyway"


def _both(path: str, value: Any) -> tuple[Same, ...]:
    """The field in the pods of launcher and workers."""
    return tuple(Same(f"{job}.{path}", value) for job in "lw")


GKE = Manifest(
    "nccl-gke",
    (
        Same("spec.ttlSecondsAfterFinished", 1200),
        Same("spec.network.enableDNSHostnames", True),
        *_both("pod.terminationGracePeriodSeconds", 5),
        *_both("pod.restartPolicy", "Never"),
        *_both("pod.nodeSelector", {"cloud.google.com/gke-accelerator": "nvidia-gb300"}),
        *_both(
            "pod.tolerations",
            [
                {"key": "nvidia.com/gpu", "operator": "Equal", "value": "present", "effect": "NoSchedule"},
                {"key": "kubernetes.io/arch", "operator": "Equal", "value": "arm64", "effect": "NoSchedule"},
            ],
        ),
        *_both(
            "pod.resourceClaims",
            [
                {
                    "name": "compute-domain-channel",
                    "resourceClaimTemplateName": "nccl-test-compute-domain-channel",
                },
                {"name": "rdma", "resourceClaimTemplateName": "nccl-test-all-mrdma"},
            ],
        ),
        *_both("volumes.nvidia", {"hostPath": {"path": "/home/kubernetes/bin/nvidia"}}),
        *_both("volumes.shared-memory", {"emptyDir": {"medium": "Memory", "sizeLimit": "250Gi"}}),
        *_both("mounts.nvidia", "/usr/local/nvidia"),
        *_both("mounts.shared-memory", "/dev/shm"),
        *_both("container.image", "us-docker.pkg.dev/gce-ai-infra/gpudirect-gib/nccl-gib-a4x-max-arm64:v1.1.1"),
        *_both("container.securityContext", {"capabilities": {"add": ["IPC_LOCK"]}}),
        *_both("container.resources.limits", {"nvidia.com/gpu": "4"}),
        *_both("container.resources.requests", {"nvidia.com/gpu": "4"}),
        *_both("container.resources.claims", [{"name": "compute-domain-channel"}, {"name": "rdma"}]),
        *_both("env.NCCL_DEBUG", "INFO"),
        *_both("env.NCCL_DEBUG_SUBSYS", "INIT,NET"),
        *_both("env.NCCL_TESTS_SPLIT_MASK", "0x0"),
        Other(
            "replicated job `worker`", "jobs", ["l", "w"], "the first pod is a job of its own, whose end ends the set"
        ),
        Other("`parallelism`, `completions`", "w.job.completions", 1, "`pods: 2` are the launcher and one worker"),
        Other(
            "`activeDeadlineSeconds` of the pod",
            "l.job.activeDeadlineSeconds",
            3600,
            "the deadline is that of the job, so that it counts once for all its pods",
        ),
        Other("`setHostnameAsFQDN`", "l.pod.setHostnameAsFQDN", None, "pods find each other by short names"),
        Other("volume `lib64`", "l.volumes.lib64", None, "no container mounts it"),
        Other("`stdin`, `tty`", "l.container.tty", None, "only with `logging.interactive`"),
        Other(
            "variables for the host list", "l.env.MY_NODE_NAME", None, "the scripts write ./hostlist.txt by themselves"
        ),
        Other("`OMPI_ALLOW_RUN_AS_ROOT`", "l.env.OMPI_ALLOW_RUN_AS_ROOT", None, "mpirun has `--allow-run-as-root`"),
        Other(
            "`LD_LIBRARY_PATH`",
            "l.env.LD_LIBRARY_PATH",
            "/usr/local/gib/lib64:/usr/local/nvidia/lib64",
            "the value that its mpirun hands on",
        ),
        Other(
            "the script in `command`",
            "l.container.command",
            ["/bin/sh", "/metrics_operator/entrypoint.sh"],
            "waits, ssh, hosts and the end of the workers are in the scripts; nothing is installed when it runs",
        ),
        Other(
            "the line of mpirun",
            "l.line",
            "mpirun --allow-run-as-root --hostfile ./hostlist.txt -np $np -map-by ppr:4:node -bind-to none "
            "-x PATH -x LD_LIBRARY_PATH -x NCCL_DEBUG -x NCCL_DEBUG_SUBSYS -x NCCL_TESTS_SPLIT_MASK "
            "-mca plm_rsh_no_tree_spawn 1 --mca btl self,tcp --mca btl_tcp_if_include eth0 "
            "/third_party/nccl-tests/build/$test -b 1K -e 8G -f 2 -n 100 -w 5 -c 1 -g 1 ",
            "`-np` and `-map-by` are in place of slots in the host list; ssh has its own settings",
        ),
    ),
    {**_POD_MORE, "affinity": _ONE_NODE},
)

EFA = Manifest(
    "nccl-efa",
    (
        Same("w.pod.nodeSelector", {"node.kubernetes.io/instance-type": "p5.48xlarge"}),
        Same("w.volumes.shmem", {"hostPath": {"path": "/dev/shm"}}),
        Same("w.mounts.shmem", "/dev/shm"),
        Same("l.container.imagePullPolicy", "IfNotPresent"),
        Same("w.container.imagePullPolicy", "IfNotPresent"),
        *(
            Same(
                f"w.container.resources.{kind}",
                {
                    "nvidia.com/gpu": "8",
                    "hugepages-2Mi": "5120Mi",
                    "vpc.amazonaws.com/efa": "32",
                    "memory": "32000Mi",
                },
            )
            for kind in ("limits", "requests")
        ),
        Same("l.job.backoffLimit", 20),
        Same("l.pod.restartPolicy", "OnFailure"),
        Other("`Worker.replicas: 2`", "w.job.completions", 1, "the launcher is a pod with GPUs, and runs ranks, too"),
        Other("`Launcher` without resources", "l.container.resources.limits.nvidia.com/gpu", "8", "it runs ranks, too"),
        Other("`restartPolicy` of workers", "w.pod.restartPolicy", "OnFailure", "it is one for the set"),
        Other(
            "`cleanPodPolicy: Running`", "spec.successPolicy.targetReplicatedJobs", ["l"], "workers end by themselves"
        ),
        Other("`slotsPerWorker: 8`, `-np 16 -N 8`", "l.env.MO_OPT_GPUSPERPOD", "8", "`-np` follows from the pods"),
        Other("`PATH`", "l.env.PATH", None, "its text `$PATH:…` is not expanded by Kubernetes; the image has the path"),
        Other(
            "`LD_LIBRARY_PATH`",
            "l.env.LD_LIBRARY_PATH",
            "/opt/amazon/openmpi/lib:/opt/nccl/build/lib:/opt/amazon/efa/lib:/opt/aws-ofi-nccl/install/lib:/usr/local/nvidia/lib",
            "without `:$LD_LIBRARY_PATH` at its end, which Kubernetes would not expand",
        ),
        Other(
            "the command of the launcher",
            "l.line",
            "mpirun --allow-run-as-root --hostfile ./hostlist.txt -np $np -map-by ppr:8:node -bind-to none "
            "--tag-output -x PATH -x LD_LIBRARY_PATH -x FI_PROVIDER=efa -x FI_EFA_FORK_SAFE=1 -x NCCL_DEBUG=INFO "
            "-x NCCL_BUFFSIZE=8388608 -x NCCL_P2P_NET_CHUNKSIZE=524288 "
            "-x NCCL_TUNER_PLUGIN=/opt/aws-ofi-nccl/install/lib/libnccl-ofi-tuner.so "
            "--mca pml ^ucx --mca btl tcp,self --mca btl_tcp_if_exclude lo,docker0,veth_def_agent "
            "/opt/nccl-tests/build/$test -b 8 -e 16G -f 2 -n 100 -w 5 -c 1 -g 1 ",
            "the hosts come from ./hostlist.txt, not from the operator; `-w 5` is written out",
        ),
    ),
    {**_POD_MORE, "affinity": _ONE_NODE, "nodeSelector": "of the launcher, which has GPUs, too"},
)

PI = Manifest(
    "mpijob-pi",
    (
        Same("spec.ttlSecondsAfterFinished", 60),
        Same("l.job.backoffLimit", 0),
        *_both("pod.restartPolicy", "Never"),
        *_both("container.resources.limits", {"cpu": "1", "memory": "1Gi"}),
        Other("`Worker.replicas: 2`", "w.job.completions", 1, "the launcher runs ranks, too"),
        Other(
            "`cleanPodPolicy: Running`", "spec.successPolicy.targetReplicatedJobs", ["l"], "workers end by themselves"
        ),
        Other(
            "`mpirun -n 2 /home/mpiuser/pi`",
            "l.line",
            "mpirun --allow-run-as-root --hostfile ./hostlist.txt -n 2 /home/mpiuser/pi",
            "the hosts come from ./hostlist.txt, not from the operator, and it runs as root",
        ),
        Other("`sshd` of workers", "w.line", "", "the scripts start it"),
        Other(
            "`image`",
            "l.container.image",
            "registry.example.com/mpi-pi:openmpi-with-keys",
            "the image needs a pair of ssh keys, with which its pods reach each other",
        ),
        Other("`sshAuthMountPath`", "w.mounts.ssh-auth", None, "no Secret with keys is made"),
        Other("`runAsUser: 1000`", "l.container.securityContext", None, "sshd reads the image's host keys as root"),
        Other("label `training.kubeflow.org/retry-count-limit`", "labels", None, "only the MPI operator reads it"),
    ),
    _POD_MORE,
)

MANIFESTS = (GKE, EFA, PI)
