"""`molscape backmap`: atoms for the beads of a run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import cast

from rich.markup import escape

from molscape.app.commands.run import RunOptions
from molscape.app.console import console
from molscape.app.display import Terminal
from molscape.studies.coarse_graining.backmapping import Backmapping, backmap
from molscape.studies.coarse_graining.recipe import Recipe


def backmap_run(name: str, wish: Backmapping, options: RunOptions) -> None:
    """Decode the run of a model of a study, and print what was found.

    Args:
        name: of the recipe, or a run folder, whose own recipe is taken.
        wish: whose run is decoded, how, and into which file.
        options: the run folder, and the changes with which the study was run.

    Raises:
        ValueError: if studies of that kind have no beads to decode.
    """
    if Path(name).is_dir():
        options = replace(options, out=options.out or Path(name))
        name = str(Path(name) / "recipe.yaml")
    recipe, base = options.load(name)
    if recipe.kind != "coarse_graining":
        raise ValueError(f"{name} {recipe.undecoded}")
    with Terminal(console).running() as display:
        lines = backmap(cast(Recipe, recipe), base, options.folder(name), wish, display)
    for line in lines:
        console.print(escape(line), highlight=False)
