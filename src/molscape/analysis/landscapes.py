"""Free energies along one coordinate, from a distribution and its errors."""

from __future__ import annotations

from typing import Literal

import numpy as np
from jaxtyping import Float

from molscape.analysis.blocks import Blocks
from molscape.core.curve import Curve

Jacobian = Literal["none", "length", "angle"]


def free_energy(blocks: Blocks, kT: float, *, jacobian: Jacobian = "none") -> Curve:
    """Return F(x) = -kT ln (p(x) / J(x)), zero in the fullest bin, with its standard error.

    J is the volume that a bin of x has in space: 1 ("none", dihedrals and flat coordinates),
    r^2 ("length", distances) or sin theta ("angle"), averaged over the bin. With J = 1 this is
    the free energy of the coordinate, else the potential of mean force, which is what a bonded
    potential stands for (Boltzmann inversion). The error is kT error(p) / p.

    Args:
        blocks: a distribution on bins of equal width, such as `bond_blocks` gives.
        kT: thermal energy in kJ/mol.
        jacobian: as said above.

    Returns:
        F in kJ/mol; not a number, nor its error, in bins where nothing was seen.

    Raises:
        ValueError: if kT is not positive, nothing was seen at all, or the jacobian is not known.

    Source: W. Tschöp, K. Kremer, J. Batoulis, T. Bürger and O. Hahn, Acta Polym. 49, 61 (1998).
    """
    if kT <= 0:
        raise ValueError(f"kT {kT:g} kJ/mol must be positive: temperature times 0.0083145")
    curve = blocks.curve()
    seen = curve.y > 0
    if not seen.any():
        raise ValueError("the distribution is empty, it has no free energy: give more frames")
    values = np.full_like(curve.y, np.nan)
    errors = np.full_like(curve.y, np.nan)
    values[seen] = -kT * np.log(curve.y[seen] / jacobian_of(curve.x, jacobian)[seen])
    errors[seen] = kT * curve.error[seen] / curve.y[seen]
    return Curve(
        x=curve.x,
        y=values - values[np.argmax(curve.y)],
        error=errors,
        x_label=curve.x_label,
        x_unit=curve.x_unit,
        y_label=curve.y_label.replace("p(", "F(", 1),
        y_unit="kJ/mol",
        samples=curve.samples,
    )


def jacobian_of(x: Float[np.ndarray, " bin"], kind: Jacobian) -> Float[np.ndarray, " bin"]:
    """Return J at bins of equal width around x: the mean of 1, x^2 or sin x over each bin.

    Raises:
        ValueError: if the kind is not known.
    """
    half = (x[1] - x[0]) / 2 if len(x) > 1 else 0.0
    if kind == "none":
        return np.ones_like(x)
    if kind == "length":
        return x**2 + half**2 / 3
    if kind == "angle":
        return np.sin(x) * np.sinc(half / np.pi)
    raise ValueError(f"jacobian {kind!r}: use 'none', 'length' or 'angle'")
