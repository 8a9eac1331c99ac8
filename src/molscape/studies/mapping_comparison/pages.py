"""The report of a comparison of mappings: one picture, one table, and which atoms make a bead."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import yaml

from molscape.core.curve import Curve
from molscape.core.mapping import Mapping
from molscape.core.topology import Topology
from molscape.report import Line, Plot, Report, Scene, Section, Table, format_value
from molscape.studies.mapping_comparison.decoded_pages import decoded_sections
from molscape.studies.mapping_comparison.measures import Measures, Value
from molscape.studies.parts.curves import write_curves
from molscape.studies.parts.scenes import mapping_scenes

if TYPE_CHECKING:
    from molscape.studies.mapping_comparison.decoded import Torsions
    from molscape.studies.mapping_comparison.results import Compared, ComparisonStudy, Learned

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
    "Force",
    "Noise",
    "Explained",
    "Step / ps",
    "Speed",
)
TEXT = (
    "Error: root mean square deviation of all atoms from where a linear decoder puts them, given "
    "the beads. Variance kept: one minus its square over that of a single bead. Modes kept: the "
    "same for the principal components with the largest variance, as many as the beads could hold; "
    "one if no linear choice of so few coordinates keeps more.\n\n"
    "Force: root mean square of a component of the beads' forces in kJ/mol/nm. Noise: the share of "
    "its square that no model of the beads can explain; in a liquid an upper bound. Explained: the "
    "share that splines of bonds, angles, dihedrals and pairs explain in frames held out, at most "
    "one minus the noise; the nearer to that, the simpler the mean force. Step: a tenth of the "
    "period of the stiffest bond, at most 0.02 ps. Speed: atoms over beads, times the gain in the "
    "step: an estimate from these two numbers, not a measurement."
)
MOST_SCENES = 8
"""Learned mappings that are drawn; a page bears no more of them."""

SHOWN_ATOMS = 60
"""Atoms of a molecule whose beads are spelled out."""


def write_comparison_report(
    study: ComparisonStudy, compared: dict[str, Compared], torsions: Torsions
) -> None:
    """Write report.html and curves.json into the study's folder."""
    topology = study.atoms.trajectory.topology
    overview = [Section("Which mapping?", TEXT, [*_plots(compared), _table(compared)])]
    scenes = [
        scene
        for name, one in compared.items()
        if one.learned is not None
        for scene in mapping_scenes(study.atoms.trajectory, one.mapping, name)
    ]
    beads: list[Table | Scene] = [*_bead_tables(topology, compared), *scenes[:MOST_SCENES]]
    sections = [*decoded_sections(compared, torsions), Section("Beads", "", beads)]
    report = Report(
        study.record,
        sections=[section for section in sections if section.figures],
        summary=_summary(study, compared),
        citations=_citations(compared),
        recipe=yaml.safe_dump(study.record.recipe, sort_keys=False, allow_unicode=True),
        overview=overview,
    )
    write_curves(study.folder / "curves.json", [*overview, *sections])
    report.save(study.folder / "report.html")


def _plots(compared: dict[str, Compared]) -> Iterable[Plot]:
    """Return the reconstruction error over the number of beads and over the expected speed."""
    families: dict[str, list[str]] = {}
    for name, one in compared.items():
        families.setdefault(one.family, []).append(name)
    counts = {name: _beads(one.measures) for name, one in compared.items()}
    margin = (min(counts.values()) - 0.5, max(counts.values()) + 0.5)
    yield Plot(
        "Reconstruction error over the number of beads",
        list(_lines(compared, families, counts, "beads of a molecule")),
        caption="Point at a mark to see its mapping.",
        x_range=margin,
    )
    learned = [(counts[name], one.learned) for name, one in compared.items() if one.learned]
    if learned:
        yield Plot(
            "Seeds of the learned mappings",
            list(_seeds(learned)),
            caption="What each seed found, less the best of them all: after the annealing of the "
            "autoencoder, and after single atoms were moved for as long as that paid.",
            x_range=margin,
        )
    speeds = {name: one.measures.speed.value for name, one in compared.items()}
    yield Plot(
        "Reconstruction error over the expected speed",
        list(_lines(compared, families, speeds, "speed relative to all-atom")),
        caption="Down and to the right is better.",
        x_log=True,
        x_range=(0.8 * min(speeds.values()), 1.25 * max(speeds.values())),
    )


def _seeds(learned: list[tuple[float, Learned]]) -> Iterable[Line]:
    """Return dots of what every seed lacks to the best, before and after single moves."""
    for beside, label in ((-0.08, "annealed"), (0.08, "moved")):
        x, y = [], []
        for beads, one in learned:
            errors = one.annealed if label == "annealed" else one.seeds
            x += [beads + beside] * len(errors)
            y += [error - min(one.seeds) for error in errors]
        nothing = np.full(len(y), np.nan)
        curve = _curve(np.array(x), np.array(y), nothing, "beads of a molecule")
        yield Line(replace(curve, y_label="error beyond the best"), label, points=True)


def _lines(
    compared: dict[str, Compared], families: dict[str, list[str]], x: dict[str, float], label: str
) -> Iterable[Line]:
    """Return a line with marks for each family of mappings."""
    for family, members in families.items():
        names = sorted(members, key=x.__getitem__)
        found = [compared[name].measures.kept.error for name in names]
        y = np.array([value.value for value in found])
        error = np.array([np.nan if value.error is None else value.error for value in found])
        yield Line(
            _curve(np.array([x[name] for name in names]), y, error, label), family, names=names
        )


def _curve(x: np.ndarray, y: np.ndarray, error: np.ndarray, label: str) -> Curve:
    return Curve(x, y, error, label, "", "reconstruction error", "nm")


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
        kept = (found.kept.error, found.kept.kept, found.kept.modes)
        cells = [_format(cell) for cell in kept]
        cells.append("–" if found.force is None else f"{found.force.value**0.5:.0f}")
        cells += [_format(cell) for cell in (noise, found.explained, found.step, found.speed)]
        beads = " + ".join(str(count) for count in found.per_molecule.values())
        rows.append([name, beads, *cells])
    return Table("Mappings side by side", COLUMNS, rows, "± one standard error.", broad=True)


def _format(value: Value | None) -> str:
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
                "Heavy atoms; beads are parted by bars, numbers count atoms of one name.",
                broad=True,
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
