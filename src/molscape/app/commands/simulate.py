"""`molscape simulate`: the run of a fitted model outside its study."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from molscape.app.console import console
from molscape.app.display import Terminal
from molscape.app.loading import simulate_block
from molscape.studies.parts.models import load_model
from molscape.studies.parts.simulation import run_model
from molscape.studies.parts.trajectories import read_start, write_run


def simulate_model(
    model_folder: Path,
    start: Path,
    out: Path,
    plain: dict[str, Any],
    overrides: list[str] | None,
    seed: int = 0,
) -> None:
    """Run a model and write trajectory.trr and trajectory.gro.

    Args:
        model_folder: of the model, e.g. RUN/models/NAME.
        start: GRO file of the model's beads.
        out: folder for the trajectory.
        plain: keys of a recipe's `simulate` block with their values.
        overrides: "key=value" changes of the block, values read as YAML.
        seed: of velocities and noise.

    Raises:
        typer.Exit: with code 1, if the run broke down.
    """
    block = simulate_block(plain, overrides)
    model = load_model(model_folder)
    frames = read_start(start, model.topology)
    with Terminal(console).running() as display:
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
