"""The smooth environment against a plain loop, and its invariances."""

import jax.numpy as jnp
import numpy as np
import pytest

from molscape.features import SmoothEnvironment


def channels(weight):
    """Three smooth functions of the weight, channels before places."""
    return jnp.stack([jnp.tanh(0.5 * weight), jnp.cos(weight), 1.0 + 0.0 * weight], axis=1)


def switch(r, start=0.3, cutoff=0.5):
    u = (r - start) / (cutoff - start)
    return 1.0 if u < 0 else 1 - 10 * u**3 + 15 * u**4 - 6 * u**5


def test_a_plain_loop_agrees(crowd):
    environment = SmoothEnvironment(cutoff=0.5, start=0.3, axes=2)
    expected = []
    for i in range(30):
        moments = np.zeros((3, 4))
        for vector in crowd.neighbours(i)[0]:
            r = np.linalg.norm(vector)
            w = switch(r) / r
            row = w * np.array([1, *(vector / r)])
            moments += np.outer([np.tanh(0.5 * w), np.cos(w), 1.0], row)
        expected.append((moments @ moments[:2].T).ravel())
    found = crowd.evaluate(lambda around: environment(around, channels))
    np.testing.assert_allclose(found, expected, atol=1e-10)
    assert np.max(np.abs(expected)) > 10
    crowd.double = False
    found = crowd.evaluate(lambda around: environment(around, channels))
    np.testing.assert_allclose(found, expected, atol=1e-5 * np.max(np.abs(expected)))


def test_tensors_hold_legendre_polynomials_of_angles(crowd):
    """A block for each degree: sums over pairs of neighbours of w w' G G' P_l(cos theta)."""
    legendre = (lambda c: 1 + c, lambda c: (3 * c**2 - 1) / 2, lambda c: (5 * c**3 - 3 * c) / 2)
    environment = SmoothEnvironment(cutoff=0.5, start=0.3, axes=2, degree=3)
    assert environment.size(3) == 18
    found = crowd.evaluate(lambda around: environment(around, channels))
    for i in range(30):
        vectors = np.array(crowd.neighbours(i)[0]).reshape(-1, 3)
        r = np.linalg.norm(vectors, axis=1)
        w = np.array([switch(each) for each in r]) / r
        units = vectors / r[:, None]
        weighted = w * np.array([np.tanh(0.5 * w), np.cos(w), np.ones_like(w)])
        cosines = units @ units.T
        blocks = [weighted @ polynomial(cosines) @ weighted[:2].T for polynomial in legendre]
        np.testing.assert_allclose(found[i], np.ravel(blocks), atol=1e-9)
    for degree in (1, 2):
        lower = SmoothEnvironment(cutoff=0.5, start=0.3, axes=2, degree=degree)
        fewer = crowd.evaluate(lambda around, lower=lower: lower(around, channels))
        np.testing.assert_allclose(fewer, found[:, : 6 * degree], atol=1e-12)


@pytest.mark.parametrize("degree", [1, 3])
def test_derivatives_are_finite_differences(crowd, degree):
    environment = SmoothEnvironment(cutoff=0.5, start=0.1, axes=3, degree=degree)
    crowd.check_derivatives(lambda around: environment(around, channels))


def test_rotations_and_mirrors_leave_it(crowd):
    if crowd.box is not None:
        pytest.skip("needs open space")
    environment = SmoothEnvironment(cutoff=0.5, start=0.3, degree=3)
    q = np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))[0]
    found = crowd.evaluate(lambda around: environment(around, channels))
    for turn in (q, -q):
        turned = crowd.evaluate(
            lambda around: environment(around, channels), crowd.positions @ turn
        )
        np.testing.assert_allclose(turned, found, atol=1e-10)


def test_errors_name_the_remedy():
    with pytest.raises(ValueError, match="axes 0: give at least one"):
        SmoothEnvironment(cutoff=0.5, start=0.3, axes=0)
    with pytest.raises(ValueError, match=r"degree 4: use one of \[1, 2, 3\]"):
        SmoothEnvironment(cutoff=0.5, start=0.3, degree=4)
    with pytest.raises(ValueError, match="not inside the cutoff"):
        SmoothEnvironment(cutoff=0.5, start=0.6)
