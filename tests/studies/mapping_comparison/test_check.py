import pytest

from molscape.studies.mapping_comparison.check import check_comparison
from support.comparisons import write_comparison


def test_check_learns_nothing_and_finds_what_is_wrong(chain, monkeypatch):
    monkeypatch.setattr("molscape.fit.mapping_search.learn_beads", None)
    lines = "\n".join(check_comparison(*write_comparison(chain)))
    assert "mapping learned: 2 beads of molecule CHN (6 atoms) will be learned" in lines
    assert "mapping graph: " in lines
    wrong = {"many": {"graph": {"beads": 7}}}
    with pytest.raises(ValueError, match="more than it has united atoms"):
        list(check_comparison(*write_comparison(chain, mappings=wrong)))


def test_torsions_are_told_by_their_atoms(chain):
    torsion = {"molecule": "CHN", "atoms": ["C2", "C3", "C4", "C5"]}
    lines = list(check_comparison(*write_comparison(chain, torsions={"middle": torsion})))
    assert "torsion middle: C2-C3-C4-C5 of CHN" in lines


def test_a_reference_without_forces_is_warned_of(chain):
    reference = {"topology": "conf.gro", "temperature": 300, "guess_bonds": True}
    *_, last = check_comparison(*write_comparison(chain, reference=reference))
    assert last.startswith("warning: the reference has no forces")
