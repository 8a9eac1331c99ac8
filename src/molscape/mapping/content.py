"""How much of the atoms' positions the beads of a mapping still know."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from molscape.mapping.moments import SecondMoments, best_decoder


@dataclass(frozen=True)
class Content:
    """What a linear decoder recovers of a molecule from its beads.

    With displacements x from the centre of geometry, their second moments S_ij = <x_i . x_j>/3
    and those of what the decoder leaves over, L: `error` is the root mean square deviation of
    the atoms, sqrt(3 tr L / n) in nm; `kept` the share 1 - tr L / tr S; `modes` the share
    1 - sum v.Lv / sum v.Sv over the eigenvectors v of S that have the largest variance, as many
    as the beads could hold: one less than there are beads. It is one if no linear reduction to
    so few coordinates keeps more. `by_atom` are the root mean square deviations of each atom, nm.
    """

    error: float
    kept: float
    modes: float
    by_atom: Float[np.ndarray, " atom"]


def content(moments: SecondMoments, encoder: Float[np.ndarray, "bead atom"]) -> Content:
    """Return what beads at Z = C r, rows of C summing to one, know of the atoms.

    The decoder is that of least squares among those that move with the molecule,
    x_i = sum_I D_iI Z_I with rows of D summing to one (`best_decoder`). For beads at centres
    of geometry that hold all atoms the error is that of `reconstruction_error`.

    Args:
        moments: of the molecule.
        encoder: rows of C on the molecule's atoms.

    Raises:
        ValueError: if a row does not sum to one.
    """
    if not np.allclose(encoder.sum(axis=1), 1.0, atol=1e-6):
        raise ValueError(
            f"position weights of a bead sum to {encoder.sum(axis=1).tolist()}: each must be one"
        )
    second = moments.positions
    decoder, by_atom = best_decoder(moments, encoder)
    rest_of = np.eye(len(second)) - decoder @ encoder
    left = rest_of @ second @ rest_of.T
    variances, modes = np.linalg.eigh(second)
    widest = slice(len(second) - max(1, len(encoder) - 1), None)
    lost = np.einsum("ik,ij,jk->", modes[:, widest], left, modes[:, widest])
    spread = float(variances[widest].sum())
    total, rest = float(np.trace(second)), max(float(np.trace(left)), 0.0)
    return Content(
        error=float(np.sqrt(3 * rest / len(second))),
        kept=1 - rest / total if total > 0 else 1.0,
        modes=1 - max(float(lost), 0.0) / spread if spread > 0 else 1.0,
        by_atom=by_atom,
    )
