"""The floor of forces whose noise is known: a chain of five beads, and a Lennard-Jones liquid."""

import numpy as np
import pytest

from molscape.core.frames import Frames
from molscape.core.topology import Topology
from molscape.core.trajectory import Trajectory
from molscape.objectives import noise_floor

STIFFNESS, LENGTH, BEND = 20_000.0, 0.15, 300.0
KT = 2.5


def chain_frames(count, seed, beads=4):
    """Draw chains with bonds, angles and dihedrals spread as a potential U wants; forces of U.

    U = harmonic bonds and angles and 4 (1 + cos(phi - 1)) for each dihedral.
    """
    import jax
    import jax.numpy as jnp

    random = np.random.default_rng(seed)
    bond = random.normal(LENGTH, np.sqrt(KT / STIFFNESS), (count, beads - 1))
    theta = random.normal(2.0, np.sqrt(KT / BEND), (count, beads - 2))
    phi = random.vonmises(1.0 - np.pi, 4.0 / KT, (count, beads - 3))
    x = np.zeros((count, beads, 3))
    x[:, 1, 0] = bond[:, 0]
    for k in range(2, beads):
        back = x[:, k - 2] - x[:, k - 1]
        back /= np.linalg.norm(back, axis=1, keepdims=True)
        before = x[:, k - 3] - x[:, k - 2] if k > 2 else np.tile([0.0, 1.0, 0.0], (count, 1))
        side = before - back * np.sum(before * back, axis=1, keepdims=True)
        side /= np.linalg.norm(side, axis=1, keepdims=True)
        up = np.cross(back, side)
        turn = phi[:, k - 3] if k > 2 else np.zeros(count)
        sideways = np.cos(turn)[:, None] * side + np.sin(turn)[:, None] * up
        angle, length = theta[:, k - 2, None], bond[:, k - 1, None]
        x[:, k] = x[:, k - 1] + length * (np.cos(angle) * back + np.sin(angle) * sideways)

    from molscape.features.internal_coordinates import angles, dihedrals, distances

    index = np.arange(beads)

    def energy(r):
        b = distances(r, np.stack([index[:-1], index[1:]], 1))
        t = angles(r, np.stack([index[:-2], index[1:-1], index[2:]], 1))
        p = dihedrals(r, np.stack([index[:-3], index[1:-2], index[2:-1], index[3:]], 1))
        bends = STIFFNESS * jnp.sum((b - LENGTH) ** 2) + BEND * jnp.sum((t - 2.0) ** 2)
        return bends / 2 + 4.0 * jnp.sum(1 + jnp.cos(p - 1.0))

    with jax.enable_x64(True):
        forces = np.asarray(-jax.jit(jax.vmap(jax.grad(energy)))(jnp.asarray(x)))
    from scipy.spatial.transform import Rotation

    spin = Rotation.random(count, random_state=seed).as_matrix()
    x, forces = (np.einsum("fij,fpj->fpi", spin, v) for v in (x, forces))
    return x, forces


@pytest.mark.parametrize("beads", [4, 5])
def test_a_molecule_without_a_model(beads):
    x, forces = chain_frames(4000, seed=0, beads=beads)
    deviation = 0.6 * np.std(forces)
    noise = deviation * np.random.default_rng(1).normal(size=forces.shape)
    topology = Topology.build(
        [f"B{k}" for k in range(beads)], masses=np.ones(beads), molecules=np.zeros(beads)
    )
    trajectory = Trajectory.from_frames(topology, Frames(x, forces=forces + noise))
    value, error, note = noise_floor(trajectory)
    assert value == pytest.approx(deviation**2, rel=0.1)
    assert 0 < error < 0.05 * deviation**2
    assert f"alike in {4 * beads - 9} internal coordinates" in note
    assert "no model subtracted" in note


def liquid(frames=12, count=216, seed=0):
    """A Lennard-Jones liquid from overdamped Langevin steps."""
    import jax
    import jax.numpy as jnp

    from molscape.core.neighbours import allocate
    from molscape.core.system import System
    from molscape.potentials import LennardJones

    edge = 0.34 * (count / 0.8) ** (1 / 3)
    grid = np.stack(np.meshgrid(*[np.arange(6)] * 3, indexing="ij"), -1).reshape(-1, 3) + 0.5
    topology = Topology.build(["W"] * count, masses=np.full(count, 40.0))
    model = LennardJones(epsilon=[1.0], sigma=[0.34], pairs=(("W", "W"),), cutoff=0.85)
    with jax.enable_x64(True):
        system = System.build(topology, 150.0)
        x, box = jnp.asarray(grid * edge / 6), jnp.asarray(np.eye(3) * edge)
        search, _ = allocate(system, x, box, model.reach)

        @jax.jit
        def force(x):
            return model.forces(system, x, box, search(system, x, box))

        def move(x, key):
            kick = jax.random.normal(key, x.shape)
            return x + 2e-5 * jnp.clip(force(x), -500, 500) + jnp.sqrt(4e-5 * 1.25) * kick, None

        @jax.jit
        def run(x, key):
            return jax.lax.scan(move, x, jax.random.split(key, 60))[0]

        places = []
        for key in jax.random.split(jax.random.PRNGKey(seed), frames + 2):
            x = run(x, key)
            places.append(np.asarray(x))
        places = places[2:]
        forces = np.stack([np.asarray(force(jnp.asarray(p))) for p in places])
    boxes = np.tile(np.eye(3) * edge, (frames, 1, 1))
    return topology, model, Frames(np.stack(places), boxes, forces=forces)


def test_a_liquid_after_its_model():
    topology, model, frames = liquid()
    deviation = np.std(frames.forces)
    noise = deviation * np.random.default_rng(1).normal(size=frames.forces.shape)
    trajectory = Trajectory.from_frames(topology, frames.replace(forces=frames.forces + noise))
    value, error, note = noise_floor(trajectory, model, shells=(2,), centres=500)
    assert value == pytest.approx(deviation**2, rel=0.1)
    assert abs(value - deviation**2) < 4 * error
    assert "an upper bound of the floor" in note
    without, _, _ = noise_floor(trajectory, shells=(2, 4), centres=500)
    assert value < without < 1.02 * np.mean((frames.forces + noise) ** 2)


def test_a_rare_type_is_judged_by_what_the_model_leaves():
    random = np.random.default_rng(0)
    topology = Topology.build(["A"] * 60 + ["B"], masses=np.ones(61))
    frames = Frames(
        random.uniform(0, 2, (20, 61, 3)),
        np.tile(2 * np.eye(3), (20, 1, 1)),
        forces=random.normal(size=(20, 61, 3)),
    )
    value, _, note = noise_floor(Trajectory.from_frames(topology, frames), shells=(2,))
    assert value == pytest.approx(1.0, abs=0.1)
    assert "what the model leaves" in note


def test_fewer_neighbours_are_a_part_of_more():
    from molscape.analysis.environments import surroundings
    from molscape.objectives.noise_floor import choose_nearer

    x = np.random.default_rng(0).uniform(0, 1.5, (30, 3))
    for types in (["A"] * 30, ["A", "B"] * 15):
        topology = Topology.build(types, masses=np.ones(30), molecules=np.arange(30) // 2)
        many, few = (
            surroundings(topology, x, None, np.arange(30), shell, 0.9)[0] for shell in (5, 2)
        )
        np.testing.assert_array_equal(
            many[:, choose_nearer(many.shape[1], 3, types[1] == "B")], few
        )


def test_what_is_refused():
    x, forces = chain_frames(40, seed=0)
    topology = Topology.build(list("ABCD"), masses=np.ones(4), molecules=np.zeros(4))
    with pytest.raises(ValueError, match="no forces, so the force loss has no floor"):
        noise_floor(Trajectory.from_frames(topology, Frames(x)))
    with pytest.raises(ValueError, match="give numbers of neighbours, 1 or more"):
        noise_floor(Trajectory.from_frames(topology, Frames(x, forces=forces)), shells=(0,))
    with pytest.raises(ValueError, match="3 frames are too few for a noise floor"):
        noise_floor(Trajectory.from_frames(topology, Frames(x[:3], forces=forces[:3])))
    with pytest.raises(ValueError, match="too few for straight fits in 7 inputs"):
        noise_floor(Trajectory.from_frames(topology, Frames(x[:20], forces=forces[:20])))
