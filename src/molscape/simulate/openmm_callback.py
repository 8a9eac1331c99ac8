"""The `openmm` engine for potentials that only molscape can evaluate, through `PythonForce`."""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float

from molscape.core.topology import Topology
from molscape.export.openmm_platform import load_openmm
from molscape.export.openmm_system import reduced_box
from molscape.simulate.force_callback import ForceCallback


class CallbackSystem:
    """An `openmm.System` whose only force asks molscape, and what is observed beside it.

    Args:
        force: computes all terms of the model; its neighbour list is forgotten.
        topology: the beads.
        box: rows are vectors in nm, or None.

    Raises:
        ImportError: if OpenMM is not installed, or has no `PythonForce`.
        ValueError: if a bead has no mass.
    """

    def __init__(
        self, force: ForceCallback, topology: Topology, box: Float[np.ndarray, "3 3"] | None
    ) -> None:
        openmm = load_openmm()
        if not hasattr(openmm, "PythonForce"):
            raise ImportError(
                f"{force.kind} needs `PythonForce`, which OpenMM {openmm.__version__} does not "
                'have: `pip install --upgrade "openmm>=8.4"`, or use the jax engine'
            )
        if not np.all(topology.masses > 0):
            raise ValueError("a bead has no mass: dynamics needs positive masses (u)")
        force.restart()
        self.force = force
        self.reach, self.periodic = force.lists.reach, box is not None
        self.error: Exception | None = None
        self.system = openmm.System()
        for mass in topology.masses.tolist():
            self.system.addParticle(mass)
        if box is not None:
            self.system.setDefaultPeriodicBoxVectors(*reduced_box(box))
        calling = openmm.PythonForce(self._compute)
        calling.setUsesPeriodicBoundaryConditions(self.periodic)
        calling.setName(force.kind)
        self.system.addForce(calling)

    def _compute(self, state: Any) -> tuple[float, np.ndarray]:
        """Return energy (kJ/mol) and forces (kJ/mol/nm) of OpenMM's positions."""
        positions = state.getPositions(asNumpy=True)._value
        box = state.getPeriodicBoxVectors(asNumpy=True)._value if self.periodic else None
        try:
            return self.force(positions, box)
        except Exception as error:
            # OpenMM passes on its words alone.
            self.error = error
            raise

    def observe(self, positions: np.ndarray, box: np.ndarray | None) -> tuple[float, float | None]:
        """Return the configurational pressure (kJ/mol/nm^3) and features outside, if known."""
        pressure, outside = self.force.observe(positions, None if box is None else reduced_box(box))
        return pressure, outside if self.force.watches else None

    def pressure(self, positions: np.ndarray, box: np.ndarray) -> float:
        """Return the configurational pressure in kJ/mol/nm^3."""
        return self.observe(positions, box)[0]
