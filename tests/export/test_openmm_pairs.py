"""Pair terms as one OpenMM force: each is its formula, and none reads the table of another."""

import numpy as np
import pytest

from molscape.core import terms
from support.lowered import beads, energy_and_forces

pytest.importorskip("openmm")


def test_a_table_is_the_cubic_between_its_points_and_a_line_beyond():
    r = np.linspace(0.2, 0.9, 8)
    # A cubic with its end at the cutoff is met exactly, at every distance.
    energy, force = 50 * (0.9 - r) ** 3, 150 * (0.9 - r) ** 2
    table = terms.PairTable(("A", "A"), r, energy, force)
    for distance in (0.2, 0.25, 0.3, 0.537, 0.8, 0.899):
        u, f = energy_and_forces([table], beads("AA"), [[0, 0, 0], [distance, 0, 0]])
        assert u == pytest.approx(50 * (0.9 - distance) ** 3, abs=1e-12)
        assert f[1, 0] == pytest.approx(150 * (0.9 - distance) ** 2, abs=1e-10)
    u, f = energy_and_forces([table], beads("AA"), [[0, 0, 0], [0.05, 0, 0]])
    assert f[1, 0] == pytest.approx(force[0])
    assert u == pytest.approx(energy[0] + 0.15 * force[0])
    u, f = energy_and_forces([table], beads("AA"), [[0, 0, 0], [0.9, 0, 0]])
    assert u == 0.0
    assert not f.any()


def test_tables_of_several_pairs_grids_and_cutoffs_do_not_mix():
    short, long = np.linspace(0.1, 0.5, 11), np.linspace(0.2, 0.9, 15)

    def table(types, r, height):
        end = r[-1]
        return terms.PairTable(types, r, height * (end - r) ** 3, 3 * height * (end - r) ** 2)

    lowered = [
        table(("A", "B"), short, 10.0),
        table(("C", "B"), short, 20.0),
        table(("A", "A"), long, 30.0),
        table(("B", "A"), long, 40.0),
        table(("A", "X"), long, 99.0),
    ]

    def expected(one, two, r):
        heights = {"AB": (10.0, 40.0), "BC": (20.0, 0.0), "AA": (0.0, 30.0)}
        low, high = heights.get("".join(sorted([one, two])), (0.0, 0.0))
        return low * max(0.5 - r, 0.0) ** 3 + high * (0.9 - r) ** 3

    for one in "ABC":
        for two in "ABC":
            for r in (0.33, 0.61):
                u, _ = energy_and_forces(lowered, beads(one + two + "C"),
                                         [[0, 0, 0], [r, 0, 0], [9, 9, 9]])  # fmt: skip
                assert u == pytest.approx(expected(one, two, r), abs=1e-12)


def test_a_reaction_field_is_its_formula_and_leaves_out_excluded_pairs():
    topology = beads("ABC", charges=[0.4, -0.7, 0.3], bonds=np.array([[0, 1]]), exclude_within=1)
    x = np.array([[0.0, 0, 0], [0.3, 0, 0], [0, 0.5, 0]])
    for e, k in ((np.inf, 0.5), (5.0, 4.0 / 11.0)):
        term = terms.Coulomb(0.9, dielectric=2.5, reaction_field_dielectric=e)
        u, _ = energy_and_forces([term], topology, x)
        k = k / 0.9**3
        c = 1 / 0.9 + k * 0.81
        pairs = [(0.4 * 0.3, 0.5), (-0.7 * 0.3, np.hypot(0.3, 0.5))]
        expected = sum(138.93545764 / 2.5 * qq * (1 / r + k * r * r - c) for qq, r in pairs)
        assert u == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("smooth", ["none", "shift", "force"])
def test_lennard_jones_terms_of_two_cutoffs_end_each_at_its_own(smooth):
    def bare(r, epsilon, sigma):
        return 4 * epsilon * ((sigma / r) ** 12 - (sigma / r) ** 6)

    def expected(r, epsilon, sigma, cutoff):
        if r >= cutoff:
            return 0.0
        step = 1e-6
        slope = (bare(cutoff + step, epsilon, sigma) - bare(cutoff - step, epsilon, sigma)) / (
            2 * step
        )
        ends = {"none": 0.0, "shift": bare(cutoff, epsilon, sigma)}
        ends["force"] = ends["shift"] + (r - cutoff) * slope
        return bare(r, epsilon, sigma) - ends[smooth]

    numbers = {"AA": (1.5, 0.3, 0.6), "AB": (0.7, 0.35, 0.9)}
    lowered = [terms.LennardJones(tuple(types), *own, smooth) for types, own in numbers.items()]
    for names in ("AA", "AB", "BB"):
        for r in (0.32, 0.55, 0.8):
            u, _ = energy_and_forces(lowered, beads(names), [[0, 0, 0], [r, 0, 0]])
            known = expected(r, *numbers[names]) if names in numbers else 0.0
            assert u == pytest.approx(known, rel=1e-7, abs=1e-12)


def test_two_body_stillinger_weber_vanishes_at_its_cutoff():
    own = terms.StillingerWeber(("A",), 2.0, 0.24, 1.8, 23.0, 1.2, -1 / 3, 7.05, 0.6, 4.0, 0.0)
    end = 1.8 * 0.24
    for r in (0.25, 0.35, end - 1e-9, end, 0.5):
        u, f = energy_and_forces([own], beads("AA"), [[0, 0, 0], [r, 0, 0]])
        inside = np.exp(0.24 / (r - end)) if r < end else 0.0
        known = 7.05 * 2.0 * (0.6 * (0.24 / r) ** 4 - 1) * inside
        assert u == pytest.approx(known, rel=1e-9, abs=1e-12)
        assert np.all(np.isfinite(f))
