import numpy as np
import pytest

from support.beads import CHAIN


def test_bonded_splines_take_the_range_of_the_reference(build):
    blocks = [{"kind": f"{name}_spline"} for name in ("bond", "angle", "dihedral")]
    potential = build(*blocks, topology=CHAIN)
    bonds = [term for term in potential.terms() if term.kind == "bond_spline"]
    assert sorted(term.types[0] for term in bonds) == ["A-B", "A-C", "B-C"]
    for term in bonds:
        end = term.start + term.spacing * term.intervals
        assert 0.2 < term.start < 0.3 < end < 0.4
    angles = [term for term in potential.terms() if term.kind == "angle_spline"]
    assert {term.types for term in angles} == {("A-B-C",), ("A-C-B",)}
    assert all(term.start + term.spacing * term.intervals <= np.pi for term in angles)
    (dihedral,) = (term for term in potential.terms() if term.kind == "dihedral_spline")
    assert dihedral.types == ("A-B-C-A",)


def test_half_a_range_is_refused(build):
    with pytest.raises(ValueError, match="start without end: give all of them, or none"):
        build({"kind": "bond_spline", "start": 0.2}, topology=CHAIN)
