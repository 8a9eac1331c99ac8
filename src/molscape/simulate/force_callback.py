"""Forces that molscape computes for another engine's steps: compiled once, lists kept fresh."""

from __future__ import annotations

from functools import partial
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from molscape.core.neighbours import Neighbours, NeighbourSearch
from molscape.core.potential import Potential, cast, virial
from molscape.core.space import largest_cutoff, volume
from molscape.core.system import System
from molscape.core.terms import opaque_terms
from molscape.core.topology import Topology
from molscape.simulate.chunks import EngineState
from molscape.simulate.list_planning import ListPlanner


def is_opaque(potential: Potential) -> bool:
    """Return whether a potential has a term that only molscape can evaluate."""
    return bool(opaque_terms(potential.lower()))


class ForceCallback:
    """Energy and forces of positions, called once a step; all terms are computed here.

    Neighbour lists live between calls and are rebuilt inside the compiled function; one that
    overflows is grown and the call repeated. Everything comes back in one array, since each
    array that crosses from JAX costs microseconds.

    Args:
        potential: the model.
        topology: the beads.
        temperature: of the system in K.
        precision: "double", or single precision otherwise.
    """

    def __init__(
        self, potential: Potential, topology: Topology, temperature: float, precision: str
    ) -> None:
        self.double = precision == "double"
        with jax.enable_x64(self.double):
            self.dtype = jnp.float64 if self.double else jnp.float32
            system = cast(System.build(topology, temperature), self.dtype)
            both = (cast(potential, self.dtype), system)
            arrays, self.static = eqx.partition(both, eqx.is_array)
            # Flat tuples of arrays: trees of modules would be taken apart in Python at each call.
            leaves, self.structure = jax.tree.flatten(arrays)
            self.leaves = tuple(leaves)
        self.kind, self.particles = potential.kind, len(topology)
        self.lists = ListPlanner(potential.reach, None)
        self.watches = bool(potential.watched())
        self.search: NeighbourSearch | None = None
        self.box: np.ndarray | None = None
        self.near: Any = None
        self.compiled: dict[NeighbourSearch, tuple[Any, ...]] = {}

    def prepare(
        self, positions: Float[np.ndarray, "particle 3"], box: Float[np.ndarray, "3 3"] | None
    ) -> None:
        """Compile for these positions, so that no step has to wait, and forget the list."""
        self(positions, box)
        self.restart()

    def restart(self) -> None:
        """Forget the neighbour list: what follows depends on the positions given alone."""
        self.search = None

    def __call__(
        self, positions: Float[np.ndarray, "particle 3"], box: Float[np.ndarray, "3 3"] | None
    ) -> tuple[float, Float[np.ndarray, "particle 3"]]:
        """Return the energy (kJ/mol) and the forces (kJ/mol/nm); positions and box in nm."""
        with jax.enable_x64(self.double):
            x = np.asarray(positions, dtype=self.dtype)
            if self.search is None or not _same(box, self.box):
                self._plan(x, box)
            while True:
                packed, near = self.step(self.leaves, x, self.cell, self.near)
                found = np.asarray(packed, dtype=np.float64)
                if not found[1]:
                    break
                self._grow(near)
            if near is not None:
                self.near = near
        return float(found[0]), found[2:].reshape(-1, 3)

    def observe(
        self, positions: Float[np.ndarray, "particle 3"], box: Float[np.ndarray, "3 3"] | None
    ) -> tuple[float, float]:
        """Return the configurational pressure (kJ/mol/nm^3) and how many features are outside.

        The first is NaN without a box, the second where the potential does not know the range
        of its training data.
        """
        if box is None and not self.watches:
            return float("nan"), float("nan")
        self(positions, box)
        with jax.enable_x64(self.double):
            x = np.asarray(positions, dtype=self.dtype)
            pressure, outside = self.look(self.leaves, x, self.cell, self.near)
            return float(pressure), float(outside)

    def _plan(self, x: np.ndarray, box: np.ndarray | None) -> None:
        """Choose sizes for these positions and this box, unless those at hand suit them."""
        self.box = None if box is None else np.array(box, dtype=np.float64)
        self.cell = None if box is None else jnp.asarray(box, self.dtype)
        cells = None if self.box is None else self.box[None]
        search = self.search
        if search is None or not _suits(search, cells):
            exact = np.asarray(x, dtype=np.float64)[None]
            search = self.lists.allocate(EngineState(exact, np.zeros_like(exact), cells, 0))
        self._compile(search, x)

    def _grow(self, near: Any) -> None:
        assert self.search is not None
        neighbours = jax.tree.unflatten(self.near_structure, near)
        self._compile(self.search.grown(neighbours), np.asarray(neighbours.reference))

    def _compile(self, search: NeighbourSearch, x: np.ndarray) -> None:
        self.search = search
        if search not in self.compiled:
            functions = (search, partial(self._step, search), self._look)
            self.compiled[search] = tuple(jax.jit(function) for function in functions)
        build, self.step, self.look = self.compiled[search]
        neighbours = build(self._model(self.leaves)[1], jnp.asarray(x), self.cell)
        near, self.near_structure = jax.tree.flatten(neighbours)
        self.near = tuple(near)

    def _model(self, leaves: tuple[Any, ...]) -> tuple[Potential, System]:
        both: tuple[Potential, System] = eqx.combine(
            jax.tree.unflatten(self.structure, leaves), self.static
        )
        return both

    def _step(
        self, search: NeighbourSearch, leaves: tuple[Any, ...], x: Any, box: Any, near: Any
    ) -> tuple[Any, Any]:
        """Return energy, overflow and forces in one array, and the list where it may change."""
        potential, system = self._model(leaves)
        neighbours: Neighbours = jax.tree.unflatten(self.near_structure, near)
        full = jnp.zeros((), bool)
        if search.expires:
            neighbours = jax.lax.cond(
                neighbours.outdated(x), lambda: search(system, x, box), lambda: neighbours
            )
            full = neighbours.fullest > search.capacity
            if search.cells is not None:
                full = full | (neighbours.fullest_cell > search.cell_capacity)
        energy = potential(system, x, box, neighbours)
        forces = potential.forces(system, x, box, neighbours)
        head = jnp.stack([energy, full.astype(x.dtype)])
        packed = jnp.concatenate([head, forces.reshape(-1)])
        return packed, tuple(jax.tree.leaves(neighbours)) if search.expires else None

    def _look(self, leaves: tuple[Any, ...], x: Any, box: Any, near: Any) -> tuple[Any, Any]:
        potential, system = self._model(leaves)
        neighbours = jax.tree.unflatten(self.near_structure, near)
        pressure, outside = jnp.full((), jnp.nan), jnp.full((), jnp.nan)
        if box is not None:
            tensor = virial(potential, system, x, box, neighbours)
            pressure = jnp.trace(tensor) / (3 * volume(box))
        if self.watches:
            counts = [p.outside(system, x, box, neighbours) for p in potential.watched()]
            outside = jnp.sum(jnp.stack(counts)).astype(x.dtype)
        return pressure, outside


def _suits(search: NeighbourSearch, boxes: np.ndarray | None) -> bool:
    """Return whether a search is right in these boxes (1, 3, 3) too."""
    if boxes is None or not search.expires:
        return True
    wide = search.cutoff + search.skin <= largest_cutoff(boxes)
    return wide and search.fits(boxes)


def _same(box: np.ndarray | None, other: np.ndarray | None) -> bool:
    if box is None or other is None:
        return box is other
    return bool(np.array_equal(box, other))
