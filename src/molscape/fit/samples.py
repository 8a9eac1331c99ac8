"""Frames in memory for fits that see them many times, and the checks on data for any fit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from molscape.core.frames import Frames
from molscape.core.identity import digest
from molscape.core.neighbours import NeighbourSearch, plan_search
from molscape.core.potential import cast
from molscape.core.space import check_box, volume
from molscape.core.state import State
from molscape.core.system import System
from molscape.core.topology import Topology
from molscape.core.trajectory import Trajectory
from molscape.objectives.objective import Batch

BLOCKS = 5
"""Contiguous blocks of frames in each fold: rare states spread over folds, neighbours do not."""


@dataclass(frozen=True, eq=False)
class Samples:
    """All frames of one trajectory in memory, and the neighbour search that serves them all.

    Positions in nm, forces in kJ/mol/nm, energies in kJ/mol or None; arrays are double
    precision and become what a fit asks for in `whole`.
    """

    topology: Topology
    state: State
    positions: Float[np.ndarray, "frame particle 3"]
    forces: Float[np.ndarray, "frame particle 3"]
    box: Float[np.ndarray, "frame 3 3"] | None
    energies: Float[np.ndarray, " frame"] | None
    search: NeighbourSearch

    @classmethod
    def load(cls, trajectory: Trajectory, state: State, reach: float) -> Samples:
        """Read a trajectory whole.

        Raises:
            ValueError: if there are no forces or frames, a number is not finite, or the reach
                exceeds half the box.
        """
        check_forces(trajectory)
        frames = Frames.concatenate(list(finite(trajectory.chunks(), 0, trajectory.name)))
        assert frames.forces is not None
        check_box(frames.box, reach)
        return cls(
            topology=trajectory.topology,
            state=state,
            positions=np.asarray(frames.positions, dtype=np.float64),
            forces=np.asarray(frames.forces, dtype=np.float64),
            box=None if frames.box is None else np.asarray(frames.box, dtype=np.float64),
            energies=None if frames.energies is None else np.asarray(frames.energies),
            search=_search(trajectory.topology, frames, reach),
        )

    def __len__(self) -> int:
        return len(self.positions)

    @property
    def identity(self) -> str:
        """A checksum of everything a fit sees."""
        arrays = (self.positions, self.forces, self.box, self.energies)
        return digest(self.topology.to_dict(), self.state, *arrays)

    def whole(self, dtype: np.dtype) -> Batch:
        """Return all frames as one batch of arrays in a precision."""

        def given(array: np.ndarray | None) -> Array | None:
            return None if array is None else jnp.asarray(array, dtype=dtype)

        positions, forces = given(self.positions), given(self.forces)
        assert positions is not None
        assert forces is not None
        return Batch(
            system=cast(System.build(self.topology, self.state.temperature), dtype),
            positions=positions,
            forces=forces,
            box=given(self.box),
            weight=jnp.ones(len(self), dtype=dtype),
            search=self.search,
            energies=given(self.energies),
        )


def chosen(batch: Batch, frames: Int[Array, " frame"], weight: Float[Array, " frame"]) -> Batch:
    """Return some frames of a batch, with weights of zero for padding."""
    positions, forces, box, energies = jax.tree.map(
        lambda array: array[frames], (batch.positions, batch.forces, batch.box, batch.energies)
    )
    return Batch(batch.system, positions, forces, box, weight, batch.search, energies)


def fold_of(frames: int, folds: int) -> Int[np.ndarray, " frame"]:
    """Return the fold of each frame: contiguous blocks, dealt out in turn.

    Blocks keep frames that follow one another, and are alike, on the same side; dealing out
    brings every part of the run into every fold.

    Raises:
        ValueError: if there are fewer frames than folds.
    """
    if not 2 <= folds <= frames:
        raise ValueError(f"{folds} folds of {frames} frames: use between 2 and {frames} `folds`")
    blocks = min(BLOCKS * folds, frames)
    return (np.arange(frames) * blocks // frames) % folds


def check_forces(trajectory: Trajectory) -> None:
    """Raise ValueError unless a trajectory has frames with forces."""
    if len(trajectory) == 0:
        raise ValueError("the trajectory has no frames: check the selection of frames")
    if "forces" not in trajectory.fields:
        raise ValueError(
            f"force matching needs forces, {trajectory.name or 'the trajectory'} carries "
            f"{sorted(trajectory.fields)}: recompute them with `molscape rerun`, write them "
            "(GROMACS: nstfout; LAMMPS: dump ... fx fy fz; AMBER: ntwf), or fit to the structure "
            "(iterative_boltzmann, inverse_monte_carlo, relative_entropy)"
        )


def finite(chunks: Iterable[Frames], start: int, name: str) -> Iterator[Frames]:
    """Pass chunks on, the first of which begins at frame `start`, if all numbers are finite.

    Raises:
        ValueError: naming the first frame with a number that is not.
    """
    for frames in chunks:
        for field in ("positions", "forces"):
            good: Bool[np.ndarray, " frame"] = np.isfinite(getattr(frames, field)).all(axis=(1, 2))
            if not good.all():
                raise ValueError(
                    f"frame {start + int(np.argmin(good))} of {name or 'the trajectory'} has "
                    f"{field} that are infinite or not a number: leave this frame out, or look "
                    "for what went wrong when it was made"
                )
        start += len(frames)
        yield frames


def load_all(data: Sequence[tuple[Trajectory, State]], reach: float) -> list[Samples]:
    """Read all data of a fit; errors are those of `Samples.load`."""
    return [Samples.load(trajectory, state, reach) for trajectory, state in data]


def _search(topology: Topology, frames: Frames, reach: float) -> NeighbourSearch:
    """Return a search with room for the neighbours of every frame."""
    smallest = None if frames.box is None else frames.box[int(np.argmin(volume(frames.box)))]
    search = plan_search(frames.positions[0], smallest, reach)
    search = search if search.fits(frames.box) else search.without_cells()
    if reach <= 0:
        return search
    system = System.build(topology, 0.0)
    positions = jnp.asarray(frames.positions, dtype=jnp.float32)
    box = None if frames.box is None else jnp.asarray(frames.box, dtype=jnp.float32)

    @jax.jit
    def sizes(x: Array, cell: Array | None) -> tuple[Array, Array]:
        found = search(system, x, cell)
        return found.fullest, found.fullest_cell

    # One more than was found: single and double precision may disagree on a pair at the rim.
    found = [sizes(x, None if box is None else box[k]) for k, x in enumerate(positions)]
    fullest, fullest_cell = (jnp.asarray(values) + 1 for values in zip(*found, strict=True))
    largest = _Sizes(fullest, fullest_cell)
    return search.grown(largest) if search.overflowed(largest) else search


@dataclass(frozen=True)
class _Sizes:
    """The fullest row and cell of every frame."""

    fullest: Array
    fullest_cell: Array
