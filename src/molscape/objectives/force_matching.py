"""Force matching: the model's forces against the instantaneous forces on the beads."""

from __future__ import annotations

from typing import ClassVar

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from molscape.core.potential import Potential
from molscape.objectives.objective import Batch, Objective


class ForceMatching(Objective):
    """L = mean over frames, beads and components of (F_model - F)^2, in (kJ/mol/nm)^2.

    Its minimum over all potentials is the potential of mean force; the smallest value is the
    noise of the instantaneous forces (Noid et al., J. Chem. Phys. 128, 244114 (2008)).
    """

    kind: ClassVar[str] = "force_matching"

    def __call__(self, potential: Potential, batch: Batch) -> tuple[Array, dict[str, Array]]:
        """Return the loss and its terms: the loss, that of the zero model, and `overflow`.

        `overflow` is one where a neighbour list was too short for a frame: the loss is then not
        to be trusted, and `search` must grow.
        """
        forces, full = _forces(potential, batch)
        total, zero = jnp.sum(self._weights(batch)), _square(batch, batch.forces)
        loss = _square(batch, forces - batch.forces) / total
        overflow = jnp.any(full).astype(loss.dtype)
        return loss, {"force_loss": loss, "zero_loss": zero / total, "overflow": overflow}

    def residuals(self, potential: Potential, batch: Batch) -> Float[Array, " residual"]:
        """Return what is squared in the loss, zero for padding; the loss is its mean square."""
        forces, _ = _forces(potential, batch)
        return (jnp.sqrt(self._weights(batch)) * (forces - batch.forces)).ravel()

    @staticmethod
    def _weights(batch: Batch) -> Float[Array, "frame particle 3"]:
        real = batch.weight[:, None, None] * batch.system.mask[:, None]
        return jnp.broadcast_to(real, batch.forces.shape)


def _forces(potential: Potential, batch: Batch) -> tuple[Array, Array]:
    """Return the forces of every frame, and where a neighbour list was too short."""
    search = batch.search

    def one(x: Array, box: Array | None) -> tuple[Array, Array]:
        neighbours = search(batch.system, x, box)
        forces = potential.forces(batch.system, x, box, neighbours)
        # Without a reach the list is not used, and the compiler leaves it out.
        full = jnp.zeros((), bool)
        if potential.reach > 0:
            full = neighbours.fullest > search.capacity
            if search.cells is not None:
                full = full | (neighbours.fullest_cell > search.cell_capacity)
        return forces, full

    axes = (0, None if batch.box is None else 0)
    forces, full = jax.vmap(one, in_axes=axes)(batch.positions, batch.box)
    return forces, full


def _square(batch: Batch, forces: Array) -> Array:
    """Return the sum of squares over all frames and beads that count."""
    real = batch.system.mask[:, None]
    each = jnp.sum(jnp.where(real, forces**2, 0.0), axis=(1, 2))
    return jnp.sum(each * batch.weight)
