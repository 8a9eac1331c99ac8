"""A start for liquids: molecules at random orientations on a cubic lattice."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float


def random_rotations(random: np.random.Generator, count: int) -> Float[np.ndarray, "count 3 3"]:
    """Return rotations drawn uniformly: a normal 4-vector, normalised, is a uniform quaternion.

    R = I + 2 w [v]x + 2 [v]x^2 for the unit quaternion (w, v).

    Source: K. Shoemake, Graphics Gems III (1992), 124.
    """
    quaternion = random.normal(size=(count, 4))
    quaternion /= np.linalg.norm(quaternion, axis=1, keepdims=True)
    w, (x, y, z) = quaternion[:, 0], quaternion[:, 1:].T
    zero = np.zeros(count)
    cross = np.stack([zero, -z, y, z, zero, -x, -y, x, zero], axis=1).reshape(count, 3, 3)
    return np.eye(3) + 2 * w[:, None, None] * cross + 2 * cross @ cross


def place_on_lattice(
    molecules: Sequence[Float[np.ndarray, "_ 3"]], length: float, seed: int
) -> Float[np.ndarray, "particle 3"]:
    """Return positions (nm) of molecules in a cube, in order, one molecule per site.

    Sites of the smallest simple cubic lattice that has enough of them are drawn at random.

    Args:
        molecules: positions of each in nm; the origin is put on the site.
        length: edge of the cube in nm.
        seed: of sites and orientations.
    """
    random = np.random.default_rng(seed)
    side = math.ceil(round(len(molecules) ** (1 / 3), 9))
    chosen = random.permutation(side**3)[: len(molecules)]
    sites = np.stack(np.unravel_index(chosen, (side,) * 3), axis=1)
    centres = (sites + 0.5) * (length / side)
    turns = random_rotations(random, len(molecules))
    placed = [
        centre + molecule @ turn.T
        for molecule, turn, centre in zip(molecules, turns, centres, strict=True)
    ]
    return np.concatenate(placed)
