"""What every fit returns."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Bool, Float

from molscape.core.potential import Potential
from molscape.core.statistics import Estimate


@dataclass(frozen=True)
class ForceLoss:
    """How well forces are matched, in (kJ/mol/nm)^2.

    `fit` is the loss on the data of the fit, `zero` that of no interaction, `validation` the
    mean loss of each block of frames under the fit to all others with standard error `error`.
    `floor` is the irreducible noise of the projected forces with its standard error, None
    where it was not estimated; `floor_note` says how it was found,
    and `floor_is_bound` that it is an upper bound only.
    """

    fit: float
    zero: float
    validation: float
    error: float
    floor: float | None = None
    floor_error: float | None = None
    floor_note: str = ""
    floor_is_bound: bool = False

    @property
    def explained(self) -> float:
        """Share of the explainable variance reached: 1 - (validation - floor)/(zero - floor).

        Without a floor, or with one that is only an upper bound, it is the share of the zero
        model's loss, a lower bound.
        """
        floor = 0.0 if self.floor_is_bound else self.floor or 0.0
        return 1.0 - (self.validation - floor) / (self.zero - floor)

    @property
    def explained_at_most(self) -> float:
        """The share where the floor is as high as its upper bound."""
        floor = self.floor or 0.0
        return 1.0 - (self.validation - floor) / (self.zero - floor)


@dataclass(frozen=True, eq=False)
class Support:
    """Where the data determines one row of a fitted term.

    `samples` counts what fell into each of the knot intervals, of width `spacing` from `start`
    on (`unit` nm or rad). Intervals `first` to `last` (inclusive) are determined by the data;
    outside, the potential is a wall. `poor` marks intervals with too few samples.
    """

    kind: str
    label: str
    unit: str
    start: float
    spacing: float
    samples: Float[np.ndarray, " interval"]
    first: int
    last: int
    poor: Bool[np.ndarray, " interval"]

    @property
    def inside(self) -> Bool[np.ndarray, " interval"]:
        """Marks the intervals that the data determines; dihedrals may go on across pi."""
        count = len(self.samples)
        length = (self.last - self.first) % count + 1
        return (np.arange(count) - self.first) % count < length


@dataclass(frozen=True)
class Distance(Estimate):
    """Distance of a model's distribution from the reference's; see `analysis.distances`."""

    floor: float
    unit: str


@dataclass(frozen=True)
class Step:
    """One iteration: distances by distribution ("rdf.W-W"), other numbers, and seconds spent.

    The distances are those of the potential with which the iteration began. `numbers` may hold
    the pressure (kJ/mol/nm^3), the relative entropy gradient and the like. `sampling` counts
    seconds in the engine, `own` those of the fit itself.
    """

    iteration: int
    distances: dict[str, Distance]
    numbers: dict[str, float]
    sampling: float
    own: float


@dataclass(frozen=True, eq=False)
class Fit:
    """A fitted potential and how it came about.

    `method` names how ("linear", "iterative_boltzmann", ...). `replicas` are jackknife fits,
    each without one block of frames, empty where there are none. `stopped` says in words why
    iterations ended. `settings` holds numbers the fit chose, such as the ridge.
    """

    method: str
    potential: Potential
    frames: int
    replicas: tuple[Potential, ...] = ()
    force_loss: ForceLoss | None = None
    supports: tuple[Support, ...] = ()
    history: tuple[Step, ...] = ()
    stopped: str = ""
    settings: dict[str, float] = field(default_factory=dict)
