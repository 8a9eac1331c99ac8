"""A mapping from the hierarchy of a molecular graph: one level for each kind of molecule."""

from __future__ import annotations

from collections.abc import Mapping as Table
from dataclasses import dataclass, field, replace

import numpy as np

from molscape.core.mapping import Mapping
from molscape.core.topology import Topology
from molscape.mapping.assembly import assemble
from molscape.mapping.constituents import BeadAtoms, Constituents, bead_names, counted
from molscape.mapping.degrees import coarsen_by_degree
from molscape.mapping.graph import WEIGHTS, Level, coarsen
from molscape.mapping.molecular_graph import MolecularGraph, formula, linked

Choice = int | Table[str, int] | None
"""A number for every kind of molecule, or for each name of a molecule."""


@dataclass(eq=False)
class _Kind:
    """Molecules that are alike, atom by atom: their name, and the atoms of each."""

    name: str
    links: np.ndarray
    members: list[np.ndarray] = field(default_factory=list)


def by_graph(
    topology: Topology,
    *,
    level: Choice = None,
    beads: Choice = None,
    weights: str = "mass",
    max_mass: float | None = None,
    exclude_within: int = 3,
) -> Mapping:
    """Map every molecule to a level of its graph's hierarchy; beads sit at centres of mass.

    The level is chosen by its number (0: united atoms, 1: after one contraction, ...) or by its
    number of beads, for all molecules or by name, {"TOL": 2, "SOL": 0}; molecules not named then
    are left out. A molecule whose hierarchy ends before a `level` for all is mapped to its last,
    and a note says so. Molecules that are alike are mapped alike. Beads are called by their
    formula and share interactions if they are made of the same united atoms; where other beads
    in the mapping have the same formula, letters tell them apart (C2H4_a of CH and CH3, C2H4_b of
    CH2 twice).

    Args:
        topology: of the atoms, with bonds.
        level: number of the level.
        beads: number of beads; give this or `level`.
        weights: for the ranks, see `coarsen`; "degree": see `coarsen_by_degree`.
        max_mass: of a bead, u.
        exclude_within: pairs so many bonds of beads apart have no non-bonded interaction.

    Raises:
        ValueError: if a molecule has no such level, its bonds are missing or leave it in pieces,
            or rigid bonds join two beads.
    """
    if (level is None) == (beads is None):
        raise ValueError("give either `level` or `beads`: a number, or a table by molecule")
    asked = level if beads is None else beads
    choose = _by_number if beads is None else _by_beads
    _check_choice(topology, asked)
    notes: list[str] = []
    groups: list[BeadAtoms] = []
    reached = False
    for kind in _kinds(topology):
        number = asked.get(kind.name) if isinstance(asked, Table) else asked
        if number is None:
            continue
        graph = MolecularGraph.of_atoms(topology, kind.members[0], kind.links)
        levels = hierarchy(graph, weights, max_mass)
        chosen = choose(graph, levels, number)
        short = beads is None and chosen < number
        if short and isinstance(asked, Table):
            raise ValueError(_no_such(graph, levels, f"level {number}"))
        reached |= not short
        notes.append(_describe_level(graph, levels, chosen, number if beads is None else chosen))
        groups += _groups(graph, levels[chosen], kind.members)
    if not reached:
        raise ValueError(f"no molecule has a level {level}: {'; '.join(dict.fromkeys(notes))}")
    first = np.array([group.atoms[0] for group in groups])
    order = np.lexsort((first, topology.molecules[first]))
    names = bead_names(groups)
    beads_of = [(names[groups[k].made_of], groups[k].atoms) for k in order.tolist()]
    mapping = assemble(
        topology,
        [(name, own, _mass_weights(topology, own)) for name, own in beads_of],
        exclude_within,
    )
    return replace(mapping, notes=(*dict.fromkeys(notes), *mapping.notes))


def hierarchy(
    graph: MolecularGraph, weights: str = "mass", max_mass: float | None = None
) -> tuple[Level, ...]:
    """Return the levels of a molecule, by `coarsen` or, for "degree", by `coarsen_by_degree`.

    Raises:
        ValueError: if the weights do not exist, or as these do.
    """
    if weights == "degree":
        return coarsen_by_degree(graph, max_mass=max_mass)
    if weights not in WEIGHTS:
        raise ValueError(f"weights {weights!r}: use one of {(*WEIGHTS, 'degree')}")
    return coarsen(graph, weights, max_mass)


def _check_choice(topology: Topology, asked: Choice) -> None:
    numbers = list(asked.values()) if isinstance(asked, Table) else [asked]
    if not numbers:
        raise ValueError("the table names no molecule: name at least one")
    if any(number is None or number < 0 for number in numbers):
        raise ValueError(f"levels and numbers of beads are counted from 0 and 1, got {numbers}")
    known = set(topology.molecule_names.tolist())
    unknown = sorted(set(asked) - known) if isinstance(asked, Table) else []
    if unknown:
        raise ValueError(f"there is no molecule {unknown}; the topology has {sorted(known)}")


def _kinds(topology: Topology) -> list[_Kind]:
    """Sort molecules into kinds: same name, atoms and bonds, in the same order."""
    links = linked(topology)
    owner = topology.molecules[links]
    if np.any(owner[:, 0] != owner[:, 1]):
        a, b = links[np.argmax(owner[:, 0] != owner[:, 1])].tolist()
        raise ValueError(
            f"a bond (atoms {a} and {b}) joins two molecules: let molecules be what bonds join"
        )
    links = links[np.argsort(owner[:, 0], kind="stable")]
    starts = np.searchsorted(np.sort(owner[:, 0]), np.arange(topology.n_molecules + 1))
    atoms = np.argsort(topology.molecules, kind="stable")
    bounds = np.searchsorted(topology.molecules[atoms], np.arange(topology.n_molecules + 1))
    kinds: dict[tuple[object, ...], _Kind] = {}
    for molecule, name in enumerate(topology.molecule_names.tolist()):
        own = atoms[bounds[molecule] : bounds[molecule + 1]]
        bonds = links[starts[molecule] : starts[molecule + 1]]
        signature = (
            name,
            topology.masses[own].tobytes(),
            topology.elements[own].tobytes(),
            topology.types[own].tobytes(),
            np.searchsorted(own, bonds).tobytes(),
        )
        kinds.setdefault(signature, _Kind(name, bonds)).members.append(own)
    return list(kinds.values())


def _by_number(graph: MolecularGraph, levels: tuple[Level, ...], number: int) -> int:
    """Return the number of a level, or of the last if there are fewer."""
    return min(number, len(levels) - 1)


def _by_beads(graph: MolecularGraph, levels: tuple[Level, ...], number: int) -> int:
    """Return the number of the level that has so many beads."""
    sizes = [len(level) for level in levels]
    if number not in sizes:
        few = " (more than it has united atoms)" if number > sizes[0] else ""
        raise ValueError(_no_such(graph, levels, f"level of {number} beads{few}"))
    return sizes.index(number)


def _no_such(graph: MolecularGraph, levels: tuple[Level, ...], what: str) -> str:
    return (
        f"{graph.label} has no {what}: {_sizes(levels)}; choose one, for each molecule by its name "
        "if they differ"
    )


def _sizes(levels: tuple[Level, ...]) -> str:
    if len(levels) == 1:
        return f"its only level, 0, has {len(levels[0])} bead{'s' if len(levels[0]) > 1 else ''}"
    sizes = ", ".join(str(len(level)) for level in levels)
    return f"its levels 0 to {len(levels) - 1} have {sizes} beads"


def _describe_level(
    graph: MolecularGraph, levels: tuple[Level, ...], chosen: int, asked: int
) -> str:
    early = f" in place of {asked}" if asked > chosen else ""
    return f"{graph.label} is mapped to level {chosen}{early}: {_sizes(levels)}"


def _groups(graph: MolecularGraph, level: Level, members: list[np.ndarray]) -> list[BeadAtoms]:
    """Return the beads of every molecule of a kind; the graph is of the first."""
    template: list[tuple[Constituents, str, np.ndarray]] = []
    for nodes in level.groups:
        made_of = counted(graph.names[node] for node in nodes)
        called = formula(element for node in nodes for element in graph.elements[node])
        atoms = np.sort([atom for node in nodes for atom in graph.atoms[node]])
        template.append((made_of, called, np.searchsorted(members[0], atoms)))
    return [
        BeadAtoms(made_of, called, own[places])
        for own in members
        for made_of, called, places in template
    ]


def _mass_weights(topology: Topology, atoms: np.ndarray) -> np.ndarray:
    masses = topology.masses[atoms]
    return masses / masses.sum()
