"""The speed of all-atom dynamics on this machine, to hold a coarse-grained model against."""

from __future__ import annotations

import time
from collections.abc import Mapping

import numpy as np

from molscape.io.trr import TrrSource
from molscape.reference.account import nanoseconds_per_day
from molscape.reference.assembly import assemble, lattice_box
from molscape.reference.dynamics import MotionState, Thermostat, minimise, place
from molscape.reference.engine import Hardware
from molscape.reference.shipping import shipped
from molscape.reference.system import AllAtomSystem

_EQUILIBRATED = {(("spce", 300),): "spce-300"}
_BURST = 50


def measure_speed(
    molecules: Mapping[str, int],
    *,
    temperature: float = 300.0,
    timestep: float = 0.002,
    seconds: float = 4.0,
    threads: int | None = None,
) -> float:
    """Return ns/day of a liquid at constant volume, set-up not counted.

    The run starts from the last shipped frame where that has these molecules, else
    from a minimised lattice; bursts of 50 steps are timed until the time is up, after one that
    is not. The result is that of the median burst, which a short load of the machine by
    others does not change.

    Args:
        molecules: names (keys of `MOLECULES`) and how many of each.
        temperature: in K.
        timestep: in ps.
        seconds: how long to time.
        threads: CPU threads (None: all).

    Raises:
        ImportError: if OpenMM is not installed.
        ValueError: if a molecule is not known or there are too few.
    """
    system, is_equilibrated = _start(molecules)
    hardware = Hardware(threads=threads).resolve(len(system.topology))
    start = MotionState(system.positions, None, system.box)
    if not is_equilibrated:
        start = minimise(system, start, hardware)
    context = Thermostat(temperature, 1.0, timestep).context(system, hardware, 1)
    place(context, start, temperature, 1)
    context.applyConstraints(1e-6)
    integrator = context.getIntegrator()
    bursts: list[float] = []
    begin = time.perf_counter()
    while len(bursts) < 2 or time.perf_counter() - begin < seconds:
        before = time.perf_counter()
        integrator.step(_BURST)
        context.getState()
        bursts.append(time.perf_counter() - before)
    return nanoseconds_per_day(_BURST, timestep, float(np.median(bursts[1:])))


def _start(molecules: Mapping[str, int]) -> tuple[AllAtomSystem, bool]:
    """The shipped configuration where it is of this system, else a lattice."""
    name = _EQUILIBRATED.get(tuple(molecules.items()))
    if name is None:
        return lattice_box(molecules), False
    source = TrrSource.scan(shipped(name) / "traj.trr")
    last = source.read(range(source.n_frames - 1, source.n_frames))
    assert last.box is not None
    return assemble(molecules, last.positions[0], last.box[0]), True
