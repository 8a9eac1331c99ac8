"""The graph of a molecule: united atoms and the bonds between them."""

from __future__ import annotations

import importlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from molscape.core.topology import Topology
from molscape.io.elements import MASSES, element_of_mass
from molscape.mapping.assembly import check_bonds

LIGHT = 3.5
"""Atoms of less mass (u) are hydrogens, or massless sites: they become part of a neighbour."""


@dataclass(frozen=True, eq=False)
class MolecularGraph:
    """United atoms of one molecule, the nodes, and the bonds between them, the edges.

    `masses` are in u; `names` are formulas such as "CH3"; `elements` and `atoms` hold, for each
    node, the elements and the indices of its atoms, the heavy one first. Edges are pairs a < b,
    sorted, each once. `label` names the molecule in messages.
    """

    masses: Float[np.ndarray, " node"]
    names: tuple[str, ...]
    elements: tuple[tuple[str, ...], ...]
    edges: Int[np.ndarray, "edge 2"]
    atoms: tuple[tuple[int, ...], ...]
    label: str = "the molecule"

    def __len__(self) -> int:
        return len(self.masses)

    @classmethod
    def of(
        cls, topology: Topology, molecule_name: str, *, keep_hydrogens_on: Sequence[str] = ()
    ) -> MolecularGraph:
        """Return the graph of the first molecule of that name; see `of_atoms`.

        Raises:
            ValueError: if there is no such molecule, or as `of_atoms` does.
        """
        members = topology.members(molecule_name)
        if not members:
            raise ValueError(
                f"there is no molecule {molecule_name!r}; the topology has "
                f"{sorted(set(topology.molecule_names.tolist()))}"
            )
        return cls.of_atoms(topology, members[0], keep_hydrogens_on=keep_hydrogens_on)

    @classmethod
    def of_atoms(
        cls,
        topology: Topology,
        atoms: Int[np.ndarray, " atom"],
        links: Int[np.ndarray, "link 2"] | None = None,
        *,
        keep_hydrogens_on: Sequence[str] = (),
    ) -> MolecularGraph:
        """Return the graph of one molecule given as indices of its atoms, in ascending order.

        Atoms lighter than 3.5 u become part of the heavy atom that they are bonded to; of several
        the one with most bonds, then the lightest. Light atoms without a heavy neighbour (both of
        H2) are nodes of their own. Massless virtual sites belong to their first parent, or to
        the only heavy atom there is. Elements that the topology lacks are told from masses, and
        are types of atoms where that fails.

        A molecule that is bonded to its own image through a periodic boundary is taken for a
        ring: bonds alone do not tell the difference.

        Args:
            topology: of the atoms.
            atoms: of the molecule.
            links: the molecule's bonds as `linked` gives them; taken from the topology if none.
            keep_hydrogens_on: elements, such as "O", whose hydrogens are nodes of their own.

        Raises:
            ValueError: if the molecule's bonds are missing, were guessed without being asked for,
                or leave it in pieces.
        """
        check_bonds(topology)
        if links is None:
            links = linked(topology)
            links = links[np.isin(links, atoms).all(axis=1)]
        name = str(topology.molecule_names[topology.molecules[atoms[0]]])
        return _united(
            topology.masses[atoms],
            elements_of(topology, atoms),
            np.searchsorted(atoms, links),
            indices=atoms,
            keep=keep_hydrogens_on,
            label=f"molecule {name}" if name else "the molecule",
        )

    @classmethod
    def from_smiles(cls, text: str, *, keep_hydrogens_on: Sequence[str] = ()) -> MolecularGraph:
        """Return the graph of a molecule written as a SMILES string.

        Atoms are counted in the order of the text, hydrogens that it leaves out after them.

        Raises:
            ImportError: if rdkit is not installed.
            ValueError: if the text is not a SMILES string, or of several molecules.
        """
        chemistry, block = _rdkit()
        with block():
            parsed = chemistry.MolFromSmiles(text)
        if parsed is None or parsed.GetNumAtoms() == 0:
            raise ValueError(
                f"{text!r} is not a SMILES string that rdkit can read: check brackets, ring "
                "numbers and valences"
            )
        molecule = chemistry.AddHs(parsed)
        atoms = list(molecule.GetAtoms())
        bonds = [(bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()) for bond in molecule.GetBonds()]
        return _united(
            np.array([atom.GetMass() for atom in atoms]),
            [atom.GetSymbol() for atom in atoms],
            np.array(bonds, dtype=np.int64).reshape(-1, 2),
            indices=np.arange(len(atoms)),
            keep=keep_hydrogens_on,
            label=f"SMILES {text}",
        )

    def check_connected(self) -> None:
        """Raise ValueError if no chain of bonds joins some of the nodes."""
        n, ends = len(self), self.edges
        matrix = csr_matrix((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(n, n))
        pieces, piece = connected_components(matrix, directed=False)
        if pieces == 1:
            return
        if len(ends) == 0:
            raise ValueError(
                f"{self.label} has no bonds between its {n} united atoms: use a topology file "
                "with bonds, or ask that they are guessed from distances (`guess_bonds: true` in "
                "the reference, open(..., guess_bonds=True), or --guess-bonds)"
            )
        sizes = np.sort(np.bincount(piece))[::-1]
        shown = ", ".join(str(size) for size in sizes[:6]) + (", ..." if pieces > 6 else "")
        raise ValueError(
            f"{self.label} is in {pieces} pieces (of {shown} united atoms) that no bonds join: "
            "add the missing bonds, or make each piece a molecule of its own"
        )


def formula(elements: Iterable[str]) -> str:
    """Return the formula in Hill's order: C, H, then by the alphabet.

    Symbols that are no elements follow, separated by "_".
    """
    counts = Counter(elements)
    front = {"C": 0, "H": 1} if "C" in counts else {}
    order = sorted(counts, key=lambda symbol: (front.get(symbol, 2), symbol))
    known = [s + (str(counts[s]) if counts[s] > 1 else "") for s in order if s in MASSES]
    others = [s + (f"x{counts[s]}" if counts[s] > 1 else "") for s in order if s not in MASSES]
    return "_".join([*(["".join(known)] if known else []), *others])


def linked(topology: Topology) -> Int[np.ndarray, "link 2"]:
    """Return the bonds, each once, and a link from each unbonded virtual site to its parent."""
    links = topology.bonds
    sites = topology.virtual_sites
    if sites is not None:
        loose = ~np.isin(sites.sites, links)
        parents = np.stack([sites.sites[loose], sites.parents[loose, 0]], axis=1)
        links = np.concatenate([links, parents])
    return np.unique(np.sort(links, axis=1), axis=0).astype(np.int64).reshape(-1, 2)


def _rdkit() -> tuple[Any, Any]:
    """Return rdkit's chemistry, and what silences its log."""
    try:
        chemistry = importlib.import_module("rdkit.Chem")
        return chemistry, importlib.import_module("rdkit.rdBase").BlockLogs
    except ImportError as error:
        raise ImportError(
            'SMILES are read with rdkit, which is not installed: `pip install "molscape[graphs]"`'
        ) from error


def elements_of(topology: Topology, atoms: np.ndarray) -> list[str]:
    """Return an element for each atom, or its type where the element is not known."""
    elements = []
    for atom in atoms.tolist():
        given = str(topology.elements[atom]) or element_of_mass(float(topology.masses[atom]))
        elements.append(given or str(topology.types[atom]).replace("-", "_"))
    return elements


def _united(
    masses: Float[np.ndarray, " atom"],
    elements: list[str],
    bonds: Int[np.ndarray, "bond 2"],
    *,
    indices: Int[np.ndarray, " atom"],
    keep: Sequence[str],
    label: str,
) -> MolecularGraph:
    """Merge light atoms into their neighbours; `indices` are what the atoms are called outside."""
    host = hosts(masses, elements, bonds, keep)
    heavy, node = np.unique(host, return_inverse=True)
    ends = np.sort(node[bonds], axis=1)
    edges = np.unique(ends[ends[:, 0] != ends[:, 1]], axis=0).astype(np.int64).reshape(-1, 2)
    guests: list[list[int]] = [[own] for own in heavy.tolist()]
    for atom in np.flatnonzero(host != np.arange(len(host))).tolist():
        guests[node[atom]].append(atom)
    # Massless sites weigh nothing and are no part of a formula.
    weighty = [[k for k in own if masses[k] > 0] for own in guests]
    graph = MolecularGraph(
        masses=np.bincount(node, masses),
        names=tuple(formula(elements[k] for k in own) for own in weighty),
        elements=tuple(tuple(elements[k] for k in own) for own in weighty),
        edges=edges,
        atoms=tuple(tuple(indices[own].tolist()) for own in guests),
        label=label,
    )
    if not np.all(graph.masses > 0):
        raise ValueError(
            f"{label}: particle {graph.atoms[int(np.argmin(graph.masses))][0]} has no mass and "
            "belongs to no atom: give masses, or parents of virtual sites"
        )
    graph.check_connected()
    return graph


def hosts(
    masses: np.ndarray, elements: list[str], bonds: np.ndarray, keep: Sequence[str]
) -> Int[np.ndarray, " atom"]:
    """Return for each atom the one it becomes part of: itself, unless it is light."""
    n = len(masses)
    light: Bool[np.ndarray, " atom"] = masses < LIGHT
    degree = np.bincount(bonds.ravel(), minlength=n)
    host = np.arange(n)
    both = np.concatenate([bonds, bonds[:, ::-1]])
    both = both[light[both[:, 0]] & ~light[both[:, 1]]]
    # The last one written stays: highest degree, then lightest, then first.
    order = np.lexsort((-both[:, 1], -np.round(masses[both[:, 1]]), degree[both[:, 1]]))
    for guest, neighbour in both[order].tolist():
        if elements[neighbour] not in keep or masses[guest] == 0:
            host[guest] = neighbour
    heavy, loose = np.flatnonzero(~light), (masses == 0) & (host == np.arange(n))
    if len(heavy) == 1:
        host[loose] = heavy[0]
    return host
