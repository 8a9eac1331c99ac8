"""Means and deviations of features, and features that do not vary."""

import numpy as np
import pytest

from molscape.features import standard


def test_standardised_features_have_mean_zero_and_deviation_one():
    features = np.random.default_rng(0).normal(3.0, 2.0, (500, 4))
    features[:, 2] = np.random.default_rng(1).normal(0, 1e-16, 500)
    mean, deviation = standard(features, "type W")
    scaled = (features - mean) / deviation
    np.testing.assert_allclose(scaled.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(scaled.std(axis=0), [1, 1, 0, 1], atol=1e-12)
    assert deviation[2] == 1


def test_errors_name_the_remedy():
    with pytest.raises(ValueError, match="type W: all 3 features are constant over 5 samples"):
        standard(np.full((5, 3), 0.3), "type W")
    with pytest.raises(ValueError, match="1 samples of its features; give more frames"):
        standard(np.ones((1, 3)), "type W")
    with pytest.raises(ValueError, match="not finite"):
        standard(np.array([[1.0], [np.nan]]), "type W")
