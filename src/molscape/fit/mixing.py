"""Anderson mixing: the last steps of a fixed-point iteration combined into a better one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

RIDGE = 0.05
"""Added to the squares of directions of length one: keeps noise from being fitted."""


def mixed(
    tried: Sequence[Float[np.ndarray, " parameter"]],
    changes: Sequence[Float[np.ndarray, " parameter"]],
    metric: Float[np.ndarray, "parameter parameter"],
) -> Float[np.ndarray, " parameter"]:
    """Return the next parameters of the iteration x <- x + change(x).

    The combination of the given steps whose change would be smallest, in the norm of the
    metric, if changes were linear in x: x + r - (dX + dR) c with c minimising
    |r - dR c|^2 + ridge sum_k |c_k dR_k|^2, where dX and dR are differences of successive x
    and r. Soft modes, which a plain iteration follows slowly, are so found from how the changes
    change.

    Args:
        tried: parameters, the latest last.
        changes: what the plain iteration would add to each.
        metric: norm of a change, such as its mean square over what was sampled.

    Source: D. G. Anderson, J. ACM 12, 547 (1965); H. F. Walker and P. Ni, SIAM J. Numer. Anal.
    49, 1715 (2011).
    """
    x, r = np.array(tried), np.array(changes)
    plain: Float[np.ndarray, " parameter"] = x[-1] + r[-1]
    if len(x) < 2:
        return plain
    dx, dr = np.diff(x, axis=0), np.diff(r, axis=0)
    sizes = np.sqrt(np.einsum("ka,ab,kb->k", dr, metric, dr))
    if not np.all(sizes > 0):
        return plain
    # Differences get smaller with every iteration; each counts for its direction.
    direction = dr / sizes[:, None]
    gram = direction @ metric @ direction.T + RIDGE * np.eye(len(dr))
    share = np.linalg.solve(gram, direction @ metric @ r[-1]) / sizes
    found: Float[np.ndarray, " parameter"] = plain - share @ (dx + dr)
    return found
