import numpy as np

from molscape.analysis import bond_blocks
from molscape.analysis.observables import observable


def test_it_is_what_the_analysis_of_one_type_returns(chains):
    found = observable("bonds").measure(chains, "A-A").curve()
    assert np.array_equal(found.y, bond_blocks(chains.trajectory, "A-A", maximum=5.0).curve().y)
