"""Streamed normal equations of force matching: one pass, memory of one chunk."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from molscape.core.frames import Frames
from molscape.core.linear import held_terms, linear_terms
from molscape.core.neighbours import Neighbours, NeighbourSearch, plan_search
from molscape.core.potential import Potential, cast
from molscape.core.record import Progress
from molscape.core.space import check_box, volume
from molscape.core.state import State
from molscape.core.system import System
from molscape.core.trajectory import Trajectory
from molscape.fit.force_covariance import Whitening, mixed
from molscape.fit.samples import check_forces, finite

CHUNK_FRAMES = 32

Design = Callable[
    [Potential, System, Array, Array | None, Neighbours], tuple[Array, Array, list[Array]]
]
"""Forces (parameter, particle, 3) of each parameter, fixed forces, and samples by interval."""


@dataclass(frozen=True, eq=False)
class NormalEquations:
    """Sums over one block of frames for a model F = sum_p theta_p A_p + F_fixed.

    `gram` = sum A A^T, `moment` = sum A (F - F_fixed), `residual` = sum (F - F_fixed)^2,
    `square` = sum F^2, all in double precision; `samples` counts pairs in each knot interval
    of each linear term; `components` is the number of force components summed over.
    """

    gram: Float[np.ndarray, "parameter parameter"]
    moment: Float[np.ndarray, " parameter"]
    residual: float
    square: float
    samples: tuple[Float[np.ndarray, "_ _"], ...]
    components: int

    def __add__(self, other: NormalEquations) -> NormalEquations:
        return NormalEquations(
            self.gram + other.gram,
            self.moment + other.moment,
            self.residual + other.residual,
            self.square + other.square,
            tuple(a + b for a, b in zip(self.samples, other.samples, strict=True)),
            self.components + other.components,
        )

    def __sub__(self, other: NormalEquations) -> NormalEquations:
        return NormalEquations(
            self.gram - other.gram,
            self.moment - other.moment,
            self.residual - other.residual,
            self.square - other.square,
            tuple(a - b for a, b in zip(self.samples, other.samples, strict=True)),
            self.components - other.components,
        )

    def loss(self, parameters: np.ndarray) -> float:
        """Return the force loss in (kJ/mol/nm)^2 of these parameters."""
        total = self.residual - 2 * parameters @ self.moment + parameters @ self.gram @ parameters
        return float(total / self.components)


class LinearDesign(eqx.Module):
    """The model as it is: parameters of linear terms, the forces of all others fixed."""

    def __call__(
        self,
        potential: Potential,
        system: System,
        positions: Array,
        box: Array | None,
        neighbours: Neighbours,
    ) -> tuple[Array, Array, list[Array]]:
        """Return the force of each parameter, the fixed force, and samples by interval."""
        fixed = jnp.zeros_like(positions)
        for term in held_terms(potential):
            fixed = fixed + term.forces(system, positions, box, neighbours)
        bases = [
            term.basis_forces(system, positions, box, neighbours)
            for term in linear_terms(potential)
        ]
        return jnp.concatenate([basis for basis, _ in bases]), fixed, [n for _, n in bases]


def accumulate(
    potential: Potential,
    data: Sequence[tuple[Trajectory, State]],
    blocks: int,
    progress: Progress | None = None,
    design: Design | None = None,
    matrices: Sequence[Whitening] | None = None,
) -> list[NormalEquations]:
    """Sum the normal equations over every frame, in contiguous blocks of time.

    `design` says what the parameters are, by default those of all linear terms; `matrices` mix
    the forces on each molecule, for each trajectory, before they are squared.

    Raises:
        ValueError: if a trajectory has no forces, no frame or no linear term, a number is not
            finite, or the cutoff exceeds half the box.
    """
    if design is None and not linear_terms(potential):
        raise ValueError(
            f"no part of this potential ({potential.kind}) is linear in its parameters: use "
            "fit.least_squares, or a spline"
        )
    total = sum(len(trajectory) for trajectory, _ in data)
    done = 0
    sums: list[NormalEquations] = []
    with jax.enable_x64(True):
        exact = cast(potential, jnp.float64)
    for place, (trajectory, state) in enumerate(data):
        check_forces(trajectory)
        share = min(max(1, round(blocks * len(trajectory) / total)), len(trajectory))
        own = () if matrices is None else matrices[place]
        engine = _Accumulator(exact, trajectory, state, design or LinearDesign(), own)
        found: list[NormalEquations | None] = [None] * share
        for number, piece, count in _ahead(engine, _by_block(trajectory, share, engine.length)):
            before = found[number]
            found[number] = piece if before is None else before + piece
            done += count
            if progress is not None:
                progress("force matching", done, total)
        sums += [block for block in found if block is not None]
    return sums


def _by_block(trajectory: Trajectory, blocks: int, length: int) -> Iterator[tuple[int, Frames]]:
    """Read chunks of at most `length` frames, each inside one of the contiguous blocks."""
    for number, part in enumerate(np.array_split(np.arange(len(trajectory)), blocks)):
        span = trajectory[int(part[0]) : int(part[-1]) + 1]
        for frames in finite(span.chunks(length), int(part[0]), trajectory.name):
            yield number, frames


def _ahead(
    function: Callable[[Frames], NormalEquations], chunks: Iterable[tuple[int, Frames]]
) -> Iterator[tuple[int, NormalEquations, int]]:
    """Work on a few chunks at a time, so that cores are busy while files are read; in order.

    The first chunk is worked on alone: it compiles what the others run.
    """
    chunks = iter(chunks)
    for number, frames in chunks:
        yield number, function(frames), len(frames)
        break
    workers = min(4, os.cpu_count() or 1)
    pending: deque[tuple[int, Future[NormalEquations], int]] = deque()
    with ThreadPoolExecutor(workers) as pool:
        for number, frames in chunks:
            pending.append((number, pool.submit(function, frames), len(frames)))
            if len(pending) > workers:
                first, future, count = pending.popleft()
                yield first, future.result(), count
        for first, future, count in pending:
            yield first, future.result(), count


class _Accumulator:
    """One trajectory's compiled pass over fixed-size chunks; the list grows when too short."""

    def __init__(
        self,
        potential: Potential,
        trajectory: Trajectory,
        state: State,
        design: Design,
        matrices: Whitening,
    ) -> None:
        self.potential, self.design, self.matrices = potential, design, matrices
        self.system = System.build(trajectory.topology, state.temperature)
        self.length = min(CHUNK_FRAMES, len(trajectory), trajectory.chunk_length())
        self.search: NeighbourSearch | None = None

    def __call__(self, frames: Frames) -> NormalEquations:
        with jax.enable_x64(True):  # the setting belongs to a thread
            return self._sum(frames)

    def _sum(self, frames: Frames) -> NormalEquations:
        check_box(frames.box, self.potential.reach)
        assert frames.forces is not None
        count = len(frames)
        padded = np.minimum(np.arange(self.length), count - 1)
        positions = jnp.asarray(frames.positions[padded], dtype=jnp.float64)
        forces = jnp.asarray(frames.forces[padded], dtype=jnp.float64)
        box = None if frames.box is None else jnp.asarray(frames.box[padded], dtype=jnp.float64)
        search = self.search
        if search is None or not search.fits(frames.box):
            smallest = None
            if frames.box is not None:
                smallest = frames.box[int(np.argmin(volume(frames.box)))]
            search = plan_search(frames.positions[0], smallest, self.potential.reach)
            search = search if search.fits(frames.box) else search.without_cells()
        chunk = _Chunk(positions, forces, box, jnp.asarray(count))
        arguments = (self.design, self.matrices, self.potential, self.system, chunk)
        sums, sizes = _sum_chunk(*arguments, search)
        while search.overflowed(sizes):
            search = search.grown(sizes)
            sums, sizes = _sum_chunk(*arguments, search)
        if self.search is None:
            # The first chunk, worked on alone, decides for all; a longer list stays its chunk's
            # own, so that no sum depends on which thread ran first.
            self.search = search
        gram, moment, residual, square, samples = jax.tree.map(np.asarray, sums)
        components = count * 3 * int(np.sum(np.asarray(self.system.mask)))
        return NormalEquations(
            gram, moment, float(residual), float(square), tuple(samples), components
        )


class _Chunk(eqx.Module):
    """Frames of a fixed number, of which the first `count` are real and the rest padding."""

    positions: Float[Array, "frame particle 3"]
    forces: Float[Array, "frame particle 3"]
    box: Float[Array, "frame 3 3"] | None
    count: Int[Array, ""]


class _Sizes(eqx.Module):
    """The fullest row and cell met, in the shape that `NeighbourSearch` asks for."""

    fullest: Array
    fullest_cell: Array


@eqx.filter_jit
def _sum_chunk(
    design: Design,
    matrices: Whitening,
    potential: Potential,
    system: System,
    chunk: _Chunk,
    search: NeighbourSearch,
) -> tuple[Any, _Sizes]:
    def sums_of(frame: Array) -> tuple[Any, _Sizes]:
        given = chunk.positions, chunk.forces, chunk.box
        x, target, cell = jax.tree.map(lambda a: a[frame], given)
        neighbours = search(system, x, cell)
        each, fixed, samples = design(potential, system, x, cell, neighbours)
        each, target, fixed = (mixed(matrices, f) for f in (each, target, fixed))
        rows, flat = each.reshape(len(each), -1), (target - fixed).reshape(-1)
        new = (rows @ rows.T, rows @ flat, jnp.sum(flat * flat), jnp.sum(target * target), samples)
        return new, _Sizes(neighbours.fullest, neighbours.fullest_cell)

    def add(frame: Array, carry: Any) -> Any:
        sums, sizes = carry
        new, found = sums_of(frame)
        return jax.tree.map(jnp.add, sums, new), jax.tree.map(jnp.maximum, sizes, found)

    empty = jax.tree.map(
        lambda a: jnp.zeros(a.shape, a.dtype), jax.eval_shape(sums_of, chunk.count)
    )
    return jax.lax.fori_loop(0, chunk.count, add, empty)
