"""The terms of a potential as LAMMPS styles, in units real."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import get_args

import numpy as np
from scipy.interpolate import CubicHermiteSpline

from molscape.core import terms
from molscape.core.potential import Potential
from molscape.core.topology import Topology
from molscape.core.units import ANGSTROM, KILOCALORIE, LAMMPS_REAL
from molscape.export.lammps_bonded import BondedTerm, bonded_lines
from molscape.export.lammps_coulomb import CoulombStyle, coulomb_style
from molscape.io.lammps_write import lammps_types

TABLE_POINTS = 20_000
"""Points of a table in LAMMPS: with 2,000, forces differ by more than 1e-4."""

KNOWN = terms.PairTable | terms.LennardJones | terms.StillingerWeber | terms.Coulomb | BondedTerm
"""Terms that have a counterpart."""

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


class _Writer:
    """Collects styles term by term, and writes the files they refer to.

    `keeps_excluded`: LAMMPS keeps excluded pairs in its lists, as its Ewald sums need them.
    """

    def __init__(
        self, topology: Topology, names: tuple[str, ...], file: Path, keeps_excluded: bool
    ) -> None:
        self.topology, self.names, self.file = topology, names, file
        self.keeps_excluded = keeps_excluded
        self.styles: list[PairStyle] = []
        self.coulomb: CoulombStyle | None = None
        self.files: list[Path] = []

    def add(self, term: terms.Term) -> None:
        """Add a pair term; one whose types do not occur is passed over."""
        if isinstance(term, terms.Coulomb):
            self._add_coulomb(term)
            return
        own = (term.type,) * 2 if isinstance(term, terms.StillingerWeber) else term.types  # type: ignore[union-attr]
        if not set(own) <= set(self.names):
            return
        i, j = sorted(self.names.index(name) + 1 for name in own)
        if isinstance(term, terms.StillingerWeber):
            self._check_many_body(term.type)
            path = self.path(f"{i}", ".sw")
            path.write_text(_stillinger_weber_file(term), encoding="utf-8")
            mapped = " ".join(name if name == term.type else "NULL" for name in self.names)
            style = PairStyle("sw", "", everything=f"{path.name} {mapped}")
            style.coefficients[i, j] = ""
            self.styles.append(style)
        elif isinstance(term, terms.PairTable):
            path = self.path(f"{i}-{j}", ".table")
            path.write_text(_table_file(term), encoding="utf-8")
            points = max(TABLE_POINTS, len(term.distance))
            self._place("table", f"spline {points}", "", (i, j), f"{path.name} PAIR")
        else:
            assert isinstance(term, terms.LennardJones)
            self._add_lennard_jones(term, (i, j))

    def _check_many_body(self, name: str) -> None:
        """LAMMPS drops excluded pairs from triplets too, molscape's many-body terms do not."""
        pairs = self.topology.types[self.topology.excluded_pairs()]
        if np.any(np.all(pairs == name, axis=1)):
            raise ValueError(
                f"beads of type {name} are bonded and excluded, and have a many-body term, which "
                "LAMMPS would leave out between them: set exclude_within to 0, or use the jax "
                "engine"
            )

    def _add_lennard_jones(self, term: terms.LennardJones, pair: Pair) -> None:
        epsilon, sigma, cutoff = (
            f"{value:.15g}"
            for value in (
                term.epsilon / KILOCALORIE, term.sigma / ANGSTROM, term.cutoff / ANGSTROM,
            )
        )  # fmt: skip
        if term.smooth == "force" and self.keeps_excluded:
            # lj/smooth/linear counts the energy of excluded pairs where these stay in the list.
            bare = f"4*{epsilon}*(({sigma}/{{0}})^12 - ({sigma}/{{0}})^6)"
            slope = f"24*{epsilon}/{cutoff}*(({sigma}/{cutoff})^6 - 2*({sigma}/{cutoff})^12)"
            text = f"{bare.format('r')} - {bare.format(cutoff)} - (r - {cutoff})*{slope}"
            self._place("lepton", cutoff, "", pair, f'"{text}" {cutoff}')
            return
        name = "lj/smooth/linear" if term.smooth == "force" else "lj/cut"
        modify = "shift yes" if term.smooth == "shift" else ""
        self._place(name, cutoff, modify, pair, f"{epsilon} {sigma} {cutoff}")

    def _add_coulomb(self, term: terms.Coulomb) -> None:
        style = coulomb_style(term, self.topology, self.names)
        if not style.pairs:
            return
        if self.coulomb is not None:
            raise ValueError("two Coulomb terms in one model: LAMMPS takes one, leave one out")
        self.coulomb = style
        for pair in style.pairs:
            self._place(style.name, style.cutoff, "", pair, style.text)

    def _place(self, name: str, arguments: str, modify: str, pair: Pair, text: str) -> None:
        """Put coefficients into an instance of the style that has none for this pair yet."""
        for style in self.styles:
            alike = (style.name, style.modify) == (name, modify)
            if alike and pair not in style.coefficients:
                break
        else:
            style = PairStyle(name, arguments, modify)
            self.styles.append(style)
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


def write_styles(potential: Potential, topology: Topology, file: Path) -> list[Path]:
    """Write a file of pair, bond, angle and dihedral styles that a LAMMPS script can `include`.

    Tables and Stillinger-Weber parameters go beside it.

    Args:
        potential: the model; its lowered terms are written.
        topology: types, bonds and exclusions.
        file: the include file, such as `model.lmp`.

    Returns:
        The files written, the include file first.

    Raises:
        ValueError: if a term or an exclusion has no counterpart in LAMMPS.
    """
    types = lammps_types(topology)
    lowered = potential.lower()
    for term in lowered:
        _check(term)
    bonded = [term for term in lowered if isinstance(term, BondedTerm)]
    ewald = any(isinstance(term, terms.Coulomb) and term.method == "ewald" for term in lowered)
    writer = _Writer(topology, types.atoms, file, ewald and len(topology.bonds) > 0)
    for term in lowered:
        if not isinstance(term, BondedTerm):
            writer.add(term)
    lines = [
        f"# Interactions written by molscape: units real, atom types {' '.join(types.atoms)}.",
        "# Include this file after read_data.",
        *_pair_lines(writer.styles, types.atoms),
        *(writer.coulomb.commands if writer.coulomb else ()),
        *_exclusion_lines(topology),
        *bonded_lines(bonded, types, writer.path),
    ]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return [file, *writer.files]


def _check(term: terms.Term) -> None:
    if isinstance(term, terms.Opaque):
        raise ValueError(
            f"{term.kind} cannot be written for LAMMPS: {term.why}; run it with the jax engine"
        )
    if not isinstance(term, KNOWN):
        names = ", ".join(kind.__name__ for kind in get_args(KNOWN))
        raise ValueError(
            f"a term {type(term).__name__} cannot be written for LAMMPS, only {names}: run this "
            "model with the jax engine, or leave that term out"
        )


def _pair_lines(styles: Sequence[PairStyle], names: tuple[str, ...]) -> list[str]:
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


def _exclusion_lines(topology: Topology) -> list[str]:
    """Pairs up to `exclude_within` bonds apart do not interact; LAMMPS counts up to 3."""
    within = topology.exclude_within
    if len(topology.bonds) == 0:
        return []
    if within > 3 and len(topology.excluded_pairs()) > len(
        topology.replace(exclude_within=3).excluded_pairs()
    ):
        raise ValueError(
            f"pairs up to {within} bonds apart are excluded, LAMMPS can exclude up to 3: use "
            "exclude_within of at most 3, or the jax engine"
        )
    factors = " ".join("0.0" if k <= within else "1.0" for k in (1, 2, 3))
    return ["", f"special_bonds lj {factors} coul {factors}"]


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
        f"{' '.join([term.type] * 3)} {' '.join(f'{value:.15g}' for value in values)}\n"
    )
