import numpy as np
import pytest

from molscape.potentials import PeriodicDihedrals
from support.beads import CHAIN


def test_multiplicities_are_checked():
    with pytest.raises(ValueError, match=r"multiplicity 1\.5: give whole numbers"):
        PeriodicDihedrals(types=("A-B-B-A",), stiffness=1.0, multiplicity=1.5, phase=0.0)


def test_terms_of_a_type_add_up(build):
    bonds = {"kind": "bond_spline"}
    block = {"kind": "periodic_dihedrals", "types": ["A-B-C-A"] * 2, "stiffness": [2.0, 3.0]}
    built = build(bonds, {**block, "multiplicity": [1, 2], "phase": [0.0, 0.5]}, topology=CHAIN)
    phi = np.array([0.3])
    expected = 2 * (1 + np.cos(phi)) + 3 * (1 + np.cos(2 * phi - 0.5))
    assert built.terms()[-1].tabulate(phi, "A-B-C-A")[0] == pytest.approx(expected, rel=1e-6)
    with pytest.raises(ValueError, match="no dihedral A-A-A-A"):
        build({**block, "types": ["A-A-A-A"] * 2, "multiplicity": [1, 2], "phase": [0, 0]})
