"""Tables as OpenMM expressions: a piecewise cubic whose coefficients are looked up by interval."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

LARGEST_INDEX = 2**24
"""Whole numbers up to this are exact in single precision, in which OpenMM counts intervals."""


@dataclass(frozen=True, eq=False)
class Grid:
    """A uniform grid: first point, spacing and number of points."""

    start: float
    spacing: float
    points: int

    @classmethod
    def of(cls, coordinate: Float[np.ndarray, " point"]) -> Grid:
        """Return the grid of a table's coordinate."""
        points = len(coordinate)
        return cls(
            float(coordinate[0]), float(coordinate[-1] - coordinate[0]) / (points - 1), points
        )

    def agrees(self, other: Grid) -> bool:
        """Whether two grids have the same points."""
        mine, theirs = (np.array([g.start, g.spacing]) for g in (self, other))
        near = np.abs(mine - theirs) <= 1e-12 * self.spacing * self.points
        return self.points == other.points and bool(near.all())

    @property
    def rows(self) -> int:
        """Rows of coefficients of one table: its intervals and the two ends."""
        return self.points + 1


def coefficients(
    spacing: float,
    energy: Float[np.ndarray, " point"],
    force: Float[np.ndarray, " point"],
    *,
    curved_ends: bool = False,
) -> Float[np.ndarray, "row 4"]:
    """Return the cubic of each interval in x from 0 to 1, by powers of x, in kJ/mol.

    Hermite's cubic takes value and slope at both ends of an interval. The first and last row are
    for what lies outside: there the energy goes on along its tangents, so that there is a force
    wherever a bead may stray.

    Args:
        spacing: distance of the points, nm or rad.
        energy: kJ/mol.
        force: minus the slope, kJ/mol/nm or kJ/mol/rad.
        curved_ends: outside, go on as parabolas instead, with the curvature at the end.
    """
    slope = -spacing * force
    rise = np.diff(energy)
    inside = np.stack(
        [
            energy[:-1],
            slope[:-1],
            3 * rise - 2 * slope[:-1] - slope[1:],
            slope[:-1] + slope[1:] - 2 * rise,
        ],
        axis=1,
    )
    # Half the second derivatives, from slopes: differences of energies would lose digits.
    first, last = 0.5 * np.diff(slope)[[0, -1]] * curved_ends
    before = [energy[0] - slope[0] + first, slope[0] - 2 * first, first, 0.0]
    after = [energy[-1], slope[-1], last, 0.0]
    return np.concatenate([[before], inside, [after]])


def cubic(name: str, coordinate: str, start: str, inverse: str, last: str, base: str) -> str:
    """Return the definitions of `name`, the table's energy, for an OpenMM expression.

    Each argument is an expression: of the coordinate, its first point, one over the spacing,
    the number of intervals, and the first row of the table's coefficients.

    The lookups have no slope and neither has `floor`, so OpenMM's derivative is that of the
    cubic: energy and force belong together to rounding, and no search for an interval is needed.
    """
    c = [f"{name}_c{power}({name}_row)" for power in range(4)]
    return (
        f"{name} = {c[0]} + {name}_x*({c[1]} + {name}_x*({c[2]} + {name}_x*{c[3]})); "
        f"{name}_row = {base} + {name}_k + 1; "
        f"{name}_x = {name}_t - {name}_k; "
        f"{name}_k = max(-1, min({last}, floor({name}_t))); "
        f"{name}_t = ({coordinate} - {start})*{inverse}"
    )


def add_coefficients(openmm: Any, force: Any, name: str, tables: Iterable[np.ndarray]) -> None:
    """Give a force the lookups that `cubic` names: rows of all tables, one behind the other.

    Raises:
        ValueError: if they are too many to be counted in single precision.
    """
    rows = np.concatenate(list(tables))
    if len(rows) > LARGEST_INDEX:
        raise ValueError(
            f"the tables have {len(rows)} intervals together, OpenMM counts up to "
            f"{LARGEST_INDEX}: use fewer points a table"
        )
    for power in range(4):
        values = rows[:, power].tolist()
        force.addTabulatedFunction(f"{name}_c{power}", openmm.Discrete1DFunction(values))
