"""The chunks of the openmm engine, each in a context of its own."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from molscape.core.record import Progress
from molscape.core.space import volume
from molscape.core.units import thermal_energy
from molscape.export.openmm_dynamics import add_ensemble, openmm_integrator
from molscape.export.openmm_platform import Platform, load_openmm
from molscape.export.openmm_system import openmm_system, reduced_box
from molscape.simulate.chunks import OBSERVABLES, Chunk, EngineState, image_counts
from molscape.simulate.force_callback import ForceCallback, is_opaque
from molscape.simulate.openmm_callback import CallbackSystem
from molscape.simulate.openmm_evaluation import Probe
from molscape.simulate.order import Order, starting_state
from molscape.simulate.run import Run, run_chunks, timed
from molscape.simulate.volume_moves import check_whole
from molscape.simulate.watch import (
    explain_blow_up,
    find_fault,
    hottest,
    not_finite,
    observed_motion,
)


def run_in_contexts(
    order: Order, platform: Platform, folder: Path | str | None, progress: Progress | None
) -> Run:
    """Run an order in OpenMM; see `openmm_engine.OpenMM`.

    Raises:
        ValueError: if a term has no counterpart in OpenMM, molecules are not whole where they
            must be, or a barostat makes the box smaller than twice the cutoff.
    """
    if order.ensemble.barostat is not None:
        check_whole(order.topology, order.start)
    begin = starting_state(order, 1)
    runner = OpenMMRunner(order, platform)
    settings = {"platform": platform.name, "precision": platform.precision}
    return run_chunks("openmm", runner.advance, begin, order, settings, folder, progress)


@dataclass(frozen=True, eq=False)
class OpenMMRunner:
    """Runs chunks, each in a context of its own: nothing passes but the state."""

    order: Order
    platform: Platform

    def advance(self, state: EngineState, steps: int, keep: bool, seed: int) -> Chunk:
        """Run one chunk."""
        ensemble, timestep = self.order.ensemble, self.order.schedule.timestep
        box = None if state.box is None else state.box[0]
        system, probe = self._prepared(box)
        add_ensemble(system, self.order.topology, ensemble, timestep, seed)
        context = self.platform.context(system, openmm_integrator(ensemble, timestep, seed))
        shift = self._shift(state.positions[0], box)
        context.setPositions(state.positions[0] - shift)
        context.setVelocities(state.velocities[0])
        if isinstance(probe, CallbackSystem):
            probe.force.prepare(state.positions[0], None if box is None else reduced_box(box))
        walk = Walk(self.order, context, probe, box, state.step, keep)
        try:
            _, seconds = timed(lambda: walk.run(steps))
        except RuntimeError:
            if isinstance(probe, CallbackSystem) and probe.error is not None:
                raise probe.error from None
            raise
        return walk.chunk(state, 0.0 if ensemble.barostat is not None else shift, seconds)

    def _prepared(self, box: np.ndarray | None) -> tuple[Any, Probe | CallbackSystem]:
        """Return OpenMM's system, and what observes frames beside it."""
        potential, topology = self.order.potential, self.order.topology
        if is_opaque(potential):
            own = CallbackSystem(self._callback, topology, box)
            return own.system, own
        system = openmm_system(potential, topology, box)
        return system, Probe(copy.deepcopy(system), potential, self.platform)

    @cached_property
    def _callback(self) -> ForceCallback:
        """What computes the forces, compiled once for all chunks."""
        kelvin, precision = self.order.ensemble.temperature, self.platform.precision
        return ForceCallback(self.order.potential, self.order.topology, kelvin, precision)

    def _shift(self, positions: np.ndarray, box: np.ndarray | None) -> np.ndarray:
        """Return how far each bead's molecule is away from the box."""
        if box is None:
            return np.zeros_like(positions)
        molecules = self.order.topology.molecules
        return (image_counts(positions, box, molecules) @ box)[molecules]


class Walk:
    """The frames of one chunk as they come, until the last or the first bad one."""

    def __init__(
        self,
        order: Order,
        context: Any,
        probe: Probe | CallbackSystem,
        box: np.ndarray | None,
        first: int,
        keep: bool,
    ) -> None:
        self.order, self.context, self.probe, self.box = order, context, probe, box
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
        for piece in self.order.schedule.pieces(steps):
            try:
                self.context.getIntegrator().step(piece)
                bad = self._observe(piece)
            except openmm.OpenMMException as error:
                bad = self._words(str(error))
            if bad:
                end, timestep = self.step + piece, self.order.schedule.timestep
                self.blow_up = explain_blow_up(bad, self.step, end, timestep)
                return
            self.step += piece

    def _observe(self, piece: int) -> str:
        """Keep a frame if it is good; else say what is wrong with it."""
        state = self.context.getState(getPositions=True, getVelocities=True, getEnergy=True)
        positions = np.array(state.getPositions(asNumpy=True)._value)
        velocities = np.array(state.getVelocities(asNumpy=True)._value)
        energy = state.getPotentialEnergy()._value
        moving = np.array(2 * state.getKineticEnergy()._value)
        ensemble, particles = self.order.ensemble, len(positions)
        one_kelvin = ensemble.degrees_of_freedom(particles) * thermal_energy(1.0)
        bad = find_fault(positions, energy, float(moving / one_kelvin), hottest(ensemble))
        if bad:
            return bad
        kT = thermal_energy(ensemble.temperature)
        doubled, thermal = observed_motion(ensemble, moving, particles, kT)
        box = self._box(state)
        self.end = (positions, velocities, box)
        if not self.keep:
            return ""
        space = np.nan if box is None else float(volume(box))
        pressure, outside = self.probe.observe(positions, box)
        pressure += float(thermal) / (3 * space)
        if outside is not None:
            self.outside.append(outside)
        schedule = self.order.schedule
        time = (self.step + piece - schedule.equilibration) * schedule.timestep
        temperature, total = float(doubled / one_kelvin), energy + 0.5 * float(doubled)
        self.rows.append((time, temperature, energy, total, pressure, space))
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
            return not_finite("positions")
        if "box size" in error:
            raise ValueError(
                f"cutoff {self.probe.reach:g} nm exceeds half the box, which the barostat made "
                f"smaller before step {self.step + self.order.schedule.every}: start from more "
                "beads, or use a lower pressure or a smaller `cutoff`"
            )
        raise RuntimeError(f"OpenMM stopped: {error}")

    def _box(self, state: Any) -> np.ndarray | None:
        """Return the box in the user's vectors: OpenMM's differ, but are scaled alike."""
        if self.box is None or self.order.ensemble.barostat is None:
            return self.box
        edge = state.getPeriodicBoxVectors(asNumpy=True)._value[0, 0]
        return self.box * (edge / self.box[0, 0])

    def chunk(self, state: EngineState, shift: Any, seconds: float) -> Chunk:
        """Return what was kept; `shift` brings the beads back to where they were."""
        count = len(self.rows)
        columns = np.array(self.rows).reshape(count, len(OBSERVABLES)).T[:, :, None]
        particles = len(self.order.topology)
        positions = np.array(self.positions).reshape(count, 1, particles, 3) + shift
        if self.end is not None:
            box = None if self.end[2] is None else self.end[2][None]
            end = EngineState((self.end[0] + shift)[None], self.end[1][None], box, self.step)
        else:
            end = state
        varies = self.order.ensemble.barostat is not None
        outside = {"outside": np.array(self.outside)[:, None]} if self.outside else {}
        return Chunk(
            positions=positions,
            observables=dict(zip(OBSERVABLES, columns, strict=True)) | outside,
            state=end,
            seconds=seconds,
            blow_up=self.blow_up,
            boxes=np.array(self.boxes).reshape(count, 1, 3, 3) if varies else None,
        )
