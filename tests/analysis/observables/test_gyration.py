import numpy as np
import pytest

from molscape.analysis.observables import observable
from molscape.core.sample import Sample
from molscape.core.trajectory import Trajectory


def test_molecules_of_several_beads_have_a_size(walkers):
    gyration, single = observable("gyration"), walkers()
    assert gyration.plan(single, {}).impossible == {"": "every molecule is a single bead"}
    topology = single.trajectory.topology
    molecules = np.maximum(np.arange(len(topology)) - 1, 0)
    names = np.array(["PAIR"] + ["BEAD"] * (len(topology) - 2))
    pair = topology.replace(molecules=molecules, molecule_names=names)
    sample = Sample(Trajectory(pair, single.trajectory.source))
    (label,) = gyration.plan(sample, {}).labels
    found = gyration.measure(sample, label)
    assert found.mean()[0] == pytest.approx(0.2, abs=0.05)
    assert [n.name for n in gyration.compare(label, found, found, {})] == [
        f"gyration.{label}.distance",
        f"gyration.{label}.mean",
    ]
