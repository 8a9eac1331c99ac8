"""What `molscape map` does: map a study, show the levels of molecules, or compare mappings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich.markup import escape
from rich.table import Table

from molscape.app.commands import console, run_recipe
from molscape.core.topology import Topology
from molscape.mapping.graph import Level
from molscape.mapping.molecular_graph import MolecularGraph, formula

MOST_NODES = 40
"""United atoms of a molecule whose beads are spelled out."""


def map_command(
    files: list[str],
    wishes: dict[str, Any],
    hierarchy: tuple[str, float | None],
    run: tuple[Path | None, list[str] | None, bool],
    guess_bonds: bool = False,
) -> None:
    """Do what the options of `molscape map` ask for.

    Args:
        files: a recipe, or files of a topology.
        wishes: `graph`, `smiles` and `compare`, at most one of them set.
        hierarchy: weights, and the largest mass (u) of a bead.
        run: run folder, changes of the recipe, and whether it is the quick one.
        guess_bonds: find bonds from distances where the files of a topology carry none.

    Raises:
        ValueError: if options do not go together, or a molecule has no levels.
    """
    asked = [f"--{name}" for name, wish in wishes.items() if wish]
    if len(asked) > 1:
        raise ValueError(f"{' and '.join(asked)} do not go together: give one of them")
    if wishes["smiles"] is not None:
        if files:
            raise ValueError(f"--smiles takes no files, got {files[0]}: use --graph for files")
        show_levels([(MolecularGraph.from_smiles(wishes["smiles"]), None)], *hierarchy)
        return
    if not files:
        raise ValueError("give a recipe, or a topology with --graph, or a molecule with --smiles")
    if wishes["graph"]:
        topology = _topology([Path(file) for file in files], guess_bonds)
        show_levels(_graphs(topology), *hierarchy)
        return
    if len(files) > 1:
        raise ValueError(f"{len(files)} files: give one recipe, or files with --graph")
    if wishes["compare"]:
        run_recipe(files[0], *run, kind="mapping_comparison")
    else:
        run_recipe(files[0], *run, until="map")


def show_levels(
    graphs: list[tuple[MolecularGraph, Topology | None]], weights: str, max_mass: float | None
) -> None:
    """Print a table of levels for each molecule."""
    from molscape.mapping.graph_beads import hierarchy

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


def _topology(files: list[Path], guess_bonds: bool) -> Topology:
    """Open files, or the folder of a reference, and say what was guessed."""
    from molscape import io
    from molscape.studies.parts.references import is_reference, open_folder

    made = is_reference(files)
    trajectory = open_folder(files[0])[0] if made else io.open(*files, guess_bonds=guess_bonds)
    for note in trajectory.notes:
        console.print(f"[dim]note:[/dim] {escape(note)}", highlight=False)
    return trajectory.topology
