"""The coarse-graining autoencoder where its loss is known in closed form."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from molscape.mapping.autoencoder import Autoencoder, soft_error

GROUPS = np.array([0, 0, 1, 2, 2, 3])
BEADS = np.array([0, 0, 1, 1, 1, 0])


@pytest.fixture(autouse=True)
def double():
    with jax.enable_x64(True):
        yield


def encoder(size=1.0, forces=None, weight=0.0):
    """Logits that prefer `BEADS`, by `size`."""
    logits = np.zeros((4, 2))
    logits[GROUPS, BEADS] = size
    return Autoencoder(
        logits=jnp.asarray(logits),
        groups=jnp.asarray(GROUPS),
        positions=jnp.eye(6),
        forces=forces,
        force_weight=jnp.asarray(weight),
    )


def test_atoms_that_do_not_know_of_each_other_are_explained_as_often_as_there_are_beads():
    # S = 1: each bead knows one mean of its atoms, and nothing of what is left.
    assert float(soft_error(jnp.eye(2)[BEADS], jnp.eye(6))) == pytest.approx(1 - 2 / 6, rel=1e-5)
    assert float(soft_error(jnp.eye(6), jnp.eye(6))) == pytest.approx(0.0, abs=1e-5)


def test_atoms_that_move_together_need_one_bead():
    modes = np.eye(2)[BEADS]
    together = jnp.asarray(modes @ modes.T)
    assert float(soft_error(jnp.asarray(modes), together)) == pytest.approx(0.0, abs=1e-5)
    # One bead of all: the mean of two independent halves explains half of them.
    assert float(soft_error(jnp.ones((6, 1)), together)) == pytest.approx(0.5, abs=1e-5)


def test_atoms_tied_by_rigid_bonds_share_their_memberships():
    members = np.asarray(encoder().sample(jax.random.key(0), jnp.asarray(1.0)))
    assert members.shape == (6, 2)
    np.testing.assert_allclose(members.sum(axis=1), 1.0)
    np.testing.assert_array_equal(members[0], members[1])
    np.testing.assert_array_equal(members[3], members[4])
    assert 0.01 < members.min() < members.max() < 0.99


def test_draws_follow_the_softmax_of_the_logits():
    # The largest of logits with Gumbel noise is drawn with the probability of the softmax.
    keys = jax.random.split(jax.random.key(1), 4000)
    drawn = jax.vmap(lambda key: encoder().sample(key, jnp.asarray(1e-3)))(keys)
    expected = np.where(np.eye(2)[BEADS] > 0, np.e, 1.0) / (np.e + 1)
    np.testing.assert_allclose(np.mean(np.asarray(drawn) > 0.5, axis=0), expected, atol=0.03)


def test_the_loss_of_a_certain_assignment_adds_the_mean_force():
    key, cold = jax.random.key(2), jnp.asarray(0.1)
    without = float(encoder(100.0).loss(key, cold))
    assert without == pytest.approx(1 - 2 / 6, rel=1e-5)
    # Of independent forces a bead has the sum of squares, as its atoms have.
    free = float(encoder(100.0, 5.0 * jnp.eye(6), 0.25).loss(key, cold))
    assert free == pytest.approx(without + 0.25)
    # Forces that cancel within a bead leave nothing of them.
    pull = np.array([1.0, -1.0, 2.0, -1.0, -1.0, 0.0])
    cancelled = encoder(100.0, jnp.asarray(np.outer(pull, pull)), 0.25).loss(key, cold)
    assert float(cancelled) == pytest.approx(without)
