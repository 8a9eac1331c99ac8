"""Energies, forces and pressures of given frames as OpenMM computes them."""

from __future__ import annotations

from typing import Any

import numpy as np

from molscape.core.frames import Frames
from molscape.core.potential import Potential
from molscape.core.space import check_box, largest_cutoff, volume
from molscape.core.topology import Topology
from molscape.export.openmm_platform import Platform, load_openmm
from molscape.export.openmm_system import openmm_system, reduced_box
from molscape.simulate.engine import Evaluation
from molscape.simulate.force_callback import ForceCallback, is_opaque
from molscape.simulate.openmm_callback import CallbackSystem

STRAIN = {"Reference": 1e-4}
"""How far a box is strained to find the pressure; elsewhere ten times more, for rounding."""


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


def evaluate_in_openmm(
    potential: Potential, topology: Topology, frames: Frames, platform: Platform
) -> Evaluation:
    """Return energies, forces and virial pressures of frames as OpenMM computes them.

    Args:
        potential: the model; what has no counterpart in OpenMM is evaluated by `PythonForce`.
        topology: the beads.
        frames: configurations.
        platform: of OpenMM; Reference is double precision.

    Raises:
        ImportError: if OpenMM is not installed.
        ValueError: if a term has no counterpart in OpenMM.
    """
    check_box(frames.box, potential.reach)
    first = None if frames.box is None else frames.box[0]
    probe: Probe
    if is_opaque(potential):
        probe = _CallbackProbe(potential, topology, first, platform)
    else:
        probe = Probe(openmm_system(potential, topology, first), potential, platform)
    energies, forces, pressures = [], [], []
    for k, positions in enumerate(frames.positions):
        box = None if frames.box is None else frames.box[k]
        energy, force = probe.energy_and_forces(positions, box)
        energies.append(energy)
        forces.append(force)
        pressures.append(np.nan if box is None else probe.pressure(positions, box))
    return Evaluation(np.array(energies), np.array(forces), np.array(pressures))
