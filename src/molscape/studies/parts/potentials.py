"""The potential of a model block: its parts built, added up and checked against the beads."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from molscape.core.trajectory import Trajectory
from molscape.potentials import Making, check_bonds
from molscape.studies.blocks.model import ModelBlock

if TYPE_CHECKING:
    from molscape.core.potential import Potential


def build_potential(
    block: ModelBlock, beads: Trajectory, temperature: float, base: Path, seed: int = 0
) -> Potential:
    """Return the potential that a model block describes, parameters not yet fitted.

    Args:
        block: the model.
        beads: reference beads; where the recipe leaves ranges or harmonic constants open, their
            fluctuations give them.
        temperature: of the reference, in K.
        base: folder that files are given from.
        seed: of the first weights of networks.

    Raises:
        ValueError: if a pair or type does not exist among the beads, or values do not fit.
    """
    from molscape.potentials.coulomb import check_coulomb
    from molscape.potentials.sum import Sum

    parts: list[Potential] = []
    for k, one in enumerate(block.potential):
        parts += one.build(Making(beads, temperature, base, seed + k))
    if not parts:
        raise ValueError("the model has no term: the reference has none of the bonds it names")
    potential = parts[0] if len(parts) == 1 else Sum(*parts)
    check_bonds(potential, beads)
    check_coulomb(potential, beads.topology, beads[0].box)
    return potential
