"""The report of a comparison of mappings: one picture, one table, and which atoms make a bead."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
import yaml

from molscape.app.mapping_measures import Measures, Value
from molscape.app.pages import write_curves
from molscape.core.curve import Curve
from molscape.core.mapping import Mapping
from molscape.core.topology import Topology
from molscape.report import Line, Plot, Report, Section, Table, format_value

if TYPE_CHECKING:
    from molscape.app.comparison import Compared, ComparisonStudy

CITATIONS = {
    "graph": "M. A. Webb, J.-Y. Delannoy and J. J. de Pablo, J. Chem. Theory Comput. 15, 1199 "
    "(2019) (graph-based mapping).",
    "autoencoder": "W. Wang and R. Gómez-Bombarelli, npj Comput. Mater. 5, 125 (2019) "
    "(coarse-graining autoencoders).",
    "forces": "W. G. Noid et al., J. Chem. Phys. 128, 244114 (2008) (force matching and the "
    "mapping of forces).",
}
COLUMNS = (
    "Mapping",
    "Beads",
    "Error / nm",
    "Variance kept",
    "Modes kept",
    "Force² / (kJ/mol/nm)²",
    "Noise share",
    "Splines explain",
    "Time step / ps",
    "Speed",
)
TEXT = (
    "Error: root mean square deviation of all atoms from where a linear decoder puts them, given "
    "the beads. Variance kept: one minus its square over that of a single bead. Modes kept: the "
    "same for the half of the principal components with the largest variance, each counting the "
    "same.\n\n"
    "Force²: mean square of a component of the beads' forces. Noise share: how much of it no model "
    "of the beads can explain; in a liquid an upper bound. Splines explain: how much of it bonds, "
    "angles, dihedrals and pairs explain in frames held out, a measure of how smooth and how "
    "simple the mean force is. Time step: a tenth of the period of the stiffest bond, at most 0.02 "
    "ps. Speed: atoms over beads, times the gain in the time step; an estimate from these two "
    "numbers, not a measurement."
)
SHOWN_ATOMS = 60
"""Atoms of a molecule whose beads are spelled out."""


def write_comparison_report(study: ComparisonStudy, compared: dict[str, Compared]) -> None:
    """Write report.html and curves.json into the study's folder."""
    topology = study.atoms.trajectory.topology
    overview = [Section("Which mapping?", TEXT, [_error_plot(compared), _table(compared)])]
    sections = [Section("Beads", "", list(_bead_tables(topology, compared)))]
    report = Report(
        study.record,
        sections=[section for section in sections if section.figures],
        summary=_summary(study, compared),
        citations=_citations(compared),
        recipe=yaml.safe_dump(study.record.recipe, sort_keys=False, allow_unicode=True),
        overview=overview,
    )
    write_curves(study.folder / "curves.json", overview)
    report.save(study.folder / "report.html")


def _error_plot(compared: dict[str, Compared]) -> Plot:
    """Return the reconstruction error over the number of beads, a line for each family."""
    families: dict[str, list[tuple[float, str]]] = {}
    for name, one in compared.items():
        families.setdefault(one.family, []).append((_beads(one.measures), name))
    lines = []
    for family, members in families.items():
        names = [name for _, name in sorted(members)]
        found = [compared[name].measures for name in names]
        lines.append(Line(_curve(found, [m.kept.error for m in found]), family, names=names))
    lines += _seed_lines(compared)
    caption = "Point at a mark to see its mapping."
    if len(lines) > len(families):
        caption += " Dots: all seeds of the learned mappings."
    return Plot("Reconstruction error over the number of beads", lines, caption=caption)


def _seed_lines(compared: dict[str, Compared]) -> Iterable[Line]:
    """Return the errors of all seeds of learned mappings as dots."""
    every = [
        (_beads(one.measures), error) for one in compared.values() for error in sorted(one.seeds)
    ]
    if every:
        x, y = np.array(sorted(every)).T
        nothing = np.full_like(y, np.nan)
        labels = ("beads of a molecule", "", "reconstruction error", "nm")
        yield Line(Curve(x, y, nothing, *labels), "every seed", points=True)


def _curve(found: list[Measures], values: list[Value]) -> Curve:
    return Curve(
        x=np.array([_beads(measures) for measures in found]),
        y=np.array([value.value for value in values]),
        error=np.array([np.nan if value.error is None else value.error for value in values]),
        x_label="beads of a molecule",
        x_unit="",
        y_label="reconstruction error",
        y_unit="nm",
    )


def _beads(found: Measures) -> float:
    """Return beads of a molecule, the mean over kinds of molecules where there are several."""
    return float(np.mean(list(found.per_molecule.values())))


def _table(compared: dict[str, Compared]) -> Table:
    rows = []
    for name, one in sorted(compared.items(), key=lambda item: _beads(item[1].measures)):
        found = one.measures
        noise = None
        if found.noise is not None and found.force is not None and found.force.value > 0:
            noise = Value(
                found.noise.value / found.force.value,
                None if found.noise.error is None else found.noise.error / found.force.value,
            )
        cells = [
            found.kept.error,
            found.kept.kept,
            found.kept.modes,
            found.force,
            noise,
            found.explained,
            found.step,
            found.speed,
        ]
        beads = " + ".join(str(count) for count in found.per_molecule.values())
        rows.append([name, beads, *(_told(cell) for cell in cells)])
    return Table("Mappings side by side", COLUMNS, rows, "± one standard error.")


def _told(value: Value | None) -> str:
    if value is None:
        return "–"
    error = value.error
    return format_value(value.value, error if error is not None and error > 0 else None)


def _bead_tables(topology: Topology, compared: dict[str, Compared]) -> Iterable[Table]:
    """Return the atoms of every bead of the first molecule of each kind."""
    for molecule in dict.fromkeys(topology.molecule_names.tolist()):
        members = topology.members(molecule)[0]
        if len(members) > SHOWN_ATOMS:
            continue
        rows = [
            [name, _atoms_of_beads(topology, members, one.mapping)]
            for name, one in compared.items()
            if molecule in one.measures.per_molecule
        ]
        if rows:
            yield Table(
                f"Atoms of each bead of {molecule}",
                ("Mapping", "Atoms"),
                rows,
                "Numbers count atoms of one name, from the first on.",
            )


def _atoms_of_beads(topology: Topology, members: np.ndarray, mapping: Mapping) -> str:
    """Return names of atoms, beads parted by bars; heavy atoms alone where there are any."""
    weights = mapping.position_weights
    owner = topology.molecules[weights.indices[weights.indptr[:-1]]]
    names = _unique_names(topology.names[members].tolist())
    named = dict(zip(members.tolist(), names, strict=True))
    beads = []
    for row in np.flatnonzero(owner == topology.molecules[members[0]]):
        atoms = np.sort(weights[row].indices).tolist()
        heavy = [atom for atom in atoms if topology.elements[atom] != "H"]
        beads.append(" ".join(named[atom] for atom in heavy or atoms))
    return " | ".join(beads)


def _unique_names(names: list[str]) -> list[str]:
    """Number the names that come more than once: C, C becomes C(1), C(2)."""
    seen: dict[str, int] = {}
    told = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        told.append(f"{name}({seen[name]})" if names.count(name) > 1 else name)
    return told


def _summary(study: ComparisonStudy, compared: dict[str, Compared]) -> str:
    atoms = study.atoms.trajectory
    least = min(compared, key=lambda name: compared[name].measures.kept.error.value)
    error = compared[least].measures.kept.error
    return (
        f"{len(compared)} mappings of {len(atoms.topology)} atoms in {len(atoms)} frames at "
        f"{study.atoms.state.temperature:g} K. {study.recipe.description} The atoms are "
        f"reconstructed best from {least}, to {format_value(error.value, error.error, 'nm')}; more "
        "beads always keep more, so compare mappings of equal numbers of beads."
    )


def _citations(compared: dict[str, Compared]) -> list[str]:
    ways = {one.block.way for one in compared.values()}
    told = [text for key, text in CITATIONS.items() if key in ways]
    forces = any(one.measures.force is not None for one in compared.values())
    return [*told, *([CITATIONS["forces"]] if forces else [])]
