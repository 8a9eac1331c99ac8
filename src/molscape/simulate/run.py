"""What an engine returns, and how chunks make a run that can be resumed."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from molscape.core.ensemble import Ensemble
from molscape.core.record import Progress
from molscape.core.sample import Sample
from molscape.core.state import State
from molscape.core.store import Draft, Store
from molscape.core.trajectory import Trajectory
from molscape.simulate.chunks import (
    Chunk,
    ChunkSource,
    EngineState,
    Outline,
    chunk_arrays,
    load_chunk,
)
from molscape.simulate.order import Order, identity
from molscape.simulate.watch import share_outside, stop_outside

TRACES = ("run.json", "chunk-*.npz")
"""Files of runs that versions without a store wrote."""

Advance = Callable[[EngineState, int, bool, int], Chunk]
"""advance(state, steps, keep, seed) runs one chunk."""


@dataclass(frozen=True, eq=False)
class Run:
    """A finished (or broken) run: trajectory, observables (frame, replica) and speed."""

    engine: str
    trajectory: Trajectory
    observables: dict[str, Float[np.ndarray, "frame replica"]]
    steps: int
    timestep: float
    seconds: float
    blow_up: str | None
    folder: Path
    ladder: Ladder | None = None

    def sample(self, state: State | None = None, ensemble: Ensemble | None = None) -> Sample:
        """Return the run as a sample of a state, made in an ensemble, where they are known."""
        return Sample(self.trajectory, self.observables, state, self.engine, ensemble)

    @property
    def steps_per_second(self) -> float:
        """Speed of the engine, of all replicas together."""
        return self.steps / self.seconds

    @property
    def nanoseconds_per_day(self) -> float:
        """Speed in ns/day, of all replicas together."""
        return self.steps_per_second * self.timestep * 1e-3 * 86400

    @property
    def outside(self) -> float | None:
        """Share of frames with a feature outside the training range; None if not known."""
        return None if "outside" not in self.observables else share_outside(self.observables)


@dataclass(frozen=True, eq=False)
class Ladder:
    """What parallel tempering did at all its temperatures (K), the lowest first.

    `acceptance` and `attempts` are those of each pair of neighbours since the start;
    `round_trips` counts how often a copy was seen to go from the lowest temperature to the
    highest and back; `runs` holds a run for each temperature.
    """

    temperatures: tuple[float, ...]
    acceptance: Float[np.ndarray, " pair"]
    attempts: Int[np.ndarray, " pair"]
    round_trips: int
    runs: tuple[Run, ...]


def run_chunks(
    engine: str,
    advance: Advance,
    begin: EngineState,
    order: Order,
    settings: Mapping[str, Any],
    folder: Path | str | tempfile.TemporaryDirectory[str] | None,
    progress: Progress | None = None,
) -> Run:
    """Run every part of a schedule that is not in the folder yet, and return the whole run.

    State always passes through the file of the chunk before, so a run that was killed and
    resumed is the same as one that was not. A folder that holds another run is refused, and a
    chunk that is missing or damaged is made again. A temporary folder lives as long as the run's
    trajectory.

    Args:
        engine: its name.
        advance: runs one chunk.
        begin: the state of all replicas at the start.
        order: what is run; it decides the numbers (see `identity`).
        settings: of the engine, which decide them too.
        folder: where chunks are kept.
        progress: called as progress(what, done, total).

    Raises:
        ValueError: if the folder holds a different run, or one of an earlier version.
        RuntimeError: if another process runs in the folder at this moment.
        OSError: if a chunk cannot be written; earlier chunks stay good.
    """
    if folder is None:
        folder = tempfile.TemporaryDirectory(prefix="molscape-")
    keep_alive = folder if isinstance(folder, tempfile.TemporaryDirectory) else None
    folder = Path(folder.name if isinstance(folder, tempfile.TemporaryDirectory) else folder)
    with Store(folder, traces=TRACES).locked() as store:
        store.claim("run", {"engine": engine, **identity(order), **settings})
        files, chunks = _make_chunks(engine, advance, begin, order, store, progress)
    parts = order.schedule.parts()[: len(chunks)]
    kept = [n for n, (_, keep) in enumerate(parts) if keep]
    source = ChunkSource(
        tuple(files[n] for n in kept),
        tuple(chunks[n].count for n in kept),
        periodic=begin.box is not None,
        molecules=order.topology.molecules,
        keep_alive=keep_alive,
    )
    names = chunks[kept[0]].observables if kept else ()
    return Run(
        engine=engine,
        trajectory=Trajectory(order.topology, source, name=engine),
        observables={
            name: np.concatenate([chunks[n].observables[name] for n in kept]) for name in names
        },
        steps=max(1, sum(steps for steps, _ in parts)) * begin.positions.shape[0],
        timestep=order.schedule.timestep,
        seconds=max(sum(chunk.seconds for chunk in chunks), 1e-9),
        blow_up=chunks[-1].blow_up,
        folder=folder,
    )


def _make_chunks(
    engine: str,
    advance: Advance,
    state: EngineState,
    order: Order,
    store: Store,
    progress: Progress | None,
) -> tuple[list[Path], list[Outline]]:
    """Run the chunks that are missing; return all files, and what is in them but the frames."""
    schedule = order.schedule
    parts = schedule.parts()
    done, total = 0, sum(steps for steps, _ in parts)
    files: list[Path] = []
    chunks: list[Outline] = []
    for number, (steps, keep) in enumerate(parts):
        key = f"chunk-{number:04d}"
        file = store.folder / f"{key}.npz"
        if store.finished(key) is None:
            seed = int(np.random.SeedSequence([schedule.seed, number]).generate_state(1)[0] >> 1)
            chunk = stop_outside(advance(state, steps, keep, seed), schedule, done)
            # Only the writing is the store's: what an engine raises passes as it is.
            arrays = chunk_arrays(chunk, order.topology.molecules)
            store.put(key, partial(Draft.arrays, name=file.name, arrays=arrays))
        state, outline = load_chunk(file)
        files.append(file)
        chunks.append(outline)
        done += steps
        if progress is not None:
            progress(f"{engine} dynamics", done, total)
        if outline.blow_up is not None:
            break
    return files, chunks


def timed(function: Callable[[], Any]) -> tuple[Any, float]:
    """Return a function's result and the seconds it took."""
    begin = time.perf_counter()
    result = function()
    return result, time.perf_counter() - begin
