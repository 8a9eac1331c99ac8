"""Atoms that decoders put back, where it is known how well they can."""

import numpy as np
import pytest

from molscape.mapping import by_preset
from molscape.mapping.learned import by_assignment
from molscape.studies.mapping_comparison import decoded
from molscape.studies.mapping_comparison.decoded import Torsions, decoders, sample_of, torsion_rows
from molscape.studies.mapping_comparison.recipe import TorsionBlock

MIDDLE = TorsionBlock(molecule="CHN", atoms=["C2", "C3", "C4", "C5"])


def quiet(*_):
    pass


def test_as_many_beads_as_atoms_give_everything_back(chain_trajectory):
    few = chain_trajectory[::10]
    torsions = Torsions.of(few, {"middle": MIDDLE})
    every = by_preset(few.topology, "atoms")
    found = decoders(few, every, torsions, None, quiet).found
    assert list(found) == ["linear"]
    assert found["linear"].error.value < 1e-6
    assert found["linear"].heavy.value == found["linear"].error.value
    assert found["linear"].distances["middle"].value < 1e-6
    assert 0 < torsions.floors["middle"].value <= 2 + 1e-9


def test_two_beads_leave_atoms_on_a_line_without_torsions(chain_trajectory):
    few = chain_trajectory[::10]
    torsions = Torsions.of(few, {"middle": MIDDLE})
    halves = by_assignment(few.topology, {"CHN": np.array([0, 0, 0, 1, 1, 1])})
    found = decoders(few, halves, torsions, None, quiet)
    assert found.found["linear"].distances == found.found["linear"].torsions == {}
    assert (found.processor_time, found.notes) == (None, ())


def test_a_long_reference_is_thinned_out(chain_trajectory, monkeypatch):
    assert len(sample_of(chain_trajectory)) == 300
    # 300 frames of 6 atoms: every fourth keeps 75 of them.
    monkeypatch.setattr(decoded, "MOST", 450)
    assert len(sample_of(chain_trajectory)) == 75


def test_atoms_of_a_torsion_are_found(chain_trajectory):
    assert torsion_rows(chain_trajectory.topology, "t", MIDDLE).tolist() == [[1, 2, 3, 4]]


@pytest.mark.parametrize(
    ("last", "told"),
    [
        ("C9", r"torsions\.t: 'C9' must mean one atom .* none of C1"),
        ("C*", "must mean one atom .* it means C1, C2"),
        ("C2", "not four different ones"),
    ],
)
def test_atoms_that_do_not_make_a_torsion_are_refused(chain_trajectory, last, told):
    block = TorsionBlock(molecule="CHN", atoms=["C2", "C3", "C4", last])
    with pytest.raises(ValueError, match=told):
        torsion_rows(chain_trajectory.topology, "t", block)
