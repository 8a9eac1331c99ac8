from support.beads import CHAIN


def test_bonded_splines_of_all_kinds_are_those_that_the_beads_have(build):
    every = build({"kind": "bonded_splines", "dihedral_intervals": 12}, topology=CHAIN)
    kinds = [term.kind for term in every.terms()]
    assert kinds == ["bond_spline"] * 3 + ["angle_spline"] * 2 + ["dihedral_spline"]
    assert every.terms()[-1].intervals == 12
    spline = {"kind": "pair_spline", "start": 0.3, "cutoff": 0.9, "spacing": 0.05}
    single = build({"kind": "bonded_splines"}, spline)
    assert [term.kind for term in single.terms()] == ["pair_spline"]
