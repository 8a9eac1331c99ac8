"""Bonds, angles and dihedrals as LAMMPS styles, in units real."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float
from scipy.interpolate import CubicHermiteSpline

from molscape.core import terms
from molscape.core.units import ANGSTROM, KILOCALORIE
from molscape.io.lammps_write import LammpsTypes

POINTS = 5_000
"""Points of a bonded table in LAMMPS."""

KINDS = ("bond", "angle", "dihedral")

Curve = tuple[Float[np.ndarray, " point"], Float[np.ndarray, " point"]]


@dataclass(frozen=True, eq=False)
class BondedStyle:
    """A bonded term as LAMMPS has it.

    `name` is the style, `text` its coefficients; `curve` gives energy (kJ/mol) and -dU/dx at x
    (nm or rad). `points` are those of a table, which takes in all other terms of its types.
    """

    types: tuple[str, ...]
    name: str
    text: str
    curve: Callable[[Float[np.ndarray, " point"]], Curve]
    points: Float[np.ndarray, " knot"] | None = None


def harmonic_bond(term: terms.HarmonicBond) -> BondedStyle:
    """Return `bond_style harmonic`, whose stiffness has the half in it."""
    stiffness = 0.5 * term.stiffness / KILOCALORIE * ANGSTROM**2
    text = f"{stiffness:.15g} {term.length / ANGSTROM:.15g}"
    return BondedStyle(term.types, "harmonic", text, _parabola(term.stiffness, term.length))


def harmonic_angle(term: terms.HarmonicAngle) -> BondedStyle:
    """Return `angle_style harmonic`, in degrees."""
    text = f"{0.5 * term.stiffness / KILOCALORIE:.15g} {np.degrees(term.angle):.15g}"
    return BondedStyle(term.types, "harmonic", text, _parabola(term.stiffness, term.angle))


def periodic_dihedral(term: terms.PeriodicDihedral) -> BondedStyle:
    """Return one cosine of `dihedral_style fourier`."""

    def curve(x: Float[np.ndarray, " point"]) -> Curve:
        angle = term.multiplicity * x - term.phase
        return (
            term.stiffness * (1 + np.cos(angle)),
            term.stiffness * term.multiplicity * np.sin(angle),
        )

    stiffness, phase = term.stiffness / KILOCALORIE, np.degrees(term.phase)
    text = f"{stiffness:.15g} {term.multiplicity} {phase:.15g}"
    return BondedStyle(term.types, "fourier", text, curve)


def bonded_table(term: terms.BondedTable) -> BondedStyle:
    """Return a table, interpolated as molscape does."""
    spline = CubicHermiteSpline(term.coordinate, term.energy, -term.force)
    return BondedStyle(
        term.types, "table", "", lambda x: (spline(x), -spline(x, 1)), term.coordinate
    )


def _parabola(stiffness: float, middle: float) -> Callable[[Float[np.ndarray, " point"]], Curve]:
    return lambda x: (0.5 * stiffness * (x - middle) ** 2, -(stiffness * (x - middle)))


def bonded_lines(
    bonded: Sequence[BondedStyle], types: LammpsTypes, path: Callable[[str, str], Path]
) -> list[str]:
    """Return the styles of all bonded terms, and write the tables they need.

    Connections without a term get style zero. Several terms of one type become one: dihedral
    cosines as a Fourier series, anything beside a table as one table.

    Args:
        bonded: the bonded terms.
        types: the types of bonds, angles and dihedrals by number.
        path: gives the file for a label and a suffix.

    Raises:
        ValueError: if terms of one type cannot be written as one.
    """
    groups: dict[tuple[str, ...], list[BondedStyle]] = {}
    for style in bonded:
        groups.setdefault(min(style.types, style.types[::-1]), []).append(style)
    lines: list[str] = []
    for kind, present in zip(KINDS, (types.bonds, types.angles, types.dihedrals), strict=True):
        if present:
            lines += _lines(kind, present, groups, path)
    return lines


def _lines(
    kind: str,
    present: tuple[tuple[str, ...], ...],
    groups: dict[tuple[str, ...], list[BondedStyle]],
    path: Callable[[str, str], Path],
) -> list[str]:
    coefficients = [_coefficients(kind, names, groups.get(names, []), path) for names in present]
    arguments = {"table": f" spline {POINTS}"}
    styles = sorted({style for style, _ in coefficients})
    definition = " ".join(style + arguments.get(style, "") for style in styles)
    mixed = len(styles) > 1
    lines = ["", f"{kind}_style {'hybrid ' if mixed else ''}{definition}"]
    for number, (names, (style, text)) in enumerate(zip(present, coefficients, strict=True), 1):
        words = " ".join(word for word in (style if mixed else "", text) if word)
        lines.append(f"{kind}_coeff {number} {words}".rstrip() + f" # {'-'.join(names)}")
    return lines


def _coefficients(
    kind: str,
    names: tuple[str, ...],
    group: list[BondedStyle],
    path: Callable[[str, str], Path],
) -> tuple[str, str]:
    """Return style and coefficients of one type."""
    label = "-".join(names)
    if not group:
        return "zero", ""
    if any(style.points is not None for style in group):
        file = path(f"{kind}_{label}", ".table")
        x, energy, force = _tabulated(group)
        file.write_text(_table_file(kind, label, x, energy, force), encoding="utf-8")
        return "table", f"{file.name} {kind.upper()}"
    styles = {style.name for style in group}
    if styles == {"fourier"}:
        return "fourier", f"{len(group)} {' '.join(style.text for style in group)}"
    if len(group) > 1:
        raise ValueError(
            f"{len(group)} {' and '.join(sorted(styles))} {kind} terms for {label}: "
            "LAMMPS takes one, merge them"
        )
    return group[0].name, group[0].text


def _tabulated(group: list[BondedStyle]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the sum of terms of one type on one fine grid, as molscape interpolates them."""
    tables = [style.points for style in group if style.points is not None]
    low = max(float(points[0]) for points in tables)
    high = min(float(points[-1]) for points in tables)
    x = np.linspace(low, high, max(POINTS, *(len(points) for points in tables)))
    energy, force = np.zeros_like(x), np.zeros_like(x)
    for style in group:
        own_energy, own_force = style.curve(x)
        energy, force = energy + own_energy, force + own_force
    return x, energy, force


def _table_file(kind: str, label: str, x: np.ndarray, energy: np.ndarray, force: np.ndarray) -> str:
    """Return a bonded table in LAMMPS' format, angles in degrees.

    The last point of a dihedral is its first one again, and is left out.
    """
    unit, name = (ANGSTROM, "A") if kind == "bond" else (np.pi / 180, "degrees")
    x, energy, force = x / unit, energy / KILOCALORIE, force * unit / KILOCALORIE
    slope = [
        (force[1] - force[0]) / (x[1] - x[0]),
        (force[-1] - force[-2]) / (x[-1] - x[-2]),
    ]
    ends = f" FP {slope[0]:.15g} {slope[1]:.15g}"
    if kind == "dihedral":
        x, energy, force, ends = x[:-1], energy[:-1], force[:-1], ""
    if kind == "angle":
        x = np.linspace(0.0, 180.0, len(x))
    rows = zip(range(1, len(x) + 1), x.tolist(), energy.tolist(), force.tolist(), strict=True)
    return "\n".join(
        [
            f"# {label}: number, {name}, energy (kcal/mol), force (kcal/mol/{name})",
            "",
            kind.upper(),
            f"N {len(x)}{' DEGREES' if kind == 'dihedral' else ends}",
            "",
            *(f"{k} {a:.15g} {u:.15g} {f:.15g}" for k, a, u, f in rows),
            "",
        ]
    )
