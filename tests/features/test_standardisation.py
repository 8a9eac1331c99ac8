"""Means and deviations of features, and features that do not vary."""

import numpy as np
import pytest

from molscape.features import standard, whitened


def test_standardised_features_have_mean_zero_and_deviation_one():
    features = np.random.default_rng(0).normal(3.0, 2.0, (500, 4))
    features[:, 2] = np.random.default_rng(1).normal(0, 1e-16, 500)
    mean, deviation = standard(features, "type W")
    scaled = (features - mean) / deviation
    np.testing.assert_allclose(scaled.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(scaled.std(axis=0), [1, 1, 0, 1], atol=1e-12)
    assert deviation[2] == 1


def test_displacements_change_whitened_features_all_alike():
    # Features that are linear in three coordinates; their slopes are the rows of a matrix.
    random = np.random.default_rng(0)
    slopes = np.array([[2.0, 1.9, 0.3], [0.0, 0.3, 0.0], [0.1, 0.1, 0.5]])
    coordinates = random.normal(size=(20_000, 3)) * [1.0, 0.5, 0.25]
    changes = random.normal(size=(20_000, 3)) @ slopes
    mean, matrix = whitened(coordinates @ slopes + 7.0, changes, "type W")
    np.testing.assert_allclose(mean, 7.0, atol=0.05)
    # So the result is the coordinates turned, whatever the slopes were.
    turned = slopes @ matrix
    np.testing.assert_allclose(turned @ turned.T, 4 * np.eye(3), atol=0.2)


def test_what_hardly_changes_is_not_blown_up():
    random = np.random.default_rng(0)
    one, two = random.normal(size=(2, 500))
    features = np.stack([one, one + 1e-7 * two, np.full(500, 3.0)], axis=1)
    mean, matrix = whitened(features, features - features.mean(axis=0), "type W")
    scaled = (features - mean) @ matrix
    assert np.abs(matrix).max() < 100
    variances = np.linalg.eigvalsh(scaled.T @ scaled / 500)
    np.testing.assert_allclose(variances[2], 4, rtol=1e-9)
    assert variances[1] < 1e-6


def test_errors_name_the_remedy():
    with pytest.raises(ValueError, match="type W: all 3 features are constant over 5 samples"):
        standard(np.full((5, 3), 0.3), "type W")
    with pytest.raises(ValueError, match="1 samples of its features; give more frames"):
        standard(np.ones((1, 3)), "type W")
    with pytest.raises(ValueError, match="not finite"):
        standard(np.array([[1.0], [np.nan]]), "type W")
