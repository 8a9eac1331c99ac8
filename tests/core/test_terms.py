import numpy as np
import pytest

from molscape.core import terms


def test_cutoffs():
    grid = np.linspace(0.1, 0.9, 5)
    assert terms.PairTable(("A", "B"), grid, grid * 0, grid * 0).cutoff == pytest.approx(0.9)
    water = terms.StillingerWeber(
        ("W",), 25.9, 0.23925, 1.8, 23.15, 1.2, -1 / 3, 7.049556277, 0.6022245584, 4, 0
    )
    assert water.cutoff == pytest.approx(0.43065)
    tersoff = terms.Tersoff(("C",), 3, 1, 0, 1, 1, 0, 1, 1, 1, 1, R=0.2, D=0.03, lambda1=1, A=1)
    assert tersoff.cutoff == pytest.approx(0.23)


def test_table_columns_must_agree():
    with pytest.raises(Exception, match="point"):
        terms.PairTable(("A", "A"), np.zeros(3), np.zeros(4), np.zeros(3))


def test_reaction_field_defaults_to_a_conductor():
    assert terms.Coulomb(cutoff=1.0).reaction_field_dielectric == float("inf")


def test_terms_say_what_they_act_on_and_how_far():
    bond = terms.HarmonicBond(("A", "B"), 100.0, 0.3)
    dihedral = terms.PeriodicDihedral(("A", "B", "B", "A"), 2.0, 3, 0.5)
    assert (bond.width, dihedral.width) == (2, 4)
    assert bond.cutoff == 0
    assert terms.Coulomb(cutoff=1.0).types == ()
    assert terms.Coulomb(cutoff=1.0, method="ewald").long_range
    assert not terms.Coulomb(cutoff=1.0).long_range
    assert not bond.long_range
    tersoff = terms.Tersoff(("C",), 3, 1, 0, 1, 1, 0, 1, 1, 1, 1, R=0.2, D=0.03, lambda1=1, A=1)
    assert isinstance(tersoff, terms.ManyBody)
    network = terms.Opaque("network", 0.6, "it is one")
    assert terms.opaque_terms([bond, network, dihedral]) == [network]
    assert network.types == ()
