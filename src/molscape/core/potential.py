"""The potential: an energy of positions, everything else follows from it."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar, Literal, Protocol, runtime_checkable

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
    ("translation", "rotation", "permutation", "periodic").
    """

    kind: ClassVar[str]

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

    @abstractmethod
    def settings(self) -> dict[str, Any]:
        """Return what rebuilds the object beside its arrays, ready for JSON."""

    @abstractmethod
    def arrays(self) -> dict[str, np.ndarray]:
        """Return the parameters by name."""

    @classmethod
    @abstractmethod
    def rebuild(cls, settings: dict[str, Any], arrays: dict[str, np.ndarray]) -> Potential:
        """Rebuild the object from its settings and arrays."""

    def terms(self) -> tuple[Potential, ...]:
        """Return the parts whose energies add up to this one's."""
        return (self,)

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


class LinearPotential(Potential):
    """A potential that is linear in its parameters, one row of B-spline parameters per type.

    Row k belongs to `labels[k]`, such as "A-B" or "A-B-C"; all rows have `intervals` knot
    intervals of width `spacing` from `start` on, in `unit` ("nm" or "rad"). `ends` says how
    rows end: at a "cutoff" where energy and force vanish, "free" on both sides, or "periodic".
    Unless there is a cutoff, a constant added to all parameters of a row changes no force.
    """

    unit: ClassVar[Literal["nm", "rad"]] = "nm"
    ends: ClassVar[Literal["cutoff", "free", "periodic"]] = "cutoff"

    parameters: eqx.AbstractVar[Float[Array, "row parameter"]]
    start: eqx.AbstractVar[float]
    spacing: eqx.AbstractVar[float]

    @property
    @abstractmethod
    def labels(self) -> tuple[str, ...]:
        """Name of each row."""

    @property
    @abstractmethod
    def intervals(self) -> int:
        """Number of knot intervals of each row."""

    @abstractmethod
    def basis_forces(
        self, system: System, positions: Positions, box: Box, neighbours: Neighbours
    ) -> tuple[Float[Array, "parameter particle 3"], Float[Array, "row interval"]]:
        """Return the force of each parameter set to one, and what fell into each interval.

        Parameters are numbered row by row; forces are in kJ/mol/nm per kJ/mol.
        """

    @abstractmethod
    def roughness(self) -> np.ndarray:
        """Return the matrix P of a penalty p^T P p on a rough force; a straight force is free."""

    @abstractmethod
    def with_parameters(self, flat: np.ndarray) -> LinearPotential:
        """Return the potential with these flat parameters."""

    @abstractmethod
    def extrapolated(
        self, first: np.ndarray, last: np.ndarray, stiffness: float
    ) -> LinearPotential:
        """Return the potential with walls outside the sampled intervals first to last of each row.

        A wall goes on with the curvature of the energy there, at least `stiffness` (kJ/mol/nm^2
        or kJ/mol/rad^2). The new one has the same spacing; it may begin earlier and end later.
        """


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
