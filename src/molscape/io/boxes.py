"""Boxes as files give them, brought to the form used inside."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from molscape.core.frames import PARTICLE_FIELDS, Frames
from molscape.core.space import lower_triangular

NARROWEST = 0.05
"""Boxes narrower than this (nm) are taken for a mistake: no atom is as small."""


def check_boxes(boxes: Float[np.ndarray, "frame 3 3"], origin: str) -> None:
    """Refuse boxes that no configuration can have.

    Args:
        boxes: row vectors in nm, all zero where a frame has no box.
        origin: name of the file, for the message.

    Raises:
        ValueError: if a number is not finite, a vector has no length, vectors are inverted or
            lie in one plane, or a box is narrower than `NARROWEST`.
    """
    finite = np.isfinite(boxes).all(axis=(1, 2))
    used = finite & boxes.any(axis=(1, 2))
    cells = np.where(used[:, None, None], boxes, np.eye(3))
    lengths, volumes = np.linalg.norm(cells, axis=2), np.linalg.det(cells)
    areas = np.linalg.norm(np.cross(cells[:, [1, 2, 0]], cells[:, [2, 0, 1]]), axis=2)
    lower = ~np.triu(cells, 1).any(axis=(1, 2))
    negative = np.diagonal(cells, axis1=1, axis2=2).min(axis=1) < 0
    faults = {
        "holds numbers that are not finite: the run that wrote it broke down": ~finite,
        "has a vector without length: only boxes that are periodic in all directions, or in none, "
        "can be used; give the cell in full, or none": (lengths == 0).any(axis=1),
        "is inverted: exchange the bounds or the vectors": (volumes < 0) | (lower & negative),
        "is flat, its vectors lie in one plane: write the cell again": volumes
        < 1e-6 * lengths.prod(axis=1),
        f"is narrower than {NARROWEST:g} nm: check the units of the file": (
            volumes[:, None] < NARROWEST * areas
        ).any(axis=1),
    }
    for fault, bad in faults.items():
        if bad.any():
            frame = int(np.argmax(bad))
            box = "; ".join(" ".join(f"{x:.6g}" for x in row) for row in boxes[frame])
            raise ValueError(f"{origin}: the box {box} (nm) of frame {frame} of this block {fault}")


def place_boxes(frames: Frames, boxes: Float[np.ndarray, "frame 3 3"], origin: str) -> Frames:
    """Give frames their boxes, turning vectors where a box is not lower triangular.

    Args:
        frames: frames without a box.
        boxes: row vectors in nm, all zero where a frame has no box.
        origin: name of the file, for the message.

    Returns:
        The frames with boxes lower triangular; without a box if none has one.

    Raises:
        ValueError: if only some frames have a box, or a box is none (`check_boxes`).
    """
    check_boxes(boxes, origin)
    periodic = boxes.any(axis=(1, 2))
    if not periodic.any():
        return frames
    if not periodic.all():
        raise ValueError(
            f"{origin}: frame {int(np.argmin(periodic))} of this block has no box and others "
            "have one: keep periodic and open frames in separate files"
        )
    upper = boxes[:, [0, 0, 1], [1, 2, 2]]
    if not np.any(np.abs(upper) > 1e-6):
        return frames.replace(box=np.tril(boxes))
    turned, rotation = lower_triangular(boxes)
    fields = {name: getattr(frames, name) for name in PARTICLE_FIELDS}
    vectors = {name: value @ rotation for name, value in fields.items() if value is not None}
    return frames.replace(box=turned, **vectors)
