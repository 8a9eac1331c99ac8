"""The kinds of studies: one line each, loaded when a recipe names them."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from molscape.core.record import Record
from molscape.studies.blocks.head import RecipeHead

if TYPE_CHECKING:
    from molscape.studies.study import Display


@dataclass(frozen=True)
class StudyKind:
    """A kind of study: where its recipe, its check and its run are, as "module:name".

    `check(recipe, base)` yields lines; `run(recipe, base, folder, display, until)` returns the
    record. Modules are named below `molscape.studies`, or in full.
    """

    name: str
    recipe: str
    check: str
    run: str

    def recipe_class(self) -> type[RecipeHead]:
        """Return the class of the recipe."""
        found: type[RecipeHead] = _load(self.recipe)
        return found

    def check_lines(self, recipe: RecipeHead, base: Path) -> Iterator[str]:
        """Check a recipe and its inputs, line by line; errors are those of the kind."""
        check: Callable[[Any, Path], Iterator[str]] = _load(self.check)
        return check(recipe, base)

    def run_study(
        self, recipe: RecipeHead, base: Path, folder: Path, display: Display, until: str = "run"
    ) -> Record:
        """Run a study into a folder and return its record; errors are those of the kind."""
        run: Callable[[Any, Path, Path, Display, str], Record] = _load(self.run)
        return run(recipe, base, folder, display, until)


KINDS = [
    StudyKind(
        "coarse_graining",
        "coarse_graining.recipe:Recipe",
        "coarse_graining.check:check_study",
        "coarse_graining.run:run_study",
    ),
    StudyKind(
        "mapping_series",
        "mapping_series.recipe:SeriesRecipe",
        "mapping_series.check:check_series",
        "mapping_series.run:run_series",
    ),
    StudyKind(
        "mapping_comparison",
        "mapping_comparison.recipe:ComparisonRecipe",
        "mapping_comparison.check:check_comparison",
        "mapping_comparison.run:run_comparison",
    ),
    StudyKind(
        "analytic_toy",
        "analytic_toy.recipe:ToyRecipe",
        "analytic_toy.check:check_toy",
        "analytic_toy.run:run_toy",
    ),
]
"""A recipe that names no kind is of the first."""


def kind_of(name: str) -> StudyKind:
    """Return the kind of that name.

    Raises:
        ValueError: if there is none.
    """
    for kind in KINDS:
        if kind.name == name:
            return kind
    names = ", ".join(kind.name for kind in KINDS)
    raise ValueError(f"a study of kind {name!r}: this molscape has {names}")


def _load(place: str) -> Any:
    module, _, name = place.partition(":")
    full = module if module.startswith("molscape") else f"molscape.studies.{module}"
    return getattr(importlib.import_module(full), name)
