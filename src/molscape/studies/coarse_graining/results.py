"""What a coarse-graining study knows: its states, and what was measured at each."""

from __future__ import annotations

from dataclasses import dataclass, field

from molscape.analysis.survey import Measured, Plans
from molscape.simulate.run import Run
from molscape.studies.coarse_graining.recipe import Recipe
from molscape.studies.parts.state_points import StatePoint
from molscape.studies.study import Study


@dataclass(eq=False)
class CoarseGrainingStudy(Study):
    """A running coarse-graining study, with its states; the main one comes first."""

    recipe: Recipe
    points: list[StatePoint] = field(init=False)

    @property
    def main(self) -> StatePoint:
        """The state of the recipe's `reference`."""
        return self.points[0]


@dataclass(eq=False)
class PointEvaluation:
    """What was measured at one state, on its reference and on each model's run, by model name.

    `shared`: the runs are those of an equal state before.
    """

    point: StatePoint
    plans: Plans
    reference: Measured
    runs: dict[str, Run] = field(default_factory=dict)
    measured: dict[str, Measured] = field(default_factory=dict)
    shared: bool = False
