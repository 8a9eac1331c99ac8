"""What every differentiable objective is given and gives."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

import equinox as eqx
from jaxtyping import Array, Float

from molscape.core.neighbours import NeighbourSearch
from molscape.core.potential import Potential
from molscape.core.system import System


class Batch(eqx.Module):
    """Frames for a loss: positions (nm) and forces (kJ/mol/nm) of one system.

    `weight` is 1 for a frame that counts and 0 for padding; `box` is None without one;
    `energies` (kJ/mol) are None where they are not known. `search` must have room for the
    neighbours of every frame.
    """

    system: System
    positions: Float[Array, "frame particle 3"]
    forces: Float[Array, "frame particle 3"]
    box: Float[Array, "frame 3 3"] | None
    weight: Float[Array, " frame"]
    search: NeighbourSearch
    energies: Float[Array, " frame"] | None = None


class Objective(eqx.Module):
    """A differentiable loss of a potential on a batch: a mean of squared residuals."""

    kind: ClassVar[str]

    @abstractmethod
    def __call__(self, potential: Potential, batch: Batch) -> tuple[Array, dict[str, Array]]:
        """Return the loss and its terms."""

    @abstractmethod
    def residuals(self, potential: Potential, batch: Batch) -> Float[Array, " residual"]:
        """Return what is squared in the loss, frame by frame, zero for padding."""
