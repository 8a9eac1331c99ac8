"""Steps per second of the three engines: 1,000 beads at the density of water, a pair spline."""

from __future__ import annotations

import argparse

import numpy as np
from common import machine, median, save

from molscape.core.ensemble import Langevin
from molscape.core.frames import Frames
from molscape.core.topology import Topology
from molscape.potentials import PairSpline
from molscape.simulate import Jax, Lammps, OpenMM, Schedule


def water() -> tuple[PairSpline, Topology, Frames]:
    """Return a soft-core spline, beads on a lattice at the density of water, and their start."""
    length = (1000 / 33.4) ** (1 / 3)
    grid = np.stack(np.meshgrid(*[np.arange(10)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    start = Frames(grid[None] * (length / 10), box=(np.eye(3) * length)[None], whole=True)
    topology = Topology.build(["W"] * 1000, masses=np.full(1000, 18.015))
    empty = PairSpline(start=0.24, cutoff=0.9, spacing=0.02, pairs=(("W", "W"),))
    rows = np.asarray(empty.parameters).shape[1]
    wall = 40.0 * np.exp(-np.arange(rows) / 1.5) - 1.0 * np.exp(-(((np.arange(rows) - 8) / 3) ** 2))
    return empty.with_parameters(wall), topology, start


def main() -> None:
    """Run the engines in turn."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=20_000)
    parser.add_argument("--repeats", type=int, default=3)
    arguments = parser.parse_args()
    potential, topology, start = water()
    speeds: dict[str, list[float]] = {"jax": [], "lammps": [], "openmm": []}
    for repeat in range(arguments.repeats):
        schedule = Schedule(
            steps=arguments.steps,
            timestep=0.005,
            every=1000,
            equilibration=4000,
            chunks=2,
            seed=repeat,
        )
        for engine in (Jax(), Lammps(), OpenMM()):
            run = engine.run(potential, topology, start, Langevin(300.0, 1.0), schedule)
            speeds[engine.name].append(run.steps_per_second)
    result = {name: median(values) for name, values in speeds.items()}
    print(", ".join(f"{name} {value:.0f} steps/s" for name, value in result.items()))
    save("engines", {"machine": machine(), "steps_per_second": result})


if __name__ == "__main__":
    main()
