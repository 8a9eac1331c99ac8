"""Energies, forces and pressures of given frames, in JAX and double precision."""

from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from molscape.core.neighbours import Neighbours, NeighbourSearch, allocate
from molscape.core.potential import Potential, cast, virial
from molscape.core.space import check_box, volume
from molscape.core.system import System
from molscape.core.trajectory import Trajectory
from molscape.simulate.engine import Evaluation


def evaluate(
    potential: Potential, trajectory: Trajectory, *, chunk: int = 64, pressures: bool = True
) -> Evaluation:
    """Return energies (kJ/mol), forces (kJ/mol/nm) and virial pressures of every frame.

    In double precision; the pressure (kJ/mol/nm^3) is the configurational part, NaN without
    a box, or if `pressures` is false, which saves their differentiation.
    """
    with jax.enable_x64(True):
        exact = cast(potential, jnp.float64)
        system = System.build(trajectory.topology, 1.0)
        look = _with_pressure if pressures else _without_pressure
        search: NeighbourSearch | None = None
        results = []
        for frames in trajectory.chunks(chunk):
            check_box(frames.box, potential.reach)
            for k in range(len(frames)):
                x = jnp.asarray(frames.positions[k], dtype=jnp.float64)
                box = None if frames.box is None else jnp.asarray(frames.box[k], dtype=jnp.float64)
                cell = None if frames.box is None else frames.box[k : k + 1]
                if search is None or not search.fits(cell):
                    search, _ = allocate(system, x, box, potential.reach)
                energy, forces, pressure, neighbours = look(exact, system, x, box, search)
                while search.overflowed(neighbours):
                    search = search.grown(neighbours)
                    energy, forces, pressure, neighbours = look(exact, system, x, box, search)
                results.append((float(energy), np.asarray(forces), float(pressure)))
        energies, forces_all, virials = zip(*results, strict=True)
        return Evaluation(np.array(energies), np.array(forces_all), np.array(virials))


@eqx.filter_jit
def _without_pressure(
    potential: Potential, system: System, x: Array, box: Array | None, search: NeighbourSearch
) -> tuple[Array, Array, Array, Neighbours]:
    neighbours = search(system, x, box)
    energy = potential(system, x, box, neighbours)
    return energy, potential.forces(system, x, box, neighbours), jnp.asarray(jnp.nan), neighbours


@eqx.filter_jit
def _with_pressure(
    potential: Potential, system: System, x: Array, box: Array | None, search: NeighbourSearch
) -> tuple[Array, Array, Array, Neighbours]:
    energy, forces, pressure, neighbours = _without_pressure(potential, system, x, box, search)
    if box is not None:
        tensor = virial(potential, system, x, box, neighbours)
        pressure = jnp.trace(tensor) / (3 * volume(box))
    return energy, forces, pressure, neighbours
