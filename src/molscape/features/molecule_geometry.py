"""Invariants of a molecule's shape: distances of pairs, angles, cosines and sines of dihedrals."""

from __future__ import annotations

from itertools import combinations
from typing import Any, ClassVar

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from molscape.core.space import minimum_image_components
from molscape.core.topology import Topology
from molscape.features.internal_coordinates import bend, torsion

Members = tuple[tuple[int, ...], ...]

DENSE = 64
"""Up to this many beads, differences come from one product with a matrix of -1, 0 and 1, which
is faster than gathering and, in the force, scattering."""


class MoleculeGeometry(eqx.Module):
    """All pair distances (nm), angles (rad) and cosines and sines of dihedrals of a molecule.

    Positions hold one molecule of `beads` beads or several alike, one after another; features
    are returned for each. They do not change when a molecule is moved or turned; angles do
    when it is mirrored only through the sines. (Wang et al., ACS Cent. Sci. 5, 755 (2019).)

    Args:
        beads: number of beads of a molecule.
        pairs, angles, dihedrals: members of each, numbered within the molecule.

    Raises:
        ValueError: if a member does not exist.
    """

    kind: ClassVar[str] = "molecule"

    beads: int = eqx.field(static=True)
    pairs: Members = eqx.field(static=True)
    angles: Members = eqx.field(static=True)
    dihedrals: Members = eqx.field(static=True)

    def __init__(self, *, beads: int, pairs: Any, angles: Any = (), dihedrals: Any = ()) -> None:
        self.beads = int(beads)
        self.pairs, self.angles, self.dihedrals = (
            tuple(tuple(int(k) for k in row) for row in rows) for rows in (pairs, angles, dihedrals)
        )
        members = [k for rows in (self.pairs, self.angles, self.dihedrals) for r in rows for k in r]
        if not members or min(members) < 0 or max(members) >= self.beads:
            raise ValueError(
                f"features name beads {sorted(set(members))} of a molecule of {self.beads}: number "
                "them from 0 within the molecule"
            )

    @classmethod
    def of(cls, topology: Topology) -> MoleculeGeometry:
        """Return all pairs, and the angles and dihedrals of the bonds, of alike molecules.

        Raises:
            ValueError: if molecules differ, or consist of one bead.
        """
        count = int(topology.molecules.max()) + 1 if len(topology) else 0
        beads = len(topology) // max(count, 1)
        alike = np.array_equal(topology.molecules, np.repeat(np.arange(count), beads))
        types = np.asarray(topology.types)[: count * beads].reshape(count, -1)
        if not alike or np.any(types != types[:1]):
            raise ValueError(
                "the features of a molecule need molecules that are all alike: use deepcg or pair "
                "terms for a mixture"
            )
        if beads < 2:
            raise ValueError(
                "each molecule is one bead, which has no shape: map it to more beads, or use "
                "deepcg or pair terms"
            )
        own = [rows[np.all(rows < beads, axis=1)] for rows in (topology.angles, topology.dihedrals)]
        return cls(
            beads=beads,
            pairs=list(combinations(range(beads), 2)),
            angles=own[0].tolist(),
            dihedrals=own[1].tolist(),
        )

    @property
    def names(self) -> tuple[str, ...]:
        """Name of each feature, such as "distance 0-1" or "sine 0-1-2-3"."""

        def named(what: str, rows: Members) -> list[str]:
            return [f"{what} {'-'.join(map(str, row))}" for row in rows]

        return tuple(
            named("distance", self.pairs)
            + named("angle", self.angles)
            + named("cosine", self.dihedrals)
            + named("sine", self.dihedrals)
        )

    def __call__(
        self, positions: Float[Array, "particle 3"], box: Any = None
    ) -> Float[Array, "molecule feature"]:
        """Return the features of each molecule.

        Raises:
            ValueError: if the particles are not a multiple of the molecule's beads.
        """
        if positions.shape[0] % self.beads:
            raise ValueError(
                f"{positions.shape[0]} beads are not a multiple of {self.beads}, the beads of the "
                "molecule that the features describe"
            )
        x = positions.reshape(-1, self.beads, 3)
        d = minimum_image_components(self._differences(x), box)
        ends = np.cumsum([len(self.pairs)] + 2 * [len(self.angles)] + 3 * [len(self.dihedrals)])
        parts = [
            tuple(c[:, begin:end] for c in d)
            for begin, end in zip([0, *ends[:-1]], ends, strict=True)
        ]
        length = jnp.sqrt(sum(c * c for c in parts[0]))
        found = [length]
        if self.angles:
            found.append(bend(parts[1], parts[2]))
        if self.dihedrals:
            found += torsion(parts[3], parts[4], parts[5])
        return jnp.concatenate(found, axis=-1)

    def _differences(self, x: Array) -> tuple[Array, Array, Array]:
        """Return the components (molecule, difference) of pairs, angle legs and dihedral bonds."""
        first = [(i, j) for i, j in self.pairs]
        first += [(b, a) for a, b, _ in self.angles] + [(b, c) for _, b, c in self.angles]
        first += [(row[k], row[k + 1]) for k in range(3) for row in self.dihedrals]
        begin, end = np.array(first).T
        if self.beads > DENSE:
            return tuple(x[:, end, k] - x[:, begin, k] for k in range(3))  # type: ignore[return-value]
        matrix = np.zeros((self.beads, len(first)), dtype=x.dtype)
        matrix[end, np.arange(len(first))] = 1
        matrix[begin, np.arange(len(first))] = -1
        return tuple(x[:, :, k] @ matrix for k in range(3))  # type: ignore[return-value]

    def settings(self) -> dict[str, Any]:
        """Return what rebuilds the object, ready for JSON."""
        return {
            "kind": self.kind,
            "beads": self.beads,
            "pairs": [list(row) for row in self.pairs],
            "angles": [list(row) for row in self.angles],
            "dihedrals": [list(row) for row in self.dihedrals],
        }
