"""`molscape check`: whether a recipe can be run."""

from __future__ import annotations

from rich.markup import escape

from molscape.app.console import console
from molscape.app.loading import load_recipe
from molscape.studies.kinds import kind_of


def check_recipe(name: str, overrides: list[str] | None, quick: bool) -> None:
    """Check a recipe, open its files, build mapping and potentials; run nothing."""
    recipe, base = load_recipe(name, overrides, quick)
    lines = kind_of(recipe.kind).check_lines(recipe, base)
    for line in lines:
        console.print(f"  [green]✓[/green] {escape(line)}", highlight=False)
    console.print(f"[bold]{name} can be run[/bold]")
