"""What networks are told of a molecule, against plain numpy."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from molscape.core.topology import Topology
from molscape.features import Coordinates, MoleculeGeometry, angles, dihedrals, distances

BOX = np.array([[2.1, 0, 0], [0.3, 2.2, 0], [-0.2, 0.4, 2.0]])


def chain(copies, beads=5):
    first = np.arange(copies * beads).reshape(copies, beads)

    def windows(width):
        return np.concatenate([first[:, k : beads - width + 1 + k, None] for k in range(width)], 2)

    bonds, bends, turns = (windows(width).reshape(-1, width) for width in (2, 3, 4))
    return Topology.build(
        ["A", "B", "C", "B", "D"] * copies,
        masses=np.ones(copies * beads),
        bonds=bonds,
        angles=bends,
        dihedrals=turns,
        molecules=np.repeat(np.arange(copies), beads),
    )


def walk(copies, seed=0):
    steps = np.random.default_rng(seed).normal(size=(copies, 5, 3))
    steps *= 0.15 / np.linalg.norm(steps, axis=-1, keepdims=True)
    return (np.cumsum(steps, axis=1) + np.arange(copies)[:, None, None]).reshape(-1, 3)


def test_seventeen_features_of_five_beads_in_a_chain():
    features = MoleculeGeometry.of(chain(3))
    assert len(features.names) == 17
    assert features.names[0] == "distance 0-1"
    assert features.names[-1] == "sine 1-2-3-4"
    x = walk(3)
    with jax.enable_x64(True):
        found = np.asarray(features(jnp.asarray(x)))
    molecules = x.reshape(3, 5, 3)
    phi = dihedrals(molecules, np.array(features.dihedrals))
    expected = np.concatenate(
        [
            distances(molecules, np.array(features.pairs)),
            angles(molecules, np.array(features.angles)),
            np.cos(phi),
            np.sin(phi),
        ],
        axis=1,
    )
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_images_do_not_matter_and_mirrors_show_in_the_sines_only():
    features, x = MoleculeGeometry.of(chain(2)), walk(2)
    images = np.random.default_rng(1).integers(-2, 3, x.shape) @ BOX
    with jax.enable_x64(True):
        plain = np.asarray(features(jnp.asarray(x), jnp.asarray(BOX)))
        moved = np.asarray(features(jnp.asarray(x + images), jnp.asarray(BOX)))
        mirrored = np.asarray(features(jnp.asarray(x * [1, 1, -1]), None))
        free = np.asarray(features(jnp.asarray(x), None))
    np.testing.assert_allclose(plain, moved, atol=1e-12)
    np.testing.assert_allclose(mirrored[:, :-2], free[:, :-2], atol=1e-12)
    np.testing.assert_allclose(mirrored[:, -2:], -free[:, -2:], atol=1e-12)


def test_large_molecules_take_the_other_way_to_the_same_numbers(monkeypatch):
    features, x = MoleculeGeometry.of(chain(2)), jnp.asarray(walk(2))
    one = features(x)
    monkeypatch.setattr("molscape.features.molecule_geometry.DENSE", 1)
    np.testing.assert_allclose(features(x), one, atol=1e-6)


def test_derivatives_are_finite_on_a_straight_line():
    features = MoleculeGeometry.of(chain(1))
    x = jnp.arange(5.0)[:, None] * jnp.array([0.1, 0.0, 0.0])
    slopes = jax.jacfwd(features)(x)
    assert np.all(np.isfinite(slopes))


def test_coordinates_are_picked_as_they_are():
    x = jnp.asarray(np.random.default_rng(2).normal(size=(4, 3)))
    np.testing.assert_array_equal(Coordinates(axes="zx")(x), x[:, [2, 0]])


def test_errors_say_what_to_do():
    with pytest.raises(ValueError, match="number them from 0"):
        MoleculeGeometry(beads=3, pairs=[(0, 3)])
    with pytest.raises(ValueError, match="not a multiple of 5"):
        MoleculeGeometry.of(chain(1))(jnp.zeros((7, 3)))
    single = Topology.build(["A"] * 3, masses=np.ones(3))
    with pytest.raises(ValueError, match="one bead, which has no shape"):
        MoleculeGeometry.of(single)
    with pytest.raises(ValueError, match="axes 'xx'"):
        Coordinates(axes="xx")
