"""What an engine returns, and the chunk files that make a run resumable."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from molscape.core.ensemble import Ensemble
from molscape.core.frames import Frames
from molscape.core.potential import Potential
from molscape.core.record import Progress
from molscape.core.topology import Topology
from molscape.core.trajectory import Trajectory
from molscape.core.units import thermal_energy
from molscape.simulate.schedule import Schedule

OBSERVABLES = ("time", "temperature", "potential_energy", "total_energy", "pressure")


HOT = 20.0
"""A run is called broken when a kept frame is this many times hotter than asked for."""


@dataclass(frozen=True, eq=False)
class EngineState:
    """Everything a run needs to go on: double precision, leading axis over replicas.

    Positions in nm are unwrapped, velocities in nm/ps, box rows in nm or None. `step` counts
    from the start of equilibration. `sizes` are an engine's own, such as the room in its
    neighbour list, where they decide the rounding.
    """

    positions: Float[np.ndarray, "replica particle 3"]
    velocities: Float[np.ndarray, "replica particle 3"]
    box: Float[np.ndarray, "3 3"] | None
    step: int
    sizes: tuple[int, ...] = ()


@dataclass(frozen=True, eq=False)
class Chunk:
    """One part of a run: kept frames, observables along them, the state at the end.

    `positions` and each array of `observables` (names in `OBSERVABLES`; time ps, temperature
    K, energies kJ/mol, pressure kJ/mol/nm^3) have a leading (frame, replica). `blow_up` names
    the reason if the run broke down inside this chunk; what is kept is good.
    """

    positions: Float[np.ndarray, "frame replica particle 3"]
    observables: dict[str, Float[np.ndarray, "frame replica"]]
    state: EngineState
    seconds: float
    blow_up: str | None = None


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

    @property
    def steps_per_second(self) -> float:
        """Speed of the engine, of all replicas together."""
        return self.steps / self.seconds

    @property
    def nanoseconds_per_day(self) -> float:
        """Speed in ns/day, of all replicas together."""
        return self.steps_per_second * self.timestep * 1e-3 * 86400


def run_chunks(
    engine: str,
    advance: Advance,
    start: EngineState,
    topology: Topology,
    schedule: Schedule,
    folder: Path | str | tempfile.TemporaryDirectory[str] | None,
    identity: str,
    progress: Progress | None = None,
) -> Run:
    """Run every part of a schedule that is not in the folder yet, and return the whole run.

    State always passes through the file of the chunk before, so a run that was killed and
    resumed is the same as one that was not. `identity` describes what is run; a folder that
    holds another run is refused. A temporary folder lives as long as the run's trajectory.

    Raises:
        ValueError: if the folder holds chunks of a different run.
        OSError: if a chunk cannot be written; earlier chunks stay good.
    """
    if folder is None:
        folder = tempfile.TemporaryDirectory(prefix="molscape-")
    keep_alive = folder if isinstance(folder, tempfile.TemporaryDirectory) else None
    folder = Path(folder.name if isinstance(folder, tempfile.TemporaryDirectory) else folder)
    folder.mkdir(parents=True, exist_ok=True)
    _check_identity(folder, identity)
    parts = schedule.parts()
    total = sum(steps for steps, _ in parts)
    state, done, seconds, blow_up = start, 0, 0.0, None
    files: list[Path] = []
    lengths: list[int] = []
    kept: list[dict[str, np.ndarray]] = []
    for number, (steps, keep) in enumerate(parts):
        file = folder / f"chunk-{number:04d}.npz"
        if not file.exists():
            seed = int(np.random.SeedSequence([schedule.seed, number]).generate_state(1)[0] >> 1)
            _save(file, advance(state, steps, keep, seed))
        chunk = _load(file)
        state, done = chunk.state, done + steps
        seconds += chunk.seconds
        if keep:
            files.append(file)
            lengths.append(len(chunk.positions) * chunk.positions.shape[1])
            kept.append(chunk.observables)
        if progress is not None:
            progress(f"{engine} dynamics", done, total)
        if chunk.blow_up is not None:
            blow_up = chunk.blow_up
            break
    observables = {
        name: np.concatenate([part[name] for part in kept])
        for name in (OBSERVABLES if kept else ())
    }
    source = ChunkSource(tuple(files), tuple(lengths), start.box is not None, keep_alive)
    return Run(
        engine=engine,
        trajectory=Trajectory(topology, source, name=engine),
        observables=observables,
        steps=max(1, done) * start.positions.shape[0],
        timestep=schedule.timestep,
        seconds=max(seconds, 1e-9),
        blow_up=blow_up,
        folder=folder,
    )


@dataclass(frozen=True)
class ChunkSource:
    """Frames of a run's chunk files; replicas follow each other inside a frame.

    `keep_alive` holds a temporary folder for as long as its frames may be read.
    """

    files: tuple[Path, ...]
    lengths: tuple[int, ...]
    periodic: bool
    keep_alive: Any = None

    @property
    def n_frames(self) -> int:
        """Number of frames of all chunks and replicas."""
        return sum(self.lengths)

    @property
    def fields(self) -> frozenset[str]:
        """Positions, times and replicas, and the box if there is one."""
        return frozenset({"positions", "times", "replicas"} | ({"box"} if self.periodic else set()))

    def read(self, frames: range) -> Frames:
        """Read frames from the chunk files that hold them."""
        wanted = np.asarray(frames, dtype=np.int64)
        ends = np.cumsum(self.lengths)
        places = np.searchsorted(ends, wanted, side="right")
        blocks = []
        # Frames come in order, forwards or backwards, so a file's frames stand together.
        for inside in np.split(wanted, np.flatnonzero(np.diff(places)) + 1):
            number = int(np.searchsorted(ends, inside[0], side="right"))
            block = _frames(_load(self.files[number]))
            blocks.append(block[inside - (ends[number] - self.lengths[number])])
        return Frames.concatenate(blocks)


def _frames(chunk: Chunk) -> Frames:
    count, replicas, particles, _ = chunk.positions.shape
    positions = chunk.positions.reshape(-1, particles, 3).astype(np.float64)
    box = chunk.state.box
    return Frames(
        positions=positions,
        box=None if box is None else np.repeat(box[None], len(positions), axis=0),
        times=chunk.observables["time"].reshape(-1),
        replicas=np.tile(np.arange(replicas), count),
        whole=True,
        unwrapped=True,
    )


def identity(
    potential: Potential, topology: Topology, start: Frames, ensemble: Ensemble, schedule: Schedule
) -> str:
    """Return a digest of everything that decides the numbers of a run."""
    digest = hashlib.sha256()
    plan = [potential.kind, potential.settings(), type(ensemble).__name__, asdict(ensemble)]
    digest.update(json.dumps([*plan, asdict(schedule), topology.to_dict()]).encode())
    for array in [*potential.arrays().values(), start.positions, start.velocities, start.box]:
        if array is not None:
            digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def _check_identity(folder: Path, identity: str) -> None:
    file = folder / "run.json"
    if file.exists():
        if json.loads(file.read_text())["identity"] != identity:
            raise ValueError(
                f"{folder} holds another run (other model, start, ensemble or schedule): "
                "use a new folder, or delete this one"
            )
        return
    part = file.with_suffix(".part")
    part.write_text(json.dumps({"format": 1, "identity": identity}))
    os.replace(part, file)


def _save(file: Path, chunk: Chunk) -> None:
    arrays: dict[str, Any] = {f"observable.{k}": v for k, v in chunk.observables.items()}
    if chunk.state.box is not None:
        arrays["box"] = chunk.state.box
    temporary = file.with_suffix(".part")
    try:
        _write(temporary, chunk, arrays)
        os.replace(temporary, file)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise OSError(
            error.errno,
            f"{error.strerror or error} while a chunk was written; earlier chunks are kept: make "
            "room and start the same run again, it goes on from there",
            str(file),
        ) from error


def _write(temporary: Path, chunk: Chunk, arrays: dict[str, Any]) -> None:
    with open(temporary, "wb") as stream:
        np.savez(
            stream,
            positions=chunk.positions,
            state_positions=chunk.state.positions,
            state_velocities=chunk.state.velocities,
            step=chunk.state.step,
            sizes=np.asarray(chunk.state.sizes, dtype=np.int64),
            seconds=chunk.seconds,
            blow_up=chunk.blow_up or "",
            **arrays,
        )
        stream.flush()
        os.fsync(stream.fileno())


def _load(file: Path) -> Chunk:
    with np.load(file) as data:
        observables = {
            key.split(".", 1)[1]: data[key] for key in data.files if key.startswith("observable.")
        }
        state = EngineState(
            positions=data["state_positions"],
            velocities=data["state_velocities"],
            box=data["box"] if "box" in data.files else None,
            step=int(data["step"]),
            sizes=tuple(int(size) for size in data["sizes"]),
        )
        return Chunk(
            positions=data["positions"],
            observables=observables,
            state=state,
            seconds=float(data["seconds"]),
            blow_up=str(data["blow_up"]) or None,
        )


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
        masses = topology.masses[:, None]
        spread = np.sqrt(thermal_energy(temperature) / masses)
        velocities = random.normal(size=positions.shape) * spread
        drift = np.sum(velocities * masses, axis=1, keepdims=True) / masses.sum()
        velocities -= drift if len(topology) > 1 else 0.0
    box = None if start.box is None else np.array(start.box[0], float)
    if start.box is not None and not np.allclose(start.box, start.box[0]):
        raise ValueError("replicas start in different boxes: run them apart")
    return EngineState(positions, velocities, box, 0)


def timed(function: Callable[[], Any]) -> tuple[Any, float]:
    """Return a function's result and the seconds it took."""
    begin = time.perf_counter()
    result = function()
    return result, time.perf_counter() - begin


def image_shift(positions: np.ndarray, box: np.ndarray | None) -> np.ndarray:
    """Return the whole box vectors (..., 3) that unwrapped positions are away from the box."""
    if box is None:
        return np.zeros_like(positions)
    return np.floor(positions @ np.linalg.inv(box)) @ box
