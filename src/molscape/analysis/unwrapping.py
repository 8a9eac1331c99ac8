"""Positions that follow particles across the boundary, frame by frame."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float

from molscape.core.frames import Frames
from molscape.core.space import minimum_image

LONGEST_JUMP = 0.4
"""Largest move between frames, in edges of the box, whose nearest image is trusted."""


@dataclass
class Unwrapper:
    """Unwraps blocks of frames handed over in order, each replica by itself.

    Moves are added up, r(t + 1) = r(t) + nearest image of the move in the box of t + 1, which
    keeps displacements right when the box fluctuates. Frames without a box pass through, and so
    do unwrapped ones while the box stays the same; where it varies, r(t) + n L(t) moves by
    n (L(t + 1) - L(t)) with the box alone, so that they are wrapped first.

    Source: S. von Bülow, J. T. Bullerjahn and G. Hummer, J. Chem. Phys. 153, 021101 (2020).
    """

    last: dict[int, tuple[np.ndarray, ...]] = field(default_factory=dict)
    seen: int = 0

    def __call__(self, frames: Frames) -> Float[np.ndarray, "frame particle 3"]:
        """Return the unwrapped positions of the next block in nm.

        Raises:
            ValueError: if a particle moves by more than 0.4 of the box between two frames.
        """
        positions = np.asarray(frames.positions, dtype=np.float64)
        first, self.seen = self.seen, self.seen + len(frames)
        if frames.box is None:
            return positions
        inside = _inside(positions, frames.box) if frames.unwrapped else positions
        owners = np.zeros(len(frames), np.int64) if frames.replicas is None else frames.replicas
        result = positions.copy()
        for k, owner in enumerate(owners.tolist()):
            box = np.asarray(frames.box[k], dtype=np.float64)
            if owner in self.last:
                before, place, offset, size = self.last[owner]
                if frames.unwrapped and np.allclose(size, box, rtol=1e-6, atol=1e-6):
                    result[k] = positions[k] + offset
                else:
                    move = minimum_image(inside[k] - before, box)
                    self._check(move, box, first + k)
                    result[k] = place + move
            self.last[owner] = inside[k], result[k], result[k] - positions[k], box
        return result

    def _check(self, move: np.ndarray, box: np.ndarray, frame: int) -> None:
        share = np.abs(move) / np.diagonal(box)
        if share.max(initial=0.0) > LONGEST_JUMP:
            particle = int(np.argmax(share.max(axis=1)))
            raise ValueError(
                f"particle {particle} moves by {share.max():.2f} of the box before frame {frame}: "
                "which image it went to is ambiguous; use unwrapped positions, or frames closer "
                "in time"
            )


def _inside(
    positions: Float[np.ndarray, "frame particle 3"], boxes: Float[np.ndarray, "frame 3 3"]
) -> Float[np.ndarray, "frame particle 3"]:
    """Return the images of particles inside their box."""
    exact = np.asarray(boxes, dtype=np.float64)
    cells = np.floor(positions @ np.linalg.inv(exact))
    return positions - cells @ exact
