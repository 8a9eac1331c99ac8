"""What can be found wrong without running: mappings, models, engines."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from molscape.studies.blocks.atoms import Opened
from molscape.studies.blocks.mapping import MappingBlock
from molscape.studies.blocks.model import ModelBlock, ModelsRecipe
from molscape.studies.blocks.simulate import SimulateBlock
from molscape.studies.parts.state_points import MAIN

if TYPE_CHECKING:
    from molscape.core.potential import Potential
    from molscape.core.trajectory import Trajectory


def check_mapping(
    block: MappingBlock, opened: Opened, of: str = ""
) -> Generator[str, None, Opened]:
    """Build a mapping and put its beads beside the atoms; one that is learned is only told of."""
    from molscape.studies.parts.learning import Learning, check_learning

    if block.autoencoder is not None:
        told = check_learning(
            block.autoencoder, opened.atoms.topology, opened.fields, opened.frames
        )
        yield from (f"mapping{of}: {line}" for line in told)
        return replace(opened, complete=False)
    mapping = block.build(opened.atoms, Learning())
    yield from (f"mapping{of}: {note}" for note in mapping.notes)
    return replace(opened, beads=mapping(opened.atoms))


def check_models(recipe: ModelsRecipe, base: Path, opened: dict[str, Opened]) -> Iterator[str]:
    """Build every potential, see whether it fits the boxes and the data, and estimate times."""
    from molscape.core.space import check_box
    from molscape.studies.parts.estimates import estimate_study
    from molscape.studies.parts.potentials import build_potential

    main = opened[MAIN]
    potentials: dict[str, Potential] = {}
    for name, block in recipe.models.items():
        potential = build_potential(block, main.beads, main.state.temperature, base)
        for state, each in opened.items():
            if not each.complete:
                continue
            check_box(each.beads[0].box, potential.reach)
            if state == MAIN or recipe.states[state].fit:
                _check_fit(name, block, state, each.beads)
        potentials[name] = potential
        yield f"model {name}: {potential.kind}, reach {potential.reach:g} nm fits the box"
        yield from _check_exports(recipe, name, potential)
    yield from estimate_study(recipe, main.atoms, main.beads, potentials)


def check_engine(block: SimulateBlock) -> str:
    """Find the engine of a study and say which it is.

    Raises:
        ImportError: if it cannot run here.
    """
    engine = block.build_engine()
    why = engine.available()
    if why is not None:
        raise ImportError(why)
    return f"engine: {engine.describe()}"


def _check_fit(name: str, block: ModelBlock, state: str, beads: Trajectory) -> None:
    if block.fit is None:
        return
    objective, of = block.fit.objective, f" of state {state}" if state else ""
    if objective == "force_matching" and "forces" not in beads.fields:
        raise ValueError(
            f"models.{name}.fit: force matching needs forces, the reference{of} has none: write "
            "them (GROMACS: nstfout; LAMMPS: dump ... fx fy fz), recompute them with `molscape "
            "rerun`, or fit to the structure (objective: structure or relative_entropy)"
        )


def _check_exports(recipe: ModelsRecipe, name: str, potential: Potential) -> Iterator[str]:
    """Say what cannot be exported, before a day of work has gone by."""
    from molscape.core.terms import opaque_terms

    opaque = opaque_terms(potential.lower())
    for engine in recipe.export if opaque else ():
        yield f"warning: model {name} will not be exported for {engine}: {opaque[0].why}"
