"""`molscape map`: map a study, show the levels of molecules, or compare mappings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.markup import escape
from rich.table import Table

from molscape import io
from molscape.app.commands.run import RunOptions, run_recipe
from molscape.app.console import console, print_notes
from molscape.core.topology import Topology
from molscape.mapping.graph import Level
from molscape.mapping.graph_beads import hierarchy
from molscape.mapping.molecular_graph import MolecularGraph, formula
from molscape.reference import is_reference, open_folder

MOST_NODES = 40
"""United atoms of a molecule whose beads are spelled out."""


@dataclass(frozen=True)
class MapOptions:
    """What `molscape map` does instead of mapping a study; at most one of the first three.

    Args:
        graph: show the levels of every molecule in the files.
        smiles: show the levels of this molecule.
        compare: run a comparison of mappings.
        weights: of the graph's matrix: mass, difference, none or degree.
        max_mass: largest mass of a bead (u).
        guess_bonds: find bonds from distances where files carry none.
    """

    graph: bool = False
    smiles: str | None = None
    compare: bool = False
    weights: str = "mass"
    max_mass: float | None = None
    guess_bonds: bool = False


def map_molecules(files: list[str], options: MapOptions, run: RunOptions) -> None:
    """Do what the options of `molscape map` ask for.

    Args:
        files: a recipe, or files of a topology.
        options: what is shown or compared.
        run: where a study is run, and with which changes.

    Raises:
        ValueError: if options do not go together, or a molecule has no levels.
    """
    wishes = {"graph": options.graph, "smiles": options.smiles, "compare": options.compare}
    asked = [f"--{name}" for name, wish in wishes.items() if wish]
    if len(asked) > 1:
        raise ValueError(f"{' and '.join(asked)} do not go together: give one of them")
    if options.smiles is not None:
        if files:
            raise ValueError(f"--smiles takes no files, got {files[0]}: use --graph for files")
        molecule = MolecularGraph.from_smiles(options.smiles)
        show_levels([(molecule, None)], options.weights, options.max_mass)
        return
    if not files:
        raise ValueError("give a recipe, or a topology with --graph, or a molecule with --smiles")
    if options.graph:
        topology = _open_topology([Path(file) for file in files], options.guess_bonds)
        show_levels(_graphs(topology), options.weights, options.max_mass)
        return
    if len(files) > 1:
        raise ValueError(f"{len(files)} files: give one recipe, or files with --graph")
    if options.compare:
        run_recipe(files[0], run, kind="mapping_comparison")
    else:
        run_recipe(files[0], run, until="map")


def show_levels(
    graphs: list[tuple[MolecularGraph, Topology | None]], weights: str, max_mass: float | None
) -> None:
    """Print a table of levels for each molecule."""
    for graph, topology in graphs:
        levels = hierarchy(graph, weights, max_mass)
        table = Table(title=escape(graph.label), title_justify="left", box=None, pad_edge=False)
        for name, right in (("level", True), ("beads", True), ("eigenvalue", True), ("u", True)):
            table.add_column(name, justify="right" if right else "left", no_wrap=True)
        table.add_column("made of")
        table.add_column("atoms of each bead")
        for row in level_rows(graph, levels, topology):
            table.add_row(*(escape(cell) for cell in row))
        console.print(table)
    console.print(
        "[dim]eigenvalue: of the matrix that led to the level; u: mass of the heaviest bead. In a "
        "recipe: mapping: {graph: {level: ...}}[/dim]"
    )


def level_rows(
    graph: MolecularGraph, levels: tuple[Level, ...], topology: Topology | None = None
) -> Iterator[tuple[str, ...]]:
    """Return the cells of each level: number, beads, eigenvalue, heaviest, formulas, atoms.

    Heavy atoms are called by the topology's names; without one by element and place, as C1.
    """
    names = [
        f"{elements[0]}{number}" if topology is None else str(topology.names[atoms[0]])
        for number, (elements, atoms) in enumerate(
            zip(graph.elements, graph.atoms, strict=True), start=1
        )
    ]
    for number, level in enumerate(levels):
        kinds = Counter(
            formula(element for node in nodes for element in graph.elements[node])
            for nodes in level.groups
        )
        made = ", ".join(
            f"{kind} x {count}" if count > 1 else kind for kind, count in kinds.items()
        )
        atoms = " | ".join(" ".join(names[node] for node in nodes) for nodes in level.groups)
        yield (
            str(number),
            str(len(level)),
            "" if level.eigenvalue is None else f"{level.eigenvalue:.4f}",
            f"{level.masses.max():.1f}",
            made if len(kinds) <= MOST_NODES else f"{len(kinds)} kinds",
            atoms if len(graph) <= MOST_NODES else "",
        )


def _graphs(topology: Topology) -> list[tuple[MolecularGraph, Topology | None]]:
    """Return the graph of the first molecule of every name."""
    names = dict.fromkeys(topology.molecule_names.tolist())
    return [(MolecularGraph.of(topology, name), topology) for name in names]


def _open_topology(files: list[Path], guess_bonds: bool) -> Topology:
    """Open files, or the folder of a reference, and say what was guessed."""
    made = is_reference(files)
    trajectory = open_folder(files[0])[0] if made else io.open(*files, guess_bonds=guess_bonds)
    print_notes(trajectory.notes)
    return trajectory.topology
