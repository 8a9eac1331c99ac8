import jax
import numpy as np
import pytest

from molscape.core import terms
from molscape.core.potential import Potential
from molscape.core.topology import Topology
from molscape.export.openmm_system import openmm_system, reduced_box
from molscape.export.openmm_tables import Grid, coefficients
from molscape.potentials import LennardJones, StillingerWeber

openmm = pytest.importorskip("openmm")


class Lowered(Potential):
    """A potential known by its terms alone, for terms that stand by themselves."""

    kind = "lowered"
    terms_: tuple

    def __call__(self, system, positions, box, neighbours):
        raise NotImplementedError

    @property
    def reach(self):
        return max((getattr(term, "cutoff", 0.0) for term in self.terms_), default=0.0)

    def lower(self):
        return self.terms_

    def settings(self):
        return {}

    def arrays(self):
        return {}

    @classmethod
    def rebuild(cls, settings, arrays):
        return cls()


def energy_and_forces(lowered, topology, positions, box=None):
    system = openmm_system(Lowered(tuple(lowered)), topology, box)
    platform = openmm.Platform.getPlatformByName("Reference")
    context = openmm.Context(system, openmm.VerletIntegrator(0.001), platform)
    context.setPositions(positions)
    state = context.getState(getEnergy=True, getForces=True)
    return state.getPotentialEnergy()._value, np.array(state.getForces(asNumpy=True)._value)


def beads(names, **more):
    return Topology.build(list(names), masses=np.full(len(names), 10.0), **more)


def chain(names):
    n = len(names)
    lists = [np.stack([np.arange(n - k) + m for m in range(k + 1)], axis=1) for k in (1, 2, 3)]
    return beads(names, bonds=lists[0], angles=lists[1], dihedrals=lists[2], exclude_within=3)


ZIGZAG = np.array([[0.0, 0.1, 0.0], [0.3, 0.0, 0.0], [0.4, 0.3, 0.0], [0.7, 0.35, 0.25]])


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


def test_harmonic_and_periodic_terms_are_their_formulas():
    topology = chain("ABBA")
    lowered = [
        terms.HarmonicBond(("B", "A"), 700.0, 0.31),
        terms.HarmonicAngle(("A", "B", "B"), 55.0, 1.9),
        terms.PeriodicDihedral(("A", "B", "B", "A"), 4.0, 2, 0.7),
        terms.PeriodicDihedral(("A", "B", "B", "A"), 9.0, 0, 0.0),
        terms.HarmonicBond(("A", "A"), 1e6, 0.1),
    ]
    d = np.diff(ZIGZAG, axis=0)
    r = np.linalg.norm(d, axis=1)
    angles = np.arccos(-np.sum(d[:-1] * d[1:], axis=1) / (r[:-1] * r[1:]))
    expected = 350 * ((r[0] - 0.31) ** 2 + (r[2] - 0.31) ** 2)
    expected += 27.5 * np.sum((angles - 1.9) ** 2)
    expected += 4.0 * (1 + np.cos(2 * dihedral(ZIGZAG) - 0.7))
    u, _ = energy_and_forces(lowered, topology, ZIGZAG)
    assert u == pytest.approx(expected, rel=1e-12)


def dihedral(x):
    """IUPAC: seen along the middle bond, the far bond turns clockwise from the near one."""
    b1, b2, b3 = np.diff(x, axis=0)
    m, n = np.cross(b1, b2), np.cross(b2, b3)
    return np.arctan2(np.linalg.norm(b2) * (b1 @ n), m @ n)


def smooth_table(types, low, high, function, slope, points=400):
    x = np.linspace(low, high, points)
    return terms.BondedTable(types, x, function(x), -slope(x))


def test_bonded_tables_follow_their_functions():
    bond = smooth_table(("A", "B"), 0.1, 0.6, lambda r: 900 * (r - 0.3) ** 3,
                        lambda r: 2700 * (r - 0.3) ** 2)  # fmt: skip
    angle = smooth_table(("B", "B", "A"), 0.0, np.pi, lambda t: 20 * np.cos(t),
                         lambda t: -20 * np.sin(t))  # fmt: skip
    turn = smooth_table(("A", "B", "B", "A"), -np.pi, np.pi, lambda t: 7 * np.sin(3 * t),
                        lambda t: 21 * np.cos(3 * t))  # fmt: skip
    d = np.diff(ZIGZAG, axis=0)
    r = np.linalg.norm(d, axis=1)
    cosines = -np.sum(d[:-1] * d[1:], axis=1) / (r[:-1] * r[1:])
    u_bond, _ = energy_and_forces([bond], chain("ABBA"), ZIGZAG)
    assert u_bond == pytest.approx(900 * ((r[0] - 0.3) ** 3 + (r[2] - 0.3) ** 3), rel=1e-10)
    u_angle, _ = energy_and_forces([angle], chain("ABBA"), ZIGZAG)
    assert u_angle == pytest.approx(20 * cosines.sum(), rel=1e-8)
    u_turn, f = energy_and_forces([turn], chain("ABBA"), ZIGZAG)
    assert u_turn == pytest.approx(7 * np.sin(3 * dihedral(ZIGZAG)), rel=1e-7)
    np.testing.assert_allclose(f.sum(axis=0), 0.0, atol=1e-10)
    # All at once, with tables of other types in front: rows are found by their own base.
    other = smooth_table(("B", "B"), 0.1, 0.6, lambda r: 0 * r + 1.5, lambda r: 0 * r, 77)
    u, _ = energy_and_forces([other, bond, angle, turn], chain("ABBA"), ZIGZAG)
    assert u == pytest.approx(u_bond + u_angle + u_turn + 1.5, rel=1e-12)


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


def test_ewald_of_rock_salt_gives_the_madelung_constant():
    grid = np.stack(np.meshgrid(*[np.arange(6)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    charges = np.where(grid.sum(axis=1) % 2 == 0, 1.0, -1.0)
    topology = beads(["I"] * 216, charges=charges)
    term = terms.Coulomb(0.8, dielectric=4.0, method="ewald", accuracy=1e-6)
    u, _ = energy_and_forces([term], topology, grid * 0.3, 1.8 * np.eye(3))
    assert u / 108 * 0.3 * 4.0 / 138.93545764 == pytest.approx(-1.7475645946, rel=1e-5)
    with pytest.raises(ValueError, match="reaction field"):
        energy_and_forces([term], topology, grid * 0.3)


def test_a_skewed_box_is_reduced_without_moving_an_image():
    box = np.array([[2.0, 0, 0], [1.7, 2.1, 0], [-1.2, 1.9, 2.2]])
    other = reduced_box(box)
    change = other @ np.linalg.inv(box)
    np.testing.assert_allclose(change, np.round(change), atol=1e-12)
    assert round(np.linalg.det(change)) == 1
    assert abs(other[1, 0]) <= 1.0
    assert abs(other[2, 0]) <= 1.0
    assert abs(other[2, 1]) <= 1.05
    np.testing.assert_array_equal(np.diag(other), np.diag(box))


def test_a_tilted_box_meets_the_nearest_image():
    box = np.array([[2.0, 0, 0], [1.7, 2.1, 0], [-1.2, 1.9, 2.2]])
    potential = LennardJones(epsilon=[1.0], sigma=[0.3], pairs=(("A", "A"),), cutoff=0.9)
    system = openmm_system(potential, beads("AA"), box)
    context = openmm.Context(
        system, openmm.VerletIntegrator(0.001), openmm.Platform.getPlatformByName("Reference")
    )
    context.setPositions([[0, 0, 0], [0.4, 0, 0]] + np.array([[0.0], [1.0]]) * (box[1] + box[2]))
    u = context.getState(getEnergy=True).getPotentialEnergy()._value

    def bare(r):
        return 4 * ((0.3 / r) ** 12 - (0.3 / r) ** 6)

    assert u == pytest.approx(bare(0.4) - bare(0.9), rel=1e-6)  # Parameters are single.


def test_what_openmm_cannot_have_is_refused():
    opaque = terms.Opaque("network", 0.5, "it is a neural network")
    with pytest.raises(ValueError, match=r"network.*neural network.*jax engine"):
        openmm_system(Lowered((opaque,)), beads("AA"))
    tersoff = terms.Tersoff(("A",), *([1.0] * 14))
    with pytest.raises(ValueError, match=r"Tersoff.*OpenMM"):
        openmm_system(Lowered((tersoff,)), beads("AA"))
    potential = LennardJones(epsilon=[1.0], sigma=[0.3], pairs=(("A", "A"),), cutoff=0.9)
    with pytest.raises(ValueError, match="half the box"):
        openmm_system(potential, beads("AA"), 1.7 * np.eye(3))
    with pytest.raises(ValueError, match="no mass"):
        openmm_system(potential, beads("AA").replace(masses=np.array([1.0, 0.0])))
    water = {"epsilon": 25.9, "sigma": 0.24, "a": 1.8, "lambda_": 23.15, "gamma": 1.2,
             "cos_theta0": -1 / 3, "A": 7.05, "B": 0.6, "p": 4.0, "q": 0.0}  # fmt: skip
    bonded = beads("AA", bonds=np.array([[0, 1]]))
    with pytest.raises(ValueError, match=r"excluded.*exclude_within=0"):
        openmm_system(StillingerWeber(type="A", **water), bonded)


def test_too_many_intervals_for_single_precision_are_refused(monkeypatch):
    monkeypatch.setattr("molscape.export.openmm_tables.LARGEST_INDEX", 100)
    r = np.linspace(0.1, 0.9, 101)
    table = terms.PairTable(("A", "A"), r, 0 * r, 0 * r)
    with pytest.raises(ValueError, match="fewer points"):
        openmm_system(Lowered((table,)), beads("AA"))


def test_coefficients_meet_values_and_slopes_at_every_point():
    x = np.linspace(0.0, 1.0, 6)
    energy, force = np.sin(4 * x), -4 * np.cos(4 * x)
    rows = coefficients(0.2, energy, force)
    assert rows.shape == (Grid.of(x).rows, 4)
    np.testing.assert_allclose(rows.sum(axis=1), np.append(energy, energy[-1] - 0.2 * force[-1]))
    np.testing.assert_allclose(rows[1:, 0], energy)
    with jax.enable_x64(True):
        np.testing.assert_allclose(rows[1:, 1], -0.2 * force)
