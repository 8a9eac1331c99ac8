"""The `jax` engine: constant energy or Langevin dynamics, the whole loop compiled."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from molscape.core.ensemble import Ensemble
from molscape.core.frames import Frames
from molscape.core.neighbours import NeighbourSearch, plan_search
from molscape.core.potential import Potential, cast
from molscape.core.record import Progress
from molscape.core.space import check_box, largest_cutoff
from molscape.core.system import System
from molscape.core.topology import Topology
from molscape.simulate.compiled_loop import Walker, over_replicas, run_loop
from molscape.simulate.run import (
    HOT,
    OBSERVABLES,
    Chunk,
    EngineState,
    Run,
    identity,
    image_shift,
    run_chunks,
    starting_state,
    timed,
)
from molscape.simulate.schedule import Schedule

log = logging.getLogger(__name__)

SKIN = 0.12
"""Skin of the neighbour list as a share of the cutoff: the flat optimum for liquids on a CPU."""


@dataclass(frozen=True, eq=False)
class _Model:
    """What the loop is compiled for: traced parts as arguments, sizes as constants."""

    potential: Potential
    system: System
    box: Array | None
    ensemble: Ensemble
    timestep: float
    replicas: int


def jax_engine(
    potential: Potential,
    topology: Topology,
    start: Frames,
    ensemble: Ensemble,
    schedule: Schedule,
    *,
    replicas: int | None = None,
    precision: str = "single",
    folder: Path | str | None = None,
    progress: Progress | None = None,
) -> Run:
    """Run dynamics in JAX and return the run; also available as `simulate.jax`.

    NVE is velocity Verlet; Langevin is BAOAB (Leimkuhler and Matthews, Appl. Math. Res.
    Express 2013, 34), whose configurational averages are exact for harmonic wells.

    Args:
        potential: the model.
        topology: the beads.
        start: one frame, or one for each replica; box and velocities are used if present.
        ensemble: `NVE` or `Langevin`.
        schedule: steps, time step, what is kept.
        replicas: independent copies run side by side by `vmap`; default one per start frame.
        precision: "single" or "double".
        folder: where chunks are kept; a folder of the same run is resumed.
        progress: called as progress(what, done, total).

    Returns:
        The run; `blow_up` is set if it broke down, and the last good frame is kept.

    Raises:
        ValueError: if the cutoff exceeds half the box, or arguments do not fit.
    """
    if precision not in ("single", "double"):
        raise ValueError(f"precision {precision!r}: use 'single' or 'double'")
    check_box(start.box, potential.reach)
    count = len(start) if replicas is None else replicas
    begin = starting_state(topology, start, ensemble.temperature, count, schedule.seed)
    with jax.enable_x64(precision == "double"):
        dtype = jnp.float64 if precision == "double" else jnp.float32
        system = cast(System.build(topology, ensemble.temperature), dtype)
        box = None if begin.box is None else jnp.asarray(begin.box[0], dtype=dtype)
        model = _Model(cast(potential, dtype), system, box, ensemble, schedule.timestep, count)
        engine = _Engine(model, dtype, schedule)
        return run_chunks(
            "jax",
            engine.advance,
            begin,
            topology,
            schedule,
            folder,
            f"{identity(potential, topology, start, ensemble, schedule)}-{precision}-{count}",
            progress,
        )


class _Engine:
    """Runs chunks; keeps the compiled loop and the sizes of the neighbour list."""

    def __init__(self, model: _Model, dtype: Any, schedule: Schedule) -> None:
        self.model, self.dtype, self.schedule = model, dtype, schedule
        self.search: NeighbourSearch | None = None
        self.loops: dict[NeighbourSearch, Callable[..., Any]] = {}

    def advance(self, state: EngineState, steps: int, keep: bool, seed: int) -> Chunk:
        """Run one chunk; a list that proves too short is grown and the chunk run again."""
        model, every = self.model, self.schedule.every if keep else steps
        box = None if state.box is None else state.box[0]
        images = image_shift(state.positions, box)
        positions = jnp.asarray(state.positions - images, dtype=self.dtype)
        velocities = jnp.asarray(state.velocities, dtype=self.dtype)
        self.search = self._restored(state.sizes) or self._allocate(positions)
        frames = steps // every
        while True:
            walker = self._walker(positions, velocities, seed)
            counts = (jnp.asarray(frames), jnp.asarray(every))
            arguments = (model.potential, model.system, model.box, walker, *counts)
            compiled = self._compiled(arguments)
            (end, kept), seconds = timed(partial(_finished, compiled, arguments))
            if not bool(end.overflowed):
                break
            self.search = self.search.grown(end.neighbours)
            log.info("the neighbour list was too short: grown to %d", self.search.capacity)
        kept = {name: values[:frames] for name, values in kept.items()}
        kept = jax.tree.map(np.asarray, kept)
        return self._chunk(state, end, kept, images, steps, keep, seconds)

    @property
    def _skin(self) -> float:
        reach, box = self.model.potential.reach, self.model.box
        if box is None:
            return SKIN * reach
        room = largest_cutoff(np.asarray(box, dtype=np.float64)) - reach
        return max(0.0, min(SKIN * reach, room))

    def _restored(self, sizes: tuple[int, ...]) -> NeighbourSearch | None:
        """Return the search that the chunk before ended with: its sizes decide the rounding."""
        if not sizes:
            return None
        capacity, cell_capacity, *cells = sizes
        return NeighbourSearch(
            cutoff=self.model.potential.reach,
            skin=self._skin,
            capacity=capacity,
            cells=(cells[0], cells[1], cells[2]) if cells else None,
            cell_capacity=cell_capacity,
        )

    def _allocate(self, positions: Array) -> NeighbourSearch:
        model = self.model
        searches = [
            plan_search(np.asarray(x), model.box, model.potential.reach, self._skin)
            for x in positions
        ]
        return max(searches, key=lambda search: (search.capacity, search.cell_capacity))

    def _compiled(self, arguments: tuple[Any, ...]) -> Callable[..., Any]:
        """Return the loop compiled for these sizes: one for equilibration and all chunks."""
        assert self.search is not None
        if self.search not in self.loops:
            loop = partial(
                run_loop,
                search=self.search,
                ensemble=self.model.ensemble,
                timestep=self.model.timestep,
                room=max(n // self.schedule.every for n, keep in self.schedule.parts() if keep),
            )
            self.loops[self.search] = jax.jit(loop).lower(*arguments).compile()
        return self.loops[self.search]

    def _walker(self, positions: Array, velocities: Array, seed: int) -> Walker:
        return Walker(
            positions=positions,
            velocities=velocities,
            forces=jnp.zeros_like(positions),
            neighbours=over_replicas(self.search, self.model.replicas)(
                self.model.system, positions, self.model.box
            ),
            overflowed=jnp.zeros((), dtype=bool),
            rebuilds=jnp.zeros((), dtype=jnp.int32),
            key=jax.random.key(seed, impl="rbg"),
        )

    def _chunk(
        self,
        state: EngineState,
        end: Walker,
        kept: dict[str, np.ndarray],
        images: np.ndarray,
        taken: int,
        keep: bool,
        seconds: float,
    ) -> Chunk:
        assert self.search is not None
        timestep, frames = self.model.timestep, len(kept["positions"])
        every = taken // frames
        steps = state.step - self.schedule.equilibration + every * np.arange(1, frames + 1)
        time = np.repeat((steps * timestep)[:, None], self.model.replicas, axis=1)
        volumes = np.full_like(time, np.nan if state.box is None else np.linalg.det(state.box[0]))
        seen = {k: kept[k].astype(np.float64) for k in OBSERVABLES[1:5]}
        observables = {"time": time, **seen, "volume": volumes}
        positions = kept["positions"] + images
        finite = np.isfinite(positions).all(axis=(1, 2, 3))
        limit = HOT * max(self.model.ensemble.temperature, 1.0)
        cool = np.all(observables["temperature"] < limit, axis=1)
        good = finite & cool & np.isfinite(observables["potential_energy"]).all(axis=1)
        final = EngineState(
            np.asarray(end.positions, dtype=np.float64) + images,
            np.asarray(end.velocities, dtype=np.float64),
            state.box,
            state.step + frames * every,
            sizes=(self.search.capacity, self.search.cell_capacity, *(self.search.cells or ())),
        )
        if good.all():
            reason, last = None, frames
        else:
            last = int(np.argmin(good))
            reason = _reason(last, steps, every, bool(finite[last]), timestep)
        return Chunk(
            positions=positions[: last if keep else 0],
            observables={k: v[: last if keep else 0] for k, v in observables.items()},
            state=final,
            seconds=seconds,
            blow_up=reason,
        )


def _finished(compiled: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    return jax.block_until_ready(compiled(*arguments))


def _reason(last: int, steps: np.ndarray, every: int, finite: bool, timestep: float) -> str:
    what = f"the beads became hotter than {HOT:g} times the temperature asked for"
    if not finite:
        what = "positions became infinite or not a number"
    return (
        f"{what} between step {steps[last] - every} and {steps[last]}: use a time step shorter "
        f"than {timestep:g} ps, or a model with a repulsive wall where the data has no samples"
    )
