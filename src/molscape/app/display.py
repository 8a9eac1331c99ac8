"""Progress on the terminal: what runs, how far, how long still."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)


class Terminal:
    """Draws progress bars, one for each kind of work, with the time left."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._bars = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=28),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=console,
            transient=True,
        )
        self._tasks: dict[str, int] = {}

    @contextmanager
    def running(self) -> Iterator[Terminal]:
        """Show the bars inside a `with` block."""
        with self._bars:
            yield self

    def __call__(self, what: str, done: int, total: int) -> None:
        """Report progress: the signature that rooms call."""
        if what not in self._tasks:
            self._tasks[what] = self._bars.add_task(what, total=total)
        task = self._tasks[what]
        self._bars.update(task, completed=done, total=total)  # type: ignore[arg-type]
        if done >= total:
            self._bars.remove_task(task)  # type: ignore[arg-type]
            del self._tasks[what]

    def say(self, line: str) -> None:
        """Print a line above the bars."""
        self.console.print(line, highlight=False)
