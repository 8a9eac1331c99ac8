"""Tables in GROMACS' formats: seven columns for pairs, three for bonds, angles and dihedrals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float

from molscape.core import terms
from molscape.export.openmm_tables import Grid, coefficients

SPACING = 5e-4
"""Spacing of pair and bond tables in nm: what GROMACS advises for double precision."""

ANGLE_SPACING = 0.05
"""Spacing of angle and dihedral tables in degrees."""

EXTENSION = 1.0
"""How far tables go on beyond the cutoff, nm: GROMACS' `table-extension`."""

HIGHEST = 1e8
"""Lennard-Jones goes on along its tangent where it is higher, kJ/mol: single precision is short."""

Curve = tuple[Float[np.ndarray, " point"], Float[np.ndarray, " point"]]


def between(
    coordinate: Float[np.ndarray, " point"],
    energy: Float[np.ndarray, " point"],
    force: Float[np.ndarray, " point"],
    x: Float[np.ndarray, " other"],
    *,
    curved_ends: bool = False,
) -> tuple[Float[np.ndarray, " other"], Float[np.ndarray, " other"]]:
    """Return energy and -dU/dx at x, by the piecewise cubic through a table, ends included."""
    grid = Grid.of(coordinate)
    rows = coefficients(grid.spacing, energy, force, curved_ends=curved_ends)
    t = (x - grid.start) / grid.spacing
    place = np.clip(np.floor(t), -1, grid.points - 1)
    inside = t - place
    c0, c1, c2, c3 = rows[place.astype(np.int64) + 1].T
    value = c0 + inside * (c1 + inside * (c2 + inside * c3))
    slope = c1 + inside * (2 * c2 + inside * 3 * c3)
    return value, -slope / grid.spacing


@dataclass(frozen=True, eq=False)
class GromacsPair:
    """A pair term as GROMACS has it.

    `curve` gives energy (kJ/mol) and force (kJ/mol/nm) at r (nm), right inside the `cutoff`. Where
    GROMACS has the term itself, `modifier` is its `vdw-modifier`, and `coefficients` are C6 and
    C12; None where it takes a table.
    """

    cutoff: float
    curve: Callable[[Float[np.ndarray, " point"]], Curve]
    modifier: str | None = None
    coefficients: tuple[float, float] = (0.0, 0.0)


def pair_table(term: terms.PairTable) -> GromacsPair:
    """Return a table as GROMACS has it: as a table."""

    def curve(r: Float[np.ndarray, " point"]) -> Curve:
        return between(term.distance, term.energy, term.force, r)

    return GromacsPair(term.cutoff, curve)


def lennard_jones(term: terms.LennardJones) -> GromacsPair:
    """Return a Lennard-Jones term as GROMACS has it: a table if its force is shifted."""
    six = 4 * term.epsilon * term.sigma**6
    return GromacsPair(
        term.cutoff,
        lambda r: lennard_jones_curve(term, r),
        {"none": "none", "shift": "potential-shift"}.get(term.smooth),
        (six, six * term.sigma**6),
    )


def pair_curve(members: Sequence[GromacsPair], r: Float[np.ndarray, " point"]) -> Curve:
    """Return energy (kJ/mol) and force (kJ/mol/nm) of all terms of one pair at r (nm)."""
    energy, force = np.zeros_like(r), np.zeros_like(r)
    for member in members:
        u, f = member.curve(r)
        inside = r < member.cutoff
        energy, force = energy + np.where(inside, u, 0.0), force + np.where(inside, f, 0.0)
    return energy, force


def lennard_jones_curve(term: terms.LennardJones, r: Float[np.ndarray, " point"]) -> Curve:
    """Return energy and force of a Lennard-Jones term as it is cut, high walls made straight."""

    def bare(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        six = (term.sigma / x) ** 6
        return 4 * term.epsilon * (six**2 - six), 24 * term.epsilon * (2 * six**2 - six) / x

    # Where 4 epsilon (sigma/r)^12 is the highest value that is written.
    first = term.sigma * (4 * max(term.epsilon, 1e-300) / HIGHEST) ** (1 / 12)
    x = np.maximum(r, first)
    energy, force = bare(x)
    energy = energy + (x - r) * force
    end, end_force = (float(value[0]) for value in bare(np.array([term.cutoff])))
    if term.smooth == "shift":
        energy = energy - end
    elif term.smooth == "force":
        energy = energy - end + (r - term.cutoff) * end_force
        force = force - end_force
    return energy, force


def write_pair_table(
    path: Path,
    members: Sequence[GromacsPair],
    field: tuple[float, float] | None,
    cutoff: float,
) -> None:
    """Write r, f, -f', g, -g', h, -h': Coulomb, dispersion (nothing) and the pair energy.

    Args:
        path: such as `table_A_B.xvg`.
        members: the terms of the pair.
        field: k and c of the reaction field 1/r + k r^2 - c; None for no such charges.
        cutoff: the longest cutoff in nm; tables go on beyond it with zeros.
    """
    r = SPACING * np.arange(round((cutoff + EXTENSION) / SPACING) + 2)
    energy, force = pair_curve(members, r)
    coulomb, pull = np.zeros_like(r), np.zeros_like(r)
    if field is not None:
        k, c = field
        some = (r > 0.04) & (r < cutoff)
        x = np.where(some, r, 1.0)
        coulomb = np.where(some, 1 / x + k * x * x - c, 0.0)
        pull = np.where(some, 1 / x**2 - 2 * k * x, 0.0)
    nothing = np.zeros_like(r)
    columns = np.stack([r, coulomb, pull, nothing, nothing, energy, force], axis=1)
    np.savetxt(path, columns, fmt="%.10e", header="r f -f' g -g' h -h' (nm, kJ/mol)")


def write_bonded_table(path: Path, table: terms.BondedTable) -> None:
    """Write x, U, -dU/dx of a bond (nm), angle or dihedral (degrees).

    Bonds go on to twice the table's end, as parabolas: GROMACS stops where a table ends.
    """
    width = table.width
    if width == 2:
        x = SPACING * np.arange(round(2 * float(table.coordinate[-1]) / SPACING) + 1)
        unit = 1.0
    else:
        low = 0.0 if width == 3 else -180.0
        x = np.linspace(low, 180.0, round((180.0 - low) / ANGLE_SPACING) + 1)
        unit = np.pi / 180
    energy, force = between(
        table.coordinate, table.energy, table.force, x * unit, curved_ends=width < 4
    )
    np.savetxt(
        path,
        np.stack([x, energy, force * unit], axis=1),
        fmt="%.10e",
        header=f"{'-'.join(table.types)}: {'nm' if width == 2 else 'degrees'}, kJ/mol",
    )
