"""A block of configurations held in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from jaxtyping import Float, Int

PARTICLE_FIELDS = ("positions", "velocities", "forces")


@dataclass(frozen=True, eq=False)
class Frames:
    """Configurations of one set of particles.

    Positions in nm, velocities in nm/ps, forces in kJ/mol/nm, energies in kJ/mol, times in ps.
    Rows of a box are its vectors in nm, lower triangular: a along x, b in the xy plane.
    `whole`: no molecule is cut by the boundary. `unwrapped`: positions follow each particle
    across the boundary, so that displacements in time are true. `replicas` says which of
    several parallel runs a frame belongs to.
    """

    positions: Float[np.ndarray, "frame particle 3"]
    box: Float[np.ndarray, "frame 3 3"] | None = None
    velocities: Float[np.ndarray, "frame particle 3"] | None = None
    forces: Float[np.ndarray, "frame particle 3"] | None = None
    energies: Float[np.ndarray, " frame"] | None = None
    times: Float[np.ndarray, " frame"] | None = None
    replicas: Int[np.ndarray, " frame"] | None = None
    whole: bool = False
    unwrapped: bool = False

    def __len__(self) -> int:
        return len(self.positions)

    @property
    def n_particles(self) -> int:
        """Number of particles in each frame."""
        return self.positions.shape[1]

    def _arrays(self) -> dict[str, Any]:
        pairs = ((item.name, getattr(self, item.name)) for item in fields(self))
        return {name: value for name, value in pairs if isinstance(value, np.ndarray)}

    def __getitem__(self, index: int | slice | np.ndarray) -> Frames:
        """Select frames; an integer gives a block of one frame."""
        if isinstance(index, int | np.integer):
            count = len(self)
            if not -count <= index < count:
                raise IndexError(f"frame {index} does not exist: there are {count} frames")
            index = slice(index % count, index % count + 1)
        return replace(self, **{name: value[index] for name, value in self._arrays().items()})

    def replace(self, **changes: Any) -> Frames:
        """Return a copy with some fields replaced."""
        return replace(self, **changes)

    def particles(self, indices: np.ndarray) -> Frames:
        """Select particles by index; energies are dropped, they belong to the whole system."""
        chosen = {
            name: value[:, indices]
            for name, value in self._arrays().items()
            if name in PARTICLE_FIELDS
        }
        return replace(self, energies=None, **chosen)

    @classmethod
    def concatenate(cls, blocks: Sequence[Frames]) -> Frames:
        """Join blocks in time; a field survives if every block has it.

        Raises:
            ValueError: if there is no block, or particle counts differ.
        """
        if not blocks:
            raise ValueError("no frames to join: the selection of frames is empty")
        counts = {block.n_particles for block in blocks}
        if len(counts) > 1:
            raise ValueError(
                f"cannot join frames with {sorted(counts)} particles: the counts must agree"
            )
        shared = set.intersection(*(set(block._arrays()) for block in blocks))
        joined: dict[str, Any] = {
            name: np.concatenate([getattr(block, name) for block in blocks]) for name in shared
        }
        joined["whole"] = all(block.whole for block in blocks)
        joined["unwrapped"] = all(block.unwrapped for block in blocks)
        return cls(**joined)
