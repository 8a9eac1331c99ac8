"""What a reference says of itself: model, state, machine, speed and error bars."""

from __future__ import annotations

import platform
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from molscape.core.state import State
from molscape.core.statistics import standard_error
from molscape.core.units import BAR, GRAM_PER_CUBIC_CENTIMETRE
from molscape.reference.engine import Hardware, load_openmm
from molscape.reference.rigid import molecule_kinds
from molscape.reference.schedule import SamplingSchedule
from molscape.reference.system import AllAtomSystem


def block_error(values: np.ndarray, blocks: int = 5) -> float | None:
    """Return the standard error of the mean of a correlated series, from means of blocks.

    None for fewer than two values.

    sigma = s / sqrt(B), s the standard deviation of the B block means (B - 1 in the
    denominator). Blocks must be longer than the correlation time.
    """
    blocks = min(blocks, len(values))
    if blocks < 2:
        return None
    means = [part.mean() for part in np.array_split(values, blocks)]
    return float(standard_error(means))


def nanoseconds_per_day(steps: int, timestep: float, seconds: float) -> float:
    """Return simulated ns per day of wall time; timestep in ps."""
    return steps * timestep * 1e-3 * 86400 / seconds


def processor() -> str:
    """Return the model name of the processor."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def describe(
    system: AllAtomSystem,
    state: State,
    schedule: SamplingSchedule,
    seed: int,
    hardware: Hardware,
) -> dict[str, Any]:
    """Return what went into a run; temperatures in K, pressure in bar, density in g/cm^3."""
    topology = system.written
    names, counts = np.unique(topology.molecule_names, return_counts=True)
    return {
        "format": 1,
        "system": system.name,
        "composition": dict(system.composition),
        "interactions": dict(system.interactions),
        "molecules": dict(zip(names.tolist(), counts.tolist(), strict=True)),
        "constants": {name: asdict(constant) for name, constant in system.constants.items()},
        "kinds": molecule_kinds(topology),
        "forces": "unconstrained: OpenMM leaves out constraint forces; they cancel in the sum "
        "over rigidly connected atoms",
        "temperature": state.temperature,
        "pressure_bar": None if state.pressure is None else state.pressure / BAR,
        "target_density": (
            None if state.density is None else state.density / GRAM_PER_CUBIC_CENTIMETRE
        ),
        **asdict(schedule),
        "thermostat": "Langevin (middle scheme)",
        "barostat": None if state.pressure is None else "Monte Carlo",
        "unwrapped": True,
        "seed": seed,
        "engine": f"OpenMM {load_openmm().__version__}",
        "platform": hardware.platform,
        "threads": hardware.threads,
        "processor": processor(),
    }
