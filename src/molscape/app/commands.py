"""What the commands do; heavy rooms load here, not with the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from molscape.app.display import Display
from molscape.app.loading import gallery, load_recipe
from molscape.core.record import Record
from molscape.studies.kinds import kind_of

console = Console()

USUAL_TEMPERATURE = 300.0
"""Temperature (K) that a proposed recipe says where nobody told it."""


def run_recipe(
    name: str,
    out: Path | None,
    overrides: list[str] | None,
    quick: bool,
    until: str = "run",
    kind: str | None = None,
) -> None:
    """Run a study, or its first stages, and print its numbers; refuse another `kind`, if given."""
    recipe, base = load_recipe(name, overrides, quick)
    if kind is not None and recipe.kind != kind:
        raise ValueError(f"{name} is a study of kind {recipe.kind}: --compare runs a {kind}")
    folder = out or Path("runs") / (Path(name).stem + ("-quick" if quick else ""))
    console.print(f"[bold]{escape(recipe.title)}[/bold]\n  into {folder}")
    display = Display(console)
    with display.running():
        record = kind_of(recipe.kind).run_study(recipe, base, folder, display, until)
    if record.numbers:
        console.print(numbers_table(record))
    what = {"map": "beads", "fit": "models", "run": "report"}[until]
    console.print(f"{what}: [bold]{folder / recipe.places[until]}[/bold]")


def init_recipe(
    files: list[Path],
    temperature: float | None,
    out: Path,
    units: str | None,
    timestep: float | None,
) -> None:
    """Write a recipe for files or the folder of a reference, and say what to do with it."""
    import os

    from molscape import io
    from molscape.app.proposing import propose_recipe, write_proposal
    from molscape.studies.parts.references import is_reference, open_folder

    named = [os.path.relpath(file, out.resolve().parent) for file in files]
    reference: dict[str, Any]
    if is_reference(files):
        atoms, about = open_folder(files[0])
        reference = {"folder": named[0]}
        if temperature is not None or about.get("temperature") is None:
            reference["temperature"] = temperature or USUAL_TEMPERATURE
    else:
        atoms = io.open(*files, units=units, timestep=timestep)
        reference = dict(zip(("topology", "trajectory"), named, strict=False))
        reference["temperature"] = temperature or USUAL_TEMPERATURE
        given = {"units": units, "timestep": timestep}
        reference |= {key: value for key, value in given.items() if value is not None}
        if any("remove_net_force" in note for note in atoms.notes):
            reference["remove_net_force"] = True
    molecules = ", ".join(dict.fromkeys(atoms.topology.molecule_names.tolist()))
    text = propose_recipe(atoms, reference, f"Coarse-grained {molecules}")
    write_proposal(text, out)
    for note in atoms.notes:
        console.print(f"[dim]note:[/dim] {escape(note)}", highlight=False)
    console.print(f"wrote [bold]{out}[/bold]; look through it, then: molscape check {out}")


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


def list_gallery() -> None:
    """Print the gallery."""
    table = Table("recipe", "title", box=None)
    for name, plain in gallery().items():
        table.add_row(
            f"[bold]{name}[/bold]",
            f"{escape(plain['title'])}\n[dim]{escape(plain['description'])}[/dim]",
        )
    console.print(table)
    console.print("\nrun one with: molscape run NAME")


def check_recipe(name: str, overrides: list[str] | None, quick: bool) -> None:
    """Check a recipe, open its files, build mapping and potentials; run nothing."""
    recipe, base = load_recipe(name, overrides, quick)
    lines = kind_of(recipe.kind).check_lines(recipe, base)
    for line in lines:
        console.print(f"  [green]✓[/green] {escape(line)}", highlight=False)
    console.print(f"[bold]{name} can be run[/bold]")


def inspect_files(files: list[Path], units: str | None, timestep: float | None) -> None:
    """Print what files, or the folder of a reference, hold."""
    from molscape.app.inspecting import inspection_lines
    from molscape.io import inspect
    from molscape.io.inspection import summarise
    from molscape.studies.parts.references import is_reference, open_folder

    about: dict[str, Any] = {}
    if is_reference(files):
        trajectory, about = open_folder(files[0])
        found = summarise(trajectory, [files[0] / "conf.gro", files[0] / "traj.trr"])
    else:
        found = inspect(files, units=units, timestep=timestep)
    table = Table(show_header=False, box=None)
    table.add_column(no_wrap=True)
    table.add_column()
    for label, text in inspection_lines(found, about.get("temperature")):
        table.add_row(f"[bold]{label}[/bold]", escape(text))
    console.print(table)
    for note in found.notes:
        console.print(f"[dim]note:[/dim] {escape(note)}", highlight=False)
    for warning in found.warnings:
        console.print(f"[yellow]warning:[/yellow] {escape(warning)}", highlight=False)


def rerun_trajectory(
    trajectory: list[Path],
    force_field: Path,
    out: Path,
    parameters: list[Path] | None,
    include_dir: Path | None,
    cutoff: float | None,
    platform: str,
) -> None:
    """Recompute forces of every frame and say how to use them."""
    from molscape.reference import Nonbonded, rerun

    display = Display(console)
    with display.running():
        found = rerun(
            trajectory,
            force_field,
            out,
            parameters=parameters or (),
            include_dir=include_dir,
            nonbonded=None if cutoff is None else Nonbonded(cutoff=cutoff),
            hardware=platform,
            progress=display,
        )
    for note in found.notes:
        console.print(f"[dim]note:[/dim] {escape(note)}", highlight=False)
    console.print(
        f"{len(found)} frames with forces in [bold]{out}[/bold]; in a recipe: reference: {{folder: "
        f"{out}, temperature: ...}}",
        highlight=False,
    )


def compare_folders(run_a: Path, run_b: Path, rtol: float) -> None:
    """Print how two runs differ and exit with 1 if they do."""
    from molscape.report import compare_runs

    comparison = compare_runs(run_a, run_b, rtol)
    for line in comparison.lines():
        console.print(line, highlight=False, markup=False)
    if not comparison.same:
        raise typer.Exit(1)


def simulate_model(
    model_folder: Path,
    start: Path,
    out: Path,
    plain: dict[str, Any],
    overrides: list[str] | None,
    seed: int = 0,
) -> None:
    """Run a model and write trajectory.trr and trajectory.gro."""
    from molscape.app.loading import simulate_block
    from molscape.studies.parts.models import load_model
    from molscape.studies.parts.simulation import run_model
    from molscape.studies.parts.trajectories import read_start, write_run

    block = simulate_block(plain, overrides)
    model = load_model(model_folder)
    frames = read_start(start, model.topology)
    display = Display(console)
    with display.running():
        run = run_model(model, block, frames, out / "chunks", seed, display)
        write_run(run, out)
    if run.blow_up:
        console.print(f"[red]the run broke down:[/red] {run.blow_up}", highlight=False)
        raise typer.Exit(1)
    temperature = run.observables["temperature"].mean()
    warm = f"; mean temperature {temperature:.1f} K" if temperature == temperature else ""
    console.print(
        f"{len(run.trajectory)} frames in {out / 'trajectory.trr'}{warm}; "
        f"{run.nanoseconds_per_day:,.0f} ns/day",
        highlight=False,
    )


def backmap_run(
    name: str,
    model: str,
    wish: tuple[Path, bool, bool, int],
    run: tuple[Path | None, list[str] | None, bool],
) -> None:
    """Decode the run of a model of a study, and print what was found.

    Args:
        name: of the recipe, or a run folder, whose own recipe is taken.
        model: whose run is decoded.
        wish: the file to write, whether linearly, whether relaxed, and each how many-th frame.
        run: run folder, changes of the recipe, and whether it is the quick one.
    """
    from molscape.studies.coarse_graining.backmapping import Backmapping, backmap
    from molscape.studies.coarse_graining.recipe import Recipe

    out, overrides, quick = run
    if Path(name).is_dir():
        name, out = str(Path(name) / "recipe.yaml"), out or Path(name)
    recipe, base = load_recipe(name, overrides, quick)
    if recipe.kind != "coarse_graining":
        raise ValueError(f"{name} {recipe.undecoded}")
    folder = out or Path("runs") / (Path(name).stem + ("-quick" if quick else ""))
    display = Display(console)
    with display.running():
        lines = backmap(cast(Recipe, recipe), base, folder, Backmapping(model, *wish), display)
    for line in lines:
        console.print(escape(line), highlight=False)


def export_model(model_folder: Path, start: Path, out: Path, engine: str) -> None:
    """Write a model's files for an engine."""
    from molscape import export
    from molscape.studies.parts.models import load_model
    from molscape.studies.parts.trajectories import read_start

    model = load_model(model_folder)
    frames = read_start(start, model.topology)
    for file in export.write(engine, model.potential, model.topology, frames, out):
        console.print(str(file), highlight=False)
