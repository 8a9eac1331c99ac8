"""The potential: an energy of positions, everything else follows from it."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import fields
from typing import Any, ClassVar, Protocol, runtime_checkable

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from molscape.core.neighbours import Neighbours
from molscape.core.system import System
from molscape.core.terms import Term

Positions = Float[Array, "particle 3"]
Box = Float[Array, "3 3"] | None
Energy = Float[Array, ""]


class Potential(eqx.Module):
    """An energy function of the positions of any system; classes are abstract or final.

    `kind` names the class in files. `symmetries` lists what leaves the energy unchanged
    ("translation", "rotation", "permutation", "periodic"). `citation` is the paper that a report
    names. `coordinate` is "pair", "bond", "angle" or "dihedral" where the energy is a sum of
    curves of such a coordinate. Files hold the fields of an object; where settings are not just
    the static ones, `stored` names them.
    """

    kind: ClassVar[str]
    citation: ClassVar[str] = ""
    coordinate: ClassVar[str] = ""
    stored: ClassVar[tuple[str, ...] | None] = None

    @property
    def symmetries(self) -> frozenset[str]:
        """What leaves the energy unchanged; all four unless a class says otherwise."""
        return frozenset({"translation", "rotation", "permutation", "periodic"})

    @property
    def smoothness(self) -> int:
        """Number of continuous derivatives of the energy at the cutoff; -1: the energy jumps."""
        return 1

    @abstractmethod
    def __call__(
        self, system: System, positions: Positions, box: Box, neighbours: Neighbours
    ) -> Energy:
        """Return the energy in kJ/mol; positions and box in nm."""

    @property
    @abstractmethod
    def reach(self) -> float:
        """Distance in nm up to which neighbours are needed; 0 for bonded terms."""

    @abstractmethod
    def lower(self) -> tuple[Term, ...]:
        """Return the terms that engines and exporters know."""

    def settings(self) -> dict[str, Any]:
        """Return what rebuilds the object besides its arrays, ready for JSON.

        Static fields (or what `stored` names), tuples as lists and infinity as "inf"; kind and
        settings of each part of a field of potentials; the settings of features, kind included.
        """
        names = _names(self, static=True) if self.stored is None else self.stored
        found = {name: _plain(getattr(self, name)) for name in names}
        for name in _names(self, static=False):
            value = getattr(self, name)
            if _is_parts(value):
                found[name] = [{"kind": p.kind, "settings": p.settings()} for p in value]
            elif hasattr(value, "kind"):
                found[name] = value.settings()
        return found

    def arrays(self) -> dict[str, np.ndarray]:
        """Return the parameters by name, in double precision.

        Names of what is inside a field have dots; parts are named by their place: "0.parameters".
        """
        return _arrays_of(self)

    @classmethod
    def rebuild(cls, settings: dict[str, Any], arrays: dict[str, np.ndarray]) -> Potential:
        """Rebuild the object from its settings and arrays; both are arguments of the class."""
        numbers = {each.name for each in fields(cls) if each.type in ("float", float)}
        values = {
            name: float(value) if name in numbers else _tuples(value)
            for name, value in settings.items()
        }
        return cls(**values, **{k: jnp.asarray(v, dtype=float) for k, v in arrays.items()})

    def terms(self) -> tuple[Potential, ...]:
        """Return the parts whose energies add up to this one's."""
        return (self,)

    def single_terms(self) -> tuple[Potential, ...]:
        """Return its terms, of a committee, whose members are alike, those of the first."""
        return (self,)

    @property
    def jumps(self) -> bool:
        """Whether forces may jump where neighbours cross the cutoff or change places."""
        return False

    @property
    def row_types(self) -> tuple[tuple[str, ...], ...]:
        """The types of the particles that each row of parameters belongs to, if there are rows."""
        return ()

    @property
    def labels(self) -> tuple[str, ...]:
        """Name of each row, such as "A-B"."""
        return tuple("-".join(types) for types in self.row_types)

    def span(self, label: str) -> tuple[float, float] | None:
        """Return where the curve of a row is worth a look (nm or rad); none if it does not say."""
        return None

    def tabulate(
        self, x: Float[np.ndarray, " point"], types: tuple[str, ...] | str
    ) -> tuple[Float[np.ndarray, " point"], Float[np.ndarray, " point"]]:
        """Return u(x) in kJ/mol and -u'(x) of these types; zero if they do not interact."""
        return np.zeros(len(x)), np.zeros(len(x))

    def watched(self) -> tuple[Watched, ...]:
        """Return the parts that know the range of their training data."""
        return (self,) if isinstance(self, Watched) else ()

    def binds(self, bond: str) -> bool:
        """Return whether it holds bonded beads of this type, such as "A-B", together."""
        return False

    def trainable(self) -> Any:
        """Return a tree of this shape with True where a fit may change a leaf."""
        return jax.tree.map(eqx.is_inexact_array, self)

    def forces(
        self, system: System, positions: Positions, box: Box, neighbours: Neighbours
    ) -> Float[Array, "particle 3"]:
        """Return -dU/dx in kJ/mol/nm, by automatic differentiation."""
        return -jax.grad(lambda x: self(system, x, box, neighbours))(positions)


@runtime_checkable
class Watched(Protocol):
    """A potential that knows the range of its training data; engines then watch their runs."""

    def outside(
        self, system: System, positions: Positions, box: Box, neighbours: Neighbours
    ) -> Int[Array, ""]:
        """Return how many features of this configuration lie outside the range of training."""
        ...


def virial(
    potential: Potential, system: System, positions: Positions, box: Box, neighbours: Neighbours
) -> Float[Array, "3 3"]:
    """Return the virial tensor W = -dU/d(strain) in kJ/mol, by automatic differentiation.

    Positions and box are strained together, x -> x (1 + strain), by lower triangular strains
    (they keep the box lower triangular; rotations cost nothing, so they give the whole
    symmetric tensor). The configurational pressure is trace(W) / (3 V), which counts pair,
    many-body and bonded terms alike (Louwerse and Baerends, Chem. Phys. Lett. 421, 138 (2006)).
    """

    def energy(strain: Array) -> Array:
        deform = jnp.eye(3, dtype=positions.dtype) + jnp.tril(strain)
        strained = None if box is None else box @ deform
        return potential(system, positions @ deform, strained, neighbours)

    lower = -jax.grad(energy)(jnp.zeros((3, 3), dtype=positions.dtype))
    return lower + jnp.tril(lower, -1).T


def cast(tree: Any, dtype: Any) -> Any:
    """Return a tree with every floating array in this precision."""

    def convert(leaf: Any) -> Any:
        return jnp.asarray(leaf, dtype=dtype) if eqx.is_inexact_array(leaf) else leaf

    return jax.tree.map(convert, tree)


def _names(tree: Any, *, static: bool) -> list[str]:
    return [each.name for each in fields(tree) if each.metadata.get("static", False) == static]


def _plain(value: Any) -> Any:
    """Return a setting as JSON has it."""
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, float) and np.isinf(value) else value


def _tuples(value: Any) -> Any:
    return tuple(_tuples(item) for item in value) if isinstance(value, list) else value


def _is_parts(value: Any) -> bool:
    return isinstance(value, tuple) and all(isinstance(item, Potential) for item in value)


def _arrays_of(tree: Any) -> dict[str, np.ndarray]:
    """Return the arrays in the fields of a module by dotted name."""
    found: dict[str, np.ndarray] = {}
    for name in _names(tree, static=False):
        value = getattr(tree, name)
        if _is_parts(value):
            for k, part in enumerate(value):
                found |= {f"{k}.{own}": array for own, array in part.arrays().items()}
        else:
            found |= _named(value, name)
    return found


def _named(value: Any, name: str) -> dict[str, np.ndarray]:
    if value is None:
        return {}
    if isinstance(value, eqx.Module):
        return {f"{name}.{own}": array for own, array in _arrays_of(value).items()}
    if isinstance(value, tuple):
        each = [_named(item, f"{name}.{k}") for k, item in enumerate(value)]
        return {own: array for found in each for own, array in found.items()}
    return {name: np.asarray(value, dtype=np.float64)}
