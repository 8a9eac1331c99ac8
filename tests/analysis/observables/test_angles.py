import numpy as np

from molscape.analysis.observables import Member, observable
from molscape.core.frames import Frames
from molscape.core.sample import Sample
from molscape.core.topology import Topology
from molscape.core.trajectory import Trajectory


def test_legs_end_at_the_first_minimum(walkers):
    angles, sample = observable("angles"), walkers()
    plan = angles.plan(sample, {})
    assert list(plan.labels) == ["A-A-A", "B-B-B"]
    assert all(0.3 < one.maximum < 0.7 for one in plan.labels.values())
    found = {"A-A-A": angles.measure(sample, plan.labels["A-A-A"])}
    (plot,) = angles.draw(plan, [Member("x", "reference", sample, found)])
    leg = plan.labels["A-A-A"].maximum
    assert plot.caption == f"Triplets with both legs below {leg:.3f} nm, normalised to one."


def test_a_gas_without_a_first_minimum_has_none():
    positions = np.random.default_rng(1).uniform(0, 0.002, (4, 50, 3))
    box = np.repeat(2.0 * np.eye(3)[None], 4, axis=0)
    frames = Frames(positions=positions, box=box, times=np.arange(4.0))
    flat = Sample(Trajectory.from_frames(Topology.build(["A"] * 50, masses=np.ones(50)), frames))
    plan = observable("angles").plan(flat, {})
    assert (plan.labels, list(plan.impossible)) == ({}, ["A-A-A"])
