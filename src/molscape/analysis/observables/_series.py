"""What observables share that an engine records along a run: they are drawn against time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, ClassVar, TypeVar

import numpy as np

from molscape.analysis.observables._observable import Member, Observable, Plan, SectionName
from molscape.analysis.plots import time_plot
from molscape.core.curve import Curve
from molscape.core.panels import Line, Plot
from molscape.core.sample import Sample

Result = TypeVar("Result")


class Series(Observable[None, Result]):
    """A series along a run, drawn as the mean over replicas.

    `symbol` is that of the axis.
    """

    section: ClassVar[SectionName] = "dynamics"
    place: ClassVar[int] = 2
    of_run: ClassVar[bool] = True
    symbol: ClassVar[str]

    def draw(self, plan: Plan[None], members: Sequence[Member[Any]]) -> Iterator[Plot]:
        """Yield the series of every member that has one; a broken one may have none."""
        known = {m.name: m.sample for m in members if self._recorded(m.sample)}
        drawn = [Line(self._curve(sample), name) for name, sample in known.items()]
        if drawn:
            several = any(sample.series[self.name].shape[1] > 1 for sample in known.values())
            caption = "Mean over replicas." if several else ""
            plot = time_plot(drawn, self.title, caption)
            yield replace(plot, key=self.key().text)

    def _recorded(self, sample: Sample) -> bool:
        return (
            self.name in sample.series
            and len(sample.trajectory) > 1
            and bool(np.isfinite(sample.series[self.name]).all())
        )

    def _curve(self, sample: Sample) -> Curve:
        y = sample.series[self.name].mean(axis=1) * (1 / self.scale)
        x = sample.series["time"][:, 0]
        return Curve(x, y, np.full_like(y, np.nan), "t", "ps", self.symbol, self.unit)
