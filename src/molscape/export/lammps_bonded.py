"""Bonds, angles and dihedrals as LAMMPS styles, in units real."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from scipy.interpolate import CubicHermiteSpline

from molscape.core import terms
from molscape.core.units import ANGSTROM, KILOCALORIE
from molscape.io.lammps_write import LammpsTypes

POINTS = 5_000
"""Points of a bonded table in LAMMPS."""

BondedTerm = terms.HarmonicBond | terms.HarmonicAngle | terms.PeriodicDihedral | terms.BondedTable

KINDS = {2: "bond", 3: "angle", 4: "dihedral"}


def bonded_lines(
    lowered: Sequence[BondedTerm], types: LammpsTypes, path: Callable[[str, str], Path]
) -> list[str]:
    """Return the styles of all bonded terms, and write the tables they need.

    Connections without a term get style zero. Several terms of one type become one: dihedral
    cosines as a Fourier series, anything beside a table as one table.

    Args:
        lowered: the bonded terms.
        types: the types of bonds, angles and dihedrals by number.
        path: gives the file for a label and a suffix.

    Raises:
        ValueError: if terms of one type cannot be written as one.
    """
    groups: dict[tuple[str, ...], list[BondedTerm]] = {}
    for term in lowered:
        groups.setdefault(min(term.types, term.types[::-1]), []).append(term)
    lines: list[str] = []
    for kind, present in (
        ("bond", types.bonds),
        ("angle", types.angles),
        ("dihedral", types.dihedrals),
    ):
        if present:
            lines += _lines(kind, present, groups, path)
    return lines


def _lines(
    kind: str,
    present: tuple[tuple[str, ...], ...],
    groups: dict[tuple[str, ...], list[BondedTerm]],
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
    group: list[BondedTerm],
    path: Callable[[str, str], Path],
) -> tuple[str, str]:
    """Return style and coefficients of one type."""
    label = "-".join(names)
    if not group:
        return "zero", ""
    if any(isinstance(term, terms.BondedTable) for term in group):
        file = path(f"{kind}_{label}", ".table")
        x, energy, force = _tabulated(group)
        file.write_text(_table_file(kind, label, x, energy, force), encoding="utf-8")
        return "table", f"{file.name} {kind.upper()}"
    if kind == "dihedral":
        series = [term for term in group if isinstance(term, terms.PeriodicDihedral)]
        parts = [
            f"{term.stiffness / KILOCALORIE:.15g} {term.multiplicity} {np.degrees(term.phase):.15g}"
            for term in series
        ]
        return "fourier", f"{len(parts)} {' '.join(parts)}"
    if len(group) > 1:
        raise ValueError(
            f"{len(group)} harmonic {kind} terms for {label}: LAMMPS takes one, merge them"
        )
    (term,) = group
    if isinstance(term, terms.HarmonicBond):
        stiffness = 0.5 * term.stiffness / KILOCALORIE * ANGSTROM**2
        return "harmonic", f"{stiffness:.15g} {term.length / ANGSTROM:.15g}"
    assert isinstance(term, terms.HarmonicAngle)
    return "harmonic", f"{0.5 * term.stiffness / KILOCALORIE:.15g} {np.degrees(term.angle):.15g}"


def _tabulated(group: list[BondedTerm]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the sum of terms of one type on one fine grid, as molscape interpolates them."""
    tables = [term for term in group if isinstance(term, terms.BondedTable)]
    low = max(float(table.coordinate[0]) for table in tables)
    high = min(float(table.coordinate[-1]) for table in tables)
    x = np.linspace(low, high, max(POINTS, *(len(table.coordinate) for table in tables)))
    energy, force = np.zeros_like(x), np.zeros_like(x)
    for term in group:
        if isinstance(term, terms.BondedTable):
            curve = CubicHermiteSpline(term.coordinate, term.energy, -term.force)
            energy, force = energy + curve(x), force - curve(x, 1)
        elif isinstance(term, terms.PeriodicDihedral):
            angle = term.multiplicity * x - term.phase
            energy = energy + term.stiffness * (1 + np.cos(angle))
            force = force + term.stiffness * term.multiplicity * np.sin(angle)
        else:
            middle = term.length if isinstance(term, terms.HarmonicBond) else term.angle
            energy = energy + 0.5 * term.stiffness * (x - middle) ** 2
            force = force - term.stiffness * (x - middle)
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
