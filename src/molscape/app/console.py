"""The terminal that all commands print to."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.markup import escape

console = Console()


def print_notes(notes: Iterable[str]) -> None:
    """Print what was noticed on the way, a line each."""
    for note in notes:
        console.print(f"[dim]note:[/dim] {escape(note)}", highlight=False)
