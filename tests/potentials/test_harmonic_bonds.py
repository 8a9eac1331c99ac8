import numpy as np

from support.beads import CHAIN


def test_harmonic_terms_come_from_the_fluctuations_of_the_reference(build):
    blocks = [{"kind": "harmonic_bonds"}, {"kind": "harmonic_angles"}]
    bonds, angles = build(*blocks, topology=CHAIN).terms()
    assert bonds.types == ("A-B", "A-C", "B-C")
    np.testing.assert_allclose(bonds.length, 0.3, atol=0.03)
    assert np.all(np.asarray(bonds.stiffness) > 500)
    assert angles.types == ("A-B-C", "A-C-B")
