"""Where a training stands, kept so that one that was stopped continues to the same result."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import equinox as eqx

from molscape.core.store import Draft, Store

INTERVAL = 1.0
"""Seconds between two checkpoints at least: many short epochs must not wait for the disk."""

PIECE = "checkpoint"


class Checkpoints:
    """The last state of a training: trees of arrays, and its history as dataclasses.

    Args:
        store: the training's folder, or None to keep nothing.
    """

    def __init__(self, store: Store | None) -> None:
        self.store = store
        self.waiting: tuple[Any, tuple[Any, ...]] | None = None
        self.written = -float("inf")

    def restore(self, first: Any) -> tuple[Any, list[dict[str, Any]]]:
        """Return the trees and the history last written, or the first trees and no history.

        Args:
            first: trees of the same structure, shapes and types.
        """
        files = None if self.store is None else self.store.finished(PIECE)
        if files is None:
            return first, []
        with files[0].open("rb") as stream:
            history = json.loads(stream.readline())["history"]
            return eqx.tree_deserialise_leaves(stream, first), history

    def keep(self, trees: Any, history: Sequence[Any]) -> None:
        """Note the state after an epoch, and write it if the last one was not written just now."""
        self.waiting = trees, tuple(history)
        if time.monotonic() - self.written >= INTERVAL:
            self.write()

    def write(self) -> None:
        """Write the state noted last, unless it is written already."""
        if self.store is None or self.waiting is None:
            return
        trees, history = self.waiting

        def work(draft: Draft) -> None:
            with draft(f"epoch-{len(history):04d}").open("wb") as stream:
                head = {"history": [asdict(epoch) for epoch in history]}
                stream.write(json.dumps(head).encode() + b"\n")
                eqx.tree_serialise_leaves(stream, trees)

        self.store.put(PIECE, work)
        self.waiting, self.written = None, time.monotonic()


@contextmanager
def open_checkpoints(
    folder: Path | None, identity: Callable[[], dict[str, Any]]
) -> Iterator[Checkpoints]:
    """Give the checkpoints of a training; at the end, however it ends, the last state is written.

    Args:
        folder: owned by this training alone; None to keep nothing.
        identity: returns what decides the parameters after each epoch.

    Raises:
        ValueError: if the folder holds another training, or one of an earlier version.
        RuntimeError: if another process trains in the folder.
        TypeError: if a part of the identity has no plain form; see `core.identity.settings_of`.
    """
    if folder is None:
        yield Checkpoints(None)
        return
    with Store(folder, traces=("checkpoint",)).locked() as store:
        store.claim("training", identity())
        kept = Checkpoints(store)
        try:
            yield kept
        finally:
            kept.write()
