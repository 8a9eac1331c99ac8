"""Decoded atoms brought to where bonds and contacts let them be, while their beads stay."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from jaxtyping import Bool, Float
from scipy.sparse import csr_matrix, identity

from molscape.core.frames import Frames
from molscape.core.mapping import Mapping
from molscape.core.record import Progress
from molscape.reference.engine import Hardware, load_openmm
from molscape.reference.system import AllAtomSystem, real_particles

RESTRAINT = "0.5*{name}*pointdistance(x1,y1,z1,x0,y0,z0)^2"
"""Energy of a restraint, of the minimum image where there is a box."""

HEAVY = 3.5
"""Mass (u) from which atoms are no hydrogens."""

APART = 31
"""Force group of the restraints."""


@dataclass(frozen=True)
class Relaxation:
    """How decoded frames are relaxed.

    Args:
        restrain: "beads" holds the centres of the mapping's beads, "atoms" every atom with
            mass.
        stiffness: of each restraint, kJ/mol/nm^2.
        iterations: of the minimiser, L-BFGS, in each of its two runs; 0 goes on to its tolerance.
        tolerance: root mean square force (kJ/mol/nm) at which it ends.
        shake: standard deviation (nm) of random displacements before; atoms that a decoder puts
            onto one point or line have no force that parts them.
        seed: of these.
    """

    restrain: str = "beads"
    stiffness: float = 5e4
    iterations: int = 200
    tolerance: float = 10.0
    shake: float = 0.002
    seed: int = 0

    def __post_init__(self) -> None:
        if self.restrain not in ("beads", "atoms"):
            raise ValueError(f"restrain {self.restrain!r}: use 'beads' or 'atoms'")
        if not self.stiffness > 0 or self.shake < 0 or self.iterations < 0:
            raise ValueError(
                f"stiffness {self.stiffness:g}, shake {self.shake:g}, iterations "
                f"{self.iterations}: a positive stiffness, the others 0 or more"
            )


@dataclass(frozen=True, eq=False)
class Relaxed:
    """Frames after relaxation, energies before and after, and how far beads and atoms went.

    Energies (kJ/mol) are those of the all-atom system without restraints. `beads_moved` and
    `atoms_moved` are root mean square displacements in nm; without a mapping the former are not
    numbers. `bad` marks frames whose energy stayed infinite: their atoms are as they were decoded.
    """

    frames: Frames
    before: Float[np.ndarray, " frame"]
    after: Float[np.ndarray, " frame"]
    beads_moved: Float[np.ndarray, " frame"]
    atoms_moved: Float[np.ndarray, " frame"]
    bad: Bool[np.ndarray, " frame"]


def relax(
    system: AllAtomSystem,
    frames: Frames,
    mapping: Mapping | None = None,
    relaxation: Relaxation | None = None,
    *,
    hardware: Hardware | None = None,
    progress: Progress | None = None,
) -> Relaxed:
    """Minimise the all-atom energy of decoded frames with harmonic restraints.

    The restraints U = k/2 sum_I |C_I x - C_I x_0|^2 hold the beads where the decoded atoms have
    them, so that what a coarse-grained model says is kept and only what it leaves open changes.
    Rigid bonds get their lengths. Hydrogens go first while heavier atoms are held too: those that
    the decoder puts onto one point would push a centre to its other hand. The result depends on
    the start: it is the nearest minimum, not a sample of the ensemble.

    Args:
        system: as `alanine_dipeptide`, `assemble` or `rebuild` make them.
        frames: all its atoms but virtual sites, in its order; molecules whole.
        mapping: of these atoms; needed to restrain beads.
        relaxation: how.
        hardware: what OpenMM runs on; None takes its CPU platform with one thread, which is
            enough for one molecule.
        progress: called as progress(what, done, total) after each frame.

    Raises:
        ImportError: if OpenMM is not installed.
        ValueError: if atoms differ in number, a box is missing, or beads are to be held without
            a mapping.
    """
    openmm = load_openmm()
    relaxation = relaxation or Relaxation()
    real = real_particles(system.topology)
    _check(system, frames, mapping, relaxation, len(real))
    hardware = hardware or Hardware("CPU", 1)
    held = _held(mapping, relaxation.restrain, len(real))
    heavy = csr_matrix(identity(len(real)))[system.topology.masses[real] > HEAVY]
    context, (restraint, first) = _prepared(
        system, real, {"stiffness": held, "first": heavy}, hardware
    )
    context.setParameter("stiffness", relaxation.stiffness)
    placed = np.array(frames.positions, dtype=np.float64)
    energies, moved = np.zeros((2, len(frames))), np.full((2, len(frames)), np.nan)
    random = np.random.default_rng(relaxation.seed)
    weights = None if mapping is None else mapping.position_weights
    for k in range(len(frames)):
        start = placed[k].copy()
        shaken = start + relaxation.shake * random.normal(size=start.shape)
        if frames.box is not None:
            context.setPeriodicBoxVectors(*np.asarray(frames.box[k], np.float64).tolist())
        _place(context, system, real, start)
        energies[0, k] = _energy(context)
        _hold(context, restraint, held @ start)
        _place(context, system, real, _stretched(system, real, shaken))
        _hold(context, first, heavy @ start)
        for share in (1.0, 0.0):
            context.setParameter("first", share * relaxation.stiffness)
            openmm.LocalEnergyMinimizer.minimize(
                context, relaxation.tolerance, relaxation.iterations
            )
        now = context.getState(positions=True).getPositions(asNumpy=True)
        found = np.array(now._value, dtype=np.float64)[real]
        energies[1, k] = _energy(context)
        if np.isfinite(energies[1, k]) and np.all(np.isfinite(found)):
            placed[k] = found
        step = placed[k] - start
        moved[1, k] = np.sqrt(np.mean(np.sum(step**2, axis=1)))
        if weights is not None:
            moved[0, k] = np.sqrt(np.mean(np.sum((weights @ step) ** 2, axis=1)))
        if progress is not None:
            progress("relaxing", k + 1, len(frames))
    bad = ~np.isfinite(energies[1])
    relaxed = frames.replace(positions=placed, velocities=None, forces=None, energies=energies[1])
    return Relaxed(relaxed, energies[0], energies[1], moved[0], moved[1], bad)


def _check(
    system: AllAtomSystem,
    frames: Frames,
    mapping: Mapping | None,
    relaxation: Relaxation,
    atoms: int,
) -> None:
    if frames.n_particles != atoms:
        raise ValueError(
            f"the frames have {frames.n_particles} atoms, {system.name} has {atoms}: decode all "
            "molecules of the system, or build a system of those that are decoded"
        )
    if (system.box is None) != (frames.box is None):
        raise ValueError(
            f"{system.name} has {'no' if system.box is None else 'a'} box, the frames have "
            f"{'none' if frames.box is None else 'one'}: both or neither"
        )
    if relaxation.restrain == "beads" and mapping is None:
        raise ValueError("restraints on beads need the mapping: give it, or restrain 'atoms'")
    if mapping is not None and mapping.position_weights.shape[1] != atoms:
        raise ValueError(
            f"the mapping is for {mapping.position_weights.shape[1]} atoms, {system.name} has "
            f"{atoms}: use the mapping of this system"
        )


def _held(mapping: Mapping | None, restrain: str, atoms: int) -> csr_matrix:
    """Return the weights that place what is held, beads or single atoms."""
    if restrain == "atoms":
        return csr_matrix(identity(atoms))
    assert mapping is not None
    weights = mapping.position_weights.copy()
    weights.eliminate_zeros()
    return weights


def _prepared(
    system: AllAtomSystem, real: np.ndarray, held: dict[str, csr_matrix], hardware: Hardware
) -> tuple[Any, list[Any]]:
    """Return a context of the system with restraints, and these.

    Args:
        system: of the atoms.
        real: particles that are no virtual sites.
        held: for each name of a stiffness the weights that place what it holds.
        hardware: what OpenMM runs on.
    """
    openmm = load_openmm()
    openmm_system = copy.deepcopy(system.openmm_system)
    restraints = []
    for stiffness, weights in held.items():
        force = openmm.CustomCentroidBondForce(1, RESTRAINT.format(name=stiffness))
        force.addGlobalParameter(stiffness, 0.0)
        for name in ("x0", "y0", "z0"):
            force.addPerBondParameter(name)
        for number, (a, b) in enumerate(pairwise(weights.indptr.tolist())):
            force.addGroup(real[weights.indices[a:b]].tolist(), weights.data[a:b].tolist())
            force.addBond([number], [0.0, 0.0, 0.0])
        force.setUsesPeriodicBoundaryConditions(system.box is not None)
        # Of a group of their own, so that energies are read without them.
        force.setForceGroup(APART)
        openmm_system.addForce(force)
        restraints.append(force)
    ready = hardware.resolve(len(system.topology))
    return ready.context(openmm_system, openmm.VerletIntegrator(0.001)), restraints


def _stretched(
    system: AllAtomSystem, real: np.ndarray, atoms: Float[np.ndarray, "atom 3"]
) -> Float[np.ndarray, "atom 3"]:
    """Return atoms with hydrogens at the length of their rigid bond, along its direction.

    The minimiser holds rigid bonds by stiff springs: bonds that a decoder made far too short
    would throw their neighbours about.
    """
    topology = system.topology
    place = np.full(len(topology), -1)
    place[real] = np.arange(len(real))
    placed = atoms.copy()
    pairs = zip(topology.constraints.tolist(), topology.constraint_lengths.tolist(), strict=True)
    for ends, length in pairs:
        light, heavy = sorted(ends, key=lambda k: topology.masses[k])
        if 0 < topology.masses[light] <= HEAVY < topology.masses[heavy]:
            one, other = place[light], place[heavy]
            bond = atoms[one] - atoms[other]
            placed[one] = atoms[other] + bond * length / max(np.linalg.norm(bond), 1e-6)
    return placed


def _hold(context: Any, restraint: Any, points: Float[np.ndarray, "point 3"]) -> None:
    """Restrain to these points (nm) from now on."""
    for number, point in enumerate(points.tolist()):
        restraint.setBondParameters(number, [number], point)
    restraint.updateParametersInContext(context)


def _place(
    context: Any, system: AllAtomSystem, real: np.ndarray, atoms: Float[np.ndarray, "atom 3"]
) -> None:
    """Put atoms into a context, and virtual sites where they belong."""
    # Sites start anywhere finite, OpenMM computes them from their parents.
    positions = np.repeat(atoms[:1], len(system.topology), axis=0)
    positions[real] = atoms
    context.setPositions(positions)
    context.computeVirtualSites()


def _energy(context: Any) -> float:
    """Return the potential energy in kJ/mol without restraints."""
    state = context.getState(energy=True, groups=set(range(APART)))
    return float(state.getPotentialEnergy()._value)
