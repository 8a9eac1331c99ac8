"""A model as an OpenMM `System`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Float

from molscape.core import terms
from molscape.core.potential import Potential
from molscape.core.space import check_box
from molscape.core.topology import Topology
from molscape.export.openmm_bonded import bonded_forces
from molscape.export.openmm_pairs import NEAR_END, PairForce
from molscape.export.openmm_platform import load_openmm
from molscape.potentials.coulomb import check_neutral

BONDED = (
    terms.HarmonicBond,
    terms.HarmonicAngle,
    terms.PeriodicDihedral,
    terms.BondedTable,
)
PAIRS = (terms.PairTable, terms.LennardJones, terms.StillingerWeber, terms.Coulomb)


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
    lowered = _present(potential.lower(), topology)
    names, species = np.unique(topology.types, return_inverse=True)
    system = openmm.System()
    for mass in topology.masses.tolist():
        system.addParticle(mass)
    if box is not None:
        system.setDefaultPeriodicBoxVectors(*reduced_box(box))
    excluded = topology.excluded_pairs().tolist()
    ewald = [t for t in lowered if isinstance(t, terms.Coulomb) and t.method == "ewald"]
    pairs = [term for term in lowered if isinstance(term, PAIRS) and term not in ewald]
    if pairs:
        builder = PairForce(openmm, tuple(str(name) for name in names), pairs)
        force = builder.build(species, topology.charges, box is not None)
        for i, j in excluded:
            force.addExclusion(i, j)
        system.addForce(force)
    for term in lowered:
        if isinstance(term, terms.StillingerWeber):
            force = _three_body(openmm, term, species == names.tolist().index(term.type), box)
            _exclude(force, excluded, species, names, term)
            system.addForce(force)
    for term in ewald:
        system.addForce(_ewald(openmm, term, topology, box))
    bonded = [term for term in lowered if isinstance(term, BONDED)]
    for force in bonded_forces(openmm, topology, bonded):
        force.setUsesPeriodicBoundaryConditions(box is not None)
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


def _present(lowered: Sequence[terms.Term], topology: Topology) -> list[terms.Term]:
    """Return the terms whose types occur; refuse those that OpenMM cannot have."""
    names = set(topology.types.tolist())
    present: list[terms.Term] = []
    for term in lowered:
        if isinstance(term, terms.Opaque):
            raise ValueError(
                f"{term.kind} cannot be written for OpenMM: {term.why}; run it with the jax engine"
            )
        if not isinstance(term, BONDED + PAIRS):
            known = ", ".join(kind.__name__ for kind in BONDED + PAIRS)
            raise ValueError(
                f"a term {type(term).__name__} cannot be written for OpenMM, only {known}: run "
                "this model with the jax engine, or leave that term out"
            )
        own = {term.type} if isinstance(term, terms.StillingerWeber) else set()
        if isinstance(term, terms.PairTable | terms.LennardJones):
            own = set(term.types)
        if own <= names:
            present.append(term)
    return present


def _three_body(
    openmm: Any, term: terms.StillingerWeber, mine: np.ndarray, box: np.ndarray | None
) -> Any:
    """Return the three-body part; the cutoff counts from the central bead."""
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


def _exclude(
    force: Any,
    excluded: list[list[int]],
    species: np.ndarray,
    names: np.ndarray,
    term: terms.StillingerWeber,
) -> None:
    """Refuse bonds between beads of the many-body type, which only OpenMM would leave out."""
    kind = names.tolist().index(term.type)
    for i, j in excluded:
        if species[i] == kind and species[j] == kind:
            raise ValueError(
                f"beads {i} and {j} of the Stillinger-Weber type {term.type} are excluded from "
                "each other, and OpenMM cannot exclude them from one term alone: use the jax "
                "engine, or a topology without exclusions (exclude_within=0)"
            )


def _ewald(openmm: Any, term: terms.Coulomb, topology: Topology, box: np.ndarray | None) -> Any:
    if box is None:
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
