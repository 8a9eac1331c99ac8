"""Alanine dipeptide (ACE-ALA-NME) in vacuum, in implicit and in explicit water."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
from jaxtyping import Float

from molscape.reference.assembly import Interactions, lattice_box, molscape_topology, repartition
from molscape.reference.engine import load_openmm
from molscape.reference.molecules import place_atoms
from molscape.reference.system import AllAtomSystem, Published

_RESIDUES = {
    "ACE": ("HH31", "CH3", "HH32", "HH33", "C", "O"),
    "ALA": ("N", "H", "CA", "HA", "CB", "HB1", "HB2", "HB3", "C", "O"),
    "NME": ("N", "H", "CH3", "HH31", "HH32", "HH33"),
}

_SHAPE = (
    "aHH31",
    "aCH3 aHH31 0.109",
    "aHH32 aCH3 0.109 aHH31 109.5",
    "aHH33 aCH3 0.109 aHH31 109.5 aHH32 120",
    "aC aCH3 0.1522 aHH31 109.5 aHH32 240",
    "aO aC 0.1229 aCH3 120.4 aHH31 0",
    "N aC 0.1335 aCH3 116.6 aO 180",
    "H N 0.101 aC 119.8 aO 180",
    "CA N 0.1449 aC 121.9 aO 0",
    "HA CA 0.109 N 109.5 aC 40",
    "CB CA 0.1526 N 109.7 aC 160",
    "HB1 CB 0.109 CA 109.5 N 180",
    "HB2 CB 0.109 CA 109.5 N 60",
    "HB3 CB 0.109 CA 109.5 N -60",
    "C CA 0.1522 N 110.1 aC -80",
    "O C 0.1229 CA 120.4 N -30",
    "nN C 0.1335 CA 116.6 N 150",
    "nH nN 0.101 C 119.8 CA 0",
    "nCH3 nN 0.1449 C 121.9 CA 180",
    "nHH31 nCH3 0.109 nN 109.5 C 180",
    "nHH32 nCH3 0.109 nN 109.5 C 60",
    "nHH33 nCH3 0.109 nN 109.5 C -60",
)
"""The C7eq region (phi -80, psi 150 degrees); bond lengths and angles near those of AMBER."""

_AMBER = (
    "OpenMM's amber99sb.xml: V. Hornak et al., Proteins 65, 712 (2006); ff99SB-ILDN differs from "
    "it in side chains only, none of which is alanine's"
)
_OBC = "OpenMM's amber99_obc.xml: A. Onufriev, D. Bashford, D. A. Case, Proteins 55, 383 (2004)"
_TIP3P = "OpenMM's tip3p.xml: W. L. Jorgensen et al., J. Chem. Phys. 79, 926 (1983)"
_CLEARED = 16
"""Waters taken from the lattice to make room; the pressure sets the density afterwards."""


def alanine_dipeptide(
    waters: int = 0,
    *,
    implicit: bool = False,
    seed: int = 0,
    interactions: Interactions | None = None,
) -> AllAtomSystem:
    """Build ACE-ALA-NME with AMBER ff99SB.

    Args:
        waters: TIP3P molecules around it in a periodic box; 0 for none and no box.
        implicit: use the generalised Born model of Onufriev, Bashford and Case instead.
        seed: of the lattice of waters.
        interactions: cutoff, mesh and constraints; None: the defaults.

    Returns:
        The system: 22 atoms, named as in AMBER, then water.

    Raises:
        ImportError: if OpenMM is not installed.
        ValueError: if both kinds of water are asked for, or the box is small.
    """
    if waters and implicit:
        raise ValueError(
            f"{waters} explicit waters and implicit water exclude each other: choose one"
        )
    interactions = interactions or Interactions()
    openmm = load_openmm()
    from openmm import app

    topology = _peptide_topology(app)
    positions = place_atoms(_SHAPE)
    box = None
    if waters:
        positions, box = _solvated(positions, waters, seed, interactions)
        _add_waters(app, topology, waters)
        topology.setPeriodicBoxVectors(box.tolist())
    files = ["amber99sb.xml", *(["tip3p.xml"] if waters else [])]
    held = {"none": None, "h-bonds": app.HBonds, "all-bonds": app.AllBonds}
    system = app.ForceField(*files, *(["amber99_obc.xml"] if implicit else [])).createSystem(
        topology,
        nonbondedMethod=app.NoCutoff if box is None else app.PME,
        nonbondedCutoff=interactions.cutoff,
        ewaldErrorTolerance=interactions.ewald_tolerance,
        constraints=held[interactions.constraints],
        removeCMMotion=False,
    )
    ours = molscape_topology(openmm, topology, system, [*_RESIDUES, *waters * ["SOL"]])
    if interactions.hydrogen_mass is not None:
        repartition(system, ours, interactions.hydrogen_mass)
    return AllAtomSystem(
        name="alanine-dipeptide" + ("-implicit" if implicit else ""),
        topology=ours,
        openmm_system=system,
        positions=positions,
        box=box,
        constants=_constants(implicit, waters, interactions),
        composition={"alanine-dipeptide": 1, **({"tip3p": waters} if waters else {})},
        interactions={**asdict(interactions), "implicit": implicit},
    )


def _peptide_topology(app: Any) -> Any:
    """The residues; each atom but the first is bonded to the first neighbour of its line."""
    topology = app.Topology()
    chain = topology.addChain()
    atoms = []
    for name, members in _RESIDUES.items():
        residue = topology.addResidue(name, chain)
        atoms += [topology.addAtom(a, app.Element.getBySymbol(a[0]), residue) for a in members]
    place = {line.split()[0]: k for k, line in enumerate(_SHAPE)}
    for line in _SHAPE[1:]:
        child, parent, *_ = line.split()
        topology.addBond(atoms[place[parent]], atoms[place[child]])
    return topology


def _add_waters(app: Any, topology: Any, count: int) -> None:
    oxygen, hydrogen = (app.Element.getBySymbol(symbol) for symbol in "OH")
    for _ in range(count):
        residue = topology.addResidue("HOH", topology.addChain())
        first = topology.addAtom("OW", oxygen, residue)
        for name in ("HW1", "HW2"):
            topology.addBond(first, topology.addAtom(name, hydrogen, residue))


def _solvated(
    solute: Float[np.ndarray, "atom 3"], waters: int, seed: int, interactions: Interactions
) -> tuple[Float[np.ndarray, "particle 3"], Float[np.ndarray, "3 3"]]:
    """The solute in the middle of a lattice of water from which the nearest were taken."""
    lattice = lattice_box({"tip3p": waters + _CLEARED}, seed=seed, interactions=interactions)
    assert lattice.box is not None
    molecules = lattice.positions.reshape(-1, 3, 3)
    centred = solute + lattice.box.diagonal() / 2
    apart = np.linalg.norm(molecules[:, None, 0] - centred, axis=-1).min(axis=1)
    kept = np.sort(np.argsort(apart)[_CLEARED:])
    return np.concatenate([centred, molecules[kept].reshape(-1, 3)]), lattice.box


def _constants(implicit: bool, waters: int, interactions: Interactions) -> dict[str, Published]:
    """Where the forces come from; the numbers themselves are in OpenMM's files."""
    numbers = {
        "1-4 scale of charges": Published(1 / 1.2, "", _AMBER),
        "1-4 scale of Lennard-Jones": Published(0.5, "", _AMBER),
    }
    if implicit:
        numbers["solvent dielectric constant"] = Published(78.5, "", _OBC)
    if waters:
        numbers["O-H"] = Published(0.09572, "nm", _TIP3P)
        numbers["cutoff"] = Published(interactions.cutoff, "nm", "chosen here: particle mesh Ewald")
    return numbers
