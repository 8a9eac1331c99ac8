"""What all bonded potentials share: the sum over lists of particles, and the checks."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from molscape.core.neighbours import Neighbours
from molscape.core.potential import Box, Energy, Positions, Potential, cast
from molscape.core.system import System, type_key
from molscape.features import internal_coordinates as internal

COORDINATES: dict[str, tuple[str, int, Callable[[Any, Any], Any]]] = {
    "bond": ("bonds", 2, internal.distance),
    "angle": ("angles", 3, internal.angle),
    "dihedral": ("dihedrals", 4, internal.dihedral),
}
"""For each coordinate the lists of `System`, the number of particles and the function."""


class BondedPotential(Potential):
    """U = sum over bonds (angles, dihedrals) of u_type(x), x in nm or rad.

    Row k of every parameter belongs to `types[k]`, such as "A-B-C". Types that are not named
    contribute nothing; types that a system lacks do no harm.
    """

    types: eqx.AbstractVar[tuple[str, ...]]

    @abstractmethod
    def bonded_energy(self, value: Array, row: int) -> Array:
        """Return u(x) in kJ/mol, elementwise, of one row of parameters."""

    @property
    def reach(self) -> float:
        """Bonded terms need no neighbours."""
        return 0.0

    @property
    def smoothness(self) -> int:
        """There is no cutoff: as smooth as any test can see."""
        return 2

    @property
    def row_types(self) -> tuple[tuple[str, ...], ...]:
        """The types of the particles of each row."""
        return tuple(tuple(name.split("-")) for name in self.types)

    def curve(self, x: Float[Array, "*point"], row: int) -> Float[Array, "*point"]:
        """Return u(x) of a row."""
        return self.bonded_energy(x, row)

    def __call__(
        self, system: System, positions: Positions, box: Box, neighbours: Neighbours
    ) -> Energy:
        """Return the sum over all types."""
        energy = jnp.zeros((), positions.dtype)
        measure = COORDINATES[self.coordinate][2]
        for row, members in self.groups(system):
            value = measure(positions[members], box)
            energy = energy + jnp.sum(self.bonded_energy(value, row))
        return energy

    def groups(self, system: System) -> Iterator[tuple[int, Array]]:
        """Yield each row and the particles (bonded, member) it acts on in this system."""
        lists = getattr(system, COORDINATES[self.coordinate][0])
        for row, name in enumerate(self.types):
            if name in lists:
                yield row, lists[name]

    def binds(self, bond: str) -> bool:
        """Return whether it has a term for bonds of this type."""
        return self.coordinate == "bond" and bond in self.types

    def tabulate(
        self, value: Float[np.ndarray, " point"], label: tuple[str, ...] | str
    ) -> tuple[Float[np.ndarray, " point"], Float[np.ndarray, " point"]]:
        """Return u(x) in kJ/mol and -u'(x) of a type, in double precision.

        The sum over all rows of that type; zero for a type that does not interact.
        """
        key = type_key(tuple(label.split("-")) if isinstance(label, str) else label)
        energy, force = np.zeros(len(value)), np.zeros(len(value))
        with jax.enable_x64(True):
            exact, x = cast(self, jnp.float64), jnp.asarray(value, dtype=jnp.float64)
            for row in (k for k, name in enumerate(self.types) if name == key):
                u, slope = _values(exact, x, row)
                energy, force = energy + np.asarray(u), force - np.asarray(slope)
        return energy, force


def around_minimum(centre: Array, stiffness: Array) -> tuple[float, float]:
    """Return the range in which a harmonic energy is below 20 kJ/mol, and no less than zero."""
    middle, k = np.asarray(centre, dtype=np.float64), np.asarray(stiffness, dtype=np.float64)
    width = 4 * np.sqrt(2.5 / max(float(k), 1e-9))
    return max(0.0, float(middle) - width), float(middle) + width


@eqx.filter_jit
def _values(potential: BondedPotential, value: Array, row: int) -> tuple[Array, Array]:
    return jax.jvp(lambda x: potential.bonded_energy(x, row), (value,), (jnp.ones_like(value),))


def bonded_types(coordinate: str, names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the type keys of names such as "B-A", read from the end that sorts first.

    Raises:
        ValueError: if a name has the wrong number of bead types.
    """
    members = COORDINATES[coordinate][1]
    if isinstance(names, str):
        raise ValueError(f"types {names!r}: give a tuple of names, such as ({names!r},)")
    for name in names:
        if len(name.split("-")) != members:
            raise ValueError(
                f"{name!r} names {len(name.split('-'))} bead types, a {coordinate} joins "
                f"{members}: write {'-'.join('ABCD'[:members])!r}"
            )
    return tuple(type_key(tuple(name.split("-"))) for name in names)


def check_rows(coordinate: str, types: tuple[str, ...], **arrays: Array) -> None:
    """Raise ValueError unless each array has one entry for each type."""
    if any(array.shape != (len(types),) for array in arrays.values()):
        found = " and ".join(f"{name} {array.shape}" for name, array in arrays.items())
        raise ValueError(f"{len(types)} {coordinate} types but {found}: give one of each per type")


def check_once(coordinate: str, types: tuple[str, ...]) -> None:
    """Raise ValueError if a type is named twice."""
    if len(set(types)) != len(types):
        raise ValueError(f"a {coordinate} type is named twice in {types}: name each type once")


def parameter_array(values: Any) -> Array:
    """Return one parameter for each type."""
    return jnp.atleast_1d(jnp.asarray(values, dtype=float))
