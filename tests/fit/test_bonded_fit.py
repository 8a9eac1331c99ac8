"""The linear fit of bonded and pair splines together, where the answer is known."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from molscape.core.frames import Frames
from molscape.core.neighbours import plan_search
from molscape.core.state import State
from molscape.core.system import System
from molscape.core.topology import Topology
from molscape.core.trajectory import Trajectory
from molscape.features import angles, dihedrals, distances
from molscape.fit import LinearOptions, linear
from molscape.fit.normal_equations import accumulate
from molscape.fit.supports import TRAVEL, WALL
from molscape.objectives import ForceMatching
from molscape.potentials import (
    AngleSpline,
    BondSpline,
    DihedralSpline,
    HarmonicAngles,
    HarmonicBonds,
    LennardJones,
    PairSpline,
    PeriodicDihedrals,
    Sum,
)

STATE = State(temperature=300.0)
RANGES = {"bond": (0.2, 0.3), "angle": (1.2, 2.8), "dihedral": (-np.pi, np.pi)}


def match(potential, data, **options):
    return linear(potential, ForceMatching(), data, LinearOptions(**options))


def molecule(random, size, dihedral_range=RANGES["dihedral"]):
    """A chain of beads with lengths, angles and a dihedral drawn evenly from their ranges."""
    r = random.uniform(*RANGES["bond"], size - 1)
    theta = random.uniform(*RANGES["angle"], max(size - 2, 0))
    phi = random.uniform(*dihedral_range, max(size - 3, 0))
    x = [np.zeros(3), np.array([r[0], 0, 0])]
    if size > 2:
        x.append(x[1] + r[1] * np.array([-np.cos(theta[0]), np.sin(theta[0]), 0]))
    if size > 3:
        along = (x[2] - x[1]) / r[1]
        up = x[0] - x[1] - along * ((x[0] - x[1]) @ along)
        up /= np.linalg.norm(up)
        side = np.cross(along, up)
        turned = np.cos(phi[0]) * up + np.sin(phi[0]) * side
        x.append(x[2] + r[2] * (-np.cos(theta[1]) * along + np.sin(theta[1]) * turned))
    return Rotation.random(random_state=random).apply(np.array(x) - np.mean(x, axis=0))


def topology_of(chains, **more):
    """Molecules one after the other; each chain is a string of one-letter types."""
    lists = {"bonds": 2, "angles": 3, "dihedrals": 4}
    found = {name: [] for name in lists}
    start = 0
    for chain in chains:
        for name, members in lists.items():
            found[name] += [start + k + np.arange(members) for k in range(len(chain) - members + 1)]
        start += len(chain)
    connections = {
        name: np.reshape(found[name], (-1, members)).astype(int) for name, members in lists.items()
    }
    owner = np.repeat(np.arange(len(chains)), [len(chain) for chain in chains])
    names = list("".join(chains))
    return Topology.build(names, masses=np.ones(len(names)), molecules=owner, **connections, **more)


def trajectory_of(potential, topology, positions, box=None):
    """Frames with the forces of a potential."""
    system = System.build(topology, 300.0)
    cell = None if box is None else jnp.asarray(box)
    search = plan_search(positions[0], box, potential.reach)

    @eqx.filter_jit
    def forces(x):
        neighbours = search(system, x, cell)
        return potential.forces(system, x, cell, neighbours), neighbours

    results = [forces(jnp.asarray(x)) for x in positions]
    assert not any(search.overflowed(neighbours) for _, neighbours in results)
    forces = np.array([np.asarray(f) for f, _ in results])
    boxes = None if box is None else np.repeat(box[None], len(positions), axis=0)
    frames = Frames(positions, box=boxes, forces=forces)
    return Trajectory.from_frames(topology, frames, name="made")


def filled(spline, seed, height=5.0):
    """Random energies; open ends rise, since data end there, and a fit may count on it."""
    values = np.random.default_rng(seed).normal(size=spline.parameters.shape) * height
    if spline.ends == "free":
        values += 10 * height * np.linspace(-1, 1, values.shape[1]) ** 4
    return spline.with_parameters(values.ravel())


def emptied(spline):
    return spline.with_parameters(np.zeros(spline.parameters.size))


def deviation(fit, truth, row, label, margin=0.0):
    """Largest error of the force in the determined range, relative to the largest force."""
    support = fit.supports[row]
    assert support.label == label
    count = (support.last - support.first) % len(support.samples) + 1
    low = support.start + support.first * support.spacing + margin
    x = np.linspace(low, low + count * support.spacing - 2 * margin, 200)
    if support.kind == "dihedral_spline":
        x = (x + np.pi) % (2 * np.pi) - np.pi
    fitted = next(t for t in fit.potential.terms() if t.kind == support.kind)
    pair = tuple(label.split("-")) if support.kind == "pair_spline" else label
    _, expected = truth.tabulate(x, pair)
    _, found = fitted.tabulate(x, pair)
    return np.max(np.abs(found - expected)) / np.max(np.abs(expected))


@pytest.fixture(scope="module")
def vacuum():
    """One chain of four beads, alone and without a box, its dihedral all around."""
    random = np.random.default_rng(0)
    return topology_of(["ABBA"]), np.array([molecule(random, 4) for _ in range(600)])


def splines():
    return (
        BondSpline(types=("A-B", "B-B"), start=0.2, end=0.3, intervals=6),
        AngleSpline(types=("A-B-B",), start=1.2, end=2.8, intervals=8),
        DihedralSpline(types=("A-B-B-A",), intervals=12),
    )


@pytest.fixture(scope="module")
def recovered(vacuum):
    """A fit of random splines to their own forces, and those splines."""
    with jax.enable_x64(True):
        truth = [filled(spline, seed) for seed, spline in enumerate(splines())]
        data = [(trajectory_of(Sum(*truth), *vacuum), STATE)]
        return match(Sum(*splines()), data, minimum_samples=10), truth


def test_splines_of_a_single_molecule_are_recovered_exactly(recovered):
    fit, truth = recovered
    labels = ["A-B", "B-B", "A-B-B", "A-B-B-A"]
    for row, (label, which) in enumerate(zip(labels, [0, 0, 1, 2], strict=True)):
        assert fit.supports[row].unit == ("nm" if which == 0 else "rad")
        assert deviation(fit, truth[which], row, label) < 1e-6
        assert fit.potential.terms()[which].kind == truth[which].kind
    assert fit.force_loss.fit < 1e-12 * fit.force_loss.zero


def test_the_lowest_energy_of_each_type_is_zero(recovered):
    fit, _ = recovered
    for support in fit.supports:
        x = support.start + support.spacing * np.linspace(support.first, support.last + 1, 500)
        term = next(t for t in fit.potential.terms() if t.kind == support.kind)
        assert np.min(term.tabulate(x, support.label)[0]) == pytest.approx(0, abs=0.05)


def test_samples_are_those_of_numpy(recovered, vacuum):
    fit, (topology, x) = recovered[0], vacuum
    values = [
        (distances(x, topology.bonds[[0, 2]]), 0),
        (angles(x, topology.angles), 2),
        (dihedrals(x, topology.dihedrals), 3),
    ]
    for value, row in values:
        support = fit.supports[row]
        edges = support.start + support.spacing * np.arange(len(support.samples) + 1)
        np.testing.assert_array_equal(support.samples, np.histogram(value, edges)[0])


def mixture(random, chains, frames, side, edge):
    """Molecules on a grid, turned and shaken."""
    grid = np.stack(np.meshgrid(*[np.arange(side)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    kept = []
    for _ in range(frames):
        places = random.permutation(grid)[: len(chains)] * edge
        beads = [
            molecule(random, len(chain)) + place + random.uniform(-0.06, 0.06, 3)
            if len(chain) > 1
            else place[None] + random.uniform(-0.06, 0.06, 3)
            for chain, place in zip(chains, places, strict=True)
        ]
        kept.append(np.concatenate(beads))
    return np.array(kept), np.eye(3) * side * edge


@pytest.fixture(scope="module")
def mixed():
    """Two states with different molecules, bonded, pair and fixed terms: data and truth."""
    pairs = (("A", "A"), ("A", "B"), ("B", "B"), ("A", "C"))
    truth = (
        filled(PairSpline(start=0.2, cutoff=0.7, spacing=0.05, pairs=pairs), 5, 3.0),
        filled(BondSpline(types=("A-B", "A-A"), start=0.2, end=0.3, intervals=6), 6),
        filled(AngleSpline(types=("A-B-A",), start=1.2, end=2.8, intervals=8), 7),
        LennardJones(epsilon=0.4, sigma=0.3, pairs=(("C", "C"),), cutoff=0.7, smooth="force"),
    )
    random = np.random.default_rng(8)
    with jax.enable_x64(True):
        data = []
        for chains, temperature in (
            (["ABA"] * 12 + ["AA"] * 9 + ["C"] * 4, 300.0),
            (["ABA"] * 17 + ["C"] * 8, 350.0),
        ):
            x, box = mixture(random, chains, 60, 3, 0.55)
            topology = topology_of(chains, exclude_within=2)
            data.append((trajectory_of(Sum(*truth), topology, x, box), State(temperature)))
    return data, truth


@pytest.fixture(scope="module")
def mixed_fit(mixed):
    data, truth = mixed
    empty = [emptied(t) for t in truth[:3]]
    with jax.enable_x64(True):
        return match(Sum(*empty, truth[3]), data, ridge=0.0, minimum_samples=10)


def test_pair_and_bonded_terms_of_several_molecules_and_states(mixed, mixed_fit):
    _, truth = mixed
    assert mixed_fit.frames == 120
    labels = ["A-A", "A-B", "B-B", "A-C", "A-B", "A-A", "A-B-A"]
    for row, (label, which) in enumerate(zip(labels, [0] * 4 + [1] * 2 + [2], strict=True)):
        assert deviation(mixed_fit, truth[which], row, label) < 1e-6
    assert float(mixed_fit.potential.terms()[3].epsilon[0]) == pytest.approx(0.4)
    # A-B bonds: 24 in 60 frames and 34 in 60 frames; all of them were counted.
    assert mixed_fit.supports[4].samples.sum() == 24 * 60 + 34 * 60


def test_exclusions_keep_pairs_out_and_bonds_in(mixed):
    data, truth = mixed
    topology = data[0][0].topology.replace(exclude_within=0)
    other = [(Trajectory.from_frames(topology, data[0][0].load(), name="open"), STATE)]
    potential = Sum(emptied(truth[0]), emptied(truth[1]))
    (excluded,), (counted,) = accumulate(potential, data[:1], 1), accumulate(potential, other, 1)
    # Without exclusions the 24 A-B bonds, 12 A-A ends of trimers and 9 A-A bonds are pairs too.
    more = (counted.samples[0] - excluded.samples[0]).sum(axis=1)
    np.testing.assert_array_equal(more, [(12 + 9) * 60, 24 * 60, 0, 0])
    np.testing.assert_array_equal(counted.samples[1], excluded.samples[1])


def test_walls_stand_on_both_sides(vacuum):
    topology, x = vacuum
    truth = Sum(
        HarmonicBonds(types=("A-B", "B-B"), stiffness=[900, 400], length=[0.25, 0.26]),
        HarmonicAngles(types=("A-B-B",), stiffness=80, angle=2.0),
    )
    wide = Sum(
        BondSpline(types=("A-B", "B-B"), start=0.1, end=0.45, intervals=35),
        AngleSpline(types=("A-B-B",), start=1.2, end=2.8, intervals=8),
    )
    fit = match(wide, [(trajectory_of(truth, topology, x), STATE)], minimum_samples=10)
    bonds, bends = fit.potential.terms()
    least = WALL * STATE.kT / TRAVEL["nm"] ** 2
    for row, label in enumerate(("A-B", "B-B")):
        support = fit.supports[row]
        assert (support.first, support.last) == (10, 19)
        assert deviation(fit, truth.terms()[0], row, label) < 1e-6
        for x in (np.linspace(0.05, 0.17, 50), np.linspace(0.33, 0.5, 50)):
            _, force = bonds.tabulate(x, label)
            assert np.all(force * (0.25 - x) > 0)
            assert np.all(-np.diff(force) / np.diff(x) > 0.999 * least)
    # Angles were sampled from end to end: walls stand outside the given range.
    assert (fit.supports[2].first, fit.supports[2].last) == (0, 7)
    assert deviation(fit, truth.terms()[1], 2, "A-B-B") < 1e-6
    _, force = bends.tabulate(np.array([0.3, 0.5, 1.21, 2.79, 3.2, 3.3]), "A-B-B")
    least = WALL * STATE.kT / TRAVEL["rad"] ** 2
    slopes = [(force[0] - force[1]) / 0.2, (force[4] - force[5]) / 0.1]
    np.testing.assert_allclose(slopes, least, rtol=1e-6)
    np.testing.assert_allclose(force[2:4], [80 * 0.79, -80 * 0.79], rtol=1e-6)


def test_a_dihedral_that_never_is_cis_gets_a_barrier_there(vacuum):
    topology, _ = vacuum
    random = np.random.default_rng(3)
    x = np.array([molecule(random, 4, (0.9, 2 * np.pi - 0.9)) for _ in range(600)])
    truth = PeriodicDihedrals(types=("A-B-B-A",), stiffness=6.0, multiplicity=1, phase=0.0)
    data = [(trajectory_of(truth, topology, x), STATE)]
    fit = match(DihedralSpline(types=("A-B-B-A",), intervals=30), data, minimum_samples=10)
    support = fit.supports[0]
    # The range crosses pi: it begins at a positive angle and ends at a negative one.
    assert support.first > 15 > support.last
    assert deviation(fit, truth, 0, "A-B-B-A") < 1e-3
    phi = np.linspace(-0.8, 0.8, 33)
    energy, force = fit.potential.tabulate(phi, "A-B-B-A")
    # The true barrier is 12 kJ/mol; the bridge is as smooth as what is known on both sides.
    assert np.max(energy) == pytest.approx(12.0, abs=0.5)
    assert energy[16] == np.max(energy)
    assert np.all(force[:12] < 0)
    assert np.all(force[-12:] > 0)
