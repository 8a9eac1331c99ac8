"""`molscape compare`: how two run folders differ."""

from __future__ import annotations

from pathlib import Path

import typer

from molscape.app.console import console
from molscape.report import compare_runs


def compare_folders(run_a: Path, run_b: Path, rtol: float) -> None:
    """Print how two runs differ, numbers by more than a relative tolerance.

    Raises:
        typer.Exit: with code 1, if they differ.
    """
    comparison = compare_runs(run_a, run_b, rtol)
    for line in comparison.lines():
        console.print(line, highlight=False, markup=False)
    if not comparison.same:
        raise typer.Exit(1)
