"""Periodic space: minimum images, wrapping and box checks, for numpy and JAX arrays alike.

A box is (3, 3), rows are vectors in nm, lower triangular with a positive diagonal. Reducing
z by c, then y by b, then x by a puts a displacement into the brick with sides (a_x, b_y, c_z),
which holds each lattice class once; so every distance below half the shortest diagonal entry
is the true minimum image, in triclinic boxes too.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Components = tuple[Any, Any, Any]


def minimum_image(displacement: Any, box: Any) -> Any:
    """Return displacements (..., 3) reduced into the brick centred on zero; box (3, 3) or None."""
    if box is None:
        return displacement
    xp = displacement.__array_namespace__()
    components = tuple(displacement[..., k] for k in range(3))
    return xp.stack(minimum_image_components(components, box), axis=-1)


def minimum_image_components(components: Components, box: Any) -> Components:
    """Reduce the x, y and z arrays of displacements; kept apart, XLA fuses them into one loop."""
    if box is None:
        return components
    x, y, z = components
    xp = x.__array_namespace__()
    shift = xp.round(z / box[..., 2, 2])
    x, y, z = x - shift * box[..., 2, 0], y - shift * box[..., 2, 1], z - shift * box[..., 2, 2]
    shift = xp.round(y / box[..., 1, 1])
    x, y = x - shift * box[..., 1, 0], y - shift * box[..., 1, 1]
    return x - xp.round(x / box[..., 0, 0]) * box[..., 0, 0], y, z


def largest_cutoff(box: np.ndarray) -> float:
    """Return the largest distance (nm) for which `minimum_image` is exact, over all boxes given."""
    return float(np.min(np.diagonal(box, axis1=-2, axis2=-1)) / 2)


def volume(box: Any) -> Any:
    """Return the volume (nm^3) of lower triangular boxes (..., 3, 3)."""
    return box[..., 0, 0] * box[..., 1, 1] * box[..., 2, 2]


def box_from_lengths(lengths: Any) -> np.ndarray:
    """Return orthorhombic boxes (..., 3, 3) from edge lengths (..., 3)."""
    lengths = np.asarray(lengths, dtype=np.float64)
    return lengths[..., None] * np.eye(3)


def lower_triangular(box: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rotate boxes (..., 3, 3) so that a lies along x and b in the xy plane.

    Returns the new boxes and the rotations (..., 3, 3): new_vector = vector @ rotation.

    Raises:
        ValueError: if a box has no volume or is left-handed.
    """
    box = np.asarray(box, dtype=np.float64)
    if not np.all(np.linalg.det(box) > 0):
        raise ValueError(
            "a box is flat or left-handed (its volume is not positive): order its vectors "
            "so that a . (b x c) > 0"
        )
    q, r = np.linalg.qr(np.swapaxes(box, -1, -2))
    sign = np.sign(np.diagonal(r, axis1=-2, axis2=-1))
    rotation = q * sign[..., None, :]
    return np.tril(box @ rotation), rotation


def check_box(box: np.ndarray | None, cutoff: float) -> None:
    """Raise ValueError unless every box (frame, 3, 3) holds a sphere of that cutoff (nm).

    Without a box there is nothing to check.
    """
    if box is None:
        return
    upper = np.triu(box, k=1) if box.ndim == 2 else box[..., [0, 0, 1], [1, 2, 2]]
    if np.any(np.abs(upper) > 1e-6):
        raise ValueError(
            "the box is not lower triangular: rotate it with molscape.core.space.lower_triangular"
        )
    limit = largest_cutoff(box)
    if cutoff > limit + 1e-9:
        raise ValueError(
            f"cutoff {cutoff:g} nm exceeds half the box ({limit:.3f} nm): use a larger box "
            "or a smaller `cutoff`"
        )
