"""What an engine returns, and how chunks make a run that can be resumed."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from molscape.core.ensemble import Ensemble
from molscape.core.frames import Frames
from molscape.core.identity import digest, settings_of
from molscape.core.potential import Potential
from molscape.core.record import Progress
from molscape.core.sample import Sample
from molscape.core.state import State
from molscape.core.store import Draft, Store
from molscape.core.topology import Topology
from molscape.core.trajectory import Trajectory
from molscape.core.units import thermal_energy
from molscape.simulate.chunks import (
    OBSERVABLES,
    Chunk,
    ChunkSource,
    EngineState,
    Outline,
    chunk_arrays,
    image_counts,
    image_shift,
    load_chunk,
)
from molscape.simulate.schedule import Schedule

__all__ = [
    "HOT",
    "OBSERVABLES",
    "Chunk",
    "ChunkSource",
    "EngineState",
    "Ladder",
    "Run",
    "check_ensemble",
    "identity",
    "image_counts",
    "image_shift",
    "run_chunks",
    "starting_state",
    "timed",
    "without_drift",
]

HOT = 20.0
"""A run is called broken when a kept frame is this many times hotter than asked for."""

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


def share_outside(observables: Mapping[str, np.ndarray]) -> float:
    """Return the share of frames (of all replicas) with a feature outside the training range."""
    return float(np.mean(observables["outside"] > 0)) if observables["outside"].size else 0.0


def run_chunks(
    engine: str,
    advance: Advance,
    start: EngineState,
    topology: Topology,
    schedule: Schedule,
    folder: Path | str | tempfile.TemporaryDirectory[str] | None,
    settings: Mapping[str, Any],
    progress: Progress | None = None,
) -> Run:
    """Run every part of a schedule that is not in the folder yet, and return the whole run.

    State always passes through the file of the chunk before, so a run that was killed and
    resumed is the same as one that was not. `settings` decide the numbers (see `identity`); a
    folder that holds another run is refused, and a chunk that is missing or damaged is made
    again. A temporary folder lives as long as the run's trajectory.

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
        store.claim("run", {"engine": engine, **settings})
        files, chunks = _advanced(engine, advance, start, topology, schedule, store, progress)
    parts = schedule.parts()[: len(chunks)]
    kept = [n for n, (_, keep) in enumerate(parts) if keep]
    source = ChunkSource(
        tuple(files[n] for n in kept),
        tuple(chunks[n].count for n in kept),
        periodic=start.box is not None,
        molecules=topology.molecules,
        keep_alive=keep_alive,
    )
    names = chunks[kept[0]].observables if kept else ()
    return Run(
        engine=engine,
        trajectory=Trajectory(topology, source, name=engine),
        observables={
            name: np.concatenate([chunks[n].observables[name] for n in kept]) for name in names
        },
        steps=max(1, sum(steps for steps, _ in parts)) * start.positions.shape[0],
        timestep=schedule.timestep,
        seconds=max(sum(chunk.seconds for chunk in chunks), 1e-9),
        blow_up=chunks[-1].blow_up,
        folder=folder,
    )


def _advanced(
    engine: str,
    advance: Advance,
    state: EngineState,
    topology: Topology,
    schedule: Schedule,
    store: Store,
    progress: Progress | None,
) -> tuple[list[Path], list[Outline]]:
    """Run the chunks that are missing; return all files, and what is in them but the frames."""
    parts = schedule.parts()
    done, total = 0, sum(steps for steps, _ in parts)
    files: list[Path] = []
    chunks: list[Outline] = []
    for number, (steps, keep) in enumerate(parts):
        key = f"chunk-{number:04d}"
        file = store.folder / f"{key}.npz"
        if store.finished(key) is None:
            seed = int(np.random.SeedSequence([schedule.seed, number]).generate_state(1)[0] >> 1)
            chunk = _watched(advance(state, steps, keep, seed), schedule, done)
            # Only the writing is the store's: what an engine raises passes as it is.
            arrays = chunk_arrays(chunk, topology.molecules)
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


def _watched(chunk: Chunk, schedule: Schedule, done: int) -> Chunk:
    """Stop a run that left the training range for too large a share of a chunk."""
    limit = schedule.outside_stop
    if limit is None or chunk.blow_up is not None or "outside" not in chunk.observables:
        return chunk
    share = share_outside(chunk.observables)
    if share <= limit:
        return chunk
    steps = chunk.state.step - done
    return replace(
        chunk,
        blow_up=f"{share:.0%} of the frames of steps {done} to {done + steps} have a feature "
        f"outside the range of the training data, more than the {limit:.0%} of `outside_stop`: "
        "train with data from there, start from frames of the data, or allow more",
    )


def identity(
    potential: Potential, topology: Topology, start: Frames, ensemble: Ensemble, schedule: Schedule
) -> dict[str, Any]:
    """Return everything that decides the numbers of a run in any engine, as plain values.

    Arrays count by the digest of their content, so that the settings stay small. The topology is
    one digest: an error names it as a whole.
    """
    arrays = {"positions": start.positions, "velocities": start.velocities, "box": start.box}
    settings = {
        "potential": {
            "kind": potential.kind,
            "settings": potential.settings(),
            "arrays": potential.arrays(),
        },
        "topology": digest(topology.to_dict()),
        "start": {name: array for name, array in arrays.items() if array is not None},
        "ensemble": ensemble,
        "schedule": schedule,
    }
    plain: dict[str, Any] = settings_of(settings)
    return plain


def starting_state(
    topology: Topology, start: Frames, temperature: float, replicas: int, seed: int
) -> EngineState:
    """Return the state a run begins from: one replica per frame, or copies of a single frame.

    Velocities that the frames lack are drawn from the Maxwell-Boltzmann distribution at
    `temperature` (K), with the momentum of the whole taken out.

    Raises:
        ValueError: if frames and replicas do not fit, or a mass is not positive.
    """
    if len(start) not in (1, replicas):
        raise ValueError(
            f"{len(start)} start frames for {replicas} replicas: give one frame, or one per replica"
        )
    if not np.all(topology.masses > 0):
        raise ValueError("a bead has no mass: dynamics needs positive masses (u)")
    positions = np.array(np.broadcast_to(start.positions, (replicas, len(topology), 3)), float)
    if start.velocities is not None:
        velocities = np.array(np.broadcast_to(start.velocities, positions.shape), float)
    else:
        random = np.random.default_rng([seed, 7])
        spread = np.sqrt(thermal_energy(temperature) / topology.masses[:, None])
        velocities = random.normal(size=positions.shape) * spread
        velocities = without_drift(velocities, topology.masses)
    box = None if start.box is None else np.array(np.broadcast_to(start.box, (replicas, 3, 3)))
    return EngineState(positions, velocities, box, 0)


def check_ensemble(ensemble: Ensemble, potential: Potential, start: Frames) -> None:
    """Refuse ensembles that no engine could sample.

    Raises:
        ValueError: if a barostat has no box, a Nosé-Hoover chain meets angular momentum that
            is conserved, or a number is not positive.
    """
    ensemble.check()
    deterministic = ensemble.thermostat and not ensemble.noise
    if deterministic and start.box is None and "rotation" in potential.symmetries:
        raise ValueError(
            "Nosé-Hoover chains without a box: angular momentum is conserved, and the "
            "distribution is not canonical: use Langevin, or a box"
        )
    if ensemble.barostat is None:
        return
    if not ensemble.barostat.time > 0:
        raise ValueError(f"barostat time {ensemble.barostat.time:g} ps: it must be positive")
    if start.box is None:
        raise ValueError("a barostat without a box: start from a frame that has one")


def without_drift(
    velocities: Float[np.ndarray, "replica particle 3"], masses: Float[np.ndarray, " particle"]
) -> Float[np.ndarray, "replica particle 3"]:
    """Return velocities with no momentum of the whole; a single particle keeps its own."""
    if velocities.shape[1] == 1:
        return velocities
    momentum = np.sum(velocities * masses[:, None], axis=1, keepdims=True)
    return velocities - momentum / masses.sum()


def timed(function: Callable[[], Any]) -> tuple[Any, float]:
    """Return a function's result and the seconds it took."""
    begin = time.perf_counter()
    result = function()
    return result, time.perf_counter() - begin
