"""Splines of bonds."""

from __future__ import annotations

from typing import ClassVar

from molscape.potentials._bond_or_angle_spline import BondOrAngleSpline


class BondSpline(BondOrAngleSpline):
    """u(r) of bonds by type such as "A-B", a B-spline from `start` to `end` in nm.

    With n intervals a type has n + degree parameters (kJ/mol). Outside, the energy goes on as
    the parabola that matches value, slope and curvature at the end.

    Raises:
        ValueError: if the range is empty, there are too few intervals, or shapes disagree.
    """

    kind: ClassVar[str] = "bond_spline"
    coordinate: ClassVar[str] = "bond"

    def _table_range(self) -> tuple[float, float]:
        return 0.0, 2 * self.end - self.start
