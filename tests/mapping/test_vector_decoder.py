"""The equivariant decoder: it moves and turns with the beads, begins linear, knows its hand."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from molscape.core.potential import cast
from molscape.mapping.bead_graph import BeadGraph
from molscape.mapping.vector_decoder import VectorDecoder, invariants

CHAIN = np.array([[0, 1], [1, 2], [2, 3], [3, 4]])


@eqx.filter_jit
def called(decoder, beads):
    return decoder(beads)


def drawn(dtype, beads=5, atoms=9, seed=0):
    """A decoder with random weights everywhere, and beads in nm."""
    random = np.random.default_rng(seed)
    z = 0.3 * np.arange(beads)[:, None] * [1.0, 0, 0] + 0.1 * random.normal(size=(50, beads, 3))
    mixing = random.dirichlet(np.ones(beads), size=atoms)
    x = np.einsum("ab,sbc->sac", mixing, z) + 0.05 * random.normal(size=(50, atoms, 3))
    apart = np.linalg.norm(z.mean(axis=0)[:, None] - z.mean(axis=0), axis=-1)
    with jax.enable_x64(True):
        decoder = VectorDecoder.draw(
            mixing,
            random.integers(0, beads, atoms),
            BeadGraph.of(CHAIN, apart),
            (x, z),
            (16,),
            jax.random.key(1),
        )
        last = 0.3 * random.normal(size=decoder.network.weights[-1].shape)
        moved = eqx.tree_at(lambda d: d.network.weights[-1], decoder, jnp.asarray(last))
    with jax.enable_x64(dtype == np.float64):
        return cast(decoder, dtype), cast(moved, dtype), z.astype(dtype)


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float32, 1e-5), (np.float64, 1e-12)])
def test_it_moves_and_turns_with_the_beads(dtype, tolerance):
    linear, decoder, z = drawn(dtype)
    turn, shift = Rotation.random(random_state=2).as_matrix(), np.array([0.5, -1.0, 0.2])
    with jax.enable_x64(dtype == np.float64):
        still = np.asarray(called(decoder, jnp.asarray(z)))
        moved = np.asarray(called(decoder, jnp.asarray((z @ turn.T + shift).astype(dtype))))
        begun = np.asarray(called(linear, jnp.asarray(z)))
    assert np.abs(moved - (still @ turn.T + shift)).max() < tolerance
    expected = np.einsum("ab,sbc->sac", np.asarray(linear.linear), z)
    np.testing.assert_allclose(begun, expected, atol=tolerance)
    # What is tested is not the linear decoder: the network moves atoms by much more.
    assert np.abs(still - begun).max() > 1e-2


def test_a_mirror_image_is_not_decoded_to_the_mirror_image_by_itself():
    _, decoder, z = drawn(np.float64)
    mirror = np.array([1.0, 1.0, -1.0])
    with jax.enable_x64(True):
        image = np.asarray(called(decoder, jnp.asarray(z * mirror))) * mirror
        still = np.asarray(called(decoder, jnp.asarray(z)))
    assert np.abs(image - still).max() > 1e-2


def test_invariants_of_a_known_shape():
    beads = np.array([[[0.0, 0, 0], [2, 0, 0], [0, 3, 0], [0, 0, 4]]])
    found = invariants(beads, ((1, 0, 2), (0, 1, 2)), ((0, 1, 2, 3),))[0]
    root = np.sqrt
    expected = [2, 3, 4, root(13), root(20), 5, 0, 2 / root(13), 24]
    np.testing.assert_allclose(found, expected, atol=1e-9)
    image = invariants(beads * [1, 1, -1], ((1, 0, 2), (0, 1, 2)), ((0, 1, 2, 3),))[0]
    np.testing.assert_allclose(image, [*expected[:-1], -24], atol=1e-9)


def test_a_straight_line_of_beads_gives_finite_atoms():
    _, decoder, _ = drawn(np.float64)
    with jax.enable_x64(True):
        line = jnp.asarray(0.3 * np.arange(5)[None, :, None] * np.array([1.0, 0, 0]))
        assert np.all(np.isfinite(np.asarray(called(decoder, line))))


def test_two_beads_are_refused():
    z = np.random.default_rng(0).normal(size=(5, 2, 3))
    apart = np.ones((2, 2))
    graph = BeadGraph(CHAIN[:1], np.zeros((2, 2), dtype=int), (), ())
    with pytest.raises(ValueError, match="2 beads: local vectors need 3 to 40"):
        VectorDecoder.draw(apart / 2, np.array([0, 1]), graph, (z, z), (4,), jax.random.key(0))
