"""The speed of all-atom dynamics on this machine, to hold a coarse-grained model against."""

from __future__ import annotations

import json
import time
from pathlib import Path

import numpy as np

from molscape.reference.account import nanoseconds_per_day
from molscape.reference.dynamics import MotionState, Thermostat, place
from molscape.reference.engine import Hardware
from molscape.reference.rebuilding import rebuild

_BURST = 50


def measure_speed(
    folder: str | Path,
    *,
    timestep: float | None = None,
    seconds: float = 4.0,
    threads: int | None = None,
) -> float:
    """Return ns/day of the system of a reference at constant volume, set-up not counted.

    The run starts from the last frame; bursts of 50 steps are timed until the time is up, after
    one that is not. The result is that of the median burst, which a short load of the machine
    by others does not change.

    Args:
        folder: of a reference made here or shipped.
        timestep: in ps; None: that of the reference.
        seconds: how long to time.
        threads: CPU threads (None: all).

    Raises:
        ImportError: if OpenMM is not installed.
        ValueError: see `rebuild`.
    """
    about = json.loads((Path(folder) / "reference.json").read_text(encoding="utf-8"))
    temperature, step = float(about["temperature"]), timestep or float(about["timestep"])
    system = rebuild(folder, -1)
    hardware = Hardware(threads=threads).resolve(len(system.topology))
    context = Thermostat(temperature, 1.0, step).context(system, hardware, 1)
    place(context, MotionState(system.positions, None, system.box), temperature, 1)
    context.applyConstraints(1e-6)
    integrator = context.getIntegrator()
    bursts: list[float] = []
    begin = time.perf_counter()
    while len(bursts) < 2 or time.perf_counter() - begin < seconds:
        before = time.perf_counter()
        integrator.step(_BURST)
        context.getState()
        bursts.append(time.perf_counter() - before)
    return nanoseconds_per_day(_BURST, step, float(np.median(bursts[1:])))
