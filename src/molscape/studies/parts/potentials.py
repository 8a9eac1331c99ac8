"""Potentials from the blocks of a recipe."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations_with_replacement
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from molscape.core.trajectory import Trajectory
from molscape.studies.blocks.model import ModelBlock
from molscape.studies.blocks.potentials import (
    AngleSplineBlock,
    BondedSplinesBlock,
    BondSplineBlock,
    CgnetBlock,
    CoulombBlock,
    DeepcgBlock,
    DihedralSplineBlock,
    HarmonicAnglesBlock,
    HarmonicBondsBlock,
    LennardJonesBlock,
    PairSplineBlock,
    PeriodicDihedralsBlock,
    PotentialBlock,
    StillingerWeberBlock,
    TabulatedPairBlock,
)

if TYPE_CHECKING:
    from molscape.core.potential import Potential

RANGE_FRAMES = 200
"""Frames of the reference that tell the range of bonds and angles."""

PRIOR_FRAMES = 1000
"""Frames of the reference that give the constants of harmonic terms."""

MARGIN = 0.05
"""What a range is widened by at both ends, as a share of it."""

COORDINATES = {2: "bond", 3: "angle", 4: "dihedral"}


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
    from molscape.potentials import Sum
    from molscape.potentials.coulomb import check_coulomb

    parts: list[Potential] = []
    for k, one in enumerate(block.potential):
        if isinstance(one, CgnetBlock | DeepcgBlock):
            parts.append(_network(one, beads, temperature, seed + k))
            continue
        for plain in _bonded_blocks(one, beads) if isinstance(one, BondedSplinesBlock) else [one]:
            parts += _build_one(plain, beads, temperature, base)
    if not parts:
        raise ValueError("the model has no term: the reference has none of the bonds it names")
    potential = parts[0] if len(parts) == 1 else Sum(*parts)
    _check_bonds(potential, beads)
    check_coulomb(potential, beads.topology, beads[0].box)
    return potential


def _bonded_blocks(block: BondedSplinesBlock, beads: Trajectory) -> list[PotentialBlock]:
    """Return blocks of the bonded splines that the beads have a use for."""
    wide, around = block.intervals, block.dihedral_intervals
    blocks: list[PotentialBlock] = [
        BondSplineBlock(kind="bond_spline", intervals=wide),
        AngleSplineBlock(kind="angle_spline", intervals=wide),
        DihedralSplineBlock(kind="dihedral_spline", intervals=around),
    ]
    return [one for width, one in enumerate(blocks, start=2) if bonded_lists(beads, width)]


def _build_one(
    block: PotentialBlock, beads: Trajectory, temperature: float, base: Path
) -> Iterable[Potential]:
    from molscape import potentials

    types = sorted({str(t) for t in beads.topology.types})
    if isinstance(block, HarmonicBondsBlock | HarmonicAnglesBlock):
        return [_harmonic(block, beads, temperature)]
    if isinstance(block, PeriodicDihedralsBlock):
        _check_bonded(block.types, beads, 4)
        return [potentials.PeriodicDihedrals(**_own(block))]
    if isinstance(block, BondSplineBlock):
        return _bonded_splines(potentials.BondSpline, block, beads, 2)
    if isinstance(block, AngleSplineBlock):
        return _bonded_splines(potentials.AngleSpline, block, beads, 3)
    if isinstance(block, DihedralSplineBlock):
        names = _check_bonded(block.types, beads, 4)
        return [potentials.DihedralSpline(types=names, intervals=block.intervals)]
    if isinstance(block, CoulombBlock):
        if not np.any(beads.topology.charges):
            raise ValueError(
                "potential: coulomb needs charged beads, all of these carry none: the charges of "
                "atoms come from a TPR, PSF, PRMTOP or LAMMPS data file"
            )
        box = None if beads[0].box is None else beads[0].box[0]
        return [potentials.Coulomb(**_own(block), box=box)]
    if isinstance(block, StillingerWeberBlock):
        _check_types([block.type], types)
        return [potentials.StillingerWeber(**_own(block))]
    assert isinstance(block, PairSplineBlock | LennardJonesBlock | TabulatedPairBlock)
    every = tuple(combinations_with_replacement(types, 2))
    pairs = every if block.pairs is None else tuple((a, b) for a, b in block.pairs)
    _check_types([name for pair in pairs for name in pair], types)
    if isinstance(block, PairSplineBlock):
        return [potentials.PairSpline(**{**_own(block), "pairs": pairs})]
    if isinstance(block, LennardJonesBlock):
        each = {name: np.broadcast_to(getattr(block, name), len(pairs)) for name in _LJ}
        return [potentials.LennardJones(**{**_own(block), **each, "pairs": pairs})]
    return [_read_table(base / block.file, pairs)]


def _network(
    block: CgnetBlock | DeepcgBlock, beads: Trajectory, temperature: float, seed: int
) -> Potential:
    """Return a network with random weights, its inputs standardised by the reference."""
    import jax

    from molscape import potentials
    from molscape.core.state import State
    from molscape.features import MoleculeGeometry

    key, few = jax.random.key(seed), _few(beads, PRIOR_FRAMES)
    if isinstance(block, CgnetBlock):
        return potentials.CGnet.draw(
            MoleculeGeometry.of(beads.topology),
            [(beads, State(temperature))],
            key,
            hidden=tuple(block.hidden),
            activation=block.activation,
        )
    from molscape.potentials.deepcg import Shape
    from molscape.potentials.deepcg_standard import standardised

    shape = Shape(
        tuple(block.hidden), tuple(block.embedding), block.axes, block.degree, block.activation
    )
    types = tuple(sorted({str(t) for t in beads.topology.types}))
    empty = potentials.DeePCG.draw(
        types=types,
        cutoff=block.cutoff,
        key=key,
        form=block.form,
        neighbours=block.neighbours,
        switch=block.switch,
        shape=shape,
        wall=block.wall,
    )
    return standardised(empty, [few], mixed=block.mixed)


_LJ = ("epsilon", "sigma")


def _own(block: PotentialBlock) -> dict[str, Any]:
    plain = block.model_dump(exclude={"kind"})
    if plain.get("types") is not None:
        plain["types"] = tuple(plain["types"])
    return plain


def _harmonic(
    block: HarmonicBondsBlock | HarmonicAnglesBlock, beads: Trajectory, temperature: float
) -> Potential:
    from molscape import potentials
    from molscape.core.state import State
    from molscape.fit.harmonic_prior import harmonic_from_data

    bonds = isinstance(block, HarmonicBondsBlock)
    if block.types is not None:
        _check_bonded(block.types, beads, 2 if bonds else 3)
        cls = potentials.HarmonicBonds if bonds else potentials.HarmonicAngles
        return cls(**_own(block))
    data = [(_few(beads, PRIOR_FRAMES), State(temperature))]
    return harmonic_from_data(data, "bond" if bonds else "angle")


def _bonded_splines(
    cls: Any, block: BondSplineBlock | AngleSplineBlock, beads: Trajectory, width: int
) -> list[Potential]:
    """Return one spline for each type where the range is the reference's own."""
    from molscape.potentials.open_spline import STRAIGHT

    names = _check_bonded(block.types, beads, width)
    if block.start is not None:
        return [cls(types=names, start=block.start, end=block.end, intervals=block.intervals)]
    few = _few(beads, RANGE_FRAMES)
    parts = []
    for name in names:
        low, high = _range(few, name, width)
        margin = MARGIN * (high - low) + 1e-4
        end = high + margin
        if width == 3 and end > np.pi - STRAIGHT:
            end = np.pi
        parts.append(
            cls(types=(name,), start=max(0.0, low - margin), end=end, intervals=block.intervals)
        )
    return parts


def _few(beads: Trajectory, count: int) -> Trajectory:
    return beads[:: max(1, len(beads) // count)]


def _range(beads: Trajectory, name: str, width: int) -> tuple[float, float]:
    """Return the smallest and largest bond length or angle of a type over all frames."""
    from molscape.features.internal_coordinates import angles, distances

    rows = bonded_lists(beads, width)[name]
    low, high = np.inf, -np.inf
    for frames in beads.chunks():
        box = None if frames.box is None else frames.box[:, None]
        values = (distances if width == 2 else angles)(frames.positions, rows, box)
        low, high = min(low, float(values.min())), max(high, float(values.max()))
    return low, high


def bonded_lists(beads: Trajectory, width: int) -> dict[str, np.ndarray]:
    """Return the bonds (2), angles (3) or dihedrals (4) of a trajectory's topology by type."""
    from molscape.core.system import type_key

    topology = beads.topology
    connections = {2: topology.bonds, 3: topology.angles, 4: topology.dihedrals}[width]
    found: dict[str, list[np.ndarray]] = {}
    for row in connections:
        found.setdefault(type_key(tuple(str(topology.types[i]) for i in row)), []).append(row)
    return {key: np.array(found[key]) for key in sorted(found)}


def _check_bonded(names: list[str] | None, beads: Trajectory, width: int) -> tuple[str, ...]:
    """Return the bonded types asked for, all of the topology by default."""
    from molscape.core.system import type_key

    what = COORDINATES[width]
    known = tuple(bonded_lists(beads, width))
    if names is None:
        if not known:
            raise ValueError(
                f"potential: the beads have no {what}s: leave the {what} term out, or map the "
                "molecules to more beads"
            )
        return known
    keys = tuple(type_key(tuple(name.split("-"))) for name in names)
    unknown = sorted(set(keys) - set(known))
    if unknown:
        raise ValueError(
            f"potential: no {what} {', '.join(unknown)}; the mapping makes "
            f"{', '.join(known) or f'no {what}s'}"
        )
    return keys


def _check_bonds(potential: Potential, beads: Trajectory) -> None:
    """Refuse a model that leaves bonded beads without anything to hold them together."""
    from molscape.potentials.bonded import BondedPotential
    from molscape.potentials.cgnet import CGnet
    from molscape.potentials.deepcg import DeePCG

    # Both see bonded beads too: the data holds them together.
    if any(isinstance(term, CGnet | DeePCG) for term in potential.terms()):
        return
    held = {
        name
        for term in potential.terms()
        if isinstance(term, BondedPotential) and term.coordinate == "bond"
        for name in term.types
    }
    loose = sorted(set(bonded_lists(beads, 2)) - held)
    if loose:
        raise ValueError(
            f"beads are bonded ({', '.join(loose)}) but the model has no bond for them, and bonded "
            "pairs do not interact otherwise: add a harmonic_bonds or bond_spline term, or map "
            "each molecule to one bead"
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
