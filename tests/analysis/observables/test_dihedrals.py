import numpy as np

from molscape.analysis import dihedral_blocks
from molscape.analysis.observables import observable


def test_it_is_what_the_analysis_of_one_type_returns(chains):
    found = observable("dihedrals").measure(chains, "A-A-A-A").curve()
    assert np.array_equal(found.y, dihedral_blocks(chains.trajectory, "A-A-A-A").curve().y)
