"""Force matching: the model's forces against the instantaneous forces on the beads."""

from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from molscape.core.neighbours import NeighbourSearch
from molscape.core.potential import Potential
from molscape.core.system import System


class Batch(eqx.Module):
    """Frames for a loss: positions (nm) and forces (kJ/mol/nm) of one system.

    `weight` is 1 for a frame that counts and 0 for padding; `box` is None without one.
    """

    system: System
    positions: Float[Array, "frame particle 3"]
    forces: Float[Array, "frame particle 3"]
    box: Float[Array, "frame 3 3"] | None
    weight: Float[Array, " frame"]
    search: NeighbourSearch


class ForceMatching(eqx.Module):
    """L = mean over frames, beads and components of (F_model - F)^2, in (kJ/mol/nm)^2.

    Its minimum over all potentials is the potential of mean force; the smallest value is the
    noise of the instantaneous forces (Noid et al., J. Chem. Phys. 128, 244114 (2008)).
    """

    def __call__(self, potential: Potential, batch: Batch) -> tuple[Array, dict[str, Array]]:
        """Return the loss and its terms: the loss, that of the zero model, and `overflow`.

        `overflow` is one where a neighbour list was too short for a frame: the loss is then not
        to be trusted, and `search` must grow.
        """
        real = batch.system.mask[:, None]
        search = batch.search

        def one(x: Array, box: Array | None, target: Array) -> tuple[Array, Array, Array]:
            neighbours = search(batch.system, x, box)
            forces = potential.forces(batch.system, x, box, neighbours)
            full = neighbours.fullest > search.capacity
            if search.cells is not None:
                full = full | (neighbours.fullest_cell > search.cell_capacity)
            error = jnp.sum(jnp.where(real, (forces - target) ** 2, 0.0))
            return error, jnp.sum(jnp.where(real, target**2, 0.0)), full

        axes = (0, None if batch.box is None else 0, 0)
        loss, zero, full = jax.vmap(one, in_axes=axes)(batch.positions, batch.box, batch.forces)
        total = jnp.sum(batch.weight) * 3 * jnp.sum(real)
        loss, zero = jnp.sum(loss * batch.weight) / total, jnp.sum(zero * batch.weight) / total
        overflow = jnp.any(full).astype(loss.dtype)
        return loss, {"force_loss": loss, "zero_loss": zero, "overflow": overflow}
