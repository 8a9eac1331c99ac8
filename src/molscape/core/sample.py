"""What observables measure: a trajectory, the series along it, and how it was made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from molscape.core.ensemble import Ensemble
from molscape.core.space import largest_cutoff
from molscape.core.state import State
from molscape.core.trajectory import Trajectory

INPUT = "input"
"""How a sample was made that was read, not run here."""


@dataclass(frozen=True, eq=False)
class Sample:
    """A trajectory with what is known of it; a reference is a sample too.

    Attributes:
        trajectory: the frames.
        series: arrays (frame, replica) along it by name, such as "temperature" in K and
            "pressure" in kJ/mol/nm^3; empty where nothing was recorded.
        state: that it is meant to be of, where that is known.
        made: the engine that ran it, or "input".
        ensemble: what the engine sampled, where that is known.
    """

    trajectory: Trajectory
    series: Mapping[str, np.ndarray] = field(default_factory=dict)
    state: State | None = None
    made: str = INPUT
    ensemble: Ensemble | None = None

    @property
    def periodic(self) -> bool:
        """Whether there is a box, as the first frame has it."""
        return self.trajectory[0].box is not None

    @property
    def pressure(self) -> float | None:
        """Pressure (kJ/mol/nm^3) that a barostat held it at; None without one."""
        barostat = getattr(self.ensemble, "barostat", None)
        return None if barostat is None else float(barostat.pressure)

    @cached_property
    def largest_cutoff(self) -> float:
        """The largest distance (nm) that counts every pair once in the box of every frame."""
        boxes = (np.asarray(chunk.box) for chunk in self.trajectory.chunks())
        return float(min(largest_cutoff(box) for chunk in boxes for box in chunk))
