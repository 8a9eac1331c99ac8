"""The recipe of the study of one mapping, out of that of a series."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from molscape.studies.kinds import kind_of
from molscape.studies.mapping_series.recipe import SeriesRecipe

MEMBER = kind_of("coarse_graining")
"""The kind of study that each mapping has."""

MADE = os.path.join("..", "..", "reference")
"""Where a mapping's study finds a reference that the series made once."""


def member_recipe(recipe: SeriesRecipe, name: str, base: Path, folder: Path) -> Any:
    """Return the recipe of one mapping's study, whose base is its own folder in the series'."""
    own = folder / "mappings" / name

    def move(path: str) -> str:
        return os.path.relpath(base / path, own)

    recipe_class: Any = MEMBER.recipe_class()
    return recipe_class(
        molscape=1,
        title=f"{recipe.title}: {name}",
        description=recipe.description,
        seed=recipe.seed,
        reference=recipe.reference.shared(move, made=MADE),
        mapping=recipe.mappings[name],
        models={key: block.moved(move) for key, block in recipe.models.items()},
        simulate=recipe.simulate,
        observables=recipe.observables,
        noise_floor=recipe.noise_floor,
        tolerances=recipe.tolerances,
        export=recipe.export,
    )
