import numpy as np

from molscape.analysis import angle_blocks
from molscape.analysis.observables import observable


def test_it_is_what_the_analysis_of_one_type_returns(chains):
    found = observable("bond_angles").measure(chains, "A-A-A").curve()
    assert np.array_equal(found.y, angle_blocks(chains.trajectory, "A-A-A").curve().y)
