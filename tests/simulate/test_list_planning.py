"""Sizes of neighbour lists for all copies, and for boxes that shrink."""

import numpy as np
import pytest

from molscape.core.ensemble import Barostat
from molscape.simulate.chunks import EngineState
from molscape.simulate.list_planning import SHRINKAGE, SKIN, SMALL, ListPlanner
from support.lattices import lattice


def state(copies=1, **more):
    """A lattice of 216 beads in a cube of 2.4 nm, the same for each copy."""
    positions, box = lattice((6, 6, 6), 0.4, 0.01)
    x = np.stack([positions] * copies)
    return EngineState(x, np.zeros_like(x), np.tile(box, (copies, 1, 1)), 0, **more)


def test_nothing_is_listed_without_a_reach():
    search = ListPlanner(0.0, None).allocate(state())
    assert (search.cutoff, search.skin, search.capacity) == (0.0, 0.0, 1)
    assert not search.expires


@pytest.mark.parametrize(("particles", "forever"), [(SMALL, True), (SMALL + 1, False)])
def test_few_particles_without_a_box_keep_one_list_of_all_pairs(particles, forever):
    x = np.random.default_rng(0).uniform(0, 1, (1, particles, 3))
    search = ListPlanner(0.5, None).allocate(EngineState(x, np.zeros_like(x), None, 0))
    assert search.expires != forever
    assert not forever or search.capacity == particles - 1


def test_a_list_serves_the_fullest_of_all_copies():
    # Beads of the second copy stand in a corner: its rows are fuller.
    both = state(copies=2)
    both.positions[1] *= 0.5
    planner = ListPlanner(0.5, None)
    alone = [
        planner.allocate(EngineState(x[None], 0 * x[None], both.box[:1], 0)) for x in both.positions
    ]
    assert planner.allocate(both).capacity == max(each.capacity for each in alone)
    assert alone[1].capacity > alone[0].capacity
    assert planner.allocate(both).skin == pytest.approx(SKIN * 0.5)


def test_a_barostat_gets_lists_for_a_narrower_box():
    plain, pressed = ListPlanner(0.5, None), ListPlanner(0.5, Barostat(1.0))
    assert pressed.allocate(state()).capacity >= plain.allocate(state()).capacity
    narrow = SHRINKAGE * state().box
    assert pressed.allocate(state()).fits(narrow)


def test_a_box_that_became_narrow_is_planned_anew_until_the_cutoff_no_longer_fits():
    planner = ListPlanner(0.5, Barostat(1.0))
    search = planner.replanned(state(), narrowest=1.5)
    assert search.fits(1.5 * np.eye(3)[None])
    with pytest.raises(ValueError, match=r"cutoff 0\.5 nm exceeds half the box \(0\.500 nm\)"):
        planner.replanned(state(), narrowest=1.0)


def test_sizes_of_the_chunk_before_are_taken_up_again():
    planner = ListPlanner(0.5, None)
    assert planner.restored(state()) is None
    before = state(sizes=(40, 9, 3, 3, 3), extra={"skin": np.array(0.07)})
    search = planner.restored(before)
    assert (search.skin, search.capacity, search.cells) == (0.07, 40, (3, 3, 3))
    assert planner.restored(state(sizes=(40, 0), extra={"skin": np.array(0.07)})).cells is None
