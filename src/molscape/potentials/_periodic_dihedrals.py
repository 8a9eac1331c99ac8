"""Periodic dihedrals."""

from __future__ import annotations

from typing import Any, ClassVar

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from molscape.core import terms
from molscape.potentials._bonded import (
    BondedPotential,
    bonded_types,
    check_rows,
    parameter_array,
)


class PeriodicDihedrals(BondedPotential):
    """U = sum over dihedrals of stiffness (1 + cos(multiplicity phi - phase)).

    Stiffness in kJ/mol, phase in rad, phi in (-pi, pi] and zero for cis. A type such as
    "A-B-C-D" may be named several times, with several multiplicities: its terms add up.
    Dihedrals whose type is not named contribute nothing.

    Raises:
        ValueError: if names or shapes disagree, or a multiplicity is not a whole number.
    """

    kind: ClassVar[str] = "periodic_dihedrals"
    coordinate: ClassVar[str] = "dihedral"

    stiffness: Float[Array, " type"]
    phase: Float[Array, " type"]
    multiplicity: tuple[int, ...] = eqx.field(static=True)
    types: tuple[str, ...] = eqx.field(static=True)

    def __init__(
        self, *, types: tuple[str, ...], stiffness: Any, multiplicity: Any, phase: Any
    ) -> None:
        self.types = bonded_types(self.coordinate, types)
        self.stiffness, self.phase = parameter_array(stiffness), parameter_array(phase)
        whole = np.atleast_1d(np.asarray(multiplicity))
        if np.any(whole != np.round(whole)) or np.any(whole < 0):
            raise ValueError(f"multiplicity {multiplicity}: give whole numbers of at least 0")
        self.multiplicity = tuple(int(n) for n in whole)
        check_rows(
            self.coordinate,
            self.types,
            stiffness=self.stiffness,
            multiplicity=jnp.asarray(self.multiplicity),
            phase=self.phase,
        )

    def bonded_energy(self, value: Array, row: int) -> Array:
        """Return stiffness (1 + cos(multiplicity phi - phase))."""
        argument = self.multiplicity[row] * value - self.phase[row]
        return self.stiffness[row] * (1 + jnp.cos(argument))

    def lower(self) -> tuple[terms.Term, ...]:
        """Return one periodic dihedral term for each row."""
        found = []
        for k, name in enumerate(self.types):
            a, b, c, d = name.split("-")
            stiffness, phase = float(self.stiffness[k]), float(self.phase[k])
            found.append(
                terms.PeriodicDihedral((a, b, c, d), stiffness, self.multiplicity[k], phase)
            )
        return tuple(found)
