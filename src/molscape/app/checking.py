"""`molscape check`: what can be found wrong without running, and what a run will take."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from molscape.app.recipe import ModelBlock, Recipe
from molscape.app.reference_blocks import FilesReference, MadeReference, Make

if TYPE_CHECKING:
    from molscape.core.potential import Potential
    from molscape.core.trajectory import Trajectory


def check_study(recipe: Recipe, base: Path) -> list[str]:
    """Open inputs, build mapping and potentials, and return what was found, line by line.

    The last lines estimate time and memory.

    Raises:
        ValueError: if something does not fit; the message says what, where and the remedy.
        FileNotFoundError: if an input file does not exist.
        ImportError: if the engine or the maker of the reference is not installed.
    """
    from molscape.app.estimates import estimate_study
    from molscape.app.potentials import build_potential
    from molscape.app.references import build_mapping, open_reference
    from molscape.app.states import check_temperature
    from molscape.core.space import check_box

    lines = [f"recipe: {recipe.title}", *_check_engine(recipe)]
    if isinstance(recipe.reference, MadeReference):
        return [*lines, *_check_made(recipe, recipe.reference.make)]
    atoms = open_reference(recipe.reference, base, Path(), 0, lambda *_: None)
    kind = "files" if isinstance(recipe.reference, FilesReference) else "shipped data"
    lines.append(
        f"reference: {kind}, {len(atoms.trajectory.topology)} atoms, "
        f"{len(atoms.trajectory)} frames, {', '.join(sorted(atoms.trajectory.fields))}"
    )
    check_temperature(recipe.simulate.temperature, atoms.state)
    mapping = build_mapping(recipe.mapping, atoms.trajectory)
    lines += [f"mapping: {note}" for note in mapping.notes]
    beads = mapping(atoms.trajectory)
    first = beads[0]
    potentials: dict[str, Potential] = {}
    for name, block in recipe.models.items():
        potential = build_potential(block, beads, atoms.state.temperature, base)
        check_box(first.box, potential.reach)
        _check_fit(name, block, beads)
        potentials[name] = potential
        lines.append(f"model {name}: {potential.kind}, reach {potential.reach:g} nm fits the box")
        lines += list(_check_exports(recipe, name, potential))
    return [*lines, *estimate_study(recipe, atoms.trajectory, beads, potentials)]


def _check_made(recipe: Recipe, make: Make) -> Iterator[str]:
    """Build what will be sampled and map its start; nothing is run."""
    import openmm

    from molscape.app.estimates import estimate_made
    from molscape.app.references import build_mapping, making_arguments
    from molscape.core.trajectory import Trajectory
    from molscape.reference import plan_reference

    plan = plan_reference(make.molecules, **making_arguments(make, recipe.seed))
    told = ", ".join(f"{count} {name}" for name, count in make.molecules.items())
    yield (
        f"reference: {told} are made with OpenMM {openmm.__version__} ({make.frames} frames); "
        "models are checked when they are there"
    )
    start = Trajectory.from_frames(plan.system.written, plan.start())
    mapping = build_mapping(recipe.mapping, start)
    yield from (f"mapping: {note}" for note in mapping.notes)
    yield from estimate_made(plan)


def _check_engine(recipe: Recipe) -> list[str]:
    engine = recipe.simulate.engine
    if engine == "lammps":
        from molscape.simulate.lammps_engine import find_lammps

        find_lammps()
    if engine == "openmm":
        from molscape.simulate.openmm_platform import choose_platform

        block = recipe.simulate
        platform = choose_platform(block.platform, block.precision, block.threads, particles=1000)
        return [f"engine: openmm, platform {platform.name}, {platform.precision} precision"]
    return [f"engine: {engine}"]


def _check_fit(name: str, block: ModelBlock, beads: Trajectory) -> None:
    if block.fit is None:
        return
    objective = block.fit.objective
    if objective == "force_matching" and "forces" not in beads.fields:
        raise ValueError(
            f"models.{name}.fit: force matching needs forces, the reference has none: write "
            "them (GROMACS: nstfout; LAMMPS: dump ... fx fy fz), recompute them with `molscape "
            "rerun`, or fit to the structure (objective: structure or relative_entropy)"
        )


def _check_exports(recipe: Recipe, name: str, potential: Potential) -> Iterator[str]:
    """Say what cannot be exported, before a day of work has gone by."""
    from molscape.core import terms

    opaque = [term for term in potential.lower() if isinstance(term, terms.Opaque)]
    for engine in recipe.export if opaque else ():
        yield f"warning: model {name} will not be exported for {engine}: {opaque[0].why}"
