"""What models that differ in their cutoff tell together: how their errors go with it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from molscape.analysis.observables import observable
from molscape.core.curve import Curve
from molscape.core.record import THIS_RUN, NumberKey, Record
from molscape.studies.coarse_graining.results import PointEvaluation
from molscape.studies.parts.models import Model

FOLLOWED = ("rdf", "angles")
"""Observables whose distances are followed over the cutoff."""

FEWEST = 3
"""Cutoffs that make a trend."""

WITHIN = 1.96
"""Standard errors of a 95 % interval."""


@dataclass(frozen=True, eq=False)
class Trend:
    """Distances from the reference of models with these cutoffs (nm), and the straight line.

    `key` is that of the slope, whose subject is the cutoff.
    `slope` is that of the line through the distances, weighted by their errors; its standard
    error is widened where the distances scatter about the line by more than their own.
    """

    key: NumberKey
    cutoffs: Float[np.ndarray, " model"]
    distances: Float[np.ndarray, " model"]
    errors: Float[np.ndarray, " model"]
    slope: float
    slope_error: float

    @property
    def curve(self) -> Curve:
        """The distances as a curve over the cutoff."""
        unit = observable(self.key.observable).unit
        return Curve(self.cutoffs, self.distances, self.errors, "cutoff", "nm", "distance", unit)


def find_trends(
    record: Record, models: dict[str, Model], points: list[PointEvaluation]
) -> list[Trend]:
    """Return the trend of every distribution's distance over the cutoffs of DeePCG models."""
    labels = {
        point.point.name: [(name, label) for name in FOLLOWED for label in point.reference.of(name)]
        for point in points
    }
    return trends(record, cutoffs_of(models), labels)


def cutoffs_of(models: dict[str, Model]) -> dict[str, float]:
    """Return the cutoff (nm) of each model whose forces may jump there, as DeePCG."""
    return {
        name: term.reach
        for name, model in models.items()
        for term in model.potential.single_terms()
        if term.jumps
    }


def trends(
    record: Record,
    cutoffs: dict[str, float],
    distributions: dict[str, list[tuple[str, str]]],
) -> list[Trend]:
    """Return the trend of every distribution's distance, as the record has it, over the cutoffs.

    Empty with fewer than three different cutoffs.

    Args:
        record: of the study.
        cutoffs: of models (nm).
        distributions: names and labels of those of the reference, by state.
    """
    found = []
    numbers = {number.key: number for number in record.numbers}
    for state, names in distributions.items():
        for name, label in names:
            keys = {model: NumberKey(model, name, label, "distance", state) for model in cutoffs}
            rows = sorted(
                (cutoff, numbers[keys[model]].value, numbers[keys[model]].error)
                for model, cutoff in cutoffs.items()
                if keys[model] in numbers and numbers[keys[model]].error is not None
            )
            if len({cutoff for cutoff, _, _ in rows}) >= FEWEST:
                x, distances, errors = np.array(rows, dtype=float).T
                slope, error = fitted_slope(x, distances, errors)
                key = NumberKey("cutoff", name, label, "slope", state)
                found.append(Trend(key, x, distances, errors, slope, error))
    return found


def fitted_slope(
    x: Float[np.ndarray, " point"],
    y: Float[np.ndarray, " point"],
    error: Float[np.ndarray, " point"],
) -> tuple[float, float]:
    """Return the slope of the weighted least-squares line and its standard error."""
    weight = 1.0 / error**2
    middle = np.average(x, weights=weight)
    spread = float(np.sum(weight * (x - middle) ** 2))
    slope = float(np.sum(weight * (x - middle) * y)) / spread
    level = np.average(y, weights=weight)
    rest = float(np.sum(weight * (y - level - slope * (x - middle)) ** 2)) / max(1, len(x) - 2)
    return slope, float(np.sqrt(max(1.0, rest) / spread))


def add_trends(record: Record, found: list[Trend]) -> None:
    """Put the slopes and their 95 % intervals into the record."""
    for trend in found:
        low, high = (trend.slope + sign * WITHIN * trend.slope_error for sign in (-1, 1))
        record.add(
            trend.key,
            trend.slope,
            "" if observable(trend.key.observable).unit == "nm" else "1/nm",
            error=trend.slope_error,
            source=THIS_RUN,
            note=f"change of the distance for each nm of cutoff; 95 % interval {low:.3g} to "
            f"{high:.3g}",
        )
