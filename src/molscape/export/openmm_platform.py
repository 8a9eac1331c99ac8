"""OpenMM, loaded when first needed, and the choice of the platform it computes on."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

log = logging.getLogger(__name__)

SMALL = 100
"""Below this number of particles OpenMM's Reference platform is faster than its CPU platform."""

PRECISIONS = ("single", "mixed", "double")

_GPUS = ("CUDA", "HIP", "OpenCL")
_CPU_DEVICES = ("cpu", "pthread", "xeon", "epyc", "ryzen", "core(tm)", "pocl")


def load_openmm() -> Any:
    """Return the module `openmm`.

    Raises:
        ImportError: if OpenMM is not installed.
    """
    try:
        import openmm
    except ImportError as error:
        raise ImportError('OpenMM is not installed: `pip install "molscape[openmm]"`') from error
    return openmm


@dataclass(frozen=True)
class Platform:
    """A platform of OpenMM that is there, its precision and threads; `choose_platform` makes it."""

    name: str
    precision: str
    threads: int

    def context(self, system: Any, integrator: Any) -> Any:
        """Return a new context on this platform; forces are summed in a fixed order.

        Raises:
            ValueError: if the platform has no device here.
        """
        openmm = load_openmm()
        platform = openmm.Platform.getPlatformByName(self.name)
        wanted = {
            "DeterministicForces": "true",
            "Threads": str(self.threads),
            "Precision": self.precision,
        }
        names = platform.getPropertyNames()
        properties = {key: value for key, value in wanted.items() if key in names}
        try:
            return openmm.Context(system, integrator, platform, properties)
        except openmm.OpenMMException as error:
            if self.name in ("Reference", "CPU"):
                raise
            raise ValueError(
                f"OpenMM's platform {self.name} does not work here ({error}): use a machine with "
                'such a device and its driver, or platform "CPU"'
            ) from error


def choose_platform(
    name: str, precision: str, threads: int, particles: int, *, gpu: bool = False
) -> Platform:
    """Return the platform for that name, "auto" included, and that number of particles.

    Automatic is Reference where double precision is asked for or the system is small, else CPU;
    before both comes a GPU that works, where one is wanted.

    Args:
        name: "auto", or as OpenMM names it, in small or large letters.
        precision: "single", "mixed" (forces single, motion double) or "double".
        threads: for the CPU platform.
        particles: how many.
        gpu: whether the automatic choice looks for a GPU.

    Raises:
        ImportError: if OpenMM is not installed.
        ValueError: if the platform is not there, or has not that precision.
    """
    if precision not in PRECISIONS:
        raise ValueError(f"precision {precision!r}: use one of {', '.join(PRECISIONS)}")
    if threads < 1:
        raise ValueError(f"threads must be positive, got {threads}: give at least 1")
    if name.lower() == "auto":
        usable = (own for own in _GPUS if gpu and _works(own, precision))
        name = next(usable, "Reference" if particles < SMALL or precision == "double" else "CPU")
        log.info("OpenMM platform: %s", name)
    known = {own.lower(): own for own in available_platforms()}
    if name.lower() not in known:
        raise ValueError(_absent(name, list(known.values())))
    name = known[name.lower()]
    if name == "CPU" and precision == "double":
        raise ValueError(
            "OpenMM's CPU platform computes forces in single precision: use precision 'mixed', or "
            "platform 'Reference', which is double and slow"
        )
    return Platform(name, precision, threads)


def _works(name: str, precision: str) -> bool:
    """Whether a platform is there and its device is no CPU."""
    if name not in available_platforms():
        return False
    openmm = load_openmm()
    probe = openmm.System()
    probe.addParticle(1.0)
    try:
        context = Platform(name, precision, 1).context(probe, openmm.VerletIntegrator(0.001))
    except ValueError as error:
        log.info("%s", error)
        return False
    device = context.getPlatform().getPropertyValue(context, "DeviceName").lower()
    return not any(word in device for word in _CPU_DEVICES)


def available_platforms() -> list[str]:
    """Return the names of OpenMM's platforms here, in its order."""
    openmm = load_openmm()
    count = openmm.Platform.getNumPlatforms()
    return [openmm.Platform.getPlatform(k).getName() for k in range(count)]


def _absent(name: str, there: list[str]) -> str:
    openmm = load_openmm()
    remedy = {
        "cuda": 'for an NVIDIA GPU `pip install "openmm[cuda12]"`',
        "hip": 'for an AMD GPU `pip install "openmm[hip6]"`',
        "opencl": "OpenCL needs a driver of your GPU with libOpenCL",
    }.get(name.lower(), "")
    failures = " ".join(openmm.Platform.getPluginLoadFailures()).splitlines()
    lines = [line for line in failures if name.lower() in line.lower()]
    why = f" ({lines[0].strip()})" if lines else ""
    return (
        f"OpenMM has no platform {name!r} here{why}, only {', '.join(there)}: choose one of them "
        'or "auto"' + (f"; {remedy}" if remedy else "")
    )
