"""Wall time of the lammps engine beside `lmp` by hand: same steps, same output, in turn.

By hand is one `lmp -in in.lammps` on the exported folder (dump and thermo as often); the
engine runs the same steps in its usual ten chunks, each of which it saves. The chunks'
trajectory is in the engine's time, the lowering of the model is in both.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
from common import machine, median, save

from molscape.core.ensemble import Langevin
from molscape.core.frames import Frames
from molscape.core.potential import Potential
from molscape.core.topology import Topology
from molscape.export import write_lammps
from molscape.potentials import PairSpline, StillingerWeber
from molscape.simulate import Lammps, Schedule
from molscape.simulate.lammps_process import find_lammps

ENSEMBLE = Langevin(temperature=300.0, friction=2.0)


def water(cells: int) -> tuple[Topology, Frames]:
    """Return one-site water on a lattice at its liquid density."""
    grid = np.stack(np.meshgrid(*[np.arange(cells)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    positions = 0.3107 * grid + 0.005 * np.random.default_rng(0).normal(size=grid.shape)
    topology = Topology.build(["W"] * len(grid), masses=np.full(len(grid), 18.015))
    return topology, Frames(positions[None], (0.3107 * cells * np.eye(3))[None])


def spline() -> Potential:
    """Return a soft pair model with a cutoff of 0.9 nm."""
    empty = PairSpline(start=0.24, cutoff=0.9, spacing=0.02, pairs=(("W", "W"),))
    r = 0.24 + 0.02 * (np.arange(empty.parameters.shape[1]) - 1.5)
    curve = 4.0 * ((0.28 / r) ** 8 - (0.28 / r) ** 4) * (1 - r / 0.9) ** 2
    return empty.with_parameters(curve[None])


def many_body() -> Potential:
    """Return mW water (Molinero and Moore, J. Phys. Chem. B 113, 4008 (2009))."""
    return StillingerWeber(
        type="W", epsilon=6.189 * 4.184, sigma=0.23925, a=1.8, lambda_=23.15, gamma=1.2,
        cos_theta0=-1 / 3, A=7.049556277, B=0.6022245584, p=4.0, q=0.0,
    )  # fmt: skip


def by_hand(potential: Potential, topology: Topology, start: Frames, schedule: Schedule) -> float:
    """Export, run `lmp` once, and return the seconds of both."""
    executable = find_lammps()
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    if executable.libraries is not None:
        environment["LD_LIBRARY_PATH"] = str(executable.libraries)
    with tempfile.TemporaryDirectory() as folder:
        begin = time.perf_counter()
        write_lammps(potential, topology, start, folder, ensemble=ENSEMBLE, schedule=schedule)
        subprocess.run(
            [executable.program, "-in", "in.lammps", "-screen", "none"],
            cwd=folder,
            env=environment,
            check=True,
        )
        return time.perf_counter() - begin


def by_engine(potential: Potential, topology: Topology, start: Frames, schedule: Schedule) -> float:
    """Run the engine and return its seconds."""
    with tempfile.TemporaryDirectory() as folder:
        begin = time.perf_counter()
        run = Lammps().run(
            potential, topology, start, ENSEMBLE, schedule, folder=Path(folder) / "run"
        )
        seconds = time.perf_counter() - begin
    if run.blow_up:
        raise RuntimeError(run.blow_up)
    return seconds


def main() -> None:
    """Compare both for a pair table and a many-body model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0, help="length of each run by hand")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--cells", type=int, default=16, help="beads along each edge")
    arguments = parser.parse_args()
    topology, start = water(arguments.cells)
    results: dict[str, object] = {"machine": machine(), "beads": len(topology)}
    print(f"{'model':<20}{'steps':>9}{'by hand, s':>12}{'engine, s':>12}{'ratio':>9}")
    for name, potential in (("pair spline", spline()), ("mW water", many_body())):
        trial = Schedule(steps=400, every=100)
        pace = by_hand(potential, topology, start, trial) / trial.steps
        steps = max(10, round(arguments.seconds / pace / 200)) * 200
        schedule = Schedule(steps=steps, every=200)
        hand, engine = [], []
        for _ in range(arguments.repeats):
            hand.append(by_hand(potential, topology, start, schedule))
            engine.append(by_engine(potential, topology, start, schedule))
        ratio = median([b / a for a, b in zip(hand, engine, strict=True)])
        print(f"{name:<20}{steps:>9}{median(hand):>12.2f}{median(engine):>12.2f}{ratio:>9.3f}")
        results[name] = {"steps": steps, "hand": hand, "engine": engine, "ratio": ratio}
    print(f"written to {save('lammps_overhead', results)}")


if __name__ == "__main__":
    main()
