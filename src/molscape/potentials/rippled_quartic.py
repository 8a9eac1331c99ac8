"""Two wells with a ripple on them, whose free energy is known exactly."""

from __future__ import annotations

from typing import Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from molscape.core.neighbours import Neighbours
from molscape.core.potential import Box, Energy, Positions
from molscape.core.system import System
from molscape.potentials._external_field import ExternalField

ROOTS = (4.0, 2.0, -2.0, -3.0)
WELLS, WIDTH, RIPPLE = 1 / 50, 1 / 20, 1 / 25
WAVE, ORIGIN = 3.0, (-5.0, 6.0)


class RippledQuartic(ExternalField):
    """U = scale ((x-4)(x-2)(x+2)(x+3)/50 + y^2/20 + sin(3(x+5)(y-6))/25) for each particle.

    Lengths in nm. With a scale of kT the free energy along x is the quartic alone: the sine
    averages out over y, to 1e-15 for |x| < 4. (Figure 3 of Wang et al., ACS Cent. Sci. 5, 755
    (2019), from which the form was read.)

    Args:
        scale: energy of one in kJ/mol, usually kT.
    """

    kind: ClassVar[str] = "rippled_quartic"

    scale: Float[Array, ""]

    def __init__(self, *, scale: Any) -> None:
        self.scale = jnp.asarray(scale, dtype=float)

    def __call__(
        self, system: System, positions: Positions, box: Box, neighbours: Neighbours
    ) -> Energy:
        """Return the sum over particles; z costs nothing."""
        x, y = positions[:, 0], positions[:, 1]
        energy = jnp.where(system.mask, quartic(x) + ripple(x, y), 0.0)
        return self.scale * jnp.sum(energy)

    def trainable(self) -> RippledQuartic:
        """Return a tree of this shape with False: nothing is fitted."""
        held: RippledQuartic = jax.tree.map(lambda _: False, self)
        return held


def quartic(x: Any) -> Any:
    """Return (x-4)(x-2)(x+2)(x+3)/50: the exact free energy along x in kT, x in nm."""
    a, b, c, d = ROOTS
    return WELLS * (x - a) * (x - b) * (x - c) * (x - d)


def quartic_force(x: Any) -> Any:
    """Return the exact mean force along x in kT/nm, x in nm."""
    terms = [WELLS * _product(x, ROOTS[:k] + ROOTS[k + 1 :]) for k in range(len(ROOTS))]
    return -(terms[0] + terms[1] + terms[2] + terms[3])


def _product(x: Any, roots: tuple[float, ...]) -> Any:
    found = 1.0
    for root in roots:
        found = found * (x - root)
    return found


def ripple(x: Any, y: Any) -> Any:
    """Return y^2/20 + sin(3(x+5)(y-6))/25, what has to be averaged out, in kT."""
    wave = jnp.sin if isinstance(x, jax.Array) else np.sin
    return WIDTH * y**2 + RIPPLE * wave(WAVE * (x - ORIGIN[0]) * (y - ORIGIN[1]))


def force_noise(x: Float[np.ndarray, " point"]) -> Float[np.ndarray, " point"]:
    """Return the variance of the instantaneous force along x at fixed x, in (kT/nm)^2.

    Var(f|x) = <g^2> - <g>^2 with g = -d(ripple)/dx, over exp(-ripple) in y, by the trapezium
    rule, which is exact to rounding for a function that vanishes at both ends.
    """
    y = np.linspace(-30.0, 30.0, 6001)
    energy = ripple(x[:, None], y)
    weight = np.exp(-energy)
    weight /= weight.sum(axis=1, keepdims=True)
    phase = WAVE * (x[:, None] - ORIGIN[0]) * (y - ORIGIN[1])
    force = -RIPPLE * WAVE * (y - ORIGIN[1]) * np.cos(phase)
    mean = np.sum(weight * force, axis=1)
    return np.asarray(np.sum(weight * force**2, axis=1) - mean**2)
