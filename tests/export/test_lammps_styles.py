from dataclasses import dataclass

import numpy as np
import pytest

from molscape.core import terms
from molscape.core.topology import Topology
from molscape.export.lammps_styles import WRITERS, write_styles
from support.lowered import Lowered

TYPES = Topology.build(["A", "B", "A", "C"], masses=np.ones(4))
TWO = Topology.build(["B", "A"], masses=np.ones(2))


def table(*types):
    r = np.linspace(0.1, 1.0, 50)
    return terms.PairTable(types, r, (1 - r) ** 3, 3 * (1 - r) ** 2)


def lennard_jones(*types, smooth="none"):
    return terms.LennardJones(types, 4.184, 0.3, 1.2, smooth)


def stillinger_weber(name):
    return terms.StillingerWeber((name,), 4.184, 0.24, 1.8, 23.0, 1.2, -0.3, 7.0, 0.6, 4.0, 0.0)


def commands(tmp_path, *lowered, topology=TYPES):
    files = write_styles(Lowered(lowered), topology, tmp_path / "m.lmp")
    assert all(file.exists() for file in files)
    lines = [line.split(" #")[0] for line in files[0].read_text().splitlines()]
    return [line for line in lines if line and not line.startswith("#")]


def test_one_style_for_every_pair_is_plain(tmp_path):
    pairs = [("A", "A"), ("B", "A"), ("B", "B")]
    assert commands(tmp_path, *(lennard_jones(*pair) for pair in pairs), topology=TWO) == [
        "pair_style lj/cut 12",
        "pair_coeff 1 1 1 3 12",
        "pair_coeff 1 2 1 3 12",
        "pair_coeff 2 2 1 3 12",
    ]


def test_pairs_that_no_term_names_are_silent(tmp_path):
    lines = commands(tmp_path, lennard_jones("A", "A"), table("B", "A"), topology=TWO)
    assert lines == [
        "pair_style hybrid/overlay lj/cut 12 table spline 20000",
        "pair_coeff 2 2 none",
        "pair_coeff 1 1 lj/cut 1 3 12",
        "pair_coeff 1 2 table m_1-2.table PAIR",
    ]


def test_terms_that_share_a_pair_are_numbered(tmp_path):
    again = (lennard_jones("A", "A"), lennard_jones("A", "A", smooth="shift"))
    topology = Topology.build(["A"], masses=np.ones(1))
    lines = commands(tmp_path, table("A", "A"), table("A", "A"), *again, topology=topology)
    assert lines == [
        "pair_style hybrid/overlay table spline 20000 table spline 20000 lj/cut 12 lj/cut 12",
        "pair_coeff 1 1 table 1 m_1-1.table PAIR",
        "pair_coeff 1 1 table 2 m_1-1_2.table PAIR",
        "pair_coeff 1 1 lj/cut 1 1 3 12",
        "pair_coeff 1 1 lj/cut 2 1 3 12",
        "pair_modify pair lj/cut 2 shift yes",
    ]


def test_many_body_terms_name_their_type_only(tmp_path):
    lines = commands(tmp_path, stillinger_weber("A"), stillinger_weber("B"), topology=TWO)
    assert lines == [
        "pair_style hybrid/overlay sw sw",
        "pair_coeff 1 2 none",
        "pair_coeff * * sw 1 m_1.sw A NULL",
        "pair_coeff * * sw 2 m_2.sw NULL B",
    ]
    words = (tmp_path / "m_2.sw").read_text().splitlines()[-1].split()
    assert words[:3] == ["B"] * 3
    assert [float(word) for word in words[3:6]] == pytest.approx([1.0, 2.4, 1.8])


def test_many_body_terms_between_excluded_beads_are_refused(tmp_path):
    topology = Topology.build(["A", "A"], masses=np.ones(2), bonds=np.array([[0, 1]]))
    with pytest.raises(ValueError, match="set exclude_within to 0"):
        commands(tmp_path, stillinger_weber("A"), topology=topology)
    commands(tmp_path, stillinger_weber("A"), topology=topology.replace(exclude_within=0))


def test_terms_of_absent_types_are_passed_over(tmp_path):
    topology = Topology.build(["A"], masses=np.ones(1))
    lines = commands(
        tmp_path, table("A", "A"), table("A", "X"), stillinger_weber("Y"), topology=topology
    )
    assert lines == ["pair_style table spline 20000", "pair_coeff 1 1 m_1-1.table PAIR"]


def test_bonds_without_a_term_are_zero_and_stiffness_is_halved(tmp_path):
    bonds, angles = np.array([[0, 1], [1, 2]]), np.array([[0, 1, 2]])
    topology = Topology.build(
        ["A", "B", "B"], masses=np.ones(3), bonds=bonds, angles=angles, exclude_within=2
    )
    term = terms.HarmonicBond(("B", "A"), 836.8, 0.15)
    assert commands(tmp_path, term, topology=topology) == [
        "pair_style zero 10.0 nocoeff",
        "pair_coeff * *",
        "special_bonds lj 0.0 0.0 1.0 coul 0.0 0.0 1.0",
        "bond_style hybrid harmonic zero",
        "bond_coeff 1 harmonic 1 1.5",
        "bond_coeff 2 zero",
        "angle_style zero",
        "angle_coeff 1",
    ]
    with pytest.raises(ValueError, match="merge them"):
        commands(tmp_path, term, term, topology=topology)


def test_a_coarse_table_is_refined_and_keeps_its_ends(tmp_path):
    commands(tmp_path, table("A", "A"))
    rows = np.loadtxt(tmp_path / "m_1-1.table", skiprows=5)
    assert rows.shape == (20_000, 4)
    r = rows[:, 1] / 10
    np.testing.assert_allclose(rows[[0, -1], 1], [1.0, 10.0])
    np.testing.assert_allclose(rows[:, 2] * 4.184, (1 - r) ** 3, atol=1e-9)
    np.testing.assert_allclose(rows[:, 3] * 41.84, 3 * (1 - r) ** 2, atol=1e-5)


def test_what_lammps_cannot_do_is_said(tmp_path):
    opaque = terms.Opaque("network", 0.6, "it is a neural network")
    with pytest.raises(ValueError, match=r"network cannot be written .* it is a neural network"):
        commands(tmp_path, opaque)
    tersoff = terms.Tersoff(("A",), *[1.0] * 14)
    with pytest.raises(ValueError, match="Tersoff cannot be written for LAMMPS"):
        commands(tmp_path, tersoff)
    chain = np.stack([np.arange(5), np.arange(1, 6)], axis=1)
    far = Topology.build(["A"] * 6, masses=np.ones(6), bonds=chain, exclude_within=4)
    with pytest.raises(ValueError, match="up to 3"):
        commands(tmp_path, table("A", "A"), topology=far)
    short = Topology.build(["A"] * 4, masses=np.ones(4), bonds=chain[:3], exclude_within=4)
    assert "special_bonds lj 0.0 0.0 0.0 coul 0.0 0.0 0.0" in commands(
        tmp_path, table("A", "A"), topology=short
    )


@dataclass(frozen=True)
class Buckingham(terms.Term):
    """A term that no exporter knows."""

    types: tuple[str, str]
    height: float
    cutoff: float


def write_buckingham(styles, term):
    styles.place(styles.pair(term.types), "buck", f"{10 * term.cutoff:g}", f"{term.height:g} 1 0")


def test_a_new_term_needs_its_class_and_a_writer(tmp_path, monkeypatch):
    term = Buckingham(("B", "A"), 7.0, 0.9)
    with pytest.raises(ValueError, match="a term Buckingham cannot be written for LAMMPS, only"):
        commands(tmp_path, term, topology=TWO)
    monkeypatch.setitem(WRITERS, Buckingham, write_buckingham)
    lines = commands(tmp_path, term, lennard_jones("A", "A"), topology=TWO)
    assert lines[0] == "pair_style hybrid/overlay buck 9 lj/cut 12"
    assert "pair_coeff 1 2 buck 7 1 0" in lines
    # Types that do not occur are nothing a writer has to think of.
    lines = commands(tmp_path, Buckingham(("A", "X"), 7.0, 0.9), topology=TWO)
    assert lines == ["pair_style zero 10.0 nocoeff", "pair_coeff * *"]
