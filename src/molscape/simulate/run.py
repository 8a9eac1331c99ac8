"""What an engine returns, and the chunk files that make a run resumable."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

import numpy as np
from jaxtyping import Float, Int

from molscape.core.ensemble import NVE, Ensemble, NoseHoover
from molscape.core.frames import Frames
from molscape.core.potential import Potential
from molscape.core.record import Progress
from molscape.core.topology import Topology
from molscape.core.trajectory import Trajectory
from molscape.core.units import thermal_energy
from molscape.simulate.schedule import Schedule

OBSERVABLES = ("time", "temperature", "potential_energy", "total_energy", "pressure", "volume")
"""What every engine observes; some add more."""

FORMAT = 2
"""Version of the chunk files: 2 has a box for each replica and frame."""

HOT = 20.0
"""A run is called broken when a kept frame is this many times hotter than asked for."""


@dataclass(frozen=True, eq=False)
class EngineState:
    """Everything a run needs to go on: double precision, leading axis over replicas.

    Positions in nm are unwrapped, velocities in nm/ps, box rows in nm or None. `step` counts
    from the start of equilibration. `sizes` are an engine's own, such as the room in its
    neighbour list, where they decide the rounding; so are the arrays in `extra`, such as the
    variables of a thermostat.
    """

    positions: Float[np.ndarray, "replica particle 3"]
    velocities: Float[np.ndarray, "replica particle 3"]
    box: Float[np.ndarray, "replica 3 3"] | None
    step: int
    sizes: tuple[int, ...] = ()
    extra: dict[str, np.ndarray] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Chunk:
    """One part of a run: kept frames, observables along them, the state at the end.

    `positions` and each array of `observables` (names in `OBSERVABLES` and an engine's own;
    time ps, temperature K, energies kJ/mol, pressure kJ/mol/nm^3, volume nm^3) have a leading
    (frame, replica). `boxes` are those of the frames where the box varies; None means that of
    the state. `blow_up` names the reason if the run broke down inside this chunk; what is kept
    is good.
    """

    positions: Float[np.ndarray, "frame replica particle 3"]
    observables: dict[str, Float[np.ndarray, "frame replica"]]
    state: EngineState
    seconds: float
    blow_up: str | None = None
    boxes: Float[np.ndarray, "frame replica 3 3"] | None = None


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
        RuntimeError: if another process runs in the folder at this moment.
        OSError: if a chunk cannot be written; earlier chunks stay good.
    """
    if folder is None:
        folder = tempfile.TemporaryDirectory(prefix="molscape-")
    keep_alive = folder if isinstance(folder, tempfile.TemporaryDirectory) else None
    folder = Path(folder.name if isinstance(folder, tempfile.TemporaryDirectory) else folder)
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder):
        _check_identity(folder, identity)
        files, chunks = _advanced(engine, advance, start, topology, schedule, folder, progress)
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
    folder: Path,
    progress: Progress | None,
) -> tuple[list[Path], list[_Outline]]:
    """Run the chunks that are missing; return all files, and what is in them but the frames."""
    parts = schedule.parts()
    done, total = 0, sum(steps for steps, _ in parts)
    files: list[Path] = []
    chunks: list[_Outline] = []
    for number, (steps, keep) in enumerate(parts):
        file = folder / f"chunk-{number:04d}.npz"
        if not file.exists():
            seed = int(np.random.SeedSequence([schedule.seed, number]).generate_state(1)[0] >> 1)
            _save(file, advance(state, steps, keep, seed), topology.molecules)
        state, outline = _load(file)
        files.append(file)
        chunks.append(outline)
        done += steps
        if progress is not None:
            progress(f"{engine} dynamics", done, total)
        if outline.blow_up is not None:
            break
    return files, chunks


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a run folder for this process; the lock ends with the process, however it ends.

    Raises:
        RuntimeError: if another process (or this one) runs in the folder.
    """
    with open(folder / "run.lock", "ab") as file:
        try:
            _lock(file)
        except OSError as error:
            if error.errno not in (errno.EWOULDBLOCK, errno.EACCES, errno.EDEADLK):
                raise
            raise RuntimeError(
                f"{folder} is in use by another run at this moment: wait until it has ended, or "
                "use another folder"
            ) from error
        yield


def _lock(file: IO[bytes]) -> None:
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


@dataclass(frozen=True, eq=False)
class ChunkSource:
    """Frames of a run's chunk files; replicas follow each other inside a frame.

    In a box of constant volume they are unwrapped. Where the box varies molecules are brought
    back into it, whole: multiples of a box that fluctuates are no displacement.
    `keep_alive` holds a temporary folder for as long as its frames may be read.
    """

    files: tuple[Path, ...]
    lengths: tuple[int, ...]
    periodic: bool
    molecules: Int[np.ndarray, " particle"]
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
            block = _frames(self.files[number], self.molecules)
            blocks.append(block[inside - (ends[number] - self.lengths[number])])
        return Frames.concatenate(blocks)


def _frames(file: Path, molecules: np.ndarray) -> Frames:
    with np.load(file) as data:
        positions = data["positions"].astype(np.float64)
        count, replicas, particles, _ = positions.shape
        varies = "boxes" in data.files
        boxes = data["boxes"] if varies else data["box"] if "box" in data.files else None
        if "images" in data.files and boxes is not None:
            positions += np.einsum("frmi,rij->frmj", data["images"], boxes)[:, :, molecules]
        times = data["observable.time"].reshape(-1)
    if boxes is not None:
        boxes = np.broadcast_to(boxes, (count, replicas, 3, 3)).reshape(-1, 3, 3)
    return Frames(
        positions=positions.reshape(-1, particles, 3),
        box=boxes,
        times=times,
        replicas=np.tile(np.arange(replicas), count),
        whole=True,
        unwrapped=not varies,
    )


def _packed(chunk: Chunk, molecules: np.ndarray) -> dict[str, np.ndarray]:
    """Return positions to be saved: single precision in the box, and small image counts.

    Far from the origin single precision would lose digits, so a molecule's centre is brought
    into the box, and the box vectors taken off are counted. Without a box all digits are kept.
    """
    boxes = chunk.state.box if chunk.boxes is None else chunk.boxes
    if boxes is None:
        return {"positions": np.asarray(chunk.positions, dtype=np.float64)}
    positions = np.asarray(chunk.positions, dtype=np.float64)
    images = image_counts(positions, boxes, molecules)
    inside = positions - (images @ boxes)[..., molecules, :]
    packed = {"positions": inside.astype(np.float32)}
    if chunk.boxes is not None:
        return {**packed, "boxes": chunk.boxes}
    largest = int(np.abs(images).max(initial=0))
    small = next(kind for kind in (np.int8, np.int16, np.int32) if largest <= np.iinfo(kind).max)
    return {**packed, "images": images.astype(small)}


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
        said = json.loads(file.read_text())
        if said["format"] != FORMAT:
            raise ValueError(
                f"{folder} holds a run in format {said['format']}, this version writes {FORMAT}: "
                "use a new folder, or delete this one"
            )
        if said["identity"] != identity:
            raise ValueError(
                f"{folder} holds another run (other model, start, ensemble or schedule): "
                "use a new folder, or delete this one"
            )
        return
    part = file.with_suffix(".part")
    part.write_text(json.dumps({"format": FORMAT, "identity": identity}))
    os.replace(part, file)


def _save(file: Path, chunk: Chunk, molecules: np.ndarray) -> None:
    arrays: dict[str, Any] = {f"observable.{k}": v for k, v in chunk.observables.items()}
    arrays |= {f"extra.{name}": array for name, array in chunk.state.extra.items()}
    arrays |= _packed(chunk, molecules)
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
            state_positions=chunk.state.positions,
            state_velocities=chunk.state.velocities,
            step=chunk.state.step,
            sizes=np.asarray(chunk.state.sizes, dtype=np.int64),
            count=len(chunk.positions) * chunk.positions.shape[1],
            seconds=chunk.seconds,
            blow_up=chunk.blow_up or "",
            **arrays,
        )
        stream.flush()
        os.fsync(stream.fileno())


@dataclass(frozen=True, eq=False)
class _Outline:
    """What a chunk file says beside its frames and its state; `count` is over replicas too."""

    observables: dict[str, np.ndarray]
    count: int
    seconds: float
    blow_up: str | None


def _load(file: Path) -> tuple[EngineState, _Outline]:
    with np.load(file) as data:

        def named(prefix: str) -> dict[str, np.ndarray]:
            return {k[len(prefix) :]: data[k] for k in data.files if k.startswith(prefix)}

        state = EngineState(
            positions=data["state_positions"],
            velocities=data["state_velocities"],
            box=data["box"] if "box" in data.files else None,
            step=int(data["step"]),
            sizes=tuple(int(size) for size in data["sizes"]),
            extra=named("extra."),
        )
        reason = str(data["blow_up"]) or None
        count, seconds = int(data["count"]), float(data["seconds"])
        return state, _Outline(named("observable."), count, seconds, reason)


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
    if isinstance(ensemble, NVE):
        return
    if not ensemble.temperature > 0:
        raise ValueError(f"temperature {ensemble.temperature:g} K: a thermostat needs more than 0")
    if isinstance(ensemble, NoseHoover):
        if not (ensemble.time > 0 and ensemble.chain >= 1):
            raise ValueError(
                f"a Nosé-Hoover chain of {ensemble.chain} links with time {ensemble.time:g} ps: "
                "use at least one link and a positive time"
            )
        if start.box is None and "rotation" in potential.symmetries:
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


def image_counts(
    positions: Float[np.ndarray, "... particle 3"],
    box: Float[np.ndarray, "... 3 3"],
    molecules: Int[np.ndarray, " particle"],
) -> Float[np.ndarray, "... molecule 3"]:
    """Return how many whole box vectors each molecule's centre is away from the box."""
    sizes = np.bincount(molecules)
    order = np.argsort(molecules, kind="stable")
    first = np.cumsum(sizes) - sizes
    centres = np.add.reduceat(positions[..., order, :], first, axis=-2) / sizes[:, None]
    return np.floor(centres @ np.linalg.inv(box))


def image_shift(positions: np.ndarray, box: np.ndarray | None) -> np.ndarray:
    """Return the whole box vectors (..., 3) that unwrapped positions are away from the box."""
    if box is None:
        return np.zeros_like(positions)
    return np.floor(positions @ np.linalg.inv(box)) @ box
