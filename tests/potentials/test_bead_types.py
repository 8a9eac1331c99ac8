"""Types that do not exist are named; bonds need something that holds them."""

import pytest

from support.beads import CHAIN


def test_bonded_types_that_do_not_exist_are_named(build):
    with pytest.raises(ValueError, match=r"no bond B-B; the mapping makes A-B, A-C, B-C"):
        build({"kind": "bond_spline", "types": ["B-B"]}, topology=CHAIN)
    with pytest.raises(ValueError, match="the beads have no angles"):
        build({"kind": "angle_spline"})
