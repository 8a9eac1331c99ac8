"""`molscape gallery`: the recipes that come with molscape."""

from __future__ import annotations

from rich.markup import escape
from rich.table import Table

from molscape.app.console import console
from molscape.app.loading import gallery


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
