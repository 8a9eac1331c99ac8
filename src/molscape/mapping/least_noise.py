"""Force weights of least variance: the same mean force on the beads, with less noise."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Int
from scipy.linalg import eigh, null_space
from scipy.sparse import csr_matrix

from molscape.core.mapping import Mapping
from molscape.core.statistics import standard_error
from molscape.core.topology import Topology
from molscape.core.trajectory import Trajectory
from molscape.mapping.force_weights import rigid_clusters

SAMPLES_PER_WEIGHT = 30
"""Molecules times frames wanted for each free weight; with fewer, noise is fitted."""

FLAT = 1e-10
"""Directions whose force varies less than this share of the most variable stay as they are."""


@dataclass(eq=False)
class _Kind:
    """Molecules alike in atoms, beads and rigid bonds, and the second moments of their forces.

    `place` are the position weights C (bead, atom), `tied` is one where an atom belongs to a
    rigid cluster, `start` are the force weights on clusters to begin with. `moments` hold
    sum f f^T over clusters, molecules, components and frames, for the first and second half.
    """

    name: str
    atoms: Int[np.ndarray, "molecule atom"]
    beads: Int[np.ndarray, "molecule bead"]
    bead_names: tuple[str, ...]
    place: Float[np.ndarray, "bead atom"]
    tied: Float[np.ndarray, "atom cluster"]
    start: Float[np.ndarray, "bead cluster"]
    moments: Float[np.ndarray, "half cluster cluster"]
    samples: Float[np.ndarray, " half"]

    def add(self, half: int, forces: Float[np.ndarray, "frame particle 3"]) -> None:
        """Add the second moments of a block of frames."""
        own = forces[:, self.atoms].astype(np.float64)
        flat = own.transpose(2, 0, 1, 3).reshape(self.atoms.shape[1], -1)
        rigid = self.tied.T @ flat
        self.moments[half] += rigid @ rigid.T
        self.samples[half] += flat.shape[1]


def minimise_noise(trajectory: Trajectory, mapping: Mapping) -> Mapping:
    """Return the mapping with the force weights whose projected forces vary least.

    For every bead I of a molecule, minimise <|sum_i W_Ii f_i|^2> over the weights of all atoms
    of the molecule, those outside of beads too, subject to W C^T = 1 and to equal weights on
    atoms that rigid bonds tie. These conditions fix the mean force, so that only noise is
    lowered: with Sigma = <f f^T> over molecules and frames, N a basis of the solutions of
    N^T C^T = 0 and W_0 any valid weights, W = W_0 - W_0 Sigma N (N^T Sigma N)^-1 N^T.
    Positions are mapped as before. Forces on the atoms of other molecules carry no weight.

    Args:
        trajectory: of the atoms, with forces.
        mapping: valid to begin with, each bead within one molecule.

    Returns:
        The mapping; its notes give the variance of the force by type of bead before and after,
        the latter with weights of one half of the frames on the other half.

    Raises:
        ValueError: if there are no forces, too few samples, a bead spans molecules, or the
            weights to begin with are not valid.

    Source: A. Krämer, A. E. P. Durumeric, N. E. Charron, Y. Chen, C. Clementi and F. Noé,
    J. Phys. Chem. Lett. 14, 3970 (2023); conditions: G. Ciccotti, R. Kapral and
    E. Vanden-Eijnden, ChemPhysChem 6, 1809 (2005).
    """
    _check_forces(trajectory)
    kinds = _kinds(trajectory.topology, mapping)
    at, middle = 0, len(trajectory) // 2
    for chunk in trajectory.chunks():
        assert chunk.forces is not None
        cut = min(max(middle - at, 0), len(chunk))
        for kind in kinds:
            for half, forces in enumerate((chunk.forces[:cut], chunk.forces[cut:])):
                kind.add(half, forces)
        at += len(chunk)
    rows, columns, values, notes = [], [], [], []
    for kind in kinds:
        _check_samples(kind)
        weights = _least(kind, kind.moments.sum(axis=0)) @ kind.tied.T
        rows.append(np.repeat(kind.beads, kind.atoms.shape[1], axis=1).ravel())
        columns.append(np.tile(kind.atoms, (1, kind.beads.shape[1])).ravel())
        values.append(np.tile(weights.ravel(), len(kind.atoms)))
        notes += _notes(kind)
    forces = csr_matrix(
        (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))),
        shape=mapping.force_weights.shape,
    )
    return replace(mapping, force_weights=forces, notes=(*mapping.notes, *notes))


def force_variance(
    trajectory: Trajectory, mapping: Mapping, *, blocks: int = 10
) -> dict[str, tuple[float, float]]:
    """Return the mean square of a component of the projected force by type of bead.

    It is the variance of the mean force plus that of the noise about it, in (kJ/mol/nm)^2, with
    the standard error from contiguous blocks of frames.

    Raises:
        ValueError: if there are no forces, or fewer than two frames.
    """
    _check_forces(trajectory)
    if len(trajectory) < 2:
        raise ValueError(f"{len(trajectory)} frames have no error of the variance: give two")
    types = mapping.topology.types
    parts = [chunk.forces for chunk in mapping(trajectory).chunks() if chunk.forces is not None]
    squares = np.concatenate([np.mean(np.square(forces), axis=2) for forces in parts])
    found = {}
    for name in np.unique(types).tolist():
        series = squares[:, types == name].mean(axis=1)
        means = [part.mean() for part in np.array_split(series, min(blocks, len(series)))]
        found[name] = float(series.mean()), float(standard_error(means))
    return found


def _check_forces(trajectory: Trajectory) -> None:
    if "forces" not in trajectory.fields:
        raise ValueError(
            "the trajectory has no forces to project: write them with the positions, or recompute "
            "them"
        )


def _kinds(topology: Topology, mapping: Mapping) -> list[_Kind]:
    """Sort the molecules that have beads into kinds."""
    place, weights = mapping.position_weights.tocsr(), mapping.force_weights.tocsr()
    cluster = rigid_clusters(topology)
    beads_of: dict[int, list[int]] = {}
    for bead in range(place.shape[0]):
        owners = np.unique(topology.molecules[place[bead].indices])
        if len(owners) != 1:
            raise ValueError(
                f"bead {mapping.topology.names[bead]} (index {bead}) spans {len(owners)} "
                "molecules: noise is minimised within molecules, map them apart"
            )
        beads_of.setdefault(int(owners[0]), []).append(bead)
    order = np.argsort(topology.molecules, kind="stable")
    ends = np.searchsorted(topology.molecules[order], np.arange(topology.n_molecules + 1))
    found: dict[tuple[object, ...], list[tuple[np.ndarray, list[int]]]] = {}
    parts: dict[tuple[object, ...], tuple[np.ndarray, np.ndarray, np.ndarray]] = {}
    for molecule, beads in beads_of.items():
        atoms = order[ends[molecule] : ends[molecule + 1]]
        local = np.unique(cluster[atoms], return_inverse=True)[1]
        own_place, own_weights = place[beads][:, atoms].toarray(), weights[beads][:, atoms]
        names = tuple(mapping.topology.types[beads].tolist())
        key: tuple[object, ...] = (
            str(topology.molecule_names[molecule]),
            tuple(topology.names[atoms].tolist()),
            names,
            local.tobytes(),
            np.round(own_place, 12).tobytes(),
        )
        found.setdefault(key, []).append((atoms, beads))
        parts.setdefault(key, (own_place, own_weights.toarray(), local))
    kinds = []
    for key, members in found.items():
        own_place, own_weights, local = parts[key]
        tied = np.eye(local.max() + 1)[local]
        kinds.append(
            _Kind(
                name=str(key[0]),
                atoms=np.stack([atoms for atoms, _ in members]),
                beads=np.array([beads for _, beads in members]),
                bead_names=tuple(mapping.topology.types[members[0][1]].tolist()),
                place=own_place,
                tied=tied,
                start=_start(own_place @ tied, own_weights @ tied / tied.sum(axis=0), str(key[0])),
                moments=np.zeros((2, tied.shape[1], tied.shape[1])),
                samples=np.zeros(2),
            )
        )
    return kinds


def _start(place: np.ndarray, weights: np.ndarray, name: str) -> np.ndarray:
    """Return weights on clusters that satisfy W C^T = 1, those given if they do."""
    unit = np.eye(len(place))
    if np.allclose(weights @ place.T, unit, atol=1e-8):
        return weights
    solved = np.linalg.lstsq(place, unit, rcond=None)[0].T
    if not np.allclose(solved @ place.T, unit, atol=1e-8):
        raise ValueError(
            f"no projection of forces is valid for the beads of molecule {name}: rigid bonds join "
            "them; put rigidly connected atoms into one bead"
        )
    return solved


def _least(kind: _Kind, moments: np.ndarray) -> np.ndarray:
    """Return the weights (bead, cluster) of least variance."""
    free = null_space(kind.place @ kind.tied)
    if not free.shape[1]:
        return kind.start
    values, vectors = eigh(free.T @ moments @ free)
    seen = values > FLAT * max(float(np.trace(moments)), np.finfo(float).tiny)
    inverse = vectors[:, seen] / values[seen] @ vectors[:, seen].T
    return kind.start - kind.start @ moments @ free @ inverse @ free.T


def _check_samples(kind: _Kind) -> None:
    weights = kind.tied.shape[1] - len(kind.place)
    samples = int(kind.samples.sum()) // 3
    if weights and samples < SAMPLES_PER_WEIGHT * weights:
        raise ValueError(
            f"{samples} molecules {kind.name} times frames for {weights} free weights: noise "
            f"would be fitted; give at least {SAMPLES_PER_WEIGHT * weights}"
        )


def _notes(kind: _Kind) -> list[str]:
    """Say by type of bead how far the variance falls; each half judges the other's weights."""
    before = np.einsum("bk,hkl,bl->b", kind.start, kind.moments, kind.start) / kind.samples.sum()
    after = np.zeros_like(before)
    for half in (0, 1):
        weights = _least(kind, kind.moments[1 - half])
        after += np.einsum("bk,kl,bl->b", weights, kind.moments[half], weights)
    after /= kind.samples.sum()
    names = np.array(kind.bead_names)
    if kind.tied.shape[1] == len(kind.place):
        return [
            f"least noise: rigid bonds leave no weight of {kind.name} free, its forces are "
            "projected in the one valid way"
        ]
    notes = []
    for name in dict.fromkeys(kind.bead_names):
        old, new = before[names == name].mean(), after[names == name].mean()
        change = 100 * (new / old - 1) if old > 0 else 0.0
        notes.append(
            f"least noise: force variance of bead {name} of {kind.name} {old:.4g} -> {new:.4g} "
            f"(kJ/mol/nm)^2, {change:+.1f} %"
        )
    return notes
