"""What models that differ in their cutoff tell together: how their errors go with it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from molscape.core.curve import Curve
from molscape.core.record import Record
from molscape.studies.coarse_graining.results import PointEvaluation
from molscape.studies.parts.models import Model

FEWEST = 3
"""Cutoffs that make a trend."""

WITHIN = 1.96
"""Standard errors of a 95 % interval."""


@dataclass(frozen=True, eq=False)
class Trend:
    """Distances from the reference of models with these cutoffs (nm), and the straight line.

    `slope` is that of the line through the distances, weighted by their errors; its standard
    error is widened where the distances scatter about the line by more than their own.
    """

    key: str
    state: str
    cutoffs: Float[np.ndarray, " model"]
    distances: Float[np.ndarray, " model"]
    errors: Float[np.ndarray, " model"]
    slope: float
    slope_error: float

    @property
    def curve(self) -> Curve:
        """The distances as a curve over the cutoff."""
        unit = "nm" if self.key.startswith("rdf.") else ""
        return Curve(self.cutoffs, self.distances, self.errors, "cutoff", "nm", "distance", unit)


def find_trends(
    record: Record, models: dict[str, Model], points: list[PointEvaluation]
) -> list[Trend]:
    """Return the trend of every distribution's distance over the cutoffs of DeePCG models."""
    keys = {point.point.name: list(point.reference.blocks) for point in points}
    return trends(record, cutoffs_of(models), keys)


def cutoffs_of(models: dict[str, Model]) -> dict[str, float]:
    """Return the cutoff (nm) of each model whose forces may jump there, as DeePCG."""
    return {
        name: term.reach
        for name, model in models.items()
        for term in model.potential.single_terms()
        if term.jumps
    }


def trends(
    record: Record, cutoffs: dict[str, float], distributions: dict[str, list[str]]
) -> list[Trend]:
    """Return the trend of every distribution's distance, as the record has it, over the cutoffs.

    Empty with fewer than three different cutoffs.

    Args:
        record: of the study.
        cutoffs: of models (nm).
        distributions: names of those of the reference, by state.
    """
    found = []
    for state, names in distributions.items():
        label = f"{state}." if state else ""
        for key in (name for name in names if name.split(".")[0] in ("rdf", "angles")):
            rows = sorted(
                (cutoff, number.value, number.error)
                for name, cutoff in cutoffs.items()
                for number in record.numbers
                if number.name == f"{name}.{label}{key}.distance" and number.error is not None
            )
            if len({cutoff for cutoff, _, _ in rows}) >= FEWEST:
                x, distances, errors = np.array(rows, dtype=float).T
                slope, error = fitted_slope(x, distances, errors)
                found.append(Trend(key, state, x, distances, errors, slope, error))
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
        state = f"{trend.state}." if trend.state else ""
        low, high = (trend.slope + sign * WITHIN * trend.slope_error for sign in (-1, 1))
        record.add(
            f"cutoff.{state}{trend.key}.slope",
            trend.slope,
            "" if trend.key.startswith("rdf.") else "1/nm",
            error=trend.slope_error,
            source="molscape, this run",
            note=f"change of the distance for each nm of cutoff; 95 % interval {low:.3g} to "
            f"{high:.3g}",
        )
