"""Where a pod ran: the types of the ENVIRONMENT line, and which of it influences figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mocompile.catalog.figures.number import Scalar

# What the names of a machine begin with in a configuration.
MACHINE = "machine."
PROCESSOR, INSTANCE_TYPE = f"{MACHINE}processor", f"{MACHINE}instanceType"


@dataclass(frozen=True, slots=True)
class Device:
    """A network device: `speed` in Mbit/s, or (InfiniBand) `rate` as the kernel prints it."""

    name: str
    speed: int | None = None
    rate: str = ""


@dataclass(frozen=True, slots=True)
class Environment:
    """The ENVIRONMENT of a pod (docs/logs.md has the keys). Unknown fields are empty or None; sizes are in bytes."""

    set: str = ""
    job: str = ""
    metric: str = ""
    pod: str = ""
    node: str = ""
    image: str = ""
    mocompile: str = ""
    started: str = ""
    processor: str = ""
    cores: int | None = None
    core_limit: float | None = None
    memory: int | None = None
    memory_limit: int | None = None
    numa_nodes: int | None = None
    kernel: str = ""
    os: str = ""
    huge_pages: Mapping[str, int] = field(default_factory=dict)
    transparent_huge_pages: str = ""
    gpus: tuple[str, ...] = ()
    mpi: str = ""
    network: tuple[Device, ...] = ()
    infiniband: tuple[Device, ...] = ()

    def influences(self) -> Mapping[str, Scalar]:
        """Return the part that belongs to the configuration of a run, by flat names.

        Names (pod, node, devices) and times are left out: they differ between repetitions. So is the memory of the
        machine, which differs by some pages between machines of one type.
        """
        return {f"{MACHINE}{name}": value for name, value in self._influences() if value not in ("", None)}

    def _influences(self) -> Iterator[tuple[str, Scalar | None]]:
        yield "processor", self.processor
        yield "cores", self.cores
        yield "coreLimit", self.core_limit
        yield "memoryLimit", self.memory_limit
        yield "numaNodes", self.numa_nodes
        yield "gpus", counted(self.gpus)
        yield "kernel", self.kernel
        yield "os", self.os
        yield "mpi", self.mpi
        yield "hugePages", ", ".join(f"{count} of {size}" for size, count in sorted(self.huge_pages.items()))
        yield "transparentHugePages", self.transparent_huge_pages


def counted(names: tuple[str, ...]) -> str:
    """Return names as text, equal ones once with their number: `8 NVIDIA A100`."""
    return ", ".join(f"{names.count(name)} {name}" for name in dict.fromkeys(sorted(names)))
