"""Symmetry functions against a plain double loop."""

import itertools

import numpy as np
import pytest

from molscape.features import AngularSymmetry, RadialSymmetry

ETA, CENTER = (0.0, 10.0, 60.0), (0.0, 0.1, 0.3)
ANGULAR = {"eta": (0.5, 4.0, 0.0), "zeta": (1.0, 2.0, 7.5), "lambda_": (1.0, -1.0, 1.0)}
PAIRS = ((0, 0), (0, 1), (1, 1))


def ends(name, r):
    if r >= 0.5:
        return 0.0
    return 0.5 * (np.cos(np.pi * r / 0.5) + 1) if name == "cosine" else np.tanh(1 - r / 0.5) ** 3


def plain_radial(crowd, i, name):
    result = np.zeros((2, len(ETA)))
    for vector, kind in zip(*crowd.neighbours(i), strict=True):
        r = np.linalg.norm(vector)
        for k, (eta, center) in enumerate(zip(ETA, CENTER, strict=True)):
            result[kind, k] += np.exp(-eta * (r - center) ** 2) * ends(name, r)
    return result


def plain_angular(crowd, i, name, triangle):
    d, kinds = crowd.neighbours(i)
    result = np.zeros((3, 3))
    for (a, s), (b, t) in itertools.combinations(zip(d, kinds, strict=True), 2):
        r, q, third = np.linalg.norm(a), np.linalg.norm(b), np.linalg.norm(a - b)
        cosine = a @ b / (r * q)
        f = ends(name, r) * ends(name, q) * (ends(name, third) if triangle else 1.0)
        square = r**2 + q**2 + (third**2 if triangle else 0.0)
        for k in range(3):
            eta, zeta, lambda_ = (ANGULAR[key][k] for key in ("eta", "zeta", "lambda_"))
            term = 2 ** (1 - zeta) * (1 + lambda_ * cosine) ** zeta * np.exp(-eta * square) * f
            result[PAIRS.index(tuple(sorted((int(s), int(t))))), k] += term
    return result


@pytest.mark.parametrize("name", ["cosine", "tanh"])
def test_radial_functions_are_a_plain_loop(crowd, name):
    functions = RadialSymmetry(eta=ETA, center=CENTER, cutoff=0.5, types=2, ends=name)
    expected = [plain_radial(crowd, i, name) for i in range(30)]
    np.testing.assert_allclose(crowd.evaluate(functions), expected, atol=1e-12)
    assert np.max(expected) > 0.1
    crowd.double = False
    np.testing.assert_allclose(crowd.evaluate(functions), expected, atol=2e-5)


@pytest.mark.parametrize(("name", "triangle"), [("cosine", True), ("tanh", False)])
def test_angular_functions_are_a_plain_double_loop(crowd, name, triangle):
    functions = AngularSymmetry(**ANGULAR, cutoff=0.5, types=2, ends=name, triangle=triangle)
    assert functions.pairs == PAIRS
    expected = np.array([plain_angular(crowd, i, name, triangle) for i in range(30)])
    np.testing.assert_allclose(crowd.evaluate(functions), expected, atol=1e-12)
    assert np.all(np.max(expected, axis=0) > 1e-6)
    crowd.double = False
    np.testing.assert_allclose(crowd.evaluate(functions), expected, atol=2e-5)


def test_derivatives_are_finite_differences(crowd):
    crowd.check_derivatives(RadialSymmetry(eta=ETA, center=CENTER, cutoff=0.5, types=2))
    triangle = crowd.box is None
    crowd.check_derivatives(
        AngularSymmetry(**ANGULAR, cutoff=0.5, types=2, triangle=triangle, ends="tanh")
    )


def test_errors_name_the_remedy():
    with pytest.raises(ValueError, match="give equal lists"):
        RadialSymmetry(eta=(1, 2), center=(0,), cutoff=0.5)
    with pytest.raises(ValueError, match="use one of"):
        RadialSymmetry(eta=1, center=0, cutoff=0.5, ends="sine")
    with pytest.raises(ValueError, match="no eta is negative"):
        RadialSymmetry(eta=-1, center=0, cutoff=0.5)
    with pytest.raises(ValueError, match="lambda is 1 or -1"):
        AngularSymmetry(eta=1, zeta=1, lambda_=0.5, cutoff=0.5)


def test_dscribe_gives_the_same(crowd):
    """Of the first particle, by DScribe 2.1.2 (ACSF, r_cut 0.5, periodic, species H and O)."""
    if crowd.box is None:
        pytest.skip("DScribe's numbers are for the periodic crowd")
    radial = [[0.28404041933, 0.437414470295], [0.364896886039, 0.457342475505]]
    with_triangle = [
        [3.565317494638e-02, 3.387170155000e-04, 1.510368744278e-02],
        [4.166389777432e-02, 1.146821171352e-03, 1.060407039221e-02],
        [1.425619989267e-05, 1.408484432139e-06, 2.496560684100e-07],
    ]
    without = [
        [1.188856400235e-01, 4.024033790201e-03, 3.911749705468e-02],
        [2.435211046212e-01, 7.653672440388e-02, 3.529859344786e-02],
        [3.140620255724e-02, 7.259314755837e-03, 4.871028224236e-04],
    ]
    g2 = RadialSymmetry(eta=(10.0, 60.0), center=(0.1, 0.3), cutoff=0.5, types=2)
    np.testing.assert_allclose(crowd.evaluate(g2)[0], radial, rtol=1e-11)
    for triangle, expected in ((True, with_triangle), (False, without)):
        functions = AngularSymmetry(
            eta=(0.5, 4.0, 0.0),
            zeta=(1.0, 2.0, 7.0),
            lambda_=(1.0, -1.0, 1.0),
            cutoff=0.5,
            types=2,
            triangle=triangle,
        )
        np.testing.assert_allclose(crowd.evaluate(functions)[0], expected, rtol=1e-9)
