"""Splines of angles."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np

from molscape.potentials._bond_or_angle_spline import BondOrAngleSpline

STRAIGHT = 0.2
"""This near to a straight angle (rad), few samples are due to the small solid angle."""


class AngleSpline(BondOrAngleSpline):
    """u(theta) of angles by type such as "A-B-C", a B-spline from `start` to `end` in rad.

    With n intervals a type has n + degree parameters (kJ/mol). The range is 0 to pi unless
    given; outside, the energy goes on as the parabola that matches value, slope and curvature
    at the end.

    Raises:
        ValueError: if the range is not in 0 to pi or empty, there are too few intervals, or
            shapes disagree.
    """

    kind: ClassVar[str] = "angle_spline"
    coordinate: ClassVar[str] = "angle"
    unit: ClassVar[Literal["nm", "rad"]] = "rad"

    def __init__(
        self,
        *,
        types: tuple[str, ...],
        intervals: int,
        start: float = 0.0,
        end: float = np.pi,
        degree: int = 4,
        parameters: Any = None,
    ) -> None:
        # Knots of a wall may lie beyond pi, where no angle is.
        if end > np.pi + 1e-9 + degree * (end - start) / intervals:
            raise ValueError(f"an angle spline to {end:g}: give `end` in rad, at most pi")
        super().__init__(  # type: ignore[call-arg]
            types=types,
            start=start,
            end=end,
            intervals=intervals,
            degree=degree,
            parameters=parameters,
        )

    def _room(self) -> tuple[int, int]:
        before, after = super()._room()
        return before, 0 if self._straight(self.end) else after

    def _floors(self, first: int, last: int, stiffness: float) -> tuple[float, float]:
        edge = self.start + (last + 1) * self.spacing
        return stiffness, 0.0 if np.pi - edge < STRAIGHT else stiffness

    def _close(self, own: np.ndarray, last: int) -> None:
        """Mirror the energy at a straight angle that the data come near to.

        Around it u(pi + x) = u(pi - x), so that the slope is zero: any other slope would be a
        force of infinite size in space, since the angle's gradient does not vanish there.
        """
        count = len(own) - self.degree
        if not self._straight(self.end) or (count - 1 - last) * self.spacing > STRAIGHT:
            return
        inner = last + self.degree // 2
        for j in range(inner + 1, len(own)):
            own[j] = own[min(2 * count + self.degree - 1 - j, inner)]

    @staticmethod
    def _straight(end: float) -> bool:
        return abs(end - np.pi) < 1e-6

    def _table_range(self) -> tuple[float, float]:
        return 0.0, np.pi
