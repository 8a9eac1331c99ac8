"""Energies and forces together, for particles that are the atoms themselves."""

from __future__ import annotations

from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from molscape.core.potential import Potential
from molscape.objectives.force_matching import ForceMatching
from molscape.objectives.objective import Batch, Objective


class EnergyAndForceMatching(Objective):
    """L = mean (F_model - F)^2 + weight n mean ((dE - mean dE) / n)^2, in (kJ/mol/nm)^2.

    dE is the difference of the potential energies of a frame of n particles; its mean over the
    batch is left free, since the zero of energy is. `weight` (1/nm^2) says how much an error of
    1 kJ/mol for each particle counts: 100 are equal prefactors of energy (eV) and force (eV/A)
    in the paper. For a coarse-grained model there is no energy to be
    matched: the energy of the atoms is not the free energy of the beads.
    (Zhang et al., Phys. Rev. Lett. 120, 143001 (2018), equation 4.)
    """

    kind: ClassVar[str] = "energy_and_force_matching"

    weight: float = eqx.field(static=True, default=100.0)

    def __call__(self, potential: Potential, batch: Batch) -> tuple[Array, dict[str, Array]]:
        """Return the loss and its terms: those of force matching, and "energy_loss".

        "energy_loss" is the mean squared deviation of the energy per particle, (kJ/mol)^2.

        Raises:
            ValueError: if the batch has no energies.
        """
        forces, terms = ForceMatching()(potential, batch)
        error = self.energy_errors(potential, batch)
        count = jnp.sum(batch.system.mask)
        mean = jnp.sum(batch.weight * error**2) / jnp.sum(batch.weight)
        loss = forces + self.weight * count * mean
        return loss, {**terms, "energy_loss": mean}

    def residuals(self, potential: Potential, batch: Batch) -> Float[Array, " residual"]:
        """Return what is squared in the loss, frame by frame; the loss is its mean square.

        Each frame has its 3 n components of force, then its energy.
        """
        frames, particles = batch.forces.shape[:2]
        forces = ForceMatching().residuals(potential, batch).reshape(frames, -1)
        real = jnp.sum(batch.system.mask)
        # The mean is over 3 n + 1 residuals, the loss is the mean over the forces alone.
        width = 3 * particles + 1
        share = width / (3 * particles)
        size = jnp.sqrt(self.weight * real * width * batch.weight)
        energy = size * self.energy_errors(potential, batch)
        every = jnp.concatenate([jnp.sqrt(share) * forces, energy[:, None]], axis=1)
        return every.ravel()

    @staticmethod
    def energy_errors(potential: Potential, batch: Batch) -> Float[Array, " frame"]:
        """Return each frame's deviation of the energy per particle, less its mean, in kJ/mol.

        Raises:
            ValueError: if the batch has no energies.
        """
        if batch.energies is None:
            raise ValueError(
                "the data has no energies: read a format that carries them (DeePMD folders, "
                "extended XYZ), or match forces alone"
            )

        def one(x: Array, box: Array | None) -> Array:
            return potential(batch.system, x, box, batch.search(batch.system, x, box))

        axes = (0, None if batch.box is None else 0)
        found = jax.vmap(one, in_axes=axes)(batch.positions, batch.box)
        error = (found - batch.energies) / jnp.sum(batch.system.mask)
        mean = jnp.sum(batch.weight * error) / jnp.sum(batch.weight)
        return jnp.where(batch.weight > 0, error - mean, 0.0)
