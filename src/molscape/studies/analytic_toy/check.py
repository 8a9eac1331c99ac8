"""What an analytic toy will do; it reads no files and needs no other engine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from molscape.studies.analytic_toy.recipe import ToyRecipe


def check_toy(recipe: ToyRecipe, base: Path) -> Iterator[str]:
    """Say what a toy study will do; it reads no files and needs no other engine."""
    points = recipe.data.replicas * (recipe.data.steps // recipe.data.every)
    yield f"recipe: {recipe.title}"
    yield "engine: jax"
    yield f"data: {points} points of {recipe.data.replicas} replicas are made"
    trainings = 0
    for name, block in recipe.models.items():
        trainings += block.networks * (recipe.training.folds + 1)
        yield f"model {name}: {block.describe()}"
    passes = trainings * recipe.training.epochs * recipe.training.frames
    yield f"training: {trainings} networks, {passes / 1e6:.0f} million forces in all"
