"""Potentials from the blocks of a recipe, and models to and from their folders."""

from __future__ import annotations

from itertools import combinations_with_replacement
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from molscape.app.recipe import (
    HarmonicBondsBlock,
    LennardJonesBlock,
    ModelBlock,
    PairSplineBlock,
    PotentialBlock,
    StillingerWeberBlock,
    TabulatedPairBlock,
)
from molscape.core.topology import Topology

if TYPE_CHECKING:
    from molscape.core.potential import Potential


def build_potential(block: ModelBlock, topology: Topology, base: Path) -> Potential:
    """Return the potential that a model block describes, parameters not yet fitted.

    Raises:
        ValueError: if a pair or type does not exist among the beads, or values do not fit.
    """
    from molscape.potentials import Sum

    parts = [_build_one(part, topology, base) for part in block.potential]
    _check_bonds(block, topology)
    return parts[0] if len(parts) == 1 else Sum(*parts)


def _build_one(block: PotentialBlock, topology: Topology, base: Path) -> Potential:
    from molscape import potentials

    types = sorted({str(t) for t in topology.types})
    if isinstance(block, HarmonicBondsBlock):
        return potentials.HarmonicBonds(
            types=tuple(block.types), stiffness=block.stiffness, length=block.length
        )
    if isinstance(block, StillingerWeberBlock):
        _check_types([block.type], types)
        return potentials.StillingerWeber(**block.model_dump(exclude={"kind"}))
    every = tuple(combinations_with_replacement(types, 2))
    pairs = every if block.pairs is None else tuple((a, b) for a, b in block.pairs)
    _check_types([name for pair in pairs for name in pair], types)
    if isinstance(block, PairSplineBlock):
        return potentials.PairSpline(
            start=block.start,
            cutoff=block.cutoff,
            spacing=block.spacing,
            degree=block.degree,
            pairs=pairs,
        )
    if isinstance(block, LennardJonesBlock):
        return potentials.LennardJones(
            epsilon=np.broadcast_to(block.epsilon, len(pairs)),
            sigma=np.broadcast_to(block.sigma, len(pairs)),
            pairs=pairs,
            cutoff=block.cutoff,
            smooth=block.smooth,
        )
    assert isinstance(block, TabulatedPairBlock)
    return _read_table(base / block.file, pairs)


def _check_bonds(block: ModelBlock, topology: Topology) -> None:
    """Refuse a model that leaves bonded beads without anything to hold them together."""
    from molscape.core.system import type_key

    held = {
        type_key(tuple(name.split("-")))
        for part in block.potential
        if isinstance(part, HarmonicBondsBlock)
        for name in part.types
    }
    names = topology.types[topology.bonds]
    loose = sorted({type_key((str(a), str(b))) for a, b in names} - held)
    if loose:
        raise ValueError(
            f"beads are bonded ({', '.join(loose)}) but the model has no bond for them, and bonded "
            "pairs do not interact otherwise: add a harmonic_bonds term, or map each molecule to "
            "one bead"
        )


def _check_types(names: list[str], types: list[str]) -> None:
    unknown = sorted(set(names) - set(types))
    if unknown:
        raise ValueError(
            f"potential: no bead type {', '.join(unknown)}; the mapping makes {', '.join(types)}"
        )


def _read_table(file: Path, pairs: tuple[tuple[str, str], ...]) -> Potential:
    from molscape.potentials import TabulatedPair

    table = np.loadtxt(file, ndmin=2)
    steps = np.diff(table[:, 0])
    if table.shape[1] < 3 or len(table) < 2 or not np.allclose(steps, steps[0], rtol=1e-4):
        raise ValueError(
            f"{file}: a pair table has columns distance (nm), energy (kJ/mol) and force "
            "(kJ/mol/nm) on a uniform grid"
        )
    return TabulatedPair(
        start=float(table[0, 0]),
        cutoff=float(table[-1, 0]),
        energy=np.repeat(table[None, :, 1], len(pairs), axis=0),
        force=np.repeat(table[None, :, 2], len(pairs), axis=0),
        pairs=pairs,
    )
