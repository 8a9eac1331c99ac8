"""Steps per second of DeePCG in the jax engine from 216 to 4,096 beads, list rebuilds included.

One-bead water at its density, cutoff 0.6 nm, the smooth form with networks of the default size,
single precision, Langevin, 4 fs. The networks are not trained, which does not matter to the
speed; walls keep the beads apart, so that neighbours and their motion are those of a liquid.
"""

from __future__ import annotations

import argparse

import jax
import numpy as np
from common import machine, median, save

from molscape.core.ensemble import Langevin
from molscape.core.frames import Frames
from molscape.core.topology import Topology
from molscape.core.trajectory import Trajectory
from molscape.potentials import DeePCG
from molscape.potentials.deepcg import standardised
from molscape.simulate import Jax, Schedule

DENSITY = 33.4
"""Beads in a cubic nanometre."""


def water(side: int) -> tuple[DeePCG, Topology, Frames]:
    """Return a standardised network, and side^3 beads on a jittered lattice."""
    count = side**3
    length = (count / DENSITY) ** (1 / 3)
    random = np.random.default_rng(0)
    grid = np.stack(np.meshgrid(*[np.arange(side)] * 3, indexing="ij"), -1).reshape(-1, 3)
    x = (grid + random.uniform(-0.1, 0.1, (3, count, 3))) * length / side
    box = np.broadcast_to(np.eye(3) * length, (3, 3, 3)).copy()
    topology = Topology.build(["W"] * count, masses=np.full(count, 18.015))
    forces = random.normal(scale=60.0, size=x.shape)
    frames = Frames(positions=x, box=box, forces=forces, whole=True)
    empty = DeePCG.draw(types=("W",), cutoff=0.6, key=jax.random.key(0))
    potential = standardised(empty, [Trajectory.from_frames(topology, frames)])
    return potential, topology, frames[0].replace(forces=None)


def main() -> None:
    """Run systems of growing size, several times in turn."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=10.0)
    arguments = parser.parse_args()
    systems = {side**3: water(side) for side in (6, 8, 12, 16)}
    speeds: dict[int, list[float]] = {count: [] for count in systems}
    for _ in range(arguments.repeats):
        for count, (potential, topology, start) in systems.items():
            steps = max(50, int(arguments.seconds * 80_000 / count) // 50 * 50)
            schedule = Schedule(
                steps=steps, timestep=0.004, every=50, equilibration=50, chunks=1, seed=1
            )
            run = Jax().run(potential, topology, start, Langevin(300.0, 5.0), schedule)
            speeds[count].append(run.steps_per_second)
    rows = {}
    for count, found in speeds.items():
        speed = median(found)
        rows[count] = {"steps_per_second": speed, "microseconds_per_bead": 1e6 / speed / count}
        print(
            f"{count:5d} beads: {speed:8.1f} steps/s, {1e6 / speed / count:6.2f} us a bead and step"
        )
    save("deepcg", {"machine": machine(), "rows": rows})


if __name__ == "__main__":
    main()
