"""What runs of a model show beside the references: samples, distances and pressures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, runtime_checkable

import numpy as np

from molscape.analysis.averages import block_average
from molscape.analysis.distances import distance_with_error, floor
from molscape.core.potential import Potential
from molscape.core.trajectory import Trajectory
from molscape.fit.projection import Counted, StructureProblem
from molscape.fit.result import Distance
from molscape.objectives.structure import measure


@runtime_checkable
class Sampled(Protocol):
    """What a sampler returns; a `simulate.Run` is one."""

    @property
    def trajectory(self) -> Trajectory:
        """Frames of the model."""
        ...

    @property
    def observables(self) -> dict[str, np.ndarray]:
        """Series (frame, replica) by name; "pressure" (kJ/mol/nm^3) is used if present."""
        ...

    @property
    def blow_up(self) -> str | None:
        """Why the run broke down, or None."""
        ...

    @property
    def seconds(self) -> float:
        """Seconds that the run took."""
        ...


Sampler = Callable[[Potential, int, int], Sampled]
"""sampler(potential, iteration, state) runs a model at a state point, both counted from 0.

The same call must give the same frames, as a resumed run in a folder of its own does: then a
fit that was stopped goes on with the same numbers.
"""


def _names(problem: StructureProblem, state: int) -> list[str]:
    """Return the name of each distribution in a history; with several states, numbered."""
    suffix = f"@{state}" if len(problem.states) > 1 else ""
    return [each.name + suffix for each in problem.distributions]


def floors_of(problem: StructureProblem) -> dict[str, float]:
    """Return the distance between the halves of each reference distribution."""
    found = {}
    for state, reference in enumerate(problem.references):
        for k, name in enumerate(_names(problem, state)):
            enough = len(reference.frames) > 1
            found[name] = floor(reference.blocks(k))[0] if enough else float("nan")
    return found


def sample_of(problem: StructureProblem, run: Sampled, blocks: int) -> Counted:
    """Return the histograms of a run, and its mean pressure where it has one."""
    histograms = measure(run.trajectory, problem.distributions, blocks=blocks)
    series = run.observables.get("pressure")
    if series is None or not len(series) or not np.isfinite(series).all():
        return Counted(histograms, None, float("nan"))
    average = block_average(series)
    return Counted(histograms, average.mean, average.error)


def distances_of(
    problem: StructureProblem, samples: list[Counted], floors: dict[str, float]
) -> dict[str, Distance]:
    """Return the distance of each distribution of each state from its reference."""
    found = {}
    for state, (sample, reference) in enumerate(zip(samples, problem.references, strict=True)):
        for k, name in enumerate(_names(problem, state)):
            value, error = distance_with_error(sample.histograms.blocks(k), reference.blocks(k))
            unit = problem.distributions[k].unit
            found[name] = Distance(value, error, floors[name], unit)
    return found


def pressures_of(samples: list[Counted]) -> dict[str, float]:
    """Return pressures and their standard errors (kJ/mol/nm^3) of runs that have one."""
    found = {}
    for state, sample in enumerate(samples):
        suffix = f"@{state}" if len(samples) > 1 else ""
        if sample.pressure is not None:
            found["pressure" + suffix] = sample.pressure
            found["pressure_error" + suffix] = sample.pressure_error
    return found
