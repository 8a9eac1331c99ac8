"""`molscape run`, and the first stages of a study, after which `fit` and `map` stop."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rich.markup import escape
from rich.table import Table

from molscape.app.console import console
from molscape.app.display import Terminal
from molscape.app.loading import load_recipe
from molscape.core.record import Record
from molscape.studies.blocks.head import RecipeHead
from molscape.studies.kinds import kind_of


@dataclass(frozen=True)
class RunOptions:
    """Where a study is run, and with which changes of its recipe.

    Args:
        out: the run folder; by default runs/RECIPE.
        overrides: "key.path=value" changes, values read as YAML.
        quick: apply the recipe's own `quick` changes first.
    """

    out: Path | None = None
    overrides: list[str] | None = None
    quick: bool = False

    def load(self, name: str) -> tuple[RecipeHead, Path]:
        """Return the changed recipe of that name or file, and the folder its paths start from.

        Raises:
            RecipeError: if there is no such recipe, or a key or value does not fit.
        """
        return load_recipe(name, self.overrides, self.quick)

    def folder(self, name: str) -> Path:
        """Return the run folder of the recipe of that name or file."""
        return self.out or Path("runs") / (Path(name).stem + ("-quick" if self.quick else ""))


def run_recipe(name: str, options: RunOptions, until: str = "run", kind: str | None = None) -> None:
    """Run a study, or its first stages, and print its numbers.

    Args:
        name: path of a YAML file, or the name of a gallery recipe.
        options: where it is run, and with which changes.
        until: the last stage: `map`, `fit` or `run`.
        kind: the only kind of study to be run; any without it.

    Raises:
        ValueError: if the study is of another kind.
    """
    recipe, base = options.load(name)
    if kind is not None and recipe.kind != kind:
        raise ValueError(f"{name} is a study of kind {recipe.kind}: --compare runs a {kind}")
    folder = options.folder(name)
    console.print(f"[bold]{escape(recipe.title)}[/bold]\n  into {folder}")
    with Terminal(console).running() as display:
        record = kind_of(recipe.kind).run_study(recipe, base, folder, display, until)
    if record.numbers:
        console.print(numbers_table(record))
    what = {"map": "beads", "fit": "models", "run": "report"}[until]
    console.print(f"{what}: [bold]{folder / recipe.places[until]}[/bold]")


def numbers_table(record: Record) -> Table:
    """Return the numbers of a record as a table that fits 80 columns."""
    from molscape.report import format_value

    table = Table(box=None, pad_edge=False)
    for column in ("number", "value", "floor", "verdict"):
        table.add_column(column, no_wrap=column != "verdict")
    for number in record.numbers:
        colour = {"pass": "green", "fail": "red", "none": "dim"}[number.verdict]
        verdict: str = "" if number.verdict == "none" else number.verdict
        if verdict and number.reference is not None:
            verdict += f" ({format_value(number.reference)})"
        table.add_row(
            number.name,
            format_value(number.value, number.error, number.unit),
            "" if number.floor is None else format_value(number.floor),
            f"[{colour}]{verdict}[/{colour}]",
        )
    return table
