"""The chunks of the jax engine: one compiled loop, and neighbour lists that grow when they must."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from molscape.core.neighbours import Neighbours, NeighbourSearch
from molscape.core.potential import cast
from molscape.core.record import Progress
from molscape.core.space import volume
from molscape.core.system import System
from molscape.core.units import BAR
from molscape.potentials.coulomb import check_wave_vectors
from molscape.simulate.chunks import Chunk, EngineState, image_counts
from molscape.simulate.compiled_loop import compile_loop
from molscape.simulate.integrators import integrator_of, noise_block
from molscape.simulate.ladder import at_all_temperatures, at_target, check_tempering, tempered
from molscape.simulate.list_planning import ListPlanner
from molscape.simulate.nose_hoover import Chain
from molscape.simulate.order import Order, starting_state, suited_velocities
from molscape.simulate.replicas import LoopPlan, Replicas, over_replicas
from molscape.simulate.run import Run, run_chunks, timed
from molscape.simulate.tempering import Exchanges, Tempering
from molscape.simulate.volume_moves import Molecules, Volume, check_whole, first_step
from molscape.simulate.watch import TOO_HOT, explain_blow_up, hottest, not_finite

log = logging.getLogger(__name__)

NOT_OBSERVED = ("positions", "images", "box")


@dataclass(frozen=True, eq=False)
class CompiledModel:
    """What the loop is compiled for: traced parts as arguments, sizes as constants.

    The potential of the order, and the system, are in the precision of the loop.
    """

    order: Order
    system: System
    molecules: Molecules
    replicas: int
    tempering: Tempering | None = None

    @property
    def degrees(self) -> int:
        """Degrees of freedom of the velocities."""
        return self.order.ensemble.degrees_of_freedom(self.system.n_particles)

    @property
    def copies(self) -> int:
        """Replicas at each temperature."""
        return self.replicas if self.tempering is None else self.replicas // self.tempering.count

    @property
    def temperatures(self) -> Float[np.ndarray, " replica"]:
        """Temperature of each replica in K."""
        one = (self.order.ensemble.temperature,)
        each = one if self.tempering is None else self.tempering.temperatures
        return np.repeat(np.asarray(each, dtype=np.float64), self.copies)


def run_compiled(
    order: Order,
    replicas: int | None,
    tempering: Tempering | None,
    precision: str,
    *,
    folder: Path | str | None,
    progress: Progress | None,
) -> Run:
    """Run an order in JAX; `jax_engine.Jax` says what its settings are.

    Raises:
        ValueError: if an Ewald sum has too few wave vectors for the box, also later under a
            barostat, molecules are not whole where they must be, or arguments do not fit.
    """
    start, ensemble = order.start, order.ensemble
    if start.box is not None:
        check_wave_vectors(order.potential, start.box)
    if ensemble.barostat is not None:
        check_whole(order.topology, start)
    integrator_of(ensemble)
    count = len(start) if replicas is None else replicas
    settings: dict[str, Any] = {"precision": precision}
    begin = order
    if tempering is not None:
        check_tempering(tempering, ensemble)
        settings["tempering"] = tempering
        count *= tempering.count
        begin = replace(order, start=at_all_temperatures(start, tempering))
    state = starting_state(begin, count)
    if tempering is not None:
        state = tempered(state, tempering, ensemble.temperature)
    with jax.enable_x64(precision == "double"):
        dtype = jnp.float64 if precision == "double" else jnp.float32
        exact = replace(order, potential=cast(order.potential, dtype))
        system = cast(System.build(order.topology, ensemble.temperature), dtype)
        model = CompiledModel(
            exact, system, Molecules.of(order.topology.molecules), count, tempering
        )
        runner = JaxRunner(model, dtype)
        settings["replicas"] = count
        run = run_chunks("jax", runner.advance, state, order, settings, folder, progress)
    if tempering is None or not run.observables:
        return run
    return at_target(run, tempering, ensemble.temperature)


class JaxRunner:
    """Runs chunks; keeps the sizes of the neighbour list."""

    def __init__(self, model: CompiledModel, dtype: Any) -> None:
        order = model.order
        self.model, self.dtype = model, dtype
        self.ensemble, self.schedule, self.topology = order.ensemble, order.schedule, order.topology
        self.integrator = integrator_of(order.ensemble)
        self.lists = ListPlanner(order.potential.reach, order.ensemble.barostat)
        self.search: NeighbourSearch | None = None

    def advance(self, state: EngineState, steps: int, keep: bool, seed: int) -> Chunk:
        """Run one chunk; a list that proves too short is grown and the chunk run again."""
        every = self.schedule.every if keep else steps
        frames = steps // every
        self.search = self.lists.restored(state) or self.lists.allocate(state)
        while True:
            walker = self._walker(state, keep, seed)
            counts = (jnp.asarray(frames), jnp.asarray(every))
            arguments = (self.model.order.potential, self.model.system, walker, *counts)
            compiled = compile_loop(self._plan(), arguments)
            (end, kept), seconds = timed(partial(_finished, compiled, arguments))
            if self.search.overflowed(end.neighbours):
                self.search = self.search.grown(end.neighbours)
                log.info("the neighbour list was too short: grown to %d", self.search.capacity)
            elif end.volume is not None and bool(end.volume.cramped):
                self.search = self.lists.replanned(state, float(end.volume.narrowest))
                log.info("the box shrank: neighbour list planned anew")
            else:
                break
        if end.volume is not None:
            self._check_longest(np.asarray(end.volume.longest, dtype=np.float64))
        kept = {name: np.asarray(values[:frames]) for name, values in kept.items()}
        return self._chunk(state, end, kept, steps, keep, seconds)

    def _check_longest(self, edges: np.ndarray) -> None:
        """Refuse a chunk that tried boxes whose energies the potential cannot give.

        Such a trial is refused by the loop whatever its probability, and the volume is wrong.
        """
        assert self.ensemble.barostat is not None
        pressure = self.ensemble.barostat.pressure / BAR
        check_wave_vectors(
            self.model.order.potential,
            np.diag(edges),
            f", which the barostat tried at {pressure:g} bar,",
            "make it with that `k_max` or with a larger `box`, start from a box nearer to the "
            "model's density at this pressure, or use a higher pressure",
        )

    def _plan(self) -> LoopPlan:
        """Return what the loop is compiled for: the same for equilibration and all chunks."""
        assert self.search is not None
        numbers = self.model.replicas * 3 * self.model.system.n_particles
        return LoopPlan(
            search=self.search,
            ensemble=self.ensemble,
            timestep=self.schedule.timestep,
            room=max(n // self.schedule.every for n, keep in self.schedule.parts() if keep),
            molecules=self.model.molecules,
            degrees=self.model.degrees,
            block=noise_block(self.ensemble, numbers, self.schedule.every),
            tempering=self.model.tempering,
            copies=self.model.copies,
        )

    def _walker(self, state: EngineState, keep: bool, seed: int) -> Replicas:
        model, dtype = self.model, self.dtype
        inside, images = state.positions, np.zeros(state.positions.shape)
        if state.box is not None:
            counts = image_counts(inside, state.box, self.topology.molecules)
            images = counts[:, self.topology.molecules]
            inside = inside - images @ state.box
        positions = jnp.asarray(inside, dtype=dtype)
        velocities = suited_velocities(model.order, state.velocities)
        box = None if state.box is None else jnp.asarray(state.box, dtype=dtype)
        chain, moves = self._extended(state, keep)
        return Replicas(
            positions=positions,
            velocities=jnp.asarray(velocities, dtype=dtype),
            forces=jnp.zeros_like(positions),
            box=box,
            images=jnp.asarray(images, dtype=jnp.int32),
            neighbours=_list_neighbours(self.search, model.replicas, model.system, positions, box),
            rebuilds=jnp.zeros((), dtype=jnp.int32),
            taken=jnp.asarray(state.step, dtype=jnp.int32),
            key=jax.random.key(seed, impl="threefry2x32"),
            chain=chain,
            volume=moves,
            exchanges=self._exchanges(state),
        )

    def _exchanges(self, state: EngineState) -> Exchanges | None:
        """Return the exchanges of temperatures so far."""
        tempering = self.model.tempering
        if tempering is None:
            return None
        if "exchange_walker" not in state.extra:
            return Exchanges.begin(tempering.count, self.model.replicas)
        names = ("exchange_attempts", "exchange_accepted", "exchange_walker")
        return Exchanges(*(jnp.asarray(state.extra[name], jnp.int32) for name in names))

    def _extended(self, state: EngineState, keep: bool) -> tuple[Chain | None, Volume | None]:
        """Return thermostat and barostat as the chunk before left them, or their start."""
        model, replicas, chain, moves = self.model, self.model.replicas, None, None
        if self.integrator.bath is not None:
            if "chain_positions" in state.extra:
                links = state.extra["chain_positions"], state.extra["chain_velocities"]
            else:
                draw, seed = self.integrator.bath.draw, self.schedule.seed
                links = draw(self.ensemble, model.degrees, replicas, seed)
            chain = Chain(*(jnp.asarray(link, dtype=self.dtype) for link in links))
        if self.ensemble.barostat is not None:
            assert state.box is not None
            first = np.full(replicas, first_step(model.molecules.count))
            narrowest = np.min(np.diagonal(state.box, axis1=-2, axis2=-1))
            moves = Volume(
                step=jnp.asarray(state.extra.get("volume_step", first), dtype=self.dtype),
                stretch=jnp.ones(replicas, dtype=self.dtype),
                narrowest=jnp.asarray(narrowest, dtype=self.dtype),
                longest=jnp.zeros(3, dtype=self.dtype),
                cramped=jnp.zeros((), dtype=bool),
                adapting=jnp.asarray(not keep),
            )
        return chain, moves

    def _end(self, state: EngineState, end: Replicas, steps: int) -> EngineState:
        assert self.search is not None
        search, exact = self.search, partial(np.asarray, dtype=np.float64)
        extra = {"skin": np.asarray(search.skin)}
        if end.chain is not None:
            extra["chain_positions"] = exact(end.chain.positions)
            extra["chain_velocities"] = exact(end.chain.velocities)
        box = state.box
        if end.exchanges is not None:
            extra["exchange_attempts"] = np.asarray(end.exchanges.attempts)
            extra["exchange_accepted"] = np.asarray(end.exchanges.accepted)
            extra["exchange_walker"] = np.asarray(end.exchanges.walker)
        if end.volume is not None:
            extra["volume_step"] = exact(end.volume.step)
            box = exact(end.box)
        positions = exact(end.positions)
        if box is not None:
            positions = positions + np.asarray(end.images) @ box
        return EngineState(
            positions,
            exact(end.velocities),
            box,
            state.step + steps,
            sizes=(search.capacity, search.cell_capacity, *(search.cells or ())),
            extra=extra,
        )

    def _chunk(
        self,
        state: EngineState,
        end: Replicas,
        kept: dict[str, np.ndarray],
        taken: int,
        keep: bool,
        seconds: float,
    ) -> Chunk:
        timestep, frames = self.schedule.timestep, len(kept["positions"])
        every = taken // frames
        steps = state.step - self.schedule.equilibration + every * np.arange(1, frames + 1)
        time = np.repeat((steps * timestep)[:, None], self.model.replicas, axis=1)
        boxes = None if "box" not in kept else kept["box"].astype(np.float64)
        positions = kept["positions"].astype(np.float64)
        volumes = np.full_like(time, np.nan)
        if state.box is not None:
            fixed = np.broadcast_to(state.box, (frames, *state.box.shape))
            each = fixed if boxes is None else boxes
            positions, volumes = positions + kept["images"] @ each, volume(each)
        seen = {k: v.astype(np.float64) for k, v in kept.items() if k not in NOT_OBSERVED}
        observables = {"time": time, **seen, "volume": np.array(volumes)}
        last, reason = self._judged(positions, observables, steps, every)
        cut = last if keep else 0
        return Chunk(
            positions=positions[:cut],
            observables={k: v[:cut] for k, v in observables.items()},
            state=self._end(state, end, frames * every),
            seconds=seconds,
            blow_up=reason,
            boxes=None if boxes is None else boxes[:cut],
        )

    def _judged(
        self, positions: np.ndarray, seen: dict[str, np.ndarray], steps: np.ndarray, every: int
    ) -> tuple[int, str | None]:
        """Return how many frames are good, and why the next one is not."""
        finite = np.isfinite(positions).all(axis=(1, 2, 3))
        limit = np.array([hottest(self.ensemble, float(t)) for t in self.model.temperatures])
        cool = ~np.any(seen["temperature"] > limit, axis=1)
        good = finite & cool & np.isfinite(seen["potential_energy"]).all(axis=1)
        if good.all():
            return len(good), None
        last = int(np.argmin(good))
        what = TOO_HOT if finite[last] else not_finite("positions")
        first, timestep = int(steps[last]) - every, self.schedule.timestep
        return last, explain_blow_up(what, first, int(steps[last]), timestep)


@partial(jax.jit, static_argnums=(0, 1))
def _list_neighbours(
    search: NeighbourSearch, replicas: int, system: System, positions: Array, box: Array | None
) -> Neighbours:
    listed: Neighbours = over_replicas(search, replicas)(system, positions, box)
    return listed


def _finished(compiled: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    return jax.block_until_ready(compiled(*arguments))
