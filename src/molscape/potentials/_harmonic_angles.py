"""Harmonic angles."""

from __future__ import annotations

from typing import Any, ClassVar

import equinox as eqx
import numpy as np
from jaxtyping import Array, Float

from molscape.core import terms
from molscape.potentials._bonded import (
    BondedPotential,
    around_minimum,
    bonded_types,
    check_once,
    check_rows,
    parameter_array,
)


class HarmonicAngles(BondedPotential):
    """U = sum over angles of 1/2 stiffness (theta - angle)^2, by type such as "A-B-C".

    Stiffness in kJ/mol/rad^2 (note the factor 1/2), angle in rad. Angles whose type is not
    named contribute nothing.

    Raises:
        ValueError: if names or shapes disagree, a type is named twice, or an angle is not in
            0 to pi.
    """

    kind: ClassVar[str] = "harmonic_angles"
    coordinate: ClassVar[str] = "angle"

    stiffness: Float[Array, " type"]
    angle: Float[Array, " type"]
    types: tuple[str, ...] = eqx.field(static=True)

    def __init__(self, *, types: tuple[str, ...], stiffness: Any, angle: Any) -> None:
        self.types = bonded_types(self.coordinate, types)
        self.stiffness, self.angle = parameter_array(stiffness), parameter_array(angle)
        check_rows(self.coordinate, self.types, stiffness=self.stiffness, angle=self.angle)
        found = np.asarray(self.angle)
        if np.any((found < 0) | (found > np.pi + 1e-6)):
            raise ValueError(f"angles {found} rad: give them in rad, from 0 to pi")
        check_once(self.coordinate, self.types)

    def bonded_energy(self, value: Array, row: int) -> Array:
        """Return 1/2 stiffness (theta - angle)^2."""
        return 0.5 * self.stiffness[row] * (value - self.angle[row]) ** 2

    def span(self, label: str) -> tuple[float, float] | None:
        """Return the range around the minimum of a type."""
        row = self.types.index(label)
        return around_minimum(self.angle[row], self.stiffness[row])

    def lower(self) -> tuple[terms.Term, ...]:
        """Return one harmonic angle term for each type."""
        found = []
        for k, name in enumerate(self.types):
            a, b, c = name.split("-")
            found.append(
                terms.HarmonicAngle((a, b, c), float(self.stiffness[k]), float(self.angle[k]))
            )
        return tuple(found)
