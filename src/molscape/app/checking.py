"""`molscape check`: everything that can be found wrong without running."""

from __future__ import annotations

from pathlib import Path

from molscape.app.recipe import FilesReference, MadeReference, Recipe


def check_study(recipe: Recipe, base: Path) -> list[str]:
    """Open inputs, build mapping and potentials, and return what was found, line by line.

    Raises:
        ValueError: if something does not fit; the message says what, where and the remedy.
        FileNotFoundError: if an input file does not exist.
        ImportError: if the engine or the maker of the reference is not installed.
    """
    from molscape.app.potentials import build_potential
    from molscape.app.references import build_mapping, open_reference
    from molscape.core.space import check_box

    lines = [f"recipe: {recipe.title}"]
    _check_engine(recipe)
    lines.append(f"engine: {recipe.simulate.engine}")
    if isinstance(recipe.reference, MadeReference):
        import openmm

        make = recipe.reference.make
        lines.append(
            f"reference: {make.molecules} molecules of {make.system} are made with OpenMM "
            f"{openmm.__version__} ({make.frames} frames); the rest is checked when they are there"
        )
        return lines
    atoms = open_reference(recipe.reference, base, Path(), 0, lambda *_: None)
    kind = "files" if isinstance(recipe.reference, FilesReference) else "shipped data"
    lines.append(
        f"reference: {kind}, {len(atoms.trajectory.topology)} atoms, "
        f"{len(atoms.trajectory)} frames, {', '.join(sorted(atoms.trajectory.fields))}"
    )
    mapping = build_mapping(recipe.mapping, atoms.trajectory)
    lines += [f"mapping: {note}" for note in mapping.notes]
    first = mapping.map_frames(atoms.trajectory[0])
    for name, block in recipe.models.items():
        potential = build_potential(block, mapping.topology, base)
        check_box(first.box, potential.reach)
        if block.fit is not None and "forces" not in atoms.trajectory.fields:
            raise ValueError(
                f"models.{name}.fit: force matching needs forces, the reference has none: write "
                "them (GROMACS: nstfout; LAMMPS: dump ... fx fy fz)"
            )
        lines.append(f"model {name}: {potential.kind}, reach {potential.reach:g} nm fits the box")
    return lines


def _check_engine(recipe: Recipe) -> None:
    if recipe.simulate.engine == "lammps":
        from molscape.simulate.lammps_engine import find_lammps

        find_lammps()
