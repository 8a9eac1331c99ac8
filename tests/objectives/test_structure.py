"""Histograms of structure against the analyses that count the same things otherwise."""

import numpy as np

from molscape.analysis import rdf
from molscape.analysis.bonded import bond_blocks
from molscape.core.frames import Frames
from molscape.core.topology import Topology
from molscape.core.trajectory import Trajectory
from molscape.objectives.structure import distributions_of, measure
from molscape.potentials import BondSpline, PairSpline


def dimers():
    """Sixty frames of thirty dimers A-B placed at random, with bonds of 0.12 to 0.18 nm."""
    random = np.random.default_rng(0)
    first = random.uniform(0, 2, (60, 30, 3))
    step = random.normal(size=first.shape)
    length = random.uniform(0.12, 0.18, (60, 30, 1))
    step *= length / np.linalg.norm(step, axis=-1, keepdims=True)
    positions = np.stack([first, first + step], axis=2).reshape(60, 60, 3)
    bonds = np.arange(60).reshape(30, 2)
    topology = Topology.build(["A", "B"] * 30, masses=np.ones(60), bonds=bonds)
    return Trajectory.from_frames(
        topology, Frames(positions, box=np.repeat(np.eye(3)[None] * 2, 60, axis=0))
    )


def test_curves_and_covariances_are_those_of_counts():
    trajectory = dimers()
    pair = PairSpline(start=0.2, cutoff=0.8, spacing=0.02, pairs=(("A", "B"),))
    bond = BondSpline(types=("A-B",), start=0.1, end=0.2, intervals=10)
    found = measure(trajectory, distributions_of([pair, bond], [trajectory]), blocks=5)
    curve = rdf(trajectory, ("A", "B"), maximum=0.9, blocks=5)
    own = found.blocks(0).curve()
    np.testing.assert_allclose(own.y, curve.y, rtol=1e-12)
    np.testing.assert_allclose(own.error, curve.error, rtol=1e-9)
    lengths = found.blocks(1).curve()
    other = bond_blocks(trajectory, "A-B", spacing=0.005, blocks=5).curve()
    np.testing.assert_allclose(
        np.interp(other.x[24:36], lengths.x, lengths.y), other.y[24:36], rtol=0.1
    )
    assert np.isclose(np.sum(lengths.y) * (lengths.x[1] - lengths.x[0]), 1.0)
    one = np.array([measure(trajectory[k : k + 1], found.distributions).mean for k in range(60)])
    np.testing.assert_allclose(found.covariance, np.cov(one.T), atol=1e-9)
    rest = measure(trajectory[12:], found.distributions, blocks=4)
    np.testing.assert_allclose(found.without(0).counts.sum(axis=0), rest.counts.sum(axis=0))
