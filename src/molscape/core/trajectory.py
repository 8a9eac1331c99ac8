"""A topology and a lazy source of frames: never the whole file in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Protocol, overload, runtime_checkable

import numpy as np
from jaxtyping import Float

from molscape.core.frames import Frames
from molscape.core.note import Note
from molscape.core.topology import Topology

CHUNK_BYTES = 32 * 2**20
"""Default size of one chunk of frames; small beside the memory of any machine."""


@runtime_checkable
class Source(Protocol):
    """Where frames come from: a file, an array, or another source with a function on top."""

    @property
    def n_frames(self) -> int:
        """Number of readable frames."""
        ...

    @property
    def fields(self) -> frozenset[str]:
        """Names of the `Frames` fields that `read` fills, known without reading them all."""
        ...

    def read(self, frames: range) -> Frames:
        """Read these frames into memory, in order."""
        ...


@dataclass(frozen=True)
class ArraySource:
    """Frames that already are in memory."""

    frames: Frames

    @property
    def n_frames(self) -> int:
        """Number of frames."""
        return len(self.frames)

    @property
    def fields(self) -> frozenset[str]:
        """Names of the fields present."""
        return frozenset(self.frames._arrays())

    def read(self, frames: range) -> Frames:
        """Return a selection of the frames."""
        return self.frames[np.asarray(frames, dtype=np.int64)]


@dataclass(frozen=True)
class TransformedSource:
    """A source whose blocks pass through a function of `Frames`, such as a mapping."""

    base: Source
    function: Callable[[Frames], Frames]
    fields: frozenset[str]

    @property
    def n_frames(self) -> int:
        """Number of frames of the base."""
        return self.base.n_frames

    def read(self, frames: range) -> Frames:
        """Read from the base and apply the function."""
        return self.function(self.base.read(frames))


@dataclass(frozen=True, eq=False)
class EnergisedSource:
    """A source whose frames get energies (kJ/mol, one for each frame) from an array."""

    base: Source
    energies: Float[np.ndarray, " frame"]

    @property
    def n_frames(self) -> int:
        """Number of frames of the base."""
        return self.base.n_frames

    @property
    def fields(self) -> frozenset[str]:
        """Names of the fields of the base, and energies."""
        return self.base.fields | {"energies"}

    def read(self, frames: range) -> Frames:
        """Read from the base and put the energies beside."""
        return self.base.read(frames).replace(energies=self.energies[np.asarray(frames, int)])


@dataclass(frozen=True)
class SlicedSource:
    """Part of another source: frame k here is frame `selection[k]` there."""

    base: Source
    selection: range

    @property
    def n_frames(self) -> int:
        """Number of frames selected."""
        return len(self.selection)

    @property
    def fields(self) -> frozenset[str]:
        """Names of the fields of the base."""
        return self.base.fields

    def read(self, frames: range) -> Frames:
        """Read the selected frames from the base."""
        if len(frames) == 0:
            return self.base.read(range(0))
        first, step = self.selection[frames[0]], self.selection.step * frames.step
        return self.base.read(range(first, first + step * len(frames), step))


@dataclass(frozen=True, eq=False)
class Trajectory:
    """Particles and their motion, read when needed.

    `notes` are statements of the reader about what the file was taken for (units, where
    forces come from); they end up in the record of a run.
    """

    topology: Topology
    source: Source
    notes: tuple[Note, ...] = field(default=())
    name: str = ""

    @classmethod
    def from_frames(cls, topology: Topology, frames: Frames, name: str = "") -> Trajectory:
        """Make a trajectory of frames in memory.

        Raises:
            ValueError: if the particle counts differ.
        """
        if len(topology) != frames.n_particles:
            raise ValueError(
                f"the topology has {len(topology)} particles, the frames have "
                f"{frames.n_particles}: they must describe the same system"
            )
        return cls(topology, ArraySource(frames), name=name)

    def __len__(self) -> int:
        return self.source.n_frames

    @property
    def fields(self) -> frozenset[str]:
        """Names of the fields that the frames carry."""
        return self.source.fields

    @overload
    def __getitem__(self, index: int) -> Frames: ...
    @overload
    def __getitem__(self, index: slice) -> Trajectory: ...
    def __getitem__(self, index: int | slice) -> Frames | Trajectory:
        """An integer reads one frame; a slice gives a lazy part of the trajectory."""
        every = range(len(self))
        if isinstance(index, slice):
            return replace(self, source=SlicedSource(self.source, every[index]))
        if not -len(self) <= index < len(self):
            raise IndexError(f"frame {index} does not exist: there are {len(self)} frames")
        at = every[index]
        return self.source.read(range(at, at + 1))

    def chunk_length(self, chunk_bytes: int = CHUNK_BYTES) -> int:
        """Number of frames that fit into a chunk of that many bytes."""
        arrays = sum(name in self.fields for name in ("positions", "velocities", "forces"))
        return max(1, chunk_bytes // (len(self.topology) * 3 * 8 * max(arrays, 1)))

    def chunks(self, length: int | None = None) -> Iterator[Frames]:
        """Read the trajectory block by block; `length` in frames, by default about 32 MB."""
        step = length or self.chunk_length()
        for start in range(0, len(self), step):
            yield self.source.read(range(start, min(start + step, len(self))))

    def load(self) -> Frames:
        """Read everything into memory."""
        return Frames.concatenate(list(self.chunks()))

    def map(
        self,
        function: Callable[[Frames], Frames],
        topology: Topology | None = None,
        fields: frozenset[str] | None = None,
    ) -> Trajectory:
        """Return a trajectory whose blocks pass through a function when read."""
        source = TransformedSource(self.source, function, fields or self.fields)
        return replace(self, topology=topology or self.topology, source=source)
