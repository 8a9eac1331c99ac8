"""A model as an OpenMM `System`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from jaxtyping import Float

from molscape.core import terms
from molscape.core.potential import Potential
from molscape.core.space import check_box
from molscape.core.topology import Topology
from molscape.export.openmm_bonded import BondedForces
from molscape.export.openmm_pairs import NEAR_END, PairForce
from molscape.export.openmm_platform import load_openmm
from molscape.export.writers import writers_of
from molscape.potentials.coulomb import check_neutral


class Forces:
    """Gathers the forces of a model term by term, in the order that OpenMM is given them."""

    def __init__(
        self, openmm: Any, topology: Topology, box: Float[np.ndarray, "3 3"] | None
    ) -> None:
        self.openmm, self.topology, self.box = openmm, topology, box
        names, self.species = np.unique(topology.types, return_inverse=True)
        self.names = tuple(str(name) for name in names)
        self.pairs = PairForce(openmm, self.names)
        self.bonded = BondedForces(openmm, topology)
        self.many_body: list[Any] = []
        self.long_range: list[Any] = []

    def build(self) -> list[Any]:
        """Return all forces: pairs, triplets, Ewald sums, bonded ones."""
        bonded = self.bonded.build()
        for force in bonded:
            force.setUsesPeriodicBoundaryConditions(self.box is not None)
        forces = [*self.many_body, *self.long_range, *bonded]
        if self.pairs.empty:
            return forces
        pairs = self.pairs.build(self.species, self.topology.charges, self.box is not None)
        for i, j in self.topology.excluded_pairs().tolist():
            pairs.addExclusion(i, j)
        return [pairs, *forces]


def _stillinger_weber(forces: Forces, term: terms.StillingerWeber) -> None:
    forces.pairs.add_stillinger_weber(term)
    force = _three_body(forces, term)
    _check_excluded(forces, term)
    forces.many_body.append(force)


def _coulomb(forces: Forces, term: terms.Coulomb) -> None:
    if term.long_range:
        forces.long_range.append(_ewald(forces, term))
    else:
        forces.pairs.add_reaction_field(term)


WRITERS: dict[type[terms.Term], Callable[[Forces, Any], None]] = {
    terms.HarmonicBond: lambda forces, term: forces.bonded.add_harmonic_bond(term),
    terms.HarmonicAngle: lambda forces, term: forces.bonded.add_harmonic_angle(term),
    terms.PeriodicDihedral: lambda forces, term: forces.bonded.add_periodic_dihedral(term),
    terms.BondedTable: lambda forces, term: forces.bonded.add_table(term),
    terms.PairTable: lambda forces, term: forces.pairs.add_table(term),
    terms.LennardJones: lambda forces, term: forces.pairs.add_lennard_jones(term),
    terms.StillingerWeber: _stillinger_weber,
    terms.Coulomb: _coulomb,
}
"""What adds a term of a class, all of whose types occur, to the forces of a model."""


def openmm_system(
    potential: Potential, topology: Topology, box: Float[np.ndarray, "3 3"] | None = None
) -> Any:
    """Return an `openmm.System` with the masses of the beads and the forces of a model.

    Pair terms share one `CustomNonbondedForce`; tables keep all their points as piecewise
    cubics. Harmonic and periodic bonded terms are OpenMM's own, the three-body part of
    Stillinger-Weber is a `CustomManyParticleForce`, which is slow: on a CPU, LAMMPS is the
    engine for it. Ewald sums are OpenMM's particle mesh, charges divided by the root of the
    dielectric constant.

    Args:
        potential: the model; its lowered terms are written.
        topology: types, masses, charges, bonded lists and exclusions.
        box: rows are vectors in nm, lower triangular; None for no boundary.

    Raises:
        ImportError: if OpenMM is not installed.
        ValueError: if a term has no counterpart in OpenMM, masses do not suit, or the cutoff
            exceeds half the box.
    """
    openmm = load_openmm()
    if not np.all(topology.masses > 0):
        raise ValueError("a bead has no mass: dynamics needs positive masses (u)")
    check_box(box, potential.reach)
    forces = Forces(openmm, topology, box)
    for term, write in writers_of(potential.lower(), WRITERS, "OpenMM"):
        if set(term.types) <= set(forces.names):
            write(forces, term)
    system = openmm.System()
    for mass in topology.masses.tolist():
        system.addParticle(mass)
    if box is not None:
        system.setDefaultPeriodicBoxVectors(*reduced_box(box))
    for force in forces.build():
        system.addForce(force)
    return system


def reduced_box(box: Float[np.ndarray, "3 3"]) -> Float[np.ndarray, "3 3"]:
    """Return other vectors of the same lattice, tilted by at most half an edge.

    OpenMM takes no others. The diagonal stays as it is, and so does every distance.
    """
    a, b, c = np.array(box, dtype=np.float64)
    c = c - b * np.round(c[1] / b[1])
    c = c - a * np.round(c[0] / a[0])
    b = b - a * np.round(b[0] / a[0])
    return np.stack([a, b, c])


def _three_body(forces: Forces, term: terms.StillingerWeber) -> Any:
    """Return the three-body part; the cutoff counts from the central bead."""
    openmm, box = forces.openmm, forces.box
    mine = forces.species == forces.names.index(*term.types)
    reach = term.gamma * term.sigma
    end, near = repr(term.cutoff), repr(-NEAR_END * term.cutoff)
    force = openmm.CustomManyParticleForce(
        3,
        f"{term.lambda_ * term.epsilon!r}*(cos(angle(p2, p1, p3)) - ({term.cos_theta0!r}))^2"
        f"*exp({reach!r}/min(distance(p1, p2) - {end}, {near}) "
        f"+ {reach!r}/min(distance(p1, p3) - {end}, {near}))",
    )
    force.setPermutationMode(force.UniqueCentralParticle)
    for own in mine.tolist():
        force.addParticle([], int(own))
    for place in range(3):
        force.setTypeFilter(place, [1])
    method = "CutoffNonPeriodic" if box is None else "CutoffPeriodic"
    force.setNonbondedMethod(getattr(force, method))
    force.setCutoffDistance(term.cutoff)
    force.setName("triplets")
    return force


def _check_excluded(forces: Forces, term: terms.StillingerWeber) -> None:
    """Refuse bonds between beads of the many-body type, which only OpenMM would leave out."""
    kind = forces.names.index(*term.types)
    for i, j in forces.topology.excluded_pairs().tolist():
        if forces.species[i] == kind and forces.species[j] == kind:
            raise ValueError(
                f"beads {i} and {j} of the Stillinger-Weber type {term.types[0]} are excluded from "
                "each other, and OpenMM cannot exclude them from one term alone: use the jax "
                "engine, or a topology without exclusions (exclude_within=0)"
            )


def _ewald(forces: Forces, term: terms.Coulomb) -> Any:
    openmm, topology = forces.openmm, forces.topology
    if forces.box is None:
        raise ValueError("an Ewald sum needs a periodic box: give one, or use a reaction field")
    check_neutral(topology)
    force = openmm.NonbondedForce()
    for charge in (topology.charges / np.sqrt(term.dielectric)).tolist():
        force.addParticle(charge, 1.0, 0.0)
    for i, j in topology.excluded_pairs().tolist():
        force.addException(i, j, 0.0, 1.0, 0.0)
    force.setNonbondedMethod(force.PME)
    force.setCutoffDistance(term.cutoff)
    force.setEwaldErrorTolerance(term.accuracy)
    force.setUseDispersionCorrection(False)
    force.setName("charges")
    return force
