"""Pair and many-body terms as LAMMPS pair styles, in units real."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from scipy.interpolate import CubicHermiteSpline

from molscape.core import terms
from molscape.core.topology import Topology
from molscape.core.units import ANGSTROM, KILOCALORIE, LAMMPS_REAL
from molscape.export.lammps_bonded import BondedStyle
from molscape.export.lammps_coulomb import CoulombStyle, coulomb_style

TABLE_POINTS = 20_000
"""Points of a table in LAMMPS: with 2,000, forces differ by more than 1e-4."""

Pair = tuple[int, int]


@dataclass
class PairStyle:
    """One instance of a pair style, with coefficients by type numbers (i <= j).

    `everything` takes the place of coefficients for many-body styles, whose lines name `* *`.
    """

    name: str
    arguments: str
    modify: str = ""
    coefficients: dict[Pair, str] = field(default_factory=dict)
    everything: str = ""


class Styles:
    """Collects styles term by term, and writes the files they refer to.

    `keeps_excluded`: LAMMPS keeps excluded pairs in its lists, as its Ewald sums need them.
    """

    def __init__(
        self, topology: Topology, names: tuple[str, ...], file: Path, keeps_excluded: bool
    ) -> None:
        self.topology, self.names, self.file = topology, names, file
        self.keeps_excluded = keeps_excluded
        self.pairs: list[PairStyle] = []
        self.bonded: list[BondedStyle] = []
        self.coulomb: CoulombStyle | None = None
        self.files: list[Path] = []

    def pair(self, types: tuple[str, str]) -> Pair:
        """Return the numbers of two types, the smaller one first."""
        i, j = sorted(self.names.index(name) + 1 for name in types)
        return i, j

    def place(self, pair: Pair, name: str, arguments: str, text: str, modify: str = "") -> None:
        """Put coefficients into an instance of the style that has none for this pair yet."""
        for style in self.pairs:
            alike = (style.name, style.modify) == (name, modify)
            if alike and pair not in style.coefficients:
                break
        else:
            style = PairStyle(name, arguments, modify)
            self.pairs.append(style)
        style.coefficients[pair] = text

    def path(self, label: str, suffix: str) -> Path:
        """Return a new file beside the include file, named after it and the label."""
        stem, again = f"{self.file.stem}_{label}", 1
        path = self.file.with_name(stem + suffix)
        while path in self.files:
            again += 1
            path = self.file.with_name(f"{stem}_{again}{suffix}")
        self.files.append(path)
        return path


def write_pair_table(styles: Styles, term: terms.PairTable) -> None:
    """Add `pair_style table` with a file of its own."""
    i, j = styles.pair(term.types)
    path = styles.path(f"{i}-{j}", ".table")
    path.write_text(_table_file(term), encoding="utf-8")
    points = max(TABLE_POINTS, len(term.distance))
    styles.place((i, j), "table", f"spline {points}", f"{path.name} PAIR")


def write_lennard_jones(styles: Styles, term: terms.LennardJones) -> None:
    """Add `lj/cut` or `lj/smooth/linear`, or its formula where excluded pairs stay in the list."""
    pair = styles.pair(term.types)
    epsilon, sigma, cutoff = (
        f"{value:.15g}"
        for value in (term.epsilon / KILOCALORIE, term.sigma / ANGSTROM, term.cutoff / ANGSTROM)
    )
    if term.smooth == "force" and styles.keeps_excluded:
        # lj/smooth/linear counts the energy of excluded pairs where these stay in the list.
        bare = f"4*{epsilon}*(({sigma}/{{0}})^12 - ({sigma}/{{0}})^6)"
        slope = f"24*{epsilon}/{cutoff}*(({sigma}/{cutoff})^6 - 2*({sigma}/{cutoff})^12)"
        text = f"{bare.format('r')} - {bare.format(cutoff)} - (r - {cutoff})*{slope}"
        styles.place(pair, "lepton", cutoff, f'"{text}" {cutoff}')
        return
    name = "lj/smooth/linear" if term.smooth == "force" else "lj/cut"
    modify = "shift yes" if term.smooth == "shift" else ""
    styles.place(pair, name, cutoff, f"{epsilon} {sigma} {cutoff}", modify)


def write_stillinger_weber(styles: Styles, term: terms.StillingerWeber) -> None:
    """Add `pair_style sw` with a file of parameters of its own."""
    _check_many_body(styles.topology, term)
    (name,) = term.types
    i, j = styles.pair((name, name))
    path = styles.path(f"{i}", ".sw")
    path.write_text(_stillinger_weber_file(term), encoding="utf-8")
    mapped = " ".join(own if own == name else "NULL" for own in styles.names)
    style = PairStyle("sw", "", everything=f"{path.name} {mapped}")
    style.coefficients[i, j] = ""
    styles.pairs.append(style)


def _check_many_body(topology: Topology, term: terms.ManyBody) -> None:
    """LAMMPS drops excluded pairs from triplets too, molscape's many-body terms do not."""
    pairs = topology.types[topology.excluded_pairs()]
    if np.any(np.all(np.isin(pairs, term.types), axis=1)):
        raise ValueError(
            f"beads of type {'-'.join(term.types)} are bonded and excluded, and have a many-body "
            "term, which LAMMPS would leave out between them: set exclude_within to 0, or use the "
            "jax engine"
        )


def write_coulomb(styles: Styles, term: terms.Coulomb) -> None:
    """Add a style for all pairs of charged types, unless there are none.

    Raises:
        ValueError: if there is one already.
    """
    style = coulomb_style(term, styles.topology, styles.names)
    if not style.pairs:
        return
    if styles.coulomb is not None:
        raise ValueError("two Coulomb terms in one model: LAMMPS takes one, leave one out")
    styles.coulomb = style
    for pair in style.pairs:
        styles.place(pair, style.name, style.cutoff, style.text)


def pair_lines(styles: Sequence[PairStyle], names: tuple[str, ...]) -> list[str]:
    """Return the commands of all pair styles; pairs of types without one do not interact."""
    numbers = range(1, len(names) + 1)
    pairs = [(i, j) for i in numbers for j in numbers if i <= j]
    if not styles:
        return ["", "pair_style zero 10.0 nocoeff", "pair_coeff * *"]
    if len(styles) == 1 and set(styles[0].coefficients) == set(pairs):
        only = styles[0]
        lines = ["", f"pair_style {only.name} {only.arguments}".rstrip()]
        lines += _coefficient_lines(only, "", names)
        return lines + ([f"pair_modify {only.modify}"] if only.modify else [])
    definitions = [f"{style.name} {style.arguments}".rstrip() for style in styles]
    lines = ["", f"pair_style hybrid/overlay {' '.join(definitions)}"]
    silent = [pair for pair in pairs if not any(pair in style.coefficients for style in styles)]
    lines += [f"pair_coeff {i} {j} none" for i, j in silent]
    every = [style.name for style in styles]
    for k, style in enumerate(styles):
        label = style.name
        if every.count(label) > 1:
            label += f" {every[: k + 1].count(style.name)}"
        lines += _coefficient_lines(style, f"{label} ", names)
        if style.modify:
            lines.append(f"pair_modify pair {label} {style.modify}")
    return lines


def _coefficient_lines(style: PairStyle, label: str, names: tuple[str, ...]) -> list[str]:
    if style.everything:
        return [f"pair_coeff * * {label}{style.everything}"]
    return [
        f"pair_coeff {i} {j} {label}{text} # {names[i - 1]} {names[j - 1]}"
        for (i, j), text in style.coefficients.items()
    ]


def _table_file(term: terms.PairTable) -> str:
    """Return a table in LAMMPS' format; a coarse one is refined as molscape interpolates it."""
    r, energy, force = term.distance, term.energy, term.force
    if len(r) < TABLE_POINTS:
        curve = CubicHermiteSpline(r, energy, -force)
        r = np.linspace(r[0], r[-1], TABLE_POINTS)
        energy, force = curve(r), -curve(r, 1)
        energy[-1], force[-1] = term.energy[-1], term.force[-1]
    r, energy, force = r / ANGSTROM, energy / KILOCALORIE, force / LAMMPS_REAL.force
    rows = zip(range(1, len(r) + 1), r.tolist(), energy.tolist(), force.tolist(), strict=True)
    return "\n".join(
        [
            f"# {' '.join(term.types)}: number, distance (A), energy (kcal/mol), force (.../A)",
            "",
            "PAIR",
            f"N {len(r)} R {r[0]:.17g} {r[-1]:.17g}",
            "",
            *(f"{k} {x:.15g} {u:.15g} {f:.15g}" for k, x, u, f in rows),
            "",
        ]
    )


def _stillinger_weber_file(term: terms.StillingerWeber) -> str:
    values = (
        term.epsilon / KILOCALORIE,
        term.sigma / ANGSTROM,
        *(term.a, term.lambda_, term.gamma, term.cos_theta0, term.A, term.B, term.p, term.q),
        0.0,
    )
    return (
        "# UNITS: real\n"
        "# element element element epsilon (kcal/mol) sigma (A) a lambda gamma cos(theta0) "
        "A B p q tolerance\n"
        f"{' '.join([*term.types] * 3)} {' '.join(f'{value:.15g}' for value in values)}\n"
    )
