"""Learned assignments: parts that move together are found, and small cases are exhausted."""

from itertools import product

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from molscape.core.frames import Frames
from molscape.core.topology import Topology
from molscape.core.trajectory import Trajectory
from molscape.fit.mapping_search import Annealing, fill_empty_beads, learn_beads
from molscape.mapping.autoencoder import soft_error
from molscape.mapping.moments import SecondMoments, bead_force, reconstruction_error

FEW = Annealing(epochs=300, seeds=3, learning_rate=0.05)


def moments_of(x, forces=None, **connections):
    count = x.shape[1]
    topology = Topology.build(
        [f"A{k}" for k in range(count)],
        masses=np.ones(count),
        molecules=np.zeros(count, dtype=int),
        molecule_names=["M"],
        **connections,
    )
    trajectory = Trajectory.from_frames(topology, Frames(positions=x, forces=forces))
    return SecondMoments.of(trajectory, "M")


def test_atoms_that_move_together_become_beads():
    random = np.random.default_rng(1)
    parts = np.array([0, 1, 0, 2, 1, 2, 2, 0])
    x = random.normal(size=(200, 3, 3))[:, parts] + random.normal(scale=0.01, size=(200, 8, 3))
    found = learn_beads(moments_of(x), 3, FEW)
    assert found.beads.tolist() == parts.tolist()
    assert found.error == pytest.approx(0.01 * np.sqrt(3 * 5 / 8), rel=0.1)
    assert found.errors.min() == found.error
    assert np.all(found.errors <= found.annealed)
    assert found.history.shape == (3, 300)
    assert found.history[:, -30:].mean() < 0.5 * found.history[:, :30].mean()


def assignments(atoms, beads):
    for rest in product(range(beads), repeat=atoms - 1):
        if len({0, *rest}) == beads:
            yield np.array([0, *rest])


@pytest.mark.parametrize(("weight", "better"), [(0.0, 0.005), (0.5, 0.05)])
def test_few_assignments_are_better_than_what_is_learned(weight, better):
    random = np.random.default_rng(2)
    mixing = random.normal(size=(7, 7))
    x, f = (
        np.einsum("ij,fjc->fic", m, random.normal(size=(300, 7, 3))) for m in (mixing, mixing.T)
    )
    moments = moments_of(x, f)

    def loss(beads):
        error = reconstruction_error(moments, beads) ** 2 / (3 * moments.spread)
        force = bead_force(moments, beads) * 3 / np.trace(moments.forces)
        return error + weight * force

    found = learn_beads(moments, 3, Annealing(epochs=300, seeds=4, force_weight=weight))
    every = np.array([loss(beads) for beads in assignments(7, 3)])
    assert len(every) > 300
    assert np.mean(every < loss(found.beads) * (1 - 1e-9)) < better


def test_the_soft_error_of_a_hard_assignment_is_the_error():
    random = np.random.default_rng(3)
    moments = moments_of(random.normal(size=(50, 6, 3)))
    beads = np.array([0, 1, 1, 2, 0, 2])
    with jax.enable_x64(True):
        soft = soft_error(jnp.eye(3)[beads], jnp.asarray(moments.positions))
    hard = reconstruction_error(moments, beads) ** 2 / (3 * moments.spread)
    assert float(soft) == pytest.approx(hard, rel=1e-4)


def test_atoms_tied_by_rigid_bonds_stay_together():
    random = np.random.default_rng(4)
    rigid = np.array([[0, 1], [4, 5]])
    moments = moments_of(
        random.normal(size=(50, 6, 3)), constraints=rigid, constraint_lengths=np.ones(2)
    )
    beads = learn_beads(moments, 3, FEW).beads
    assert beads[0] == beads[1]
    assert beads[4] == beads[5]
    with pytest.raises(
        ValueError, match="rigid bonds make them that few parts: give between 1 and 4"
    ):
        learn_beads(moments, 5, FEW)


def test_what_is_refused():
    moments = moments_of(np.random.default_rng(5).normal(size=(10, 4, 3)))
    with pytest.raises(ValueError, match="5 beads of a molecule of 4 atoms: give between 1 and 4"):
        learn_beads(moments, 5, FEW)
    with pytest.raises(ValueError, match="force term needs forces"):
        learn_beads(moments, 2, Annealing(force_weight=1.0))
    with pytest.raises(ValueError, match="epochs 3"):
        Annealing(epochs=3)


def test_empty_beads_arefill_empty_beads():
    random = np.random.default_rng(6)
    x = random.normal(size=(50, 5, 3)) * np.array([1.0, 1.0, 1.0, 5.0, 1.0])[:, None]
    groups, refilled = fill_empty_beads(moments_of(x), np.array([0, 0, 0, 0, 1]), 3)
    assert refilled == 1
    assert groups.tolist() == [0, 0, 0, 2, 1]
