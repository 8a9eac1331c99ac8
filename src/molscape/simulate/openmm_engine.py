"""The `openmm` engine: on processors and GPUs, the model's terms as OpenMM forces."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from molscape.core.ensemble import NVE, Brownian, Ensemble
from molscape.core.frames import Frames
from molscape.core.potential import Potential
from molscape.core.record import Progress
from molscape.core.space import check_box, largest_cutoff, volume
from molscape.core.topology import Topology
from molscape.core.units import thermal_energy
from molscape.export.openmm_dynamics import add_ensemble, openmm_integrator
from molscape.export.openmm_platform import Platform, choose_platform, load_openmm
from molscape.export.openmm_system import openmm_system, reduced_box
from molscape.simulate.force_callback import ForceCallback, is_opaque
from molscape.simulate.openmm_callback import CallbackSystem
from molscape.simulate.run import (
    HOT,
    OBSERVABLES,
    Chunk,
    EngineState,
    Run,
    check_ensemble,
    identity,
    image_counts,
    run_chunks,
    starting_state,
    timed,
)
from molscape.simulate.schedule import Schedule
from molscape.simulate.volume_moves import check_whole

STRAIN = {"Reference": 1e-4}
"""How far a box is strained to find the pressure; elsewhere ten times more, for rounding."""


def openmm_engine(
    potential: Potential,
    topology: Topology,
    start: Frames,
    ensemble: Ensemble,
    schedule: Schedule,
    *,
    platform: str = "auto",
    threads: int = 1,
    precision: str = "mixed",
    folder: Path | str | None = None,
    progress: Progress | None = None,
) -> Run:
    """Run dynamics in OpenMM and return the run; also available as `simulate.openmm`.

    NVE is velocity Verlet, Langevin the middle scheme (temperatures are those half a step
    behind), Nosé-Hoover chains and the Monte Carlo barostat are OpenMM's own. The pressure is
    found by straining the box a little both ways; it is not a number where the energy jumps.

    Args:
        potential: the model; where a term has no counterpart, such as a network, molscape
            computes all forces (`openmm_callback`).
        topology: the beads.
        start: one frame; box and velocities are used if present.
        ensemble: any.
        schedule: steps, time step, what is kept.
        platform: "auto", "Reference", "CPU", "CUDA", "OpenCL" or "HIP".
        threads: for the CPU platform.
        precision: "single", "mixed" or "double"; double on a CPU is the Reference platform.
        folder: where chunks are kept; a folder of the same run is resumed.
        progress: called as progress(what, done, total).

    Returns:
        The run; `blow_up` is set if it broke down, and the frames before are kept.

    Raises:
        ImportError: if OpenMM is not installed.
        ValueError: if a term has no counterpart in OpenMM, the platform is not there, arguments
            do not fit, or a barostat makes the box smaller than twice the cutoff.
    """
    check_box(start.box, potential.reach)
    check_ensemble(ensemble, potential, start)
    if not isinstance(ensemble, NVE) and ensemble.barostat is not None:
        check_whole(topology, start)
    if isinstance(ensemble, Brownian):
        start = start.replace(velocities=None)
    chosen = choose_platform(platform, precision, threads, len(topology))
    begin = starting_state(topology, start, ensemble.temperature, 1, schedule.seed)
    engine = _Engine(potential, topology, ensemble, schedule, chosen)
    settings = identity(potential, topology, start, ensemble, schedule)
    return run_chunks(
        "openmm",
        engine.advance,
        begin,
        topology,
        schedule,
        folder,
        {**settings, "platform": chosen.name, "precision": chosen.precision},
        progress,
    )


@dataclass(frozen=True, eq=False)
class _Engine:
    """Runs chunks, each in a context of its own: nothing passes but the state."""

    potential: Potential
    topology: Topology
    ensemble: Ensemble
    schedule: Schedule
    platform: Platform

    def advance(self, state: EngineState, steps: int, keep: bool, seed: int) -> Chunk:
        """Run one chunk."""
        box = None if state.box is None else state.box[0]
        system, probe = self._prepared(box)
        timestep = self.schedule.timestep
        add_ensemble(system, self.topology, self.ensemble, timestep, seed)
        context = self.platform.context(system, openmm_integrator(self.ensemble, timestep, seed))
        shift = self._shift(state.positions[0], box)
        context.setPositions(state.positions[0] - shift)
        context.setVelocities(state.velocities[0])
        if isinstance(probe, CallbackSystem):
            probe.force.prepare(state.positions[0], None if box is None else reduced_box(box))
        walk = _Walk(self, context, probe, box, state.step, keep)
        try:
            _, seconds = timed(lambda: walk.run(steps))
        except RuntimeError:
            if isinstance(probe, CallbackSystem) and probe.error is not None:
                raise probe.error from None
            raise
        return walk.chunk(state, 0.0 if self._barostat else shift, seconds)

    def _prepared(self, box: np.ndarray | None) -> tuple[Any, Probe | CallbackSystem]:
        """Return OpenMM's system, and what observes frames beside it."""
        if is_opaque(self.potential):
            own = CallbackSystem(self._callback, self.topology, box)
            return own.system, own
        system = openmm_system(self.potential, self.topology, box)
        return system, Probe(copy.deepcopy(system), self.potential, self.platform)

    @cached_property
    def _callback(self) -> ForceCallback:
        """What computes the forces, compiled once for all chunks."""
        kelvin, precision = self.ensemble.temperature, self.platform.precision
        return ForceCallback(self.potential, self.topology, kelvin, precision)

    @property
    def _barostat(self) -> bool:
        return getattr(self.ensemble, "barostat", None) is not None

    def _shift(self, positions: np.ndarray, box: np.ndarray | None) -> np.ndarray:
        """Return how far each bead's molecule is away from the box."""
        if box is None:
            return np.zeros_like(positions)
        molecules = self.topology.molecules
        return (image_counts(positions, box, molecules) @ box)[molecules]


class _Walk:
    """The frames of one chunk as they come, until the last or the first bad one."""

    def __init__(
        self,
        engine: _Engine,
        context: Any,
        probe: Probe | CallbackSystem,
        box: np.ndarray | None,
        first: int,
        keep: bool,
    ) -> None:
        self.engine, self.context, self.probe, self.box = engine, context, probe, box
        self.step, self.keep = first, keep
        self.rows: list[tuple[float, ...]] = []
        self.positions: list[np.ndarray] = []
        self.boxes: list[np.ndarray] = []
        self.outside: list[float] = []
        self.end: tuple[np.ndarray, np.ndarray, np.ndarray | None] | None = None
        self.blow_up: str | None = None

    def run(self, steps: int) -> None:
        """Advance, and look at every frame."""
        openmm = load_openmm()
        every = self.engine.schedule.every
        pieces = [every] * (steps // every) + ([steps % every] if steps % every else [])
        for piece in pieces:
            try:
                self.context.getIntegrator().step(piece)
                bad = self._observe(piece)
            except openmm.OpenMMException as error:
                bad = self._words(str(error))
            if bad:
                self.blow_up = (
                    f"{bad} between step {self.step} and {self.step + piece}: use a time step "
                    f"shorter than {self.engine.schedule.timestep:g} ps, or a model with a "
                    "repulsive wall where the data has no samples"
                )
                return
            self.step += piece

    def _observe(self, piece: int) -> str:
        """Keep a frame if it is good; else say what is wrong with it."""
        state = self.context.getState(getPositions=True, getVelocities=True, getEnergy=True)
        positions = np.array(state.getPositions(asNumpy=True)._value)
        velocities = np.array(state.getVelocities(asNumpy=True)._value)
        energy, kinetic = state.getPotentialEnergy()._value, state.getKineticEnergy()._value
        if not (np.isfinite(positions).all() and np.isfinite([energy, kinetic]).all()):
            return "positions or energy became infinite or not a number"
        particles = len(positions)
        ensemble = self.engine.ensemble
        thermal = 2 * kinetic
        if isinstance(ensemble, Brownian):
            # OpenMM's velocities are displacements over the time step: nothing to observe.
            thermal, kinetic = 3 * particles * thermal_energy(ensemble.temperature), np.nan
        degrees = ensemble.degrees_of_freedom(particles)
        temperature = 2 * kinetic / (degrees * thermal_energy(1.0))
        if temperature > HOT * max(ensemble.temperature, 1.0):
            return f"the beads became hotter than {HOT:g} times the temperature asked for"
        box = self._box(state)
        self.end = (positions, velocities, box)
        if not self.keep:
            return ""
        space = np.nan if box is None else float(volume(box))
        pressure, outside = self.probe.observe(positions, box)
        pressure += thermal / (3 * space)
        if outside is not None:
            self.outside.append(outside)
        step = self.step + piece - self.engine.schedule.equilibration
        time = step * self.engine.schedule.timestep
        self.rows.append((time, temperature, energy, energy + kinetic, pressure, space))
        self.positions.append(positions)
        if box is not None:
            self.boxes.append(box)
        return ""

    def _words(self, error: str) -> str:
        """Say in words why OpenMM stopped.

        Raises:
            ValueError: if the box became too small, which is no fault of the model.
            RuntimeError: for a reason that is not known.
        """
        if "NaN" in error:
            return "positions became infinite or not a number"
        if "box size" in error:
            raise ValueError(
                f"cutoff {self.probe.reach:g} nm exceeds half the box, which the barostat made "
                f"smaller before step {self.step + self.engine.schedule.every}: start from more "
                "beads, or use a lower pressure or a smaller `cutoff`"
            )
        raise RuntimeError(f"OpenMM stopped: {error}")

    def _box(self, state: Any) -> np.ndarray | None:
        """Return the box in the user's vectors: OpenMM's differ, but are scaled alike."""
        if self.box is None or not self.engine._barostat:
            return self.box
        edge = state.getPeriodicBoxVectors(asNumpy=True)._value[0, 0]
        return self.box * (edge / self.box[0, 0])

    def chunk(self, state: EngineState, shift: Any, seconds: float) -> Chunk:
        """Return what was kept; `shift` brings the beads back to where they were."""
        count = len(self.rows)
        columns = np.array(self.rows).reshape(count, len(OBSERVABLES)).T[:, :, None]
        particles = len(self.engine.topology)
        positions = np.array(self.positions).reshape(count, 1, particles, 3) + shift
        if self.end is not None:
            box = None if self.end[2] is None else self.end[2][None]
            end = EngineState((self.end[0] + shift)[None], self.end[1][None], box, self.step)
        else:
            end = state
        varies = self.engine._barostat
        outside = {"outside": np.array(self.outside)[:, None]} if self.outside else {}
        return Chunk(
            positions=positions,
            observables=dict(zip(OBSERVABLES, columns, strict=True)) | outside,
            state=end,
            seconds=seconds,
            blow_up=self.blow_up,
            boxes=np.array(self.boxes).reshape(count, 1, 3, 3) if varies else None,
        )


class Probe:
    """Energy, forces and configurational pressure of given positions, beside the dynamics."""

    def __init__(self, system: Any, potential: Potential, platform: Platform) -> None:
        self.context = platform.context(system, load_openmm().VerletIntegrator(0.001))
        self.strain = STRAIN.get(platform.name, 1e-3)
        self.reach, self.smooth = potential.reach, potential.smoothness >= 0

    def energy(self, positions: np.ndarray, box: np.ndarray | None) -> float:
        """Return the energy in kJ/mol."""
        self._place(positions, box)
        return float(self.context.getState(getEnergy=True).getPotentialEnergy()._value)

    def energy_and_forces(
        self, positions: np.ndarray, box: np.ndarray | None
    ) -> tuple[float, np.ndarray]:
        """Return the energy in kJ/mol and the forces in kJ/mol/nm."""
        self._place(positions, box)
        state = self.context.getState(getEnergy=True, getForces=True)
        return float(state.getPotentialEnergy()._value), np.array(
            state.getForces(asNumpy=True)._value
        )

    def observe(self, positions: np.ndarray, box: np.ndarray | None) -> tuple[float, float | None]:
        """Return the configurational pressure; these terms know no range of training data."""
        return (float("nan") if box is None else self.pressure(positions, box)), None

    def pressure(self, positions: np.ndarray, box: np.ndarray) -> float:
        """Return -dU/dV (kJ/mol/nm^3) of positions and box strained together, by differences.

        Not a number where the energy jumps at the cutoff: differences would see the jumps.
        """
        if not self.smooth:
            return float("nan")
        h = self.strain
        if largest_cutoff(box) * (1 - h) > self.reach:
            points = [(-h, -0.5), (h, 0.5)]
        else:
            # There is no room for a smaller box: three points on the other side.
            points = [(0.0, -1.5), (h, 2.0), (2 * h, -0.5)]
        slope = sum(
            weight * self.energy(positions * (1 + strain), box * (1 + strain)) / h
            for strain, weight in points
        )
        return float(-slope / (3 * volume(box)))

    def _place(self, positions: np.ndarray, box: np.ndarray | None) -> None:
        if box is not None:
            self.context.setPeriodicBoxVectors(*reduced_box(box))
        self.context.setPositions(positions)


class _CallbackProbe(Probe):
    """Energies and forces that pass through OpenMM and back; pressures are molscape's own."""

    def __init__(
        self,
        potential: Potential,
        topology: Topology,
        box: np.ndarray | None,
        platform: Platform,
    ) -> None:
        precision = "double" if platform.name == "Reference" else platform.precision
        self.own = CallbackSystem(ForceCallback(potential, topology, 1.0, precision), topology, box)
        super().__init__(self.own.system, potential, platform)

    def pressure(self, positions: np.ndarray, box: np.ndarray) -> float:
        """Return the configurational pressure in kJ/mol/nm^3."""
        return self.own.pressure(positions, box)


def evaluate_openmm(
    potential: Potential, topology: Topology, frames: Frames, platform: str = "Reference"
) -> tuple[
    Float[np.ndarray, " frame"],
    Float[np.ndarray, "frame particle 3"],
    Float[np.ndarray, " frame"],
]:
    """Return energies, forces and virial pressures of frames as OpenMM computes them.

    Args:
        potential: the model; what has no counterpart in OpenMM is evaluated by `PythonForce`.
        topology: the beads.
        frames: configurations.
        platform: of OpenMM; Reference is double precision.

    Returns:
        Energies (kJ/mol), forces (kJ/mol/nm), and the configurational part of the pressure
        (kJ/mol/nm^3) by differences; NaN without a box, or where the energy jumps.

    Raises:
        ImportError: if OpenMM is not installed.
        ValueError: if a term has no counterpart in OpenMM, or the platform is not there.
    """
    check_box(frames.box, potential.reach)
    chosen = choose_platform(platform, "mixed", 1, len(topology))
    first = None if frames.box is None else frames.box[0]
    probe: Probe
    if is_opaque(potential):
        probe = _CallbackProbe(potential, topology, first, chosen)
    else:
        probe = Probe(openmm_system(potential, topology, first), potential, chosen)
    energies, forces, pressures = [], [], []
    for k, positions in enumerate(frames.positions):
        box = None if frames.box is None else frames.box[k]
        energy, force = probe.energy_and_forces(positions, box)
        energies.append(energy)
        forces.append(force)
        pressures.append(np.nan if box is None else probe.pressure(positions, box))
    return np.array(energies), np.array(forces), np.array(pressures)
