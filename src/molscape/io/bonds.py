"""Bonds guessed from distances, and the molecules that bonds make.

Used only where a format carries no bonds or on request, and always said in a note.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from molscape.core.topology import Topology
from molscape.io.elements import COVALENT_RADII

STRETCH = 1.25
"""Two atoms are bonded if nearer than this times the sum of their covalent radii."""


def guess_bonds(
    topology: Topology,
    positions: Float[np.ndarray, "particle 3"],
    box: Float[np.ndarray, "3 3"] | None,
) -> Int[np.ndarray, "bond 2"]:
    """Guess covalent bonds: distance < 1.25 (radius_i + radius_j), non-metals only.

    A hydrogen keeps only its nearest partner, so that short hydrogen bonds do not count.

    Args:
        topology: particles with elements; those without one form no bonds.
        positions: one configuration in nm.
        box: its box in nm, or None.

    Returns:
        Pairs (i < j), sorted.

    Source: radii of Cordero et al., Dalton Trans. 2832 (2008).
    """
    radii = np.array([COVALENT_RADII.get(element, 0.0) for element in topology.elements])
    atoms = np.flatnonzero(radii > 0)
    if len(atoms) < 2:
        return np.zeros((0, 2), dtype=np.int64)
    pairs, distances = _near_pairs(positions[atoms], box, 2 * STRETCH * float(radii.max()))
    pairs = atoms[pairs]
    near = distances < STRETCH * radii[pairs].sum(axis=1)
    pairs, distances = pairs[near], distances[near]
    order = np.argsort(distances, kind="stable")
    pairs = pairs[order]
    keep = np.ones(len(pairs), dtype=bool)
    for side in (0, 1):
        hydrogen = np.isin(topology.elements[pairs[:, side]], ["H", "D"])
        keep &= ~hydrogen | _is_first(pairs, side)
    pairs = np.sort(pairs[keep], axis=1)
    return pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))].astype(np.int64)


def _is_first(pairs: Int[np.ndarray, "bond 2"], side: int) -> np.ndarray:
    """Whether a pair, in order of distance, is the first that contains its atom on that side."""
    flat = pairs.ravel()
    first = np.full(int(flat.max(initial=0)) + 1, len(pairs))
    np.minimum.at(first, flat, np.repeat(np.arange(len(pairs)), 2))
    return first[pairs[:, side]] == np.arange(len(pairs))


def _near_pairs(
    positions: Float[np.ndarray, "particle 3"],
    box: Float[np.ndarray, "3 3"] | None,
    cutoff: float,
) -> tuple[Int[np.ndarray, "pair 2"], Float[np.ndarray, " pair"]]:
    """Each pair nearer than the cutoff, once, with its distance."""
    from vesin import NeighborList

    neighbours = NeighborList(cutoff=cutoff, full_list=False)
    i, j, distances = neighbours.compute(
        points=np.ascontiguousarray(positions, dtype=np.float64),
        box=np.zeros((3, 3)) if box is None else np.asarray(box, dtype=np.float64),
        periodic=box is not None,
        quantities="ijd",
    )
    return np.stack([i, j], axis=1).astype(np.int64), np.asarray(distances)


def join_molecules(
    groups: Int[np.ndarray, " particle"], bonds: Int[np.ndarray, "bond 2"]
) -> Int[np.ndarray, " particle"]:
    """Join groups of particles that bonds connect.

    Args:
        groups: index of the group of each particle, such as its residue.
        bonds: pairs of particles.

    Returns:
        Molecule of each particle, counted from 0 in the order of their first particles.
    """
    if len(groups) == 0:
        return np.zeros(0, dtype=np.int64)
    names, first, group = np.unique(groups, return_index=True, return_inverse=True)
    count = len(names)
    links = coo_matrix(
        (np.ones(len(bonds), dtype=np.int8), (group[bonds[:, 0]], group[bonds[:, 1]])),
        shape=(count, count),
    )
    _, label = connected_components(links, directed=False)
    molecule = label[group]
    _, first, inverse = np.unique(molecule, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[inverse].astype(np.int64)


def describe_molecules(topology: Topology) -> np.ndarray:
    """Return a name for each molecule where the file has none: its formula, or its types.

    Formulas are in Hill's order (carbon, hydrogen, the rest by letter): H2O, CH4O.
    """
    order = np.argsort(topology.molecules, kind="stable")
    ends = np.cumsum(np.bincount(topology.molecules, minlength=topology.n_molecules))
    elements, types = topology.elements[order].tolist(), topology.types[order].tolist()
    names, start, cache = [], 0, {}
    for end in ends.tolist():
        key = (*elements[start:end], "|", *types[start:end])
        if key not in cache:
            known = all(elements[start:end])
            cache[key] = _count(elements[start:end] if known else types[start:end], known)
        names.append(cache[key])
        start = end
    return np.array(names, dtype=np.str_)


def _count(members: list[str], formula: bool) -> str:
    if not formula:
        kinds = list(dict.fromkeys(members))
        return "+".join(kinds) if len(kinds) <= 4 else f"{'+'.join(kinds[:4])}+..."
    front = [e for e in ("C", "H") if e in members and "C" in members]
    kinds = front + sorted({*members} - {*front})
    return "".join(f"{e}{members.count(e) if members.count(e) > 1 else ''}" for e in kinds)


def number_names(labels: np.ndarray, molecules: Int[np.ndarray, " particle"]) -> np.ndarray:
    """Tell particles of one label apart in each molecule: O, H, H becomes O, H1, H2."""
    labels = np.asarray(labels, dtype=np.str_)
    order = np.lexsort((np.arange(len(labels)), labels, molecules))
    same = (labels[order[1:]] == labels[order[:-1]]) & (
        molecules[order[1:]] == molecules[order[:-1]]
    )
    start = np.concatenate([[True], ~same])[: len(order)]
    begins = np.flatnonzero(start)
    group = np.cumsum(start) - 1
    rank = np.arange(len(order)) - begins[group] + 1
    size = np.bincount(group)[group]
    names = labels.astype(object)
    names[order] = [
        f"{label}{number}" if many > 1 else label
        for label, number, many in zip(
            labels[order].tolist(), rank.tolist(), size.tolist(), strict=True
        )
    ]
    return names.astype(np.str_)
