"""What a step costs beyond a network's force: the jax engine's loop, LAMMPS and OpenMM bridges.

CGnet of 160x5 with harmonic bonds, five beads, Langevin, single precision. `force` is the
compiled force called from Python. `jax loop` is the jax engine with harmonic bonds alone, whose
force costs next to nothing: integrator, noise and the loop itself.
"""

from __future__ import annotations

import argparse
import time

import jax
import jax.numpy as jnp
import numpy as np
from common import machine, median, save

from molscape.core.ensemble import Brownian, Langevin
from molscape.core.frames import Frames
from molscape.core.potential import Potential
from molscape.core.topology import Topology
from molscape.features import MoleculeGeometry
from molscape.networks import MLP
from molscape.potentials import CGnet, HarmonicBonds, Sum
from molscape.simulate import Jax, Lammps, OpenMM, Schedule
from molscape.simulate.force_callback import ForceCallback

CHAIN = np.array([[0, 1, 2], [1, 2, 3], [2, 3, 4]])
BEADS = Topology.build(
    ["C", "N", "A", "C", "N"],
    masses=[12.0, 14.0, 12.0, 12.0, 14.0],
    molecules=np.zeros(5, dtype=int),
    molecule_names=["M"],
    bonds=np.array([[0, 1], [1, 2], [2, 3], [3, 4]]),
    angles=CHAIN,
    dihedrals=np.array([[0, 1, 2, 3], [1, 2, 3, 4]]),
)
START = Frames(
    np.array([[[0, 0, 0], [0.13, 0.07, 0], [0.26, 0, 0.02], [0.39, 0.07, 0], [0.52, 0, 0.05]]])
)
ENSEMBLE = Langevin(300.0, 1.0)
BONDS = HarmonicBonds(types=("C-N", "A-N", "A-C"), stiffness=[3e4] * 3, length=[0.148, 0.15, 0.148])


def network() -> Potential:
    """Return an untrained network of the paper's size beside bonds that hold the molecule."""
    features = MoleculeGeometry.of(BEADS)
    rest = np.asarray(features(jnp.asarray(START.positions[0]), None))[0]
    count = len(rest)
    learned = CGnet(
        features=features,
        network=MLP.draw((count, *(160,) * 5, 1), jax.random.key(0)),
        mean=rest,
        spread=np.full(count, 0.5),
        lowest=rest - 1,
        highest=rest + 1,
    )
    return Sum(learned, BONDS)


def bare_force(potential: Potential, calls: int) -> float:
    """Return microseconds of one force called from Python."""
    force = ForceCallback(potential, BEADS, 300.0, "single")
    force(START.positions[0], None)
    begin = time.perf_counter()
    for _ in range(calls):
        force(START.positions[0], None)
    return (time.perf_counter() - begin) / calls * 1e6


def step(run: object) -> float:
    """Return microseconds of one step of all replicas."""
    if run.blow_up:  # type: ignore[attr-defined]
        raise RuntimeError(run.blow_up)  # type: ignore[attr-defined]
    replicas = next(iter(run.observables.values())).shape[1]  # type: ignore[attr-defined]
    return 1e6 * replicas / run.steps_per_second  # type: ignore[attr-defined]


def main() -> None:
    """Time everything in turn."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=20_000)
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    model = network()
    times: dict[str, list[float]] = {}
    for repeat in range(arguments.repeats):

        def schedule(steps: int, seed: int = repeat) -> Schedule:
            steps = max(400, steps // 400 * 400)
            return Schedule(
                steps=steps, timestep=0.001, every=200, equilibration=400, chunks=2, seed=seed
            )

        steps = arguments.steps
        call, few = (BEADS, START, ENSEMBLE, schedule(steps)), schedule(steps // 50)
        over = (BEADS, START, Brownian(300.0, 100.0), schedule(10 * steps))
        found = {
            "force": bare_force(model, steps // 4),
            "jax": step(Jax().run(model, *call)),
            "jax, 1000 replicas": step(Jax(replicas=1000).run(model, *call[:3], few)),
            "jax loop": step(Jax().run(BONDS, *call[:3], schedule(10 * steps))),
            "jax loop, Brownian": step(Jax().run(BONDS, *over)),
            "jax loop, 1000 replicas": step(
                Jax(replicas=1000).run(BONDS, *call[:3], schedule(steps // 5))
            ),
            "lammps": step(Lammps(precision="single").run(model, *call)),
            "openmm": step(OpenMM(precision="single", platform="CPU").run(model, *call)),
        }
        for name, value in found.items():
            times.setdefault(name, []).append(value)
    result = {name: median(values) for name, values in times.items()}
    for name, value in result.items():
        print(f"{name:>24}: {value:8.2f} us a step, fastest {min(times[name]):.2f}")
    above = {
        name: median([a - b for a, b in zip(times[name], times["force"], strict=True)])
        for name in ("lammps", "openmm")
    }
    print(", ".join(f"{name} above the force: {value:.1f} us" for name, value in above.items()))
    save("bridges", {"machine": machine(), "microseconds_a_step": result, "above_force": above})


if __name__ == "__main__":
    main()
