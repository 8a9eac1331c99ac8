"""Loss reached after equal time by every optimiser, for one, two and five hidden layers.

Alanine dipeptide, 10,000 frames of five beads, harmonic priors and a network; a fifth of the
frames is held out, and its loss told as a share of the prior's. Needs the data set
alanine-dipeptide-cgnet.
"""

from __future__ import annotations

import argparse

import jax
import numpy as np
from common import machine, save

from molscape.core.topology import Topology
from molscape.features import MoleculeGeometry
from molscape.fit import LBFGS, RPROP, SGD, Adam, Cosine, Kalman, Training, harmonic_from_data
from molscape.fit.gradient_descent import mean_loss
from molscape.fit.optimisers import Optimiser
from molscape.fit.samples import Samples, fold_of
from molscape.fit.training import train_once
from molscape.mapping import Bead, by_hand
from molscape.objectives import ForceMatching
from molscape.potentials import CGnet, Sum
from molscape.reference.data_sets import data_set

HIDDEN = {1: (40,), 2: (40, 40), 5: (20, 20, 20, 20, 20)}
OPTIMISERS: list[tuple[Optimiser, int]] = [
    (SGD(0.01), 256),
    (RPROP(0.001), 8000),
    (Adam(0.003), 256),
    (LBFGS(), 8000),
    (Kalman(), 4),
]


def trained(
    start: Sum, samples: list[Samples], optimiser: Optimiser, batch: int, seconds: float
) -> float:
    """Return the smallest held-out loss within a time, compilation left out."""
    held = [fold_of(len(samples[0]), 5) == 0]
    few = Training(optimiser, batch, 2)
    probe = train_once(start, ForceMatching(), samples, few, held_out=held)
    epochs = max(2, int(seconds / probe.history[-1].seconds))
    schedule = Cosine(0.01) if optimiser.kind in ("adam", "sgd") else few.schedule
    training = Training(optimiser, batch, epochs, schedule)
    found = train_once(start, ForceMatching(), samples, training, held_out=held)
    return min(epoch.validation for epoch in found.history)


def main() -> None:
    """Train with every optimiser for the same time."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0)
    arguments = parser.parse_args()
    atoms, state, _ = data_set("alanine-dipeptide-cgnet").open()
    names = [str(name) for name in atoms.topology.names]
    beads = by_hand(atoms.topology, {n: Bead(molecule="ALA2", atoms=(n,)) for n in names})(atoms)
    topology: Topology = beads.topology
    data = [(beads, state)]
    prior = [harmonic_from_data(data, what) for what in ("bond", "angle")]
    samples = [Samples.load(beads, state, 0.0)]
    held = [fold_of(len(beads), 5) == 0]
    base = mean_loss(Sum(*prior), ForceMatching(), samples, held)
    table: dict[str, dict[int, float]] = {}
    for layers, hidden in HIDDEN.items():
        key = jax.random.key(0)
        network = CGnet.draw(MoleculeGeometry.of(topology), data, key, hidden=hidden)
        for optimiser, batch in OPTIMISERS:
            loss = trained(Sum(*prior, network), samples, optimiser, batch, arguments.seconds)
            table.setdefault(optimiser.kind, {})[layers] = loss / base
            print(f"{optimiser.kind:8s} {layers} hidden: {loss / base:.4f} of the prior's loss")
    best = {layers: min(row[layers] for row in table.values()) for layers in HIDDEN}
    print({layers: round(float(np.asarray(value)), 4) for layers, value in best.items()})
    save("optimisers", {"machine": machine(), "seconds": arguments.seconds, "share": table})


if __name__ == "__main__":
    main()
