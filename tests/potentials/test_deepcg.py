"""DeePCG: training on a known fluid, types and errors; see also the suite."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from molscape.core.neighbours import NeighbourSearch, allocate
from molscape.core.system import System
from molscape.core.topology import Topology
from molscape.core.trajectory import Trajectory
from molscape.potentials import DeePCG
from molscape.potentials.deepcg import Shape, standardised
from support.fluids import COUNT, EDGE, fluid

FORMS = {"smooth": {}, "sharp": {"neighbours": {"W": (10, 6)}, "switch": 0.3}}


def trained(potential, data, steps):
    """The potential after some steps of Adam on the forces of all frames."""
    frames = data.load()
    system = System.build(data.topology, 300.0)
    x, box = jnp.asarray(frames.positions, jnp.float32), jnp.asarray(frames.box[0], jnp.float32)
    target = jnp.asarray(frames.forces, jnp.float32)
    search = NeighbourSearch(cutoff=0.55, skin=0.0, capacity=40, cells=None, cell_capacity=0)
    lists = jax.jit(jax.vmap(lambda y: search(system, y, box)))(x)
    free, fixed = eqx.partition(potential, potential.trainable())
    rate = optax.cosine_decay_schedule(0.01, steps)
    method = optax.adam(rate)

    def loss(free, x, target, lists):
        model = eqx.combine(free, fixed)
        forces = jax.vmap(lambda y, near: model.forces(system, y, box, near))(x, lists)
        return jnp.mean((forces - target) ** 2)

    @eqx.filter_jit
    def train(free, x, target, lists):
        def step(k, carry):
            free, state = carry
            pick = lambda a: jax.lax.dynamic_slice_in_dim(a, (k * 8) % len(x), 8)  # noqa: E731
            batch = pick(x), pick(target), jax.tree.map(pick, lists)
            updates, state = method.update(jax.grad(loss)(free, *batch), state, free)
            return optax.apply_updates(free, updates), state

        return jax.lax.fori_loop(0, steps, step, (free, method.init(free)))[0]

    return eqx.combine(train(free, x, target, lists), fixed)


def explained(potential, data):
    """Share of the variance of forces that the potential gives."""
    frames = data.load()
    system = System.build(data.topology, 300.0)
    x, box = jnp.asarray(frames.positions, jnp.float32), jnp.asarray(frames.box[0], jnp.float32)
    search = NeighbourSearch(cutoff=0.55, skin=0.0, capacity=40, cells=None, cell_capacity=0)
    forces = jax.jit(jax.vmap(lambda y: potential.forces(system, y, box, search(system, y, box))))(
        x
    )
    return 1 - np.mean((forces - frames.forces) ** 2) / np.mean(frames.forces**2)


@pytest.mark.parametrize(("form", "share"), [("smooth", 0.98), ("sharp", 0.95)])
def test_it_learns_a_pair_potential_from_forces(form, share):
    data, other = fluid(64, 0), fluid(8, 1)
    start = standardised(
        DeePCG.draw(
            types=("W",),
            cutoff=0.55,
            key=jax.random.key(0),
            form=form,
            shape=Shape(hidden=(32, 16), embedding=(8, 8)),
            **FORMS[form],
        ),
        [data],
        frames=8,
    )
    assert explained(start, other) < 0.2
    found = explained(trained(start, data, 250), other)
    print(form, float(found))
    assert found > share


def energy_of(potential, names, x):
    with jax.enable_x64(True):
        system = System.build(Topology.build(names, masses=np.ones(len(names))), 300.0)
        _, near = allocate(system, jnp.asarray(x), None, potential.reach)
        return float(potential(system, jnp.asarray(x), None, near))


@pytest.mark.parametrize("form", FORMS)
def test_beads_alone_have_their_offset_and_other_types_take_no_part(form):
    with jax.enable_x64(True):
        potential = DeePCG.draw(
            types=("W",), cutoff=0.55, key=jax.random.key(0), form=form, **FORMS[form]
        )
        potential = eqx.tree_at(lambda tree: tree.offsets, potential, jnp.asarray([-3.5]))
    far = np.array([[0, 0, 0], [5, 0, 0], [0, 5, 0]], dtype=float)
    assert energy_of(potential, ["W"] * 3, far) == pytest.approx(-10.5, abs=1e-12)
    near = far * 0.05
    pair = energy_of(potential, ["W", "W", "W"], near)
    assert abs(pair + 10.5) > 0.01
    crowded = np.concatenate([near, near + 0.03])
    assert energy_of(potential, ["W"] * 3 + ["X"] * 3, crowded) == pytest.approx(pair, abs=1e-10)


def test_types_have_their_own_networks():
    with jax.enable_x64(True):
        potential = DeePCG.draw(types=("O", "H"), cutoff=0.55, key=jax.random.key(0))
    x = np.array([[0, 0, 0], [0.1, 0, 0], [-0.03, 0.1, 0]], dtype=float)
    energies = {names: energy_of(potential, list(names), x) for names in ("OHH", "HOH", "HHO")}
    assert len({round(value, 6) for value in energies.values()}) == 3
    # Numbering particles the other way round changes nothing.
    assert energy_of(potential, list("HHO"), x[::-1]) == pytest.approx(energies["OHH"], abs=1e-10)


def test_errors_name_the_remedy():
    draw = {"types": ("W",), "cutoff": 0.5, "key": jax.random.key(0)}
    with pytest.raises(ValueError, match="give `neighbours`, such as"):
        DeePCG.draw(**draw, form="sharp")
    with pytest.raises(ValueError, match="the smooth one keeps all"):
        DeePCG.draw(**draw, neighbours={"W": (3, 3)})
    with pytest.raises(ValueError, match="choose a smaller `start`"):
        DeePCG.draw(**draw, switch=0.6)
    potential = DeePCG.draw(**{**draw, "types": ("W", "Z")}, shape=Shape((4,), (4, 4), 2))
    with pytest.raises(ValueError, match=r"types \['Z'\] do not occur in the data"):
        standardised(potential, [fluid(2, 0)])
    short = DeePCG.draw(**{**draw, "cutoff": 0.1}, shape=Shape((4,), (4, 4), 2))
    with pytest.raises(ValueError, match="give more frames"):
        standardised(short, [fluid(2, 0)])
    wide = DeePCG.draw(**{**draw, "cutoff": 0.8}, shape=Shape((4,), (4, 4), 2))
    with pytest.raises(ValueError, match=r"exceeds half the box \(0.750 nm\)"):
        standardised(wide, [fluid(2, 0)])
    lonely = DeePCG.draw(
        **{**draw, "cutoff": 0.1}, form="sharp", neighbours={"W": (2, 0)}, shape=Shape((4,))
    )
    with pytest.raises(ValueError, match="all 8 features are constant over 128 samples"):
        standardised(lonely, [fluid(2, 0)])
    with pytest.raises(ValueError, match="give a hidden layer and an output"):
        DeePCG.draw(**draw, shape=Shape(embedding=(8,)))
    with pytest.raises(ValueError, match="give one network for each type"):
        eqx.tree_at(lambda tree: tree.networks, potential, potential.networks[:1]).__check_init__()


def test_pairs_closer_than_the_data_are_counted():
    data = fluid(3, seed=1)
    potential = standardised(DeePCG.draw(types=("W",), cutoff=0.55, key=jax.random.key(0)), [data])
    frame = data[0]
    system, box = System.build(data.topology, 300.0), jnp.asarray(frame.box[0])
    x = np.array(frame.positions[0])

    def outside(positions):
        _, near = allocate(system, jnp.asarray(positions), box, 0.55)
        return int(potential.outside(system, jnp.asarray(positions), box, near))

    assert outside(x) == 0
    closest = float(potential.standard.closest[0, 0, 0])
    direction = np.array([1.0, 0, 0])
    moved = x.copy()
    moved[1] = moved[0] + 0.9 * closest * direction
    assert outside(moved) >= 1
    apart = np.linalg.norm((x[:, None] - x[None] + EDGE / 2) % EDGE - EDGE / 2, axis=-1)
    assert closest <= apart[apart > 0].min() + 1e-6


def test_a_wall_stands_where_no_pair_of_the_data_came():
    data = fluid(3, seed=1)
    draw = {"types": ("W",), "cutoff": 0.55, "key": jax.random.key(0)}
    bare, walled = (
        standardised(DeePCG.draw(**draw).with_wall(wall), [data]) for wall in (0.0, 1000.0)
    )
    frame = data[0]
    system, box = System.build(data.topology, 300.0), jnp.asarray(frame.box[0])
    closest = float(walled.standard.closest[0, 0, 0])

    def energies(positions):
        x = jnp.asarray(positions)
        _, near = allocate(system, x, box, 0.55)
        return [float(one(system, x, box, near)) for one in (bare, walled)]

    without, with_wall = energies(frame.positions[0])
    assert with_wall == pytest.approx(without, rel=1e-6)
    moved = np.array(frame.positions[0])
    moved[1] = moved[0] + np.array([0.7 * closest, 0, 0])
    apart = np.linalg.norm((moved[:, None] - moved[None] + EDGE / 2) % EDGE - EDGE / 2, axis=-1)
    inside = apart[np.triu_indices(COUNT, 1)]
    expected = 1000.0 * np.sum(np.maximum(1 - inside / closest, 0) ** 3)
    assert expected > 0.02 * 1000.0
    without, with_wall = energies(moved)
    assert with_wall - without == pytest.approx(expected, rel=1e-2)
    assert DeePCG.rebuild(walled.settings(), walled.arrays()).wall == 1000.0


def test_bonded_pairs_have_a_closest_distance_of_their_own():
    data = fluid(2, seed=3)
    near = np.array([[0, 1], [2, 3]])
    bonded = data.topology.replace(bonds=near, molecules=np.arange(COUNT))
    x = np.array(data.load().positions)
    x[:, near[:, 1]] = x[:, near[:, 0]] + np.array([0.1, 0, 0])
    frames = data.load().replace(positions=x)
    draw = DeePCG.draw(types=("W",), cutoff=0.55, key=jax.random.key(0))
    potential = standardised(draw, [Trajectory.from_frames(bonded, frames)])
    free, tied = np.asarray(potential.standard.closest)[:, 0, 0]
    assert tied == pytest.approx(0.1, rel=1e-3)
    assert free > 0.1
    # The same distance is within the data for the bonded pair and outside for another.
    moved = x[0].copy()
    moved[5] = moved[6] + np.array([0, 0.1, 0])
    counts = []
    for topology, y in ((bonded, x[0]), (bonded, moved)):
        system, box = System.build(topology, 300.0), jnp.asarray(frames.box[0])
        _, list_ = allocate(system, jnp.asarray(y), box, 0.55)
        counts.append(int(potential.outside(system, jnp.asarray(y), box, list_)))
    assert counts[0] == 0
    assert counts[1] >= 1


def test_bonded_pairs_do_not_leave_one_another():
    data = fluid(2, seed=3)
    near = np.array([[0, 1], [2, 3]])
    bonded = data.topology.replace(bonds=near, molecules=np.arange(COUNT))
    x = np.array(data.load().positions)
    x[:, near[:, 1]] = x[:, near[:, 0]] + np.array([0.1, 0, 0])
    x[1, 3, 0] += 0.02
    frames = data.load().replace(positions=x)
    draw = {"types": ("W",), "cutoff": 0.55, "key": jax.random.key(0)}
    both = [Trajectory.from_frames(bonded, frames)]
    bare, walled = (
        standardised(DeePCG.draw(**draw).with_wall(wall), both) for wall in (0.0, 1000.0)
    )
    assert float(walled.standard.farthest[0, 0]) == pytest.approx(0.12, rel=1e-3)
    system, box = System.build(bonded, 300.0), jnp.asarray(frames.box[0])
    tied = np.zeros((COUNT, COUNT), dtype=bool)
    tied[near[:, 0], near[:, 1]] = True
    free, least = np.asarray(walled.standard.closest)[:, 0, 0]
    for apart in (0.11, 0.15):
        y = x[0].copy()
        y[3] = y[2] + np.array([0.0, apart, 0])
        r = np.linalg.norm((y[:, None] - y[None] + EDGE / 2) % EDGE - EDGE / 2, axis=-1)
        depth = np.maximum(1 - r / np.where(tied, least, free), 0)
        depth = np.triu(depth + np.where(tied, np.maximum(r / 0.12 - 1, 0), 0), 1)
        _, list_ = allocate(system, jnp.asarray(y), box, 0.55)
        without, walls = (float(one(system, jnp.asarray(y), box, list_)) for one in (bare, walled))
        assert int(bare.outside(system, jnp.asarray(y), box, list_)) == np.sum(depth > 0)
        assert walls - without == pytest.approx(1000 * np.sum(depth**3), rel=1e-2, abs=1e-3)
        assert (depth[2, 3] > 0) == (apart > 0.12)
