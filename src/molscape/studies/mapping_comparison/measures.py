"""What a mapping keeps of the atoms, what its forces are like, and how fast its beads may run."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from jaxtyping import Float

from molscape.core.mapping import Mapping
from molscape.core.record import Progress
from molscape.core.state import State
from molscape.core.trajectory import Trajectory
from molscape.fit.result import Fit
from molscape.mapping.blocked_moments import BLOCKS, BlockedMoments, value_with_error
from molscape.mapping.content import content
from molscape.mapping.decoding import MappedMolecules, mapped_molecules
from molscape.mapping.molecular_graph import LIGHT
from molscape.mapping.moments import SecondMoments
from molscape.simulate.stable_step import flexible_bonds, stable_step
from molscape.studies.mapping_comparison.splines import fit_splines

STEP_FRAMES = 2000
"""Frames whose bonds tell the time step."""

USUAL_STEP = 0.002
"""Time step (ps) of atoms whose bonds are all rigid, or that have none."""


@dataclass(frozen=True)
class Value:
    """A number and its standard error, None where it has none."""

    value: float
    error: float | None = None


@dataclass(frozen=True)
class Kept:
    """What a linear decoder recovers: deviation of the atoms (nm), and the shares of `Content`.

    `heavy` is the deviation of all atoms but hydrogens.
    """

    error: Value
    heavy: Value
    kept: Value
    modes: Value


@dataclass(frozen=True)
class Measures:
    """All that is measured of a mapping.

    `beads` counts all, `per_molecule` those of one molecule of each kind. `molecules` holds what
    is kept of each kind and `kept` what is kept of all atoms of these. `force` is the mean square
    of the mapped forces, `noise` what of it no model of the beads can explain, both in
    (kJ/mol/nm)^2 and per component; `explained` the share that splines explain in frames held
    out. `step` is a stable time step in ps, `speed` the gain over the atoms.
    """

    beads: int
    per_molecule: dict[str, int]
    kept: Kept
    molecules: dict[str, Kept]
    step: Value
    speed: Value
    force: Value | None = None
    noise: Value | None = None
    explained: Value | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class AtomData:
    """The reference: its atoms, their moments by molecule, and the time step (ps) they allow."""

    atoms: Trajectory
    state: State
    moments: dict[str, BlockedMoments]
    step: Value
    progress: Progress

    @classmethod
    def of(cls, atoms: Trajectory, state: State, progress: Progress) -> AtomData:
        """Read the moments of every kind of molecule."""
        names = list(dict.fromkeys(atoms.topology.molecule_names.tolist()))
        moments = {}
        for k, name in enumerate(names):
            progress("moments of the atoms", k, len(names))
            moments[name] = BlockedMoments.of(atoms, name)
        progress("moments of the atoms", len(names), len(names))
        step = Value(USUAL_STEP)
        if len(flexible_bonds(atoms.topology)):
            step = Value(*stable_step(_thinned(atoms, STEP_FRAMES), state))
        return cls(atoms, state, moments, step, progress)


def measure(data: AtomData, mapping: Mapping, spline_frames: int, noise_floor: bool) -> Measures:
    """Measure a mapping.

    Args:
        data: the reference.
        mapping: of its atoms.
        spline_frames: frames that splines are fitted to.
        noise_floor: whether the noise of the forces is estimated.
    """
    beads = mapping(data.atoms)
    kinds = mapped_molecules(data.atoms.topology, mapping)
    kept, molecules = _measure_kept(data, kinds)
    step = Value(*stable_step(_thinned(beads, STEP_FRAMES), data.state))
    found = Measures(
        beads=len(beads.topology),
        per_molecule={kind.name: kind.beads.shape[1] for kind in kinds},
        kept=kept,
        molecules=molecules,
        step=step,
        speed=_speed(data, beads, step),
    )
    if "forces" not in beads.fields:
        return replace(found, notes=("no forces: nothing is measured of them",))
    return _with_forces(found, data, beads, mapping, spline_frames, noise_floor)


def _measure_kept(data: AtomData, kinds: list[MappedMolecules]) -> tuple[Kept, dict[str, Kept]]:
    """Return what is kept of all molecules with beads together, and of each kind."""
    masses = data.atoms.topology.masses
    atoms = np.array([kind.atoms.size for kind in kinds])
    masks = [masses[kind.atoms[0]] > LIGHT for kind in kinds]
    heavy = np.array(
        [len(kind.atoms) * mask.sum() for kind, mask in zip(kinds, masks, strict=True)]
    )

    def values(moments: list[SecondMoments]) -> Float[np.ndarray, " value"]:
        found = [content(m, kind.encoder) for m, kind in zip(moments, kinds, strict=True)]
        spread = np.array([each.spread for each in moments])
        share = atoms / atoms.sum()
        error = np.sqrt(np.sum(share * [each.error**2 for each in found]))
        squares = [
            np.mean(one.by_atom[mask] ** 2) if mask.any() else 0.0
            for one, mask in zip(found, masks, strict=True)
        ]
        without = np.sqrt(np.sum(heavy * squares) / max(heavy.sum(), 1))
        total = np.sum(share * spread)
        lost = np.sum(share * spread * [1 - each.kept for each in found])
        modes = np.sum(share * [each.modes for each in found])
        every = [(error, without, 1 - lost / total if total > 0 else 1.0, modes)]
        every += [
            (each.error, np.sqrt(square), each.kept, each.modes)
            for each, square in zip(found, squares, strict=True)
        ]
        return np.array(every).ravel()

    value, error = value_with_error(values, [data.moments[kind.name] for kind in kinds])
    rows = [
        Kept(*(Value(float(v), float(e)) for v, e in zip(*row, strict=True)))
        for row in zip(value.reshape(-1, 4), error.reshape(-1, 4), strict=True)
    ]
    return rows[0], {kind.name: row for kind, row in zip(kinds, rows[1:], strict=True)}


def lead(data: AtomData, learned: Mapping, other: Mapping) -> Value | None:
    """Return by how much (nm) a mapping's reconstruction error exceeds that of a learned one.

    The standard error is that of the difference, in which what all mappings share cancels. None
    if the mappings have not as many beads of the same molecules.
    """
    topology = data.atoms.topology
    ours, theirs = mapped_molecules(topology, learned), mapped_molecules(topology, other)
    counts = [{kind.name: kind.beads.shape[1] for kind in kinds} for kinds in (ours, theirs)]
    if counts[0] != counts[1] or len(ours) != 1:
        return None

    def excess(moments: list[SecondMoments]) -> Float[np.ndarray, " value"]:
        errors = [content(moments[0], kind[0].encoder).error for kind in (theirs, ours)]
        return np.array([errors[0] - errors[1]])

    value, error = value_with_error(excess, [data.moments[ours[0].name]])
    return Value(float(value[0]), float(error[0]))


def _speed(data: AtomData, beads: Trajectory, step: Value) -> Value:
    """Return (atoms / beads) (time step of beads / time step of atoms)."""
    ratio = len(data.atoms.topology) / len(beads.topology) * step.value / data.step.value
    parts = [each.error / each.value for each in (step, data.step) if each.error]
    return Value(ratio, ratio * math.sqrt(sum(part**2 for part in parts)))


def _with_forces(
    found: Measures,
    data: AtomData,
    beads: Trajectory,
    mapping: Mapping,
    spline_frames: int,
    noise_floor: bool,
) -> Measures:
    found = replace(found, force=_mean_square(beads))
    fit = fit_splines(beads, data.state, spline_frames, data.progress)
    if fit is None:
        told = "the beads have nothing to interact with: no splines are fitted"
        found = replace(found, notes=(*found.notes, told))
    else:
        loss = fit.force_loss
        assert loss is not None
        share = Value(1 - loss.validation / loss.zero, loss.error / loss.zero)
        found = replace(found, explained=share)
    if mapping.keeps_atoms:
        return replace(found, noise=Value(0.0, 0.0))
    return _with_noise(found, data, beads, fit) if noise_floor else found


def _with_noise(found: Measures, data: AtomData, beads: Trajectory, fit: Fit | None) -> Measures:
    from molscape.objectives import noise_floor

    data.progress("noise floor", 0, 1)
    try:
        floor = noise_floor(beads, None if fit is None else fit.potential)
    except ValueError as error:
        data.progress("noise floor", 1, 1)
        return replace(found, notes=(*found.notes, f"noise of the forces not estimated: {error}"))
    data.progress("noise floor", 1, 1)
    told = f"noise of the forces: {floor.note}"
    return replace(found, noise=Value(floor.value, floor.error), notes=(*found.notes, told))


def _mean_square(beads: Trajectory) -> Value:
    """Return the mean square of a force component, its error from blocks of time."""
    edges = np.linspace(0, len(beads), min(BLOCKS, len(beads)) + 1).astype(int)
    sums = np.zeros(len(edges) - 1)
    for k, (a, b) in enumerate(pairwise(edges.tolist())):
        for frames in beads[a:b].chunks():
            assert frames.forces is not None
            sums[k] += float(np.sum(frames.forces.astype(np.float64) ** 2))
    sizes = np.diff(edges) * 3.0 * len(beads.topology)
    value = sums.sum() / sizes.sum()
    count = len(sums)
    if count < 2:
        return Value(float(value))
    scatter = np.sum((sums - value * sizes) ** 2)
    return Value(float(value), float(np.sqrt(count / (count - 1) * scatter) / sizes.sum()))


def _thinned(trajectory: Trajectory, frames: int) -> Trajectory:
    return trajectory[:: max(1, -(-len(trajectory) // frames))]
