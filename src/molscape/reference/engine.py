"""What all-atom references run on."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

from molscape.export.openmm_platform import Platform, choose_platform, load_openmm

__all__ = ["Hardware", "load_openmm"]


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
        threads = _free_cores() if self.threads is None else self.threads
        found = choose_platform(self.platform, self.precision, threads, particles, gpu=True)
        return Hardware(found.name, threads if found.name == "CPU" else None, self.precision)

    def context(self, openmm_system: Any, integrator: Any) -> Any:
        """Return a new context; `resolve` first.

        Forces are summed in a fixed order where the platform can, so that runs can be repeated.
        """
        platform = Platform(self.platform, self.precision, self.threads or 1)
        return platform.context(openmm_system, integrator)


def _free_cores() -> int:
    """Return the cores this process may use and that are idle; threads on busy cores slow down."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    busy = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    return max(1, (allowed or 1) - round(busy))
