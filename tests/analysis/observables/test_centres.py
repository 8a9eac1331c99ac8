import numpy as np

from molscape.analysis.observables import observable
from molscape.core.sample import Sample
from molscape.core.trajectory import Trajectory


def test_kinds_of_one_molecule_have_no_pair_of_their_own(walkers):
    trajectory = walkers().trajectory
    topology = trajectory.topology
    names = np.array(["ION"] + ["SOL"] * (topology.n_molecules - 1))
    sample = Sample(Trajectory(topology.replace(molecule_names=names), trajectory.source))
    plan = observable("centres").plan(sample, {})
    assert list(plan.labels) == ["ION-SOL", "SOL-SOL"]
    found = observable("centres").measure(sample, plan.labels["SOL-SOL"])
    assert found.curve().x[-1] < 1.0
