"""OpenMM, loaded when first needed, and the choice of the platform it runs on."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass
from typing import Any

logger = logging.getLogger(__name__)

SMALL = 100
"""Below this number of particles OpenMM's Reference platform is faster than its CPU platform."""

_PREFERRED = ("CUDA", "HIP", "OpenCL")
_CPU_DEVICES = ("cpu", "pthread", "xeon", "epyc", "ryzen", "core(tm)", "pocl")


def load_openmm() -> Any:
    """Return the module `openmm`.

    Raises:
        ImportError: if OpenMM is not installed.
    """
    try:
        import openmm
    except ImportError as error:
        raise ImportError(
            "all-atom references are made with OpenMM, which is not installed: "
            '`pip install "molscape[openmm]"`'
        ) from error
    return openmm


@dataclass(frozen=True)
class Hardware:
    """What OpenMM runs on.

    `platform` is "auto" (CUDA, HIP, a GPU through OpenCL, else the CPU), or a name that OpenMM
    knows, in small or large letters. `threads` is used by the CPU platform only: None takes
    every free core. `precision` ("single", "mixed", "double") is used by the GPU platforms only.
    """

    platform: str = "auto"
    threads: int | None = None
    precision: str = "mixed"

    def resolve(self, particles: int) -> Hardware:
        """Return the same with a named platform and a number of threads, for that system size.

        Raises:
            ImportError: if OpenMM is not installed.
            ValueError: if the platform is not available here, or threads are not positive.
        """
        if self.threads is not None and self.threads < 1:
            raise ValueError(f"threads must be positive, got {self.threads}: give at least 1")
        available = _available()
        name = self.platform
        if name == "auto":
            usable = [p for p in _PREFERRED if p in available and self._has_gpu(p)]
            name = usable[0] if usable else ("Reference" if particles < SMALL else "CPU")
            logger.info("all-atom platform: %s", name)
        name = {own.lower(): own for own in available}.get(name.lower(), name)
        if name not in available:
            raise ValueError(
                f"OpenMM has no platform {name!r} here, only {', '.join(available)}: choose one "
                'of them or "auto"'
            )
        threads = (self.threads or _free_cores()) if name == "CPU" else None
        return Hardware(name, threads, self.precision)

    def context(self, openmm_system: Any, integrator: Any) -> Any:
        """Return a new context; `resolve` first.

        Forces are summed in a fixed order where the platform can, so that runs can be repeated.
        """
        openmm = load_openmm()
        platform = openmm.Platform.getPlatformByName(self.platform)
        properties = {}
        names = platform.getPropertyNames()
        if "DeterministicForces" in names:
            properties["DeterministicForces"] = "true"
        if "Threads" in names and self.threads is not None:
            properties["Threads"] = str(self.threads)
        if "Precision" in names:
            properties["Precision"] = self.precision
        return openmm.Context(openmm_system, integrator, platform, properties)

    def _has_gpu(self, name: str) -> bool:
        """Whether the platform works here and its device is no CPU."""
        openmm = load_openmm()
        probe = openmm.System()
        probe.addParticle(1.0)
        try:
            context = Hardware(name, None, self.precision).context(
                probe, openmm.VerletIntegrator(0.001)
            )
        except openmm.OpenMMException as error:
            logger.info("platform %s does not work here: %s", name, error)
            return False
        device = context.getPlatform().getPropertyValue(context, "DeviceName").lower()
        return not any(word in device for word in _CPU_DEVICES)


def _available() -> list[str]:
    openmm = load_openmm()
    count = openmm.Platform.getNumPlatforms()
    return [openmm.Platform.getPlatform(k).getName() for k in range(count)]


def _free_cores() -> int:
    """Return the cores this process may use and that are idle; threads on busy cores slow down."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    busy = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    return max(1, (allowed or 1) - round(busy))
