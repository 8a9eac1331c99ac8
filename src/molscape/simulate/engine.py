"""What an engine is: a value whose fields are its settings, and which runs and evaluates models."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from jaxtyping import Float

from molscape.core.frames import Frames
from molscape.core.record import Progress
from molscape.core.topology import Topology

if TYPE_CHECKING:
    from molscape.core.ensemble import Ensemble
    from molscape.core.potential import Potential
    from molscape.simulate.order import Order
    from molscape.simulate.run import Run
    from molscape.simulate.schedule import Schedule


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Energies (kJ/mol), forces (kJ/mol/nm) and virial pressures (kJ/mol/nm^3) of frames.

    The pressure is the configurational part; it is not a number without a box.
    """

    energies: Float[np.ndarray, " frame"]
    forces: Float[np.ndarray, "frame particle 3"]
    pressures: Float[np.ndarray, " frame"]


@dataclass(frozen=True)
class Engine(ABC):
    """What runs models; each engine is a frozen dataclass, whose fields are its settings.

    A new one is a file with its class, and a line in `simulate.ENGINES`. The `simulate` block of
    a recipe gives an engine those of its keys that are among the fields: `precision`, `threads`,
    `platform`, `replicas`, `tempering`.
    """

    name: ClassVar[str]
    """As a recipe names it."""
    citation: ClassVar[str]
    """What reports cite where it was used."""
    relative_speed: ClassVar[float] = 1.0
    """Steps per second in units of the jax engine's: tabulated liquids, 1,000 beads, two cores."""

    def run(
        self,
        potential: Potential,
        topology: Topology,
        start: Frames,
        ensemble: Ensemble,
        schedule: Schedule,
        *,
        folder: Path | str | None = None,
        progress: Progress | None = None,
    ) -> Run:
        """Run dynamics and return the run.

        Args:
            potential: the model.
            topology: the beads.
            start: one frame, or one for each replica; box and velocities are used if present.
            ensemble: what is sampled.
            schedule: steps, time step, what is kept.
            folder: where chunks are kept; a folder of the same run is resumed.
            progress: called as progress(what, done, total).

        Returns:
            The run; `blow_up` is set if it broke down, and the frames before are kept.

        Raises:
            ImportError: if the engine is not installed.
            FileNotFoundError: if a program that it needs is not there.
            ValueError: if the cutoff exceeds half the box, the engine has no counterpart for the
                model or the ensemble, or arguments do not fit.
            RuntimeError: if the engine fails for another reason than a model that breaks down.
        """
        from molscape.simulate.order import Order, check_order

        if not ensemble.velocities:
            start = start.replace(velocities=None)
        order = Order(potential, topology, start, ensemble, schedule)
        check_order(order)
        return self.carry_out(order, folder, progress)

    @abstractmethod
    def carry_out(self, order: Order, folder: Path | str | None, progress: Progress | None) -> Run:
        """Run an order that was checked for what no engine can do; see `run`."""

    @abstractmethod
    def evaluate(self, potential: Potential, topology: Topology, frames: Frames) -> Evaluation:
        """Return energies, forces and pressures of frames as this engine computes them.

        Args:
            potential: the model.
            topology: the beads.
            frames: configurations.

        Raises:
            ImportError: if the engine is not installed.
            FileNotFoundError: if a program that it needs is not there.
            ValueError: if a term has no counterpart in the engine.
            RuntimeError: if the engine fails.
        """

    def available(self) -> str | None:
        """Return why the engine cannot run here with these settings; None if it can."""
        return None

    def describe(self) -> str:
        """Return in words what would run here."""
        return self.name
