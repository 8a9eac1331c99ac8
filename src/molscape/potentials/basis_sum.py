"""A sum of given functions of one coordinate: what feature regression fits."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, ClassVar

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from molscape.core.neighbours import Neighbours
from molscape.core.potential import Box, Energy, Positions
from molscape.core.system import System
from molscape.features.coordinates import AXES
from molscape.potentials._external_field import ExternalField

POWER = re.compile(r"x(?:\^([1-9]))?")
WAVE = re.compile(r"(sin|cos)\((\d*\.?\d*)x\)")


class BasisSum(ExternalField):
    """U = sum_k c_k phi_k(x) for each particle, with x one of its coordinates in nm.

    Args:
        functions: each "x", "x^2" to "x^9", "sin(x)", "cos(6x)" and the like, wave numbers in
            1/nm; a constant changes no force and is not among them.
        axis: "x", "y" or "z"; functions call it x whatever it is.
        coefficients: c_k in kJ/mol (per nm^n for powers); zero by default.

    Raises:
        ValueError: if a function is not known, comes twice, or the numbers do not fit.
    """

    kind: ClassVar[str] = "basis_sum"
    why: ClassVar[str] = "functions of single particles' coordinates"

    coefficients: Float[Array, " function"]
    functions: tuple[str, ...] = eqx.field(static=True)
    axis: str = eqx.field(static=True)

    def __init__(
        self, *, functions: Sequence[str], axis: str = "x", coefficients: Any = None
    ) -> None:
        self.functions, self.axis = tuple(functions), axis
        if not self.functions or len(set(self.functions)) < len(self.functions):
            raise ValueError(f"functions {self.functions}: give at least one, and each once")
        for name in self.functions:
            parse(name)
        if axis not in AXES or len(axis) != 1:
            raise ValueError(f"axis {axis!r}: use x, y or z")
        given = np.zeros(len(self.functions)) if coefficients is None else coefficients
        self.coefficients = jnp.asarray(given, dtype=float)
        if self.coefficients.shape != (len(self.functions),):
            raise ValueError(
                f"{self.coefficients.shape} coefficients of {len(self.functions)} functions: "
                "give one for each"
            )

    def __call__(
        self, system: System, positions: Positions, box: Box, neighbours: Neighbours
    ) -> Energy:
        """Return the sum over particles and functions."""
        x = positions[:, AXES.index(self.axis)]
        values = jnp.stack([evaluate(name, x) for name in self.functions])
        return self.coefficients @ jnp.sum(jnp.where(system.mask, values, 0.0), axis=1)

    def basis_forces(self, x: Float[np.ndarray, " point"]) -> Float[np.ndarray, "function point"]:
        """Return -dphi_k/dx at each x (nm)."""
        return np.stack([-slope(name, x) for name in self.functions])


def parse(name: str) -> tuple[str, float]:
    """Return ("power", n), ("sin", k) or ("cos", k) of a function's name.

    Raises:
        ValueError: if the name is not understood.
    """
    power, wave = POWER.fullmatch(name), WAVE.fullmatch(name)
    if power:
        return "power", float(power[1] or 1)
    if wave and wave[2] != ".":
        number = float(wave[2] or 1)
        if number > 0:
            return wave[1], number
    raise ValueError(f"function {name!r}: write x, x^2 ... x^9, sin(x), sin(2.5x) or cos(6x)")


def evaluate(name: str, x: Array) -> Array:
    """Return a function at each x."""
    form, number = parse(name)
    if form == "power":
        return x ** int(number)
    return jnp.sin(number * x) if form == "sin" else jnp.cos(number * x)


def slope(name: str, x: np.ndarray) -> np.ndarray:
    """Return the derivative of a function at each x."""
    form, number = parse(name)
    if form == "power":
        return np.asarray(number * x ** (int(number) - 1))
    wave = np.cos(number * x) if form == "sin" else -np.sin(number * x)
    return np.asarray(number * wave)
