"""What a potential needs to know of the particles, as a pytree beside the positions."""

from __future__ import annotations

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from molscape.core.topology import Topology


class System(eqx.Module):
    """Species, masses, charges and bonded index lists; parameters live in potentials.

    `types` names the species in order. Bonded lists are keyed by type, e.g. "A-B" or "A-B-C"
    (the alphabetically smaller end first). Row i of `exclusions` lists the partners of i that
    take no part in non-bonded interactions, padded with i itself. `mask` is False for padding
    particles. Masses in u, charges in e, temperature in K.
    """

    species: Int[Array, " particle"]
    masses: Float[Array, " particle"]
    charges: Float[Array, " particle"]
    temperature: Float[Array, ""]
    mask: Bool[Array, " particle"]
    exclusions: Int[Array, "particle excluded"]
    bonds: dict[str, Int[Array, "bond 2"]]
    angles: dict[str, Int[Array, "angle 3"]]
    dihedrals: dict[str, Int[Array, "dihedral 4"]]
    types: tuple[str, ...] = eqx.field(static=True)

    @classmethod
    def build(cls, topology: Topology, temperature: float) -> System:
        """Make the system of a topology at a temperature (K), in the precision now enabled."""
        types, species = np.unique(topology.types, return_inverse=True)
        n = len(topology)
        return cls(
            species=jnp.asarray(species, dtype=jnp.int32),
            masses=jnp.asarray(topology.masses, dtype=float),
            charges=jnp.asarray(topology.charges, dtype=float),
            temperature=jnp.asarray(temperature, dtype=float),
            mask=jnp.ones(n, dtype=bool),
            exclusions=jnp.asarray(_exclusion_rows(topology), dtype=jnp.int32),
            bonds=_by_type(topology.types, topology.bonds),
            angles=_by_type(topology.types, topology.angles),
            dihedrals=_by_type(topology.types, topology.dihedrals),
            types=tuple(str(name) for name in types),
        )

    @property
    def n_particles(self) -> int:
        """Number of particles, padding included."""
        return self.species.shape[0]


def type_key(names: tuple[str, ...]) -> str:
    """Return the name of a bonded type, read from the end that sorts first: B-A becomes A-B."""
    return "-".join(min(names, names[::-1]))


def _by_type(types: np.ndarray, connections: np.ndarray) -> dict[str, Array]:
    groups: dict[str, list[np.ndarray]] = {}
    for row in connections:
        groups.setdefault(type_key(tuple(str(types[i]) for i in row)), []).append(row)
    return {
        key: jnp.asarray(np.array(rows), dtype=jnp.int32) for key, rows in sorted(groups.items())
    }


def _exclusion_rows(topology: Topology) -> np.ndarray:
    n = len(topology)
    pairs = topology.excluded_pairs()
    both = np.concatenate([pairs, pairs[:, ::-1]])
    both = both[np.argsort(both[:, 0], kind="stable")]
    counts = np.bincount(both[:, 0], minlength=n)
    width = int(counts.max()) if n else 0
    rows = np.tile(np.arange(n)[:, None], (1, width))
    if len(both):
        slot = np.arange(len(both)) - np.repeat(np.cumsum(counts) - counts, counts)
        rows[both[:, 0], slot] = both[:, 1]
    return rows
