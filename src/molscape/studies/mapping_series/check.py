"""What can be found wrong with a series without running it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from molscape.studies.blocks.atoms import Place
from molscape.studies.mapping_series.members import member_recipe
from molscape.studies.mapping_series.recipe import SeriesRecipe
from molscape.studies.parts.checking import (
    check_engine,
    check_mapping,
    check_models,
)
from molscape.studies.parts.state_points import MAIN


def check_series(recipe: SeriesRecipe, base: Path) -> Iterator[str]:
    """Open the reference, build mappings and, where it is there already, models, line by line.

    Raises:
        ValueError: if something does not fit; the message says what, where and the remedy.
        FileNotFoundError: if an input file does not exist.
    """
    yield f"recipe: {recipe.title}"
    yield check_engine(recipe.simulate)
    opened = yield from recipe.reference.check(Place(base, seed=recipe.seed))
    for name, block in recipe.mappings.items():
        found = yield from check_mapping(block, opened, f" {name}")
        if found.complete:
            # Paths of the study itself start from its run folder, which need not be there yet.
            plain = member_recipe(recipe, name, base, base).model_copy(
                update={"models": recipe.models}
            )
            yield from check_models(plain, base, {MAIN: found})
