"""What a fit is given: a potential, data, and whatever runs models, folds or the clock."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path

from molscape.core.potential import Potential
from molscape.core.record import Progress
from molscape.core.state import State
from molscape.core.trajectory import Trajectory
from molscape.fit.comparison import Sampler
from molscape.objectives.objective import Objective


@dataclass(frozen=True, eq=False)
class Task:
    """One potential to fit, by whatever method.

    Args:
        name: what errors call the model.
        potential: where to begin.
        data: reference trajectories and their states.
        objective: the loss on frames; None where the method compares distributions.
        sampler: runs a model at a state, for methods that iterate.
        executor: runs pieces of the fit side by side, where the method has any.
        folder: where the fit keeps its state, so that a stopped one continues.
        seed: of everything that is drawn.
        progress: called as progress(what, done, total).
    """

    name: str
    potential: Potential
    data: Sequence[tuple[Trajectory, State]]
    objective: Objective | None = None
    sampler: Sampler | None = None
    executor: Executor | None = None
    folder: Path | None = None
    seed: int = 0
    progress: Progress | None = None

    def need_objective(self) -> Objective:
        """Return the loss on frames.

        Raises:
            ValueError: if there is none.
        """
        if self.objective is None:
            raise ValueError(f"{self.name}: this method minimises a loss on frames: give one")
        return self.objective

    def need_sampler(self) -> Sampler:
        """Return what runs models.

        Raises:
            ValueError: if there is none.
        """
        if self.sampler is None:
            raise ValueError(f"{self.name}: this method runs models: give a sampler")
        return self.sampler
