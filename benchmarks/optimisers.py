"""Loss reached after equal time by every optimiser, for one, two and five hidden layers.

Two sets of data, a fifth of each held out. `alanine`: 10,000 frames of five beads, harmonic priors
and a network; the loss is told as a share of the prior's (data set alanine-dipeptide-cgnet).
`toy`: 40,000 points of a particle in two dimensions seen along one; the closed form's loss is
taken off, and the rest told as a share of the mean squared mean force.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

import jax
import numpy as np
from common import machine, save

from molscape.core.frames import Frames
from molscape.core.potential import Potential
from molscape.core.state import State
from molscape.core.topology import Topology
from molscape.core.trajectory import Trajectory
from molscape.features import Coordinates, MoleculeGeometry
from molscape.fit import LBFGS, RPROP, SGD, Adam, Cosine, Kalman, Training
from molscape.fit.cross_validation import mean_loss
from molscape.fit.optimisers import Optimiser
from molscape.fit.potential_training import train_once
from molscape.fit.samples import Samples, fold_of
from molscape.mapping import Bead, by_hand
from molscape.objectives import ForceMatching
from molscape.potentials import CGnet, Sum, harmonic_from_data
from molscape.reference.data_sets import data_set

HIDDEN = {1: (40,), 2: (40, 40), 5: (20, 20, 20, 20, 20)}
POINTS = 40_000
KT = 2.494338785
"""Thermal energy at 300 K, kJ/mol."""


@dataclass(frozen=True, eq=False)
class Task:
    """Where a training begins, its data, and which losses stand for nothing and for all learned."""

    start: dict[int, Potential]
    samples: list[Samples]
    held: list[np.ndarray]
    nothing: float
    everything: float
    optimisers: tuple[tuple[Optimiser, int], ...]

    def share(self, loss: float) -> float:
        """Return what is left to be learned."""
        return (loss - self.everything) / (self.nothing - self.everything)


def optimisers(full: int, small: int) -> tuple[tuple[Optimiser, int], ...]:
    """Return every optimiser with its batch: all frames where steps need a smooth loss."""
    return (
        (SGD(0.01), 256),
        (RPROP(0.001), full),
        (Adam(0.003), 256),
        (LBFGS(), full),
        (Kalman(), small),
    )


def alanine() -> Task:
    """Return alanine dipeptide; everything learned is a loss of zero."""
    atoms, state, _ = data_set("alanine-dipeptide-cgnet").open()
    names = [str(name) for name in atoms.topology.names]
    beads = by_hand(atoms.topology, {n: Bead(molecule="ALA2", atoms=(n,)) for n in names})(atoms)
    data = [(beads, state)]
    prior = [harmonic_from_data(data, what) for what in ("bond", "angle")]
    samples = [Samples.load(beads, state, 0.0)]
    held = [fold_of(len(beads), 5) == 0]
    features = MoleculeGeometry.of(beads.topology)
    start: dict[int, Potential] = {
        layers: Sum(*prior, CGnet.draw(features, data, jax.random.key(0), hidden=hidden))
        for layers, hidden in HIDDEN.items()
    }
    base = mean_loss(Sum(*prior), ForceMatching(), samples, held)
    return Task(start, samples, held, base, 0.0, optimisers(8000, 4))


def toy() -> Task:
    """Return the particle; its points are drawn from the closed form, so none is correlated."""
    random = np.random.default_rng(0)
    grid = np.linspace(-6.0, 7.0, 20_001)
    quartic = (grid - 4) * (grid - 2) * (grid + 2) * (grid + 3) / 50
    weight = np.exp(-quartic)
    x = random.choice(grid, 4 * POINTS, p=weight / weight.sum())
    y = random.normal(scale=np.sqrt(10.0), size=len(x))
    ripple = np.sin(3 * (x + 5) * (y - 6)) / 25
    kept = np.flatnonzero(random.uniform(size=len(x)) < np.exp(-ripple - 0.04))[:POINTS]
    x, y = x[kept], y[kept]
    mean = -np.polyval(np.polyder(np.poly([4.0, 2.0, -2.0, -3.0])), x) / 50 * KT
    force = mean - 3 * (y - 6) * np.cos(3 * (x + 5) * (y - 6)) / 25 * KT
    positions, forces = np.zeros((2, len(x), 1, 3))
    positions[:, 0, 0], forces[:, 0, 0] = x, force
    particle = Topology.build(["P"], masses=[1.0])
    points = Trajectory.from_frames(particle, Frames(positions=positions, forces=forces))
    state = State(300.0)
    samples, held = [Samples.load(points, state, 0.0)], [fold_of(len(x), 5) == 0]
    start: dict[int, Potential] = {
        layers: CGnet.draw(
            Coordinates(axes="x"), [(points, state)], jax.random.key(0), hidden=hidden, scale=KT
        )
        for layers, hidden in HIDDEN.items()
    }
    exact = float(np.mean((force - mean)[held[0]] ** 2)) / 3
    return Task(
        start,
        samples,
        held,
        exact + float(np.mean(mean[held[0]] ** 2)) / 3,
        exact,
        optimisers(32_000, 100),
    )


def trained(
    start: Potential, task: Task, optimiser: Optimiser, batch: int, seconds: float
) -> float:
    """Return the smallest held-out loss within a time, compilation left out; infinite if lost."""
    few = Training(optimiser, batch, 4)
    try:
        probe = train_once(start, ForceMatching(), task.samples, few, held_out=task.held)
    except ValueError:
        return np.inf
    epochs = max(2, int(seconds / min(epoch.seconds for epoch in probe.history)))
    schedule = Cosine(0.01) if optimiser.kind in ("adam", "sgd") else few.schedule
    training = Training(optimiser, batch, epochs, schedule)
    found = train_once(start, ForceMatching(), task.samples, training, held_out=task.held)
    return min(epoch.validation for epoch in found.history)


def main() -> None:
    """Train with every optimiser for the same time."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--only", choices=("toy", "alanine"), nargs="+", default=["toy", "alanine"])
    arguments = parser.parse_args()
    results = {}
    for name in arguments.only:
        task = {"toy": toy, "alanine": alanine}[name]()
        table: dict[str, dict[int, float]] = {}
        for layers, start in task.start.items():
            for optimiser, batch in task.optimisers:
                loss = trained(start, task, optimiser, batch, arguments.seconds)
                share = task.share(loss)
                table.setdefault(optimiser.kind, {})[layers] = share
                print(
                    f"{name:8s} {optimiser.kind:8s} {layers} hidden: {share:.4f} left", flush=True
                )
        results[name] = table
    save("optimisers", {"machine": machine(), "seconds": arguments.seconds, "left": results})


if __name__ == "__main__":
    main()
