"""Harmonic bonds."""

from __future__ import annotations

from typing import Any, ClassVar

import equinox as eqx
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


class HarmonicBonds(BondedPotential):
    """U = sum over bonds of 1/2 stiffness (r - length)^2, by bond type such as "A-B".

    Stiffness in kJ/mol/nm^2 (note the factor 1/2), length in nm. Bonds whose type is not
    named contribute nothing.

    Raises:
        ValueError: if names or shapes disagree, or a type is named twice.
    """

    kind: ClassVar[str] = "harmonic_bonds"
    coordinate: ClassVar[str] = "bond"

    stiffness: Float[Array, " type"]
    length: Float[Array, " type"]
    types: tuple[str, ...] = eqx.field(static=True)

    def __init__(self, *, types: tuple[str, ...], stiffness: Any, length: Any) -> None:
        self.types = bonded_types(self.coordinate, types)
        self.stiffness, self.length = parameter_array(stiffness), parameter_array(length)
        check_rows(self.coordinate, self.types, stiffness=self.stiffness, length=self.length)
        check_once(self.coordinate, self.types)

    def bonded_energy(self, value: Array, row: int) -> Array:
        """Return 1/2 stiffness (r - length)^2."""
        return 0.5 * self.stiffness[row] * (value - self.length[row]) ** 2

    def span(self, label: str) -> tuple[float, float] | None:
        """Return the range around the minimum of a type."""
        row = self.types.index(label)
        return around_minimum(self.length[row], self.stiffness[row])

    def lower(self) -> tuple[terms.Term, ...]:
        """Return one harmonic bond term for each type."""
        return tuple(
            terms.HarmonicBond(
                (name.split("-")[0], name.split("-")[1]),
                float(self.stiffness[k]),
                float(self.length[k]),
            )
            for k, name in enumerate(self.types)
        )
