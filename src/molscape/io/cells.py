"""Boxes given by three lengths and three angles."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float


def box_from_cell(
    lengths: Float[np.ndarray, "frame 3"], cosines: Float[np.ndarray, "frame 3"]
) -> Float[np.ndarray, "frame 3 3"]:
    """Return boxes as row vectors, a along x and b in the xy plane.

    a = (A, 0, 0), b = B (cos c, sin c, 0), and the third vector has the cosines of alpha with b
    and of beta with a.

    Args:
        lengths: A, B, C.
        cosines: of alpha (between b and c), beta (a and c) and gamma (a and b).

    Returns:
        Boxes in the unit of the lengths; zero where a length is not positive.
    """
    A, B, C = lengths.T
    alpha, beta, gamma = cosines.T
    sine = np.sqrt(np.maximum(1 - gamma**2, 1e-12))
    box = np.zeros((len(lengths), 3, 3))
    box[:, 0, 0] = A
    box[:, 1, 0], box[:, 1, 1] = B * gamma, B * sine
    box[:, 2, 0] = C * beta
    box[:, 2, 1] = C * (alpha - beta * gamma) / sine
    rest = C**2 - box[:, 2, 0] ** 2 - box[:, 2, 1] ** 2
    box[:, 2, 2] = np.sqrt(np.maximum(rest, 0.0))
    box[(lengths <= 0).any(axis=1)] = 0.0
    return box


def cosines_of_degrees(angles: Float[np.ndarray, "frame 3"]) -> Float[np.ndarray, "frame 3"]:
    """Return cosines, exactly zero for right angles."""
    return np.where(angles == 90.0, 0.0, np.cos(np.radians(angles)))
