import numpy as np
import pytest

from molscape.core.frames import Frames
from molscape.core.state import State
from molscape.core.topology import Topology
from molscape.core.trajectory import Trajectory
from molscape.studies.mapping_comparison.splines import fit_splines, spline_blocks
from support.beads import CHAIN, placed


def apart(distances, box=None):
    """Return two beads of two molecules at these distances (nm) along x."""
    positions = np.zeros((len(distances), 2, 3))
    positions[:, 1, 0] = distances
    topology = Topology.build(["A", "A"], masses=[1.0, 1.0])
    return Trajectory.from_frames(topology, Frames(positions=positions, box=box, whole=True))


def test_each_kind_of_bond_that_is_there_has_a_spline_and_excluded_pairs_none():
    kinds = [block.kind for block in spline_blocks(placed(CHAIN))]
    assert kinds == ["bond_spline", "angle_spline", "dihedral_spline"]


def test_pairs_of_a_molecule_reach_from_the_closest_to_the_furthest():
    (block,) = spline_blocks(apart([0.42, 0.9]))
    # Knots every 0.05 nm, from one below the closest on; the furthest and 0.05 nm are within.
    assert (block.start, block.spacing) == (0.35, 0.05)
    assert block.cutoff == pytest.approx(0.95)


def test_pairs_of_a_liquid_end_at_half_the_box():
    box = np.broadcast_to(1.2 * np.eye(3), (1, 3, 3)).copy()
    (block,) = spline_blocks(apart([0.9], box))
    # The nearest image is 0.3 nm away.
    assert (block.start, block.spacing) == (pytest.approx(0.28, abs=0.021), 0.02)
    assert 0.55 < block.cutoff <= 0.6


def test_few_intervals_are_not_worth_a_spline_and_nothing_is_fitted():
    beads = apart([0.4, 0.42])
    assert spline_blocks(beads) == []
    assert fit_splines(beads, State(300.0), 100) is None
