"""Ewald's sum of point charges: what is added to the screened pairs within the cutoff."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

HEADROOM = 1.1
"""Wave vectors are kept for boxes this much longer than the one they were chosen for."""


def screening(cutoff: float, accuracy: float) -> tuple[float, float]:
    """Return the width alpha (1/nm) of the screening charges and the longest wave vector (1/nm).

    With s = sqrt(-ln accuracy), alpha = s/cutoff and k = 2 alpha s leave out terms of
    order exp(-s^2) in both sums (Kolafa and Perram, Mol. Simul. 9, 351 (1992)).
    """
    s = float(np.sqrt(-np.log(accuracy)))
    return s / cutoff, 2 * s * s / cutoff


def needed_vectors(box: Float[np.ndarray, "3 3"], longest: float) -> tuple[int, int, int]:
    """Return how many wave vectors along each direction a box (nm) needs, both signs alike."""
    edges = np.linalg.norm(box, axis=-1)
    x, y, z = (max(1, int(edge * longest / (2 * np.pi))) for edge in edges)
    return x, y, z


def reciprocal_energy(
    positions: Float[Array, "particle 3"],
    charges: Float[Array, " particle"],
    box: Float[Array, "3 3"],
    alpha: float,
    k_max: tuple[int, int, int],
) -> Float[Array, ""]:
    """Return 2 pi/V sum_{k != 0} exp(-k^2/(4 alpha^2))/k^2 |sum_i q_i exp(i k.x_i)|^2 in e^2/nm.

    The phases factorise over the three directions, so that the sum over particles is one
    matrix product (Allen and Tildesley, Computer Simulation of Liquids (2017), sect. 6.2).

    Args:
        positions: nm.
        charges: e.
        box: rows are its vectors, nm.
        alpha: width of the screening charges, 1/nm.
        k_max: largest number of each direction's wave vectors.
    """
    inverse = jnp.linalg.inv(box)
    fraction = positions @ inverse
    fraction = fraction - jnp.round(fraction)
    numbers = _numbers(k_max)
    x, y, z = (
        jnp.exp(2j * jnp.pi * n[:, None] * fraction[:, axis]) for axis, n in enumerate(numbers)
    )
    plane = ((charges * x)[:, None, :] * y[None, :, :]).reshape(-1, positions.shape[0])
    structure = (plane @ z.T).reshape([len(n) for n in numbers])
    grid = jnp.stack(jnp.meshgrid(*numbers, indexing="ij"), axis=-1)
    k = 2 * jnp.pi * grid.astype(positions.dtype) @ inverse.T
    square = jnp.sum(k * k, axis=-1)
    here = square > 0
    square = jnp.where(here, square, 1.0)
    # Wave vectors with a negative x are those with a positive one, mirrored.
    weight = jnp.where(here, jnp.where(grid[..., 0] > 0, 2.0, 1.0), 0.0)
    weight = weight * jnp.exp(-square / (4 * alpha**2)) / square
    volume = box[0, 0] * box[1, 1] * box[2, 2]
    return 2 * jnp.pi / volume * jnp.sum(weight * jnp.abs(structure) ** 2)


def _numbers(k_max: tuple[int, int, int]) -> tuple[Int[Array, " x"], ...]:
    x, y, z = k_max
    return jnp.arange(0, x + 1), jnp.arange(-y, y + 1), jnp.arange(-z, z + 1)


def constant_energy(
    charges: Float[Array, " particle"], volume: Float[Array, ""], alpha: float
) -> Float[Array, ""]:
    """Return the energy of each charge with its own screen, and of a net charge's background.

    In e^2/nm: -alpha/sqrt(pi) sum_i q_i^2 - pi/(2 V alpha^2) (sum_i q_i)^2.
    """
    own = -alpha / np.sqrt(np.pi) * jnp.sum(charges * charges)
    return own - jnp.pi / (2 * volume * alpha**2) * jnp.sum(charges) ** 2
