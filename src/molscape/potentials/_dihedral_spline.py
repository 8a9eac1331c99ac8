"""Splines of dihedrals, periodic."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np

from molscape.potentials._bonded_spline import BondedSpline


class DihedralSpline(BondedSpline):
    """u(phi) of dihedrals by type such as "A-B-C-D", a periodic B-spline from -pi to pi.

    With n intervals a type has n parameters (kJ/mol). phi is zero for cis.

    Raises:
        ValueError: if there are too few intervals, or shapes disagree.
    """

    kind: ClassVar[str] = "dihedral_spline"
    coordinate: ClassVar[str] = "dihedral"
    unit: ClassVar[Literal["nm", "rad"]] = "rad"
    ends: ClassVar[Literal["cutoff", "free", "periodic"]] = "periodic"
    stored: ClassVar[tuple[str, ...] | None] = ("types", "intervals", "degree")

    def __init__(
        self, *, types: tuple[str, ...], intervals: int, degree: int = 4, parameters: Any = None
    ) -> None:
        super().__init__(
            types=types,
            start=-np.pi,
            end=np.pi,
            intervals=intervals,
            degree=degree,
            parameters=parameters,
        )

    def _size(self, intervals: int) -> int:
        return intervals

    @property
    def intervals(self) -> int:
        """Number of knot intervals around the circle."""
        return int(self.parameters.shape[1])

    def _terms(self, interval: Any) -> Any:
        return (interval[..., None] + np.arange(self.degree + 1, dtype=np.int32)) % self.intervals

    def _differences(self, order: int) -> np.ndarray:
        step = np.roll(np.eye(self.intervals), 1, axis=1) - np.eye(self.intervals)
        return np.asarray(np.linalg.matrix_power(step, order))

    def extrapolated(self, first: np.ndarray, last: np.ndarray, stiffness: float) -> BondedSpline:
        """Return the spline with the smoothest bridge over what was not sampled of each type.

        Sampled are intervals `first[type]` to `last[type]`, on across pi where last < first.
        The other parameters make the penalty on a rough force least; where a well ends on both
        sides, that is a barrier. `stiffness` is not used: a dihedral has no wall. The lowest
        energy becomes zero.
        """
        own = np.array(self.parameters, dtype=np.float64)
        rough = self._differences(3)
        for row, (begin, stop) in enumerate(zip(np.asarray(first), np.asarray(last), strict=True)):
            length = (int(stop) - int(begin)) % self.intervals + 1
            kept = (int(begin) + np.arange(min(length + self.degree, self.intervals))) % (
                self.intervals
            )
            free = np.setdiff1d(np.arange(self.intervals), kept)
            if len(free) > 0:
                target = -rough[:, kept] @ own[row, kept]
                own[row, free] = np.linalg.lstsq(rough[:, free], target, rcond=None)[0]
        return self.with_parameters(own)._zeroed(first, last)
