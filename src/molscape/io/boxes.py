"""Boxes as files give them, brought to the form used inside."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from molscape.core.frames import PARTICLE_FIELDS, Frames
from molscape.core.space import lower_triangular


def place_boxes(frames: Frames, boxes: Float[np.ndarray, "frame 3 3"], origin: str) -> Frames:
    """Give frames their boxes, turning vectors where a box is not lower triangular.

    Args:
        frames: frames without a box.
        boxes: row vectors in nm, all zero where a frame has no box.
        origin: name of the file, for the message.

    Returns:
        The frames with boxes lower triangular; without a box if none has one.

    Raises:
        ValueError: if only some frames have a box, or a box has no volume.
    """
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
