"""Harmonic priors of samples that a harmonic potential made."""

import numpy as np
import pytest

from molscape.core.frames import Frames
from molscape.core.state import State
from molscape.core.topology import Topology
from molscape.core.trajectory import Trajectory
from molscape.potentials import harmonic_from_data

STIFFNESS, LENGTH, BEND, ANGLE = 2000.0, 0.3, 60.0, 2.2


def drawn(random, count, mean, width, jacobian):
    """Values of density jacobian(x) exp(-(x - mean)^2 / (2 width^2)), by rejection."""
    x = mean + width * random.normal(size=20 * count)
    x = x[(x > 0) & (x < np.pi)]
    height = jacobian(x)
    return x[random.uniform(size=len(x)) * height.max() < height][:count]


def chain(temperature, count=60_000, seed=0, box=True):
    """A-B-A molecules of one frame each, in a box that cuts them."""
    random, kT = np.random.default_rng(seed), State(temperature).kT
    r = drawn(random, 2 * count, LENGTH, np.sqrt(kT / STIFFNESS), lambda r: r**2).reshape(2, -1)
    theta = drawn(random, count, ANGLE, np.sqrt(kT / BEND), np.sin)
    x = np.zeros((count, 3, 3))
    x[:, 0, 0] = r[0]
    x[:, 2, 0], x[:, 2, 1] = r[1] * np.cos(theta), r[1] * np.sin(theta)
    boxes = np.repeat(np.eye(3)[None] * 2, count, axis=0) if box else None
    x = x % 2 if box else x
    topology = Topology.build(
        ["A", "B", "A"],
        masses=np.ones(3),
        bonds=np.array([[0, 1], [2, 1]]),
        angles=np.array([[0, 1, 2]]),
    )
    return Trajectory.from_frames(topology, Frames(x, box=boxes)), State(temperature)


@pytest.mark.parametrize("temperatures", [(300.0,), (200.0, 500.0)])
def test_what_made_the_data_is_found(temperatures):
    data = [chain(t, seed=int(t), box=t != 500) for t in temperatures]
    bonds, angles = (harmonic_from_data(data, kind) for kind in ("bond", "angle"))
    assert (bonds.types, angles.types) == (("A-B",), ("A-B-A",))
    # A variance of n samples is known to the root of 2/n: 0.4 and 0.6 %, a mean far better.
    assert float(bonds.stiffness[0]) == pytest.approx(STIFFNESS, rel=0.02)
    assert float(bonds.length[0]) == pytest.approx(LENGTH, abs=5e-4)
    assert float(angles.stiffness[0]) == pytest.approx(BEND, rel=0.03)
    assert float(angles.angle[0]) == pytest.approx(ANGLE, abs=5e-3)


def test_types_may_be_chosen():
    data = [chain(300.0, 100)]
    assert harmonic_from_data(data, "bond", ["B-A"]).types == ("A-B",)
    with pytest.raises(ValueError, match="no bond of type A-C: its types are"):
        harmonic_from_data(data, "bond", ["A-C"])
    with pytest.raises(ValueError, match="'dihedral': give 'bond' or 'angle'"):
        harmonic_from_data(data, "dihedral")


def test_what_is_rigid_is_named():
    trajectory, state = chain(300.0, 50, box=False)
    one = np.array([[0.2, 0, 0], [0, 0, 0], [0, 0.2, 0]])
    still = trajectory.map(lambda f: f.replace(positions=np.tile(one, (len(f), 1, 1))))
    with pytest.raises(ValueError, match="bond A-B does not vary, it is constrained"):
        harmonic_from_data([(still, state)], "bond")
