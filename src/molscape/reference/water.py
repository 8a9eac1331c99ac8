"""Rigid three-site water from published constants, as an OpenMM system."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from molscape.core.space import box_from_lengths
from molscape.core.topology import Topology
from molscape.core.units import GRAM_PER_CUBIC_CENTIMETRE
from molscape.reference.engine import load_openmm
from molscape.reference.lattice import place_on_lattice
from molscape.reference.system import AllAtomSystem, Constant

_NAMES = ("OW", "HW1", "HW2")
_ELEMENTS = ("O", "H", "H")
_MASSES = (15.9994, 1.008, 1.008)
_BONDS = ((0, 1), (0, 2))
_RIGID = ((0, 1), (0, 2), (1, 2))


@dataclass(frozen=True)
class WaterModel:
    """Constants of a rigid water with u(r) = (B/r)^12 - (A/r)^6 between oxygens.

    Charges in e, bond length in nm, angle in degrees, A in nm (kJ/mol)^(1/6), B in
    nm (kJ/mol)^(1/12).
    """

    name: str
    oxygen_charge: float
    hydrogen_charge: float
    bond: float
    angle: float
    A: float
    B: float
    source: str

    @property
    def sigma(self) -> float:
        """Lennard-Jones diameter B^2/A in nm."""
        return self.B**2 / self.A

    @property
    def epsilon(self) -> float:
        """Lennard-Jones depth (A/B)^12/4 in kJ/mol."""
        return (self.A / self.B) ** 12 / 4

    @property
    def lengths(self) -> tuple[float, float, float]:
        """Distances O-H1, O-H2 and H1-H2 in nm."""
        return self.bond, self.bond, 2 * self.bond * math.sin(math.radians(self.angle) / 2)

    @property
    def molecule(self) -> Float[np.ndarray, "3 3"]:
        """Positions of O, H1 and H2 in nm, the oxygen at the origin."""
        half = math.radians(self.angle) / 2
        x, y = self.bond * math.sin(half), self.bond * math.cos(half)
        return np.array([[0.0, 0.0, 0.0], [x, y, 0.0], [-x, y, 0.0]])


WATER_MODELS = {
    "spce": WaterModel(
        name="SPC/E",
        oxygen_charge=-0.8476,
        hydrogen_charge=0.4238,
        bond=0.1,
        angle=109.47,
        A=0.37122,
        B=0.3428,
        source="H. J. C. Berendsen, J. R. Grigera, T. P. Straatsma, J. Phys. Chem. 91, 6269 (1987)",
    )
}


def rigid_water(
    model: str,
    positions: Float[np.ndarray, "particle 3"],
    box: Float[np.ndarray, "3 3"] | None = None,
    *,
    cutoff: float = 0.9,
    ewald_tolerance: float = 5e-4,
) -> AllAtomSystem:
    """Build rigid water at given positions.

    u = sum over pairs of molecules of sum_ab q_a q_b / (4 pi epsilon_0 r_ab)
    + (B/r_OO)^12 - (A/r_OO)^6. In a box charges interact by smooth particle mesh Ewald, and the
    Lennard-Jones part is cut with a correction of energy and pressure for the tail; without a
    box nothing is cut.

    Args:
        model: a key of `WATER_MODELS`.
        positions: O, H, H of each molecule in turn, nm.
        box: box vectors as rows, nm; None for a cluster.
        cutoff: Lennard-Jones cutoff and range of the direct Ewald sum, nm.
        ewald_tolerance: relative error of forces that OpenMM chooses the Ewald mesh for.

    Returns:
        The system, with molecules "SOL" of atoms OW, HW1 and HW2.

    Raises:
        ImportError: if OpenMM is not installed.
        ValueError: if the model is not known, atoms do not come in threes, or the box is small.
    """
    water = _known(model)
    if len(positions) == 0 or len(positions) % 3:
        raise ValueError(
            f"{len(positions)} positions are no whole number of water molecules: give O, H, H of "
            "each in turn"
        )
    if box is not None and cutoff > np.min(np.diagonal(box)) / 2:
        raise ValueError(
            f"cutoff {cutoff:g} nm exceeds half the box ({np.min(np.diagonal(box)) / 2:.3f} nm): "
            "use more molecules or a smaller `cutoff`"
        )
    count = len(positions) // 3
    openmm = load_openmm()
    system = openmm.System()
    for _ in range(count):
        for mass in _MASSES:
            system.addParticle(mass)
    topology = _topology(water, count)
    for (i, j), length in zip(
        topology.constraints.tolist(), topology.constraint_lengths.tolist(), strict=True
    ):
        system.addConstraint(i, j, length)
    if box is not None:
        system.setDefaultPeriodicBoxVectors(*box.tolist())
    system.addForce(_interactions(openmm, water, count, None if box is None else cutoff))
    if box is not None:
        system.getForce(0).setEwaldErrorTolerance(ewald_tolerance)
    constants = _constants(water, None if box is None else (cutoff, ewald_tolerance))
    return AllAtomSystem(model, topology, system, np.asarray(positions, float), box, constants)


def _known(model: str) -> WaterModel:
    if model not in WATER_MODELS:
        raise ValueError(
            f"no water model {model!r} is known: choose one of {', '.join(WATER_MODELS)}"
        )
    return WATER_MODELS[model]


def _interactions(openmm: Any, water: WaterModel, count: int, cutoff: float | None) -> Any:
    """The NonbondedForce; atoms of one molecule exclude each other."""
    force = openmm.NonbondedForce()
    force.setNonbondedMethod(force.NoCutoff if cutoff is None else force.PME)
    if cutoff is not None:
        force.setCutoffDistance(cutoff)
        force.setUseDispersionCorrection(True)
    for molecule in range(count):
        force.addParticle(water.oxygen_charge, water.sigma, water.epsilon)
        for _ in range(2):
            force.addParticle(water.hydrogen_charge, 1.0, 0.0)
        for i, j in _RIGID:
            force.addException(3 * molecule + i, 3 * molecule + j, 0.0, 1.0, 0.0)
    return force


def _topology(water: WaterModel, count: int) -> Topology:
    first = 3 * np.arange(count)[:, None, None]
    return Topology.build(
        np.tile(_NAMES, count),
        masses=np.tile(_MASSES, count),
        elements=np.tile(_ELEMENTS, count),
        charges=np.tile([water.oxygen_charge, *2 * [water.hydrogen_charge]], count),
        residue_names=np.full(3 * count, "SOL"),
        molecules=np.repeat(np.arange(count), 3),
        bonds=(first + np.array(_BONDS)).reshape(-1, 2),
        constraints=(first + np.array(_RIGID)).reshape(-1, 2),
        constraint_lengths=np.tile(water.lengths, count),
    )


def _constants(water: WaterModel, periodic: tuple[float, float] | None) -> dict[str, Constant]:
    """The published numbers, what follows from them, and how interactions are cut in a box."""
    derived = "from A and B"
    constants = {
        "q_O": Constant(water.oxygen_charge, "e", water.source),
        "q_H": Constant(water.hydrogen_charge, "e", water.source),
        "O-H": Constant(water.bond, "nm", water.source),
        "H-O-H": Constant(water.angle, "degree", water.source),
        "A": Constant(water.A, "nm (kJ/mol)^(1/6)", water.source),
        "B": Constant(water.B, "nm (kJ/mol)^(1/12)", water.source),
        "sigma_O": Constant(water.sigma, "nm", derived),
        "epsilon_O": Constant(water.epsilon, "kJ/mol", derived),
    }
    if periodic is not None:
        cut = "chosen here: particle mesh Ewald, Lennard-Jones cut with a correction for the tail"
        constants["cutoff"] = Constant(periodic[0], "nm", cut)
        constants["ewald_tolerance"] = Constant(periodic[1], "", cut)
    return constants


def water_box(
    model: str = "spce",
    *,
    molecules: int = 300,
    density: float = 0.997,
    seed: int = 0,
    cutoff: float = 0.9,
) -> AllAtomSystem:
    """Place rigid water on a cubic lattice with random orientations.

    Args:
        model: a key of `WATER_MODELS`.
        molecules: how many.
        density: mass density in g/cm^3, which sets the cubic box.
        seed: of the orientations and of the lattice sites left empty.
        cutoff: see `rigid_water`.

    Returns:
        The system; minimise before moving it, neighbours may touch.

    Raises:
        ImportError: if OpenMM is not installed.
        ValueError: if the model is not known or the box is too small for the cutoff.
    """
    edge = (molecules * sum(_MASSES) / (density * GRAM_PER_CUBIC_CENTIMETRE)) ** (1 / 3)
    positions = place_on_lattice(_known(model).molecule, molecules, edge, seed)
    return rigid_water(model, positions, box_from_lengths([edge] * 3), cutoff=cutoff)
