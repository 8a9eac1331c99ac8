"""What the particles are: names, masses, charges, molecules and connections."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from functools import partial
from typing import Any, TypedDict, Unpack

import numpy as np
from jaxtyping import Float, Int
from numpy.typing import ArrayLike
from scipy.sparse import csr_matrix

Strings = np.ndarray


@dataclass(frozen=True, eq=False)
class VirtualSites:
    """Massless sites placed as linear combinations of parent atoms (TIP4P's M site).

    `sites` are particle indices; row k of `parents` and `weights` places `sites[k]` at
    sum_p weights[k, p] * position[parents[k, p]].
    """

    sites: Int[np.ndarray, " site"]
    parents: Int[np.ndarray, "site parent"]
    weights: Float[np.ndarray, "site parent"]


def _no_index(columns: int) -> np.ndarray:
    return np.zeros((0, columns), dtype=np.int64)


class Given(TypedDict, total=False):
    """What is told of a topology beside names, masses and molecules; None is not known."""

    types: ArrayLike | None
    elements: ArrayLike | None
    charges: ArrayLike | None
    residue_names: ArrayLike | None
    residues: ArrayLike | None
    molecule_names: ArrayLike | None
    bonds: Int[np.ndarray, "bond 2"]
    angles: Int[np.ndarray, "angle 3"]
    dihedrals: Int[np.ndarray, "dihedral 4"]
    constraints: Int[np.ndarray, "constraint 2"]
    constraint_lengths: Float[np.ndarray, " constraint"]
    virtual_sites: VirtualSites | None
    exclude_within: int
    bonds_guessed: bool


@dataclass(frozen=True, eq=False)
class Topology:
    """Particles and their connections; the same class for atoms and beads.

    Masses in u, charges in e, constraint lengths in nm. `residues` and `molecules` hold, for
    each particle, an index counted from 0 (members need not stand together);
    `molecule_names` has one entry per molecule. Pairs up to `exclude_within` bonds apart take
    no part in non-bonded interactions (3: 1-2, 1-3 and 1-4, as GROMACS' nrexcl).
    `bonds_guessed` marks bonds that were found from distances without being asked for: they tell
    molecules apart, and no mapping rests on them. Use `Topology.build` to fill what is not known.
    """

    names: Strings
    types: Strings
    elements: Strings
    masses: Float[np.ndarray, " particle"]
    charges: Float[np.ndarray, " particle"]
    residue_names: Strings
    residues: Int[np.ndarray, " particle"]
    molecules: Int[np.ndarray, " particle"]
    molecule_names: Strings
    bonds: Int[np.ndarray, "bond 2"] = field(default_factory=partial(_no_index, 2))
    angles: Int[np.ndarray, "angle 3"] = field(default_factory=partial(_no_index, 3))
    dihedrals: Int[np.ndarray, "dihedral 4"] = field(default_factory=partial(_no_index, 4))
    constraints: Int[np.ndarray, "constraint 2"] = field(default_factory=partial(_no_index, 2))
    constraint_lengths: Float[np.ndarray, " constraint"] = field(
        default_factory=lambda: np.zeros(0)
    )
    virtual_sites: VirtualSites | None = None
    exclude_within: int = 3
    bonds_guessed: bool = False

    @classmethod
    def build(
        cls,
        names: ArrayLike,
        *,
        masses: ArrayLike,
        molecules: ArrayLike | None = None,
        **given: Unpack[Given],
    ) -> Topology:
        """Build a topology, filling what is not given.

        Types default to the names, elements to "", charges to 0, residues to the molecules,
        residue names to "", molecules to one per particle, and molecule names to the name of
        the molecule's first residue (or of its only particle).

        Args:
            names: one for each particle.
            masses: in u.
            molecules: index of each particle's molecule.
            given: other fields of a topology; None where one is not known.

        Raises:
            ValueError: if arrays differ in length.
            TypeError: if a topology has no such field.
        """
        names = np.asarray(names, dtype=np.str_)
        n = len(names)
        blank = np.full(n, "", dtype=np.str_)
        own = np.arange(n) if molecules is None else np.asarray(molecules, dtype=np.int64)
        known: dict[str, Any] = {key: value for key, value in given.items() if value is not None}
        defaults = {
            "types": names,
            "elements": blank,
            "masses": np.asarray(masses, dtype=np.float64),
            "charges": np.zeros(n),
            "residue_names": blank,
            "residues": own,
            "molecules": own,
        }
        for key, default in defaults.items():
            known[key] = np.asarray(known.get(key, default), dtype=default.dtype.type)
            if known[key].shape != (n,):
                raise ValueError(
                    f"{key} has shape {known[key].shape}, names has {n} entries: give one per "
                    "particle"
                )
        named = np.where(known["residue_names"] == "", names, known["residue_names"])
        first = np.unique(own, return_index=True)[1]
        molecule_names = np.asarray(known.pop("molecule_names", named[first]), dtype=np.str_)
        return cls(names=names, molecule_names=molecule_names, **known)

    def __len__(self) -> int:
        return len(self.names)

    @property
    def n_molecules(self) -> int:
        """Number of molecules."""
        return len(self.molecule_names)

    def replace(self, **changes: Any) -> Topology:
        """Return a copy with some fields replaced."""
        return replace(self, **changes)

    def members(self, molecule_name: str) -> list[np.ndarray]:
        """Return the particle indices of every molecule of that name, in file order."""
        order = np.argsort(self.molecules, kind="stable")
        starts = np.searchsorted(self.molecules[order], np.arange(self.n_molecules + 1))
        wanted = np.flatnonzero(self.molecule_names == molecule_name)
        return [order[starts[m] : starts[m + 1]] for m in wanted]

    def excluded_pairs(self) -> Int[np.ndarray, "pair 2"]:
        """Return each pair (i < j) at most `exclude_within` bonds apart, sorted."""
        n = len(self)
        if self.exclude_within == 0 or len(self.bonds) == 0:
            return np.zeros((0, 2), dtype=np.int64)
        ones = np.ones(len(self.bonds), dtype=np.int32)
        bonded = csr_matrix((ones, (self.bonds[:, 0], self.bonds[:, 1])), shape=(n, n))
        step = ((bonded + bonded.T) > 0).astype(np.int32)
        reached = step
        for _ in range(self.exclude_within - 1):
            reached = ((reached + reached @ step) > 0).astype(np.int32)
        i, j = reached.nonzero()
        pairs = np.stack([i, j], axis=1)[i < j].astype(np.int64)
        return pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]

    def with_connected_angles(self) -> Topology:
        """Return a copy whose angles and dihedrals are all paths of two and of three bonds.

        What was listed before is dropped. Rows are sorted, an angle a-m-b has a < b and a
        dihedral a-m-n-b has m < n; a ring of three gives three angles and no dihedral.
        """
        bonds = np.unique(np.sort(self.bonds, axis=1), axis=0)
        both = np.concatenate([bonds, bonds[:, ::-1]])
        both = both[np.lexsort((both[:, 1], both[:, 0]))]
        angles = _joined(both[:, ::-1], both)
        angles = angles[angles[:, 0] < angles[:, 2]]
        dihedrals = _joined(_joined(both[:, ::-1], bonds), both)
        ends, middles = dihedrals[:, [0, 3]], dihedrals[:, [2, 1]]
        dihedrals = dihedrals[(ends != middles).all(axis=1) & (ends[:, 0] != ends[:, 1])]
        return self.replace(angles=_in_order(angles), dihedrals=_in_order(dihedrals))

    def to_dict(self) -> dict[str, Any]:
        """Return plain lists, ready for JSON; `from_dict` reads them back."""
        plain: dict[str, Any] = {"exclude_within": self.exclude_within}
        if self.bonds_guessed:
            plain["bonds_guessed"] = True
        for item in fields(self):
            value = getattr(self, item.name)
            if isinstance(value, np.ndarray):
                plain[item.name] = value.tolist()
        if self.virtual_sites is not None:
            plain["virtual_sites"] = {
                "sites": self.virtual_sites.sites.tolist(),
                "parents": self.virtual_sites.parents.tolist(),
                "weights": self.virtual_sites.weights.tolist(),
            }
        return plain

    @classmethod
    def from_dict(cls, plain: dict[str, Any]) -> Topology:
        """Rebuild a topology written by `to_dict`."""
        plain = dict(plain)
        virtual = plain.pop("virtual_sites", None)
        columns = {"bonds": 2, "angles": 3, "dihedrals": 4, "constraints": 2}
        connections: dict[str, Any] = {
            key: np.asarray(plain.pop(key), dtype=np.int64).reshape(-1, width)
            for key, width in columns.items()
        }
        connections["constraint_lengths"] = np.asarray(
            plain.pop("constraint_lengths"), dtype=np.float64
        )
        if virtual is not None:
            connections["virtual_sites"] = VirtualSites(
                np.asarray(virtual["sites"], dtype=np.int64),
                np.asarray(virtual["parents"], dtype=np.int64),
                np.asarray(virtual["weights"], dtype=np.float64),
            )
        return cls.build(**plain, **connections)


def _joined(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Return every row of `left` continued by every row of `right` that starts where it ends."""
    order = np.argsort(right[:, 0], kind="stable")
    starts = np.searchsorted(right[order, 0], left[:, -1], side="left")
    ends = np.searchsorted(right[order, 0], left[:, -1], side="right")
    count = ends - starts
    row = np.repeat(np.arange(len(left)), count)
    partner = np.arange(len(row)) + np.repeat(starts - np.cumsum(count) + count, count)
    return np.concatenate([left[row], right[order[partner], 1:]], axis=1)


def _in_order(rows: np.ndarray) -> np.ndarray:
    return np.unique(rows, axis=0).astype(np.int64).reshape(-1, rows.shape[1])
