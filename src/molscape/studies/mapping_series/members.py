"""The recipe of the study of one mapping, out of that of a series."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from molscape.studies.blocks.model import ModelBlock
from molscape.studies.blocks.reference import (
    FilesReference,
    FolderReference,
    MadeReference,
    Reference,
    StudyReference,
)
from molscape.studies.kinds import kind_of
from molscape.studies.mapping_series.recipe import SeriesRecipe

MEMBER = kind_of("coarse_graining")
"""The kind of study that each mapping has."""


def member_recipe(recipe: SeriesRecipe, name: str, base: Path, folder: Path) -> Any:
    """Return the recipe of one mapping's study, whose base is its own folder in the series'."""
    own = folder / "mappings" / name
    recipe_class: Any = MEMBER.recipe_class()
    return recipe_class(
        molscape=1,
        title=f"{recipe.title}: {name}",
        description=recipe.description,
        seed=recipe.seed,
        reference=_reference(recipe.reference, base, own),
        mapping=recipe.mappings[name],
        models={key: _model(block, base, own) for key, block in recipe.models.items()},
        simulate=recipe.simulate,
        observables=recipe.observables,
        noise_floor=recipe.noise_floor,
        tolerances=recipe.tolerances,
        export=recipe.export,
    )


def _reference(block: Reference, base: Path, own: Path) -> Reference:
    """Return the reference as it is found from a mapping's folder; what is made is made once."""
    if isinstance(block, MadeReference):
        return FolderReference(folder=os.path.join("..", "..", "reference"), frames=block.frames)
    if isinstance(block, FilesReference):
        named = {"topology": block.topology, "trajectory": block.trajectory}
        moved = {key: path and _moved(path, base, own) for key, path in named.items()}
        return block.model_copy(update=moved)
    if isinstance(block, FolderReference):
        return block.model_copy(update={"folder": _moved(block.folder, base, own)})
    if isinstance(block, StudyReference):
        return block.model_copy(update={"study": _moved(block.study, base, own)})
    return block


def _model(block: ModelBlock, base: Path, own: Path) -> ModelBlock:
    parts = [part.moved(lambda path: _moved(path, base, own)) for part in block.potential]
    return block.model_copy(update={"potential": parts})


def _moved(path: str, base: Path, own: Path) -> str:
    return os.path.relpath(base / path, own)
