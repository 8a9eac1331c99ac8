"""What can be found wrong with a coarse-graining study without running it."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from pathlib import Path

from molscape.studies.blocks.atoms import Opened, Place
from molscape.studies.blocks.reference import Reference
from molscape.studies.coarse_graining.recipe import Recipe
from molscape.studies.coarse_graining.states import check_temperature, check_types
from molscape.studies.parts.checking import (
    check_engine,
    check_mapping,
    check_models,
)
from molscape.studies.parts.state_points import MAIN


def check_study(recipe: Recipe, base: Path) -> Iterator[str]:
    """Open inputs, build mappings and potentials, and tell what was found, line by line.

    The last lines estimate time and memory.

    Raises:
        ValueError: if something does not fit; the message says what, where and the remedy.
        FileNotFoundError: if an input file does not exist.
        ImportError: if the engine or the maker of the reference is not installed.
    """
    yield f"recipe: {recipe.title}"
    yield check_engine(recipe.simulate)
    opened = {MAIN: (yield from _check_reference(recipe, recipe.reference, base, MAIN))}
    main = opened[MAIN]
    check_temperature(recipe.simulate.temperature, main.state)
    for name, block in recipe.states.items():
        if block.reference is None:
            yield f"state {name}: {block.temperature:g} K, in the box of the main reference"
            continue
        opened[name] = yield from _check_reference(recipe, block.reference, base, name)
    if recipe.mapping.autoencoder is not None:
        yield "models are checked when the mapping is learned, by `molscape map`"
        return
    check_types([each.beads.topology for each in opened.values()])
    if main.complete:
        yield from check_models(recipe, base, opened)


def _check_reference(
    recipe: Recipe, block: Reference, base: Path, name: str
) -> Generator[str, None, Opened]:
    of = f" of state {name}" if name else ""
    opened = yield from block.check(Place(base, seed=recipe.seed), of)
    return (yield from check_mapping(recipe.mapping, opened, of))
