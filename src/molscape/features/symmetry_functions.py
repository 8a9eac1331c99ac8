"""Behler and Parrinello's symmetry functions of each particle, by types of its neighbours."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from molscape.features.cutoffs import cosine_cutoff, tanh_cutoff
from molscape.features.surroundings import Surroundings

CUTOFFS: dict[str, Callable[[Array, float], Array]] = {"cosine": cosine_cutoff, "tanh": tanh_cutoff}


class RadialSymmetry(eqx.Module):
    """G2 = sum_j exp(-eta (r_ij - center)^2) f(r_ij), for each type of neighbour j.

    `eta` in 1/nm^2 and `center` in nm, one of each per function, do not train. f is the "cosine"
    or the "tanh" cutoff function.
    (Behler, J. Chem. Phys. 134, 074106 (2011), equation 6.)

    Raises:
        ValueError: if shapes disagree, or the cutoff function is not known.
    """

    eta: tuple[float, ...] = eqx.field(static=True)
    center: tuple[float, ...] = eqx.field(static=True)
    types: int = eqx.field(static=True)
    cutoff: float = eqx.field(static=True)
    ends: str = eqx.field(static=True)

    def __init__(
        self,
        *,
        eta: Any,
        center: Any,
        cutoff: float,
        types: int = 1,
        ends: str = "cosine",
    ) -> None:
        self.eta, self.center = _columns(eta=eta, center=center)
        self.types, self.cutoff, self.ends = types, float(cutoff), ends
        _check(self.cutoff, ends, self.eta)

    def __call__(self, around: Surroundings) -> Float[Array, "particle type function"]:
        """Return G2 of each particle, for each type of neighbours."""
        inside = around.inside(self.cutoff)
        distance = jnp.sqrt(jnp.where(inside, around.square, 1.0))
        ends = jnp.where(inside, CUTOFFS[self.ends](distance, self.cutoff), 0.0)
        of_type = [jnp.where(around.other == kind, ends, 0.0) for kind in range(self.types)]
        columns = []
        for eta, center in zip(self.eta, self.center, strict=True):
            bell = jnp.exp(-eta * (distance - center) ** 2)
            columns.append(jnp.stack([jnp.sum(bell * part, axis=1) for part in of_type], axis=1))
        return jnp.stack(columns, axis=-1)


class AngularSymmetry(eqx.Module):
    """G4 or G5, sums over pairs j < k of neighbours with the angle theta_jik at the particle.

    G5 = 2^(1 - zeta) sum (1 + lambda cos theta)^zeta exp(-eta (r_ij^2 + r_ik^2)) f(r_ij) f(r_ik);
    G4 has also r_jk^2 in the exponent and f(r_jk) as a factor, and so ends where the neighbours
    are farther than the cutoff from each other: with `triangle`, the default. Each pair of
    neighbours counts once. `eta` in 1/nm^2, `zeta` at least one, `lambda_` 1 or -1, one of each
    per function. Memory goes with the square of the neighbours.
    (Behler, J. Chem. Phys. 134, 074106 (2011), equations 8 and 9.)

    Raises:
        ValueError: if shapes disagree, zeta is below one, lambda is not 1 or -1, or the cutoff
            function is not known.
    """

    eta: tuple[float, ...] = eqx.field(static=True)
    zeta: tuple[float, ...] = eqx.field(static=True)
    lambda_: tuple[float, ...] = eqx.field(static=True)
    types: int = eqx.field(static=True)
    cutoff: float = eqx.field(static=True)
    ends: str = eqx.field(static=True)
    triangle: bool = eqx.field(static=True)

    def __init__(
        self,
        *,
        eta: Any,
        zeta: Any,
        lambda_: Any,
        cutoff: float,
        types: int = 1,
        ends: str = "cosine",
        triangle: bool = True,
    ) -> None:
        self.eta, self.zeta, self.lambda_ = _columns(eta=eta, zeta=zeta, lambda_=lambda_)
        self.types, self.cutoff, self.ends, self.triangle = types, float(cutoff), ends, triangle
        _check(self.cutoff, ends, self.eta)
        if min(self.zeta) < 1 or set(self.lambda_) - {1.0, -1.0}:
            raise ValueError(
                f"zeta {self.zeta} and lambda {self.lambda_}: zeta is at least one, so that forces "
                "are finite, and lambda is 1 or -1"
            )

    @property
    def pairs(self) -> tuple[tuple[int, int], ...]:
        """The pairs of types, in the order of the result."""
        return tuple((a, b) for a in range(self.types) for b in range(a, self.types))

    def __call__(self, around: Surroundings) -> Float[Array, "particle pair function"]:
        """Return G4 or G5 of each particle, for each pair of types of its neighbours."""
        inside = around.inside(self.cutoff)
        square = jnp.where(inside, around.square, 1.0)
        distance = jnp.sqrt(square)
        ends = jnp.where(inside, CUTOFFS[self.ends](distance, self.cutoff), 0.0)
        unit = [component / distance for component in around.components]
        cosine = sum(u[:, :, None] * u[:, None, :] for u in unit)
        both = ends[:, :, None] * ends[:, None, :]
        exponent = square[:, :, None] + square[:, None, :]
        different = ~jnp.eye(square.shape[1], dtype=bool)
        both = jnp.where(different, both, 0.0)
        if self.triangle:
            third = sum((c[:, :, None] - c[:, None, :]) ** 2 for c in around.components)
            apart = different & (third > 0)
            side = jnp.sqrt(jnp.where(apart, third, 1.0))
            both = jnp.where(apart, both * CUTOFFS[self.ends](side, self.cutoff), 0.0)
            exponent = exponent + third
        of_type = [(around.other == kind).astype(square.dtype) for kind in range(self.types)]
        columns = []
        for eta, zeta, lambda_ in zip(self.eta, self.zeta, self.lambda_, strict=True):
            lobe = jnp.maximum(1.0 + lambda_ * cosine, 0.0) ** zeta
            term = 2.0 ** (1.0 - zeta) * lobe * jnp.exp(-eta * exponent) * both
            # Within one type the square holds each pair of neighbours twice.
            sums = [
                jnp.einsum("ijk,ij,ik->i", term, of_type[a], of_type[b]) * (0.5 if a == b else 1.0)
                for a, b in self.pairs
            ]
            columns.append(jnp.stack(sums, axis=1))
        return jnp.stack(columns, axis=-1)


def _columns(**given: Any) -> tuple[tuple[float, ...], ...]:
    """Return the parameters as tuples of one length."""
    arrays = {name: np.atleast_1d(np.asarray(value, float)) for name, value in given.items()}
    shapes = {name: array.shape for name, array in arrays.items()}
    if len(set(shapes.values())) != 1 or next(iter(arrays.values())).ndim != 1:
        raise ValueError(f"parameters of symmetry functions have shapes {shapes}: give equal lists")
    return tuple(tuple(array.tolist()) for array in arrays.values())


def _check(cutoff: float, ends: str, eta: tuple[float, ...]) -> None:
    if ends not in CUTOFFS:
        raise ValueError(f"cutoff function {ends!r}: use one of {tuple(CUTOFFS)}")
    if not cutoff > 0 or not eta or min(eta) < 0:
        raise ValueError(
            f"cutoff {cutoff:g} nm and eta {eta}: the cutoff is positive and no eta is negative"
        )
