"""Populations of regions, on chains whose dihedrals are set by hand."""

import numpy as np
import pytest

from molscape.analysis.regions import population
from molscape.core.frames import Frames
from molscape.core.topology import Topology
from molscape.core.trajectory import Trajectory


def chain(angles):
    """Frames of four beads with these dihedrals in degrees."""
    phi = np.radians(np.asarray(angles, dtype=float))
    x = np.zeros((len(phi), 4, 3))
    x[:, 0] = [0.1, 0, 0]
    x[:, 2] = [0, 0, 0.1]
    x[:, 3] = np.stack([0.1 * np.cos(phi), 0.1 * np.sin(phi), np.full_like(phi, 0.1)], axis=1)
    # Looking along z, IUPAC counts clockwise from the front, which is counter-clockwise in x, y.
    topology = Topology.build(
        list("ABCD"),
        masses=np.ones(4),
        molecules=np.zeros(4, int),
        dihedrals=np.array([[0, 1, 2, 3]]),
    )
    return Trajectory.from_frames(topology, Frames(x))


def test_share_visits_and_error():
    found = population(chain([-60, -70, 60, 65, -60, 70, -50, -60]), {"A-B-C-D": (30.0, 90.0)})
    assert found.share == pytest.approx(3 / 8)
    assert found.visits == 2
    assert found.error > 0


def test_a_range_goes_on_across_the_boundary():
    trajectory = chain([170, -175, 100, -100])
    assert population(trajectory, {"A-B-C-D": (150.0, -150.0)}).share == pytest.approx(0.5)
    assert population(trajectory, {"D-C-B-A": (90.0, 180.0)}).share == pytest.approx(0.5)


def test_errors_are_those_of_independent_frames():
    """White noise with p = 0.3: the standard error is sqrt(p q / n)."""
    random = np.random.default_rng(0)
    angles = np.where(random.random(4000) < 0.3, 60.0, -60.0)
    found = population(chain(angles), {"A-B-C-D": (0.0, 120.0)}, blocks=40)
    exact = np.sqrt(0.3 * 0.7 / 4000)
    assert abs(found.share - 0.3) < 4 * exact
    assert found.error == pytest.approx(exact, rel=0.4)


def test_an_unknown_dihedral_is_named():
    with pytest.raises(ValueError, match="A-B-C-E"):
        population(chain([0.0]), {"A-B-C-E": (0.0, 1.0)})
