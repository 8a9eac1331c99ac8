"""The equivariant decoder: local vectors of beads, and their hand, on top of the linear one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from molscape.core.frames import Frames
from molscape.core.topology import Topology
from molscape.mapping.bead_graph import BeadGraph, Members
from molscape.mapping.decoding import LinearDecoder
from molscape.networks import MLP

LARGEST = 40
"""Beads of a molecule above which distances of all pairs are too many inputs."""

RIDGE = 1e-6
"""Share of their size by which two local vectors count as different although they are not."""


class VectorDecoder(eqx.Module):
    """Atoms of one molecule from its beads, x_i = sum_I D_iI z_I + s_i sum_k c_ik u_k.

    u_1 and u_2 are the displacements e_1, e_2 from the bead of atom i to its two nearest ones
    along the graph, mixed so that over the data they are independent and of length one; u_3
    is their product e_1 x e_2 over its root mean square. The coefficients c are a network
    of invariants of all beads, standardised: distances of pairs, cosines of angles and signed
    volumes of four beads. Hence atoms move and turn with the beads. u_3 does not change sign
    under a reflection as a vector does, and volumes change theirs: a mirror image is decoded to
    the mirror image only if the data say so. s_i is what the linear decoder misses. Everything
    is smooth where beads lie on a line, u_3 then vanishes.
    """

    linear: Float[Array, "atom bead"]
    scale: Float[Array, " atom"]
    mixing: Float[Array, "atom 2 2"]
    area: Float[Array, " atom"]
    mean: Float[Array, " feature"]
    deviation: Float[Array, " feature"]
    network: MLP
    frames: Members = eqx.field(static=True)
    triples: Members = eqx.field(static=True)
    quadruples: Members = eqx.field(static=True)

    @classmethod
    def draw(
        cls,
        linear: Float[np.ndarray, "atom bead"],
        owner: Int[np.ndarray, " atom"],
        graph: BeadGraph,
        data: tuple[Float[np.ndarray, "sample atom 3"], Float[np.ndarray, "sample bead 3"]],
        hidden: Sequence[int],
        key: Array,
    ) -> VectorDecoder:
        """Return a decoder that begins as the linear one, its constants taken from data.

        Args:
            linear: weights of the linear decoder.
            owner: the bead of each atom.
            graph: of the beads.
            data: atoms and beads in nm.
            hidden: widths of the network's layers between input and output.
            key: of its random weights.

        Raises:
            ValueError: if there are fewer than three beads, or very many.
        """
        atoms, beads = linear.shape
        if not 3 <= beads <= LARGEST:
            raise ValueError(
                f"{beads} beads: local vectors need 3 to {LARGEST} of a molecule; use the linear "
                "decoder"
            )
        x, z = data
        frames = np.concatenate([owner[:, None], graph.nearest[owner]], axis=1)
        first, second = (z[:, frames[:, k]] - z[:, owner] for k in (1, 2))
        both = np.stack([first, second], axis=2)
        gram = np.einsum("sakc,salc->akl", both, both) / len(z)
        gram += RIDGE * np.trace(gram, axis1=1, axis2=2)[:, None, None] * np.eye(2)
        lengths = np.sqrt(gram[:, 0, 0] * gram[:, 1, 1])
        area = np.sqrt(np.mean(np.sum(np.cross(first, second) ** 2, axis=-1), axis=0))
        left = x - np.einsum("ab,sbc->sac", linear, z)
        scale = np.sqrt(np.mean(np.sum(left**2, axis=-1), axis=0))
        triples, quadruples = graph.triples, graph.quadruples
        features = np.asarray(invariants(z, triples, quadruples))
        spread = features.std(axis=0)
        varies = spread > 1e-6 * np.abs(features).max()
        network = MLP.draw([features.shape[1], *hidden, 3 * atoms], key)
        network = eqx.tree_at(lambda n: n.weights[-1], network, 0 * network.weights[-1])
        return cls(
            linear=jnp.asarray(linear),
            scale=jnp.asarray(scale),
            mixing=jnp.asarray(np.linalg.inv(np.linalg.cholesky(gram))),
            area=jnp.asarray(np.maximum(area, 1e-3 * lengths)),
            mean=jnp.asarray(features.mean(axis=0)),
            deviation=jnp.asarray(np.where(varies, spread, 1.0)),
            network=network,
            frames=tuple(tuple(row) for row in frames.tolist()),
            triples=triples,
            quadruples=quadruples,
        )

    def __call__(self, beads: Float[Array, "sample bead 3"]) -> Float[Array, "sample atom 3"]:
        """Return atoms (nm) of each molecule."""
        own, first, second = np.array(self.frames).T
        e = jnp.stack([beads[:, k] - beads[:, own] for k in (first, second)], axis=2)
        flat = jnp.einsum("akl,salc->sakc", self.mixing, e)
        out = jnp.cross(e[:, :, 0], e[:, :, 1]) / self.area[:, None]
        local = jnp.concatenate([flat, out[:, :, None]], axis=2)
        features = invariants(beads, self.triples, self.quadruples)
        found = self.network((features - self.mean) / self.deviation)
        shares = found.reshape(*local.shape[:3]) * self.scale[:, None]
        return jnp.einsum("ab,sbc->sac", self.linear, beads) + jnp.einsum(
            "sak,sakc->sac", shares, local
        )

    def trainable(self) -> Any:
        """Return a tree of this shape with True where training may change a leaf."""
        fixed = jax.tree.map(lambda _: False, self)
        free = jax.tree.map(eqx.is_inexact_array, self.network)
        return eqx.tree_at(lambda d: d.network, fixed, free)


def invariants(beads: Any, triples: Members, quadruples: Members) -> Any:
    """Return distances, cosines of angles a-m-b and signed volumes of beads (sample, bead, 3).

    The volume of four beads is (z_b - z_a) . ((z_c - z_a) x (z_d - z_a)), nm^3.
    """
    xp = beads.__array_namespace__()
    i, j = np.array(list(combinations(range(beads.shape[1]), 2))).T
    found = [_length(beads[:, j] - beads[:, i])]
    if triples:
        a, m, b = np.array(triples).T
        p, q = beads[:, a] - beads[:, m], beads[:, b] - beads[:, m]
        found.append(xp.sum(p * q, axis=-1) / (_length(p) * _length(q)))
    if quadruples:
        a, b, c, d = np.array(quadruples).T
        p, q, r = (beads[:, k] - beads[:, a] for k in (b, c, d))
        found.append(xp.sum(p * xp.linalg.cross(q, r), axis=-1))
    return xp.concatenate(found, axis=1)


def _length(vectors: Any) -> Any:
    """Return lengths, never zero: beads may coincide in a bad frame."""
    xp = vectors.__array_namespace__()
    return xp.sqrt(xp.sum(vectors * vectors, axis=-1) + 1e-12)


@dataclass(frozen=True, eq=False)
class RefinedMolecules:
    """A decoder of one kind of molecule; rows are the indices of each molecule's atoms and beads.

    Atoms are numbered among those that are decoded.
    """

    name: str
    decoder: VectorDecoder
    atoms: Int[np.ndarray, "molecule atom"]
    beads: Int[np.ndarray, "molecule bead"]


@dataclass(frozen=True, eq=False)
class RefinedDecoder:
    """A linear decoder of a whole topology, with equivariant ones for some kinds of molecules."""

    kind: ClassVar[str] = "refined"

    linear: LinearDecoder
    refined: tuple[RefinedMolecules, ...]

    @property
    def topology(self) -> Topology:
        """The atoms that are placed."""
        return self.linear.topology

    @property
    def atoms(self) -> Int[np.ndarray, " atom"]:
        """Their indices among all atoms that were mapped."""
        return self.linear.atoms

    def decode_frames(self, frames: Frames) -> Frames:
        """Return frames of atoms.

        Raises:
            ValueError: if the number of beads differs, or molecules are cut by the boundary.
        """
        found = self.linear.decode_frames(frames)
        positions = found.positions
        for kind in self.refined:
            dtype = kind.decoder.linear.dtype
            beads = frames.positions[:, kind.beads].astype(np.float64)
            # Far from the origin single precision would lose digits.
            centre = beads.mean(axis=2, keepdims=True)
            flat = (beads - centre).reshape(-1, *beads.shape[2:]).astype(dtype)
            with jax.enable_x64(dtype == np.float64):
                placed = np.asarray(_decoded(kind.decoder, jnp.asarray(flat)), np.float64)
            shape = (len(frames), *kind.atoms.shape, 3)
            positions[:, kind.atoms] = placed.reshape(shape) + centre
        return found.replace(positions=positions)


@eqx.filter_jit
def _decoded(decoder: VectorDecoder, beads: Array) -> Array:
    return decoder(beads)
