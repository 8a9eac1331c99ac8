"""Factors of the learning rate over a training, by the share of its epochs that is done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from molscape.core.block import Block

Schedule = Callable[[float], float]
"""A training in a folder knows its schedule again by `kind` and fields of a dataclass."""


@dataclass(frozen=True)
class Constant:
    """Always one."""

    kind: ClassVar[str] = "constant"

    def __call__(self, done: float) -> float:
        """Return the factor when this share of the epochs is done."""
        return 1.0


@dataclass(frozen=True)
class Steps:
    """Multiplied by `factor` in each of `steps` equal parts of the training but the first."""

    kind: ClassVar[str] = "steps"

    factor: float = 0.3
    steps: int = 5

    def __call__(self, done: float) -> float:
        """Return the factor when this share of the epochs is done."""
        return float(self.factor ** min(int(done * self.steps), self.steps - 1))


@dataclass(frozen=True)
class Exponential:
    """Falls evenly on a logarithmic scale, to `end` of its start."""

    kind: ClassVar[str] = "exponential"

    end: float = 0.01

    def __call__(self, done: float) -> float:
        """Return the factor when this share of the epochs is done."""
        return float(self.end**done)


@dataclass(frozen=True)
class Cosine:
    """Half a cosine from one to `end` (Loshchilov and Hutter, ICLR 2017)."""

    kind: ClassVar[str] = "cosine"

    end: float = 0.0

    def __call__(self, done: float) -> float:
        """Return the factor when this share of the epochs is done."""
        return float(self.end + (1 - self.end) * 0.5 * (1 + np.cos(np.pi * done)))


class ScheduleBlock(Block):
    """The learning rate over the epochs: constant, in steps, or falling to a share of its start."""

    kind: Literal["constant", "steps", "exponential", "cosine"] = "steps"
    factor: float = Field(default=0.3, gt=0, le=1, description="of each step")
    steps: int = Field(default=5, ge=1, description="equal parts of the training")
    end: float = Field(
        default=0.01,
        ge=0,
        le=1,
        description="where exponential and cosine end, as a share of the start",
    )

    def build(self) -> Schedule:
        """Return the schedule; an exponential ends above zero."""
        if self.kind == "constant":
            return Constant()
        if self.kind == "steps":
            return Steps(self.factor, self.steps)
        if self.kind == "exponential":
            return Exponential(max(self.end, 1e-6))
        return Cosine(self.end)
