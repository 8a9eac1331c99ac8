"""One part of an all-atom run with OpenMM, from a saved state to the next."""

from __future__ import annotations

import copy
import math
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from molscape.core.frames import Frames
from molscape.core.units import BAR, BOLTZMANN
from molscape.reference.engine import Hardware, load_openmm
from molscape.reference.schedule import Part
from molscape.reference.system import AllAtomSystem, real_particles

BAROSTAT_EVERY = 25
"""Steps between attempts to change the volume."""


@dataclass(frozen=True, eq=False)
class MotionState:
    """What a run continues from, in double precision: nm, nm/ps; velocities None: to be drawn."""

    positions: Float[np.ndarray, "particle 3"]
    velocities: Float[np.ndarray, "particle 3"] | None
    box: Float[np.ndarray, "3 3"] | None


@dataclass(frozen=True, eq=False)
class PartResult:
    """State at the end, readings along the way (volume nm^3, energy kJ/mol, temperature K)."""

    state: MotionState
    volumes: Float[np.ndarray, " reading"]
    energies: Float[np.ndarray, " reading"]
    temperatures: Float[np.ndarray, " reading"]
    seconds: float

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return the arrays of a file that `load` reads, in double precision."""
        assert self.state.velocities is not None
        arrays = {
            "positions": self.state.positions,
            "velocities": self.state.velocities,
            "volumes": self.volumes,
            "energies": self.energies,
            "temperatures": self.temperatures,
            "seconds": np.array(self.seconds),
        }
        return arrays if self.state.box is None else {**arrays, "box": self.state.box}

    @classmethod
    def load(cls, path: Path) -> PartResult:
        """Read the NPZ file of what `to_arrays` returned."""
        with np.load(path) as data:
            box = data["box"] if "box" in data.files else None
            return cls(
                state=MotionState(data["positions"], data["velocities"], box),
                volumes=data["volumes"],
                energies=data["energies"],
                temperatures=data["temperatures"],
                seconds=float(data["seconds"]),
            )


@dataclass(frozen=True)
class Thermostat:
    """Langevin dynamics, and a Monte Carlo barostat where there is a pressure (kJ/mol/nm^3)."""

    temperature: float
    friction: float
    timestep: float
    pressure: float | None = None

    def context(self, system: AllAtomSystem, hardware: Hardware, seed: int) -> Any:
        """Return an OpenMM context in which `seed` decides every random number."""
        openmm = load_openmm()
        openmm_system = copy.deepcopy(system.openmm_system)
        if self.pressure is not None:
            barostat = openmm.MonteCarloBarostat(
                self.pressure / BAR, self.temperature, BAROSTAT_EVERY
            )
            barostat.setRandomNumberSeed(_stream(seed, 1))
            openmm_system.addForce(barostat)
        integrator = openmm.LangevinMiddleIntegrator(self.temperature, self.friction, self.timestep)
        integrator.setRandomNumberSeed(_stream(seed, 0))
        return hardware.context(openmm_system, integrator)


def _stream(seed: int, number: int) -> int:
    """A positive 31-bit seed; OpenMM takes zero for "draw one"."""
    return int(np.random.SeedSequence([seed, number]).generate_state(1)[0] >> 1) or 1


def place(context: Any, state: MotionState, temperature: float, seed: int) -> None:
    """Put a state into a context; velocities that are missing are drawn at a temperature (K)."""
    openmm = load_openmm()
    if state.box is not None:
        context.setPeriodicBoxVectors(*(openmm.Vec3(*row) for row in state.box.tolist()))
    context.setPositions(state.positions)
    if state.velocities is None:
        context.computeVirtualSites()
        context.setVelocitiesToTemperature(temperature, _stream(seed, 2))
    else:
        context.setVelocities(state.velocities)


def minimise(
    system: AllAtomSystem, state: MotionState, hardware: Hardware, iterations: int = 200
) -> MotionState:
    """Return a state of lower energy near this one; rigid bonds are kept."""
    openmm = load_openmm()
    context = hardware.context(system.openmm_system, openmm.VerletIntegrator(0.001))
    place(context, MotionState(state.positions, np.zeros_like(state.positions), state.box), 0.0, 0)
    context.applyConstraints(1e-8)
    openmm.LocalEnergyMinimizer.minimize(context, 10.0, iterations)
    found = context.getState(positions=True)
    return MotionState(_plain(found.getPositions(asNumpy=True)), None, state.box)


def run_part(
    system: AllAtomSystem,
    start: MotionState,
    part: Part,
    thermostat: Thermostat,
    hardware: Hardware,
    seed: int,
    velocities: bool = False,
) -> tuple[PartResult, Frames | None]:
    """Advance a state by one part; frames are returned where the part keeps them.

    Forces of the frames are those of OpenMM's `getForces`: the derivative of the energy by each
    atom as if it were free. The forces that hold rigid bonds are not among them. They cancel
    in the sum over a molecule, so sums over whole molecules are true forces; the force on a
    single atom of a rigid molecule is not the one it accelerates by. Virtual sites are left out:
    OpenMM has passed the force on a site to its parents, and would count it twice. Molecules
    are whole and unwrapped.

    Raises:
        RuntimeError: if the dynamics breaks down.
    """
    openmm = load_openmm()
    kept: list[dict[str, np.ndarray]] = []
    readings = []
    context = thermostat.context(system, hardware, seed)
    place(context, start, thermostat.temperature, seed)
    begin = time.perf_counter()
    try:
        for _ in range(part.steps // part.every):
            context.getIntegrator().step(part.every)
            reading, frame = _read(context, system, part.kind == "kept", velocities)
            readings.append(reading)
            kept += [frame] if frame else []
    except openmm.OpenMMException as error:
        raise RuntimeError(
            f"the all-atom run broke down ({error}): use a smaller `timestep` than "
            f"{thermostat.timestep:g} ps, or another start"
        ) from error
    seconds = time.perf_counter() - begin
    end = context.getState(positions=True, velocities=True)
    state = MotionState(
        _plain(end.getPositions(asNumpy=True)),
        _plain(end.getVelocities(asNumpy=True)),
        None if start.box is None else _plain(end.getPeriodicBoxVectors(asNumpy=True)),
    )
    volumes, energies, temperatures = np.array(readings).T
    if not np.all(np.isfinite(energies)):
        raise RuntimeError(
            "the all-atom run broke down (energy is not finite): use a smaller `timestep` than "
            f"{thermostat.timestep:g} ps, or another start"
        )
    return PartResult(state, volumes, energies, temperatures, seconds), _frames(kept)


def _read(
    context: Any, system: AllAtomSystem, keep: bool, velocities: bool
) -> tuple[tuple[float, float, float], dict[str, np.ndarray]]:
    """Volume, potential energy and temperature now; positions and forces where kept."""
    now = context.getState(energy=True, positions=keep, forces=keep, velocities=keep and velocities)
    kinetic = now.getKineticEnergy()._value
    volume = math.nan if system.box is None else now.getPeriodicBoxVolume()._value
    reading = (
        volume,
        now.getPotentialEnergy()._value,
        2 * kinetic / (BOLTZMANN * system.degrees_of_freedom),
    )
    if not keep:
        return reading, {}
    real = real_particles(system.topology)
    frame = {
        "positions": _plain(now.getPositions(asNumpy=True))[real],
        "forces": _plain(now.getForces(asNumpy=True))[real],
        "energies": np.array(reading[1]),
    }
    if system.box is not None:
        frame["box"] = _plain(now.getPeriodicBoxVectors(asNumpy=True))
    if velocities:
        frame["velocities"] = _plain(now.getVelocities(asNumpy=True))[real]
    return reading, frame


def _frames(kept: list[dict[str, np.ndarray]]) -> Frames | None:
    if not kept:
        return None
    arrays: dict[str, Any] = {name: np.stack([f[name] for f in kept]) for name in kept[0]}
    return Frames(**arrays, whole=True, unwrapped=True)


def _plain(quantity: Any) -> np.ndarray:
    """Strip OpenMM's unit; its units are those used inside."""
    return np.array(quantity._value, dtype=np.float64)
