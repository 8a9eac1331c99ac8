"""How many neighbours a particle has inside the first shell."""

from __future__ import annotations

import numpy as np

from molscape.analysis.angles import first_minimum
from molscape.analysis.blocks import Blocks, divide
from molscape.analysis.pair_distribution import members, rdf_blocks
from molscape.core.trajectory import Trajectory


def coordination_number(
    trajectory: Trajectory,
    pair: tuple[str, str] = ("W", "W"),
    *,
    cutoff: float | None = None,
    blocks: int = 10,
) -> tuple[float, float]:
    """Return how many particles of the second type are within a cutoff of one of the first.

    n = rho integral_0^cutoff 4 pi r^2 g(r) dr, with its standard error.

    Args:
        trajectory: frames with boxes.
        pair: the type at the centre and that of its neighbours.
        cutoff: in nm; by default the first minimum of g, which has an error of its own that the
            error here does not hold.
        blocks: number of contiguous blocks in time whose scatter gives the error.

    Raises:
        ValueError: if g has no first minimum and no cutoff is given; else as `rdf`.
    """
    found = coordination_blocks(trajectory, pair, blocks=blocks)
    if cutoff is None:
        cutoff = first_minimum(rdf_blocks(trajectory, pair, blocks=blocks).curve())
    return coordination_at(found, cutoff)


def coordination_at(blocks: Blocks, cutoff: float) -> tuple[float, float]:
    """Return n at a cutoff (nm) between the points of a running number, with its error.

    Raises:
        ValueError: if the cutoff lies outside.
    """
    if not 0 < cutoff <= float(blocks.x[-1]) * (1 + 1e-9):
        raise ValueError(
            f"the cutoff {cutoff:g} nm lies outside of 0 to {blocks.x[-1]:g} nm: choose it inside"
        )
    right = min(int(np.searchsorted(blocks.x, cutoff)), len(blocks.x) - 1)
    left = max(right - 1, 0)
    step = blocks.x[right] - blocks.x[left]
    share = (cutoff - blocks.x[left]) / step if step > 0 else 1.0
    each = (1 - share) * blocks.numerator[:, left] + share * blocks.numerator[:, right]
    weight = blocks.denominator[:, right]
    value = each.sum() / weight.sum()
    if len(each) < 2:
        return float(value), float("nan")
    scatter = np.sum((each - value * weight) ** 2)
    error = np.sqrt(len(each) / (len(each) - 1) * scatter) / weight.sum()
    return float(value), float(error)


def coordination_blocks(
    trajectory: Trajectory,
    pair: tuple[str, str] = ("W", "W"),
    *,
    maximum: float | None = None,
    spacing: float = 0.005,
    blocks: int = 10,
) -> Blocks:
    """Return the running number n(r) of second-type particles within r of one of the first.

    Arguments and errors are those of `rdf`; bonded pairs that do not interact are left out, as
    there. x are the upper edges of the bins.
    """
    found = rdf_blocks(trajectory, pair, maximum=maximum, spacing=spacing, blocks=blocks)
    frames = np.bincount(divide(trajectory, blocks).block)
    centres = len(members(trajectory.topology, pair[0]))
    # A pair within one type is a neighbour to both of its members.
    each = (2.0 if pair[0] == pair[1] else 1.0) * np.cumsum(found.numerator, axis=1)
    return Blocks(
        x=found.x + spacing / 2,
        numerator=each,
        denominator=np.broadcast_to(float(centres) * frames[:, None], each.shape).copy(),
        replica=found.replica,
        part=found.part,
        x_label="r",
        x_unit="nm",
        y_label=f"n({'-'.join(pair)})",
        y_unit="",
    )
