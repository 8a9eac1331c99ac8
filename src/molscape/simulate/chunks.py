"""The chunk files of a run: frames with their boxes, observables, the state to go on from."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from molscape.core.frames import Frames

OBSERVABLES = ("time", "temperature", "potential_energy", "total_energy", "pressure", "volume")
"""What every engine observes; some add more."""


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


@dataclass(frozen=True, eq=False)
class ChunkSource:
    """Frames of a run's chunk files; replicas follow each other inside a frame.

    In a box of constant volume they are unwrapped. Where the box varies molecules are brought
    back into it, whole: multiples of a box that fluctuates are no displacement.
    `keep_alive` holds a temporary folder for as long as its frames may be read. `replicas`
    selects some of them, which are then numbered from 0; None means all. `lengths` count
    the frames of those selected.
    """

    files: tuple[Path, ...]
    lengths: tuple[int, ...]
    periodic: bool
    molecules: Int[np.ndarray, " particle"]
    keep_alive: Any = None
    replicas: range | None = None

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
            block = _frames(self.files[number], self.molecules, self.replicas)
            blocks.append(block[inside - (ends[number] - self.lengths[number])])
        return Frames.concatenate(blocks)


def _frames(file: Path, molecules: np.ndarray, selected: range | None) -> Frames:
    own = slice(None) if selected is None else slice(selected.start, selected.stop, selected.step)
    with np.load(file) as data:
        positions = data["positions"][:, own].astype(np.float64)
        count, replicas, particles, _ = positions.shape
        varies = "boxes" in data.files
        boxes = data["boxes"][:, own] if varies else None
        if boxes is None and "box" in data.files:
            boxes = data["box"][own]
        if "images" in data.files and boxes is not None:
            images = data["images"][:, own]
            positions += np.einsum("frmi,rij->frmj", images, boxes)[:, :, molecules]
        times = data["observable.time"][:, own].reshape(-1)
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


def chunk_arrays(chunk: Chunk, molecules: Int[np.ndarray, " particle"]) -> dict[str, np.ndarray]:
    """Return the arrays of a chunk's file by name; `load_chunk` and `ChunkSource` read them."""
    arrays = {
        "state_positions": chunk.state.positions,
        "state_velocities": chunk.state.velocities,
        "step": np.asarray(chunk.state.step),
        "sizes": np.asarray(chunk.state.sizes, dtype=np.int64),
        "count": np.asarray(len(chunk.positions) * chunk.positions.shape[1]),
        "seconds": np.asarray(chunk.seconds),
        "blow_up": np.asarray(chunk.blow_up or ""),
    }
    arrays |= {f"observable.{name}": array for name, array in chunk.observables.items()}
    arrays |= {f"extra.{name}": array for name, array in chunk.state.extra.items()}
    arrays |= _packed(chunk, molecules)
    if chunk.state.box is not None:
        arrays["box"] = chunk.state.box
    return arrays


@dataclass(frozen=True, eq=False)
class Outline:
    """What a chunk file says beside its frames and its state; `count` is over replicas too."""

    observables: dict[str, np.ndarray]
    count: int
    seconds: float
    blow_up: str | None


def load_chunk(file: Path) -> tuple[EngineState, Outline]:
    """Read the state at the end of a chunk, and what else is in it but the frames."""
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
        return state, Outline(named("observable."), count, seconds, reason)


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
