"""Steps per second of the jax engine beside LAMMPS serial: Lennard-Jones liquid, 1,000 beads.

Reduced density 0.8442, temperature 0.72, cutoff 2.5 sigma, Langevin, one core each, in turn.
"""

from __future__ import annotations

import argparse
import os

import numpy as np
from common import machine, median, save

from molscape.core.ensemble import Langevin
from molscape.core.frames import Frames
from molscape.core.topology import Topology
from molscape.potentials import LennardJones
from molscape.simulate import Jax, Lammps, Schedule

SIGMA, EPSILON, MASS = 0.34, 0.996, 39.95


def liquid() -> tuple[Topology, Frames, LennardJones, float, float]:
    """Return beads on a lattice at liquid density, the potential, temperature and time unit."""
    n = 1000
    length = (n / 0.8442) ** (1 / 3) * SIGMA
    grid = np.stack(np.meshgrid(*[np.arange(10)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    frames = Frames(
        positions=grid[None] * (length / 10), box=(np.eye(3) * length)[None], whole=True
    )
    topology = Topology.build(["A"] * n, masses=np.full(n, MASS))
    potential = LennardJones(
        epsilon=[EPSILON], sigma=[SIGMA], pairs=(("A", "A"),), cutoff=2.5 * SIGMA
    )
    return (
        topology,
        frames,
        potential,
        0.72 * EPSILON / 0.0083144626,
        SIGMA * (MASS / EPSILON) ** 0.5,
    )


def main() -> None:
    """Run both engines in turn."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=20_000)
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {sorted(os.sched_getaffinity(0))[-1]})
    topology, frames, potential, temperature, tau = liquid()
    ensemble = Langevin(temperature, friction=1.0)
    speeds: dict[str, list[float]] = {"single": [], "double": [], "lammps": []}
    for repeat in range(arguments.repeats):
        schedule = Schedule(
            steps=arguments.steps,
            timestep=0.005 * tau,
            every=1000,
            equilibration=4000,
            chunks=2,
            seed=repeat,
        )
        call = (potential, topology, frames, ensemble, schedule)
        for precision in ("single", "double"):
            speeds[precision].append(Jax(precision=precision).run(*call).steps_per_second)
        speeds["lammps"].append(Lammps().run(*call).steps_per_second)
    result = {name: median(values) for name, values in speeds.items()}
    ratio = median([a / b for a, b in zip(speeds["single"], speeds["lammps"], strict=True)])
    print(
        f"steps/s: jax single {result['single']:.0f}, jax double {result['double']:.0f}, LAMMPS "
        f"serial {result['lammps']:.0f}; jax single / LAMMPS {ratio:.2f}"
    )
    save("jax_engine", {"machine": machine(), "steps_per_second": result, "ratio": ratio})


if __name__ == "__main__":
    main()
