"""Standard errors of means of known variance, and of a mean by leaving out."""

import numpy as np
import pytest

from molscape.core.statistics import jackknife_error, standard_error


def test_the_error_of_a_mean_is_that_of_its_distribution():
    drawn = np.random.default_rng(3).normal(scale=2.0, size=(25, 4000))
    # E[s^2 / n] = 4 / 25; the mean over 4,000 samples has a relative error of sqrt(2 / 24 / 4000).
    assert np.mean(standard_error(drawn) ** 2) == pytest.approx(0.16, rel=4 * np.sqrt(2 / 96_000))
    assert np.var(drawn.mean(axis=0)) == pytest.approx(
        np.mean(standard_error(drawn) ** 2), rel=4 * np.sqrt(2 / 4000)
    )


def test_leaving_out_each_value_of_a_mean_gives_its_standard_error():
    values = np.random.default_rng(4).normal(size=(12, 3))
    left_out = np.stack([np.delete(values, k, axis=0).mean(axis=0) for k in range(12)])
    np.testing.assert_allclose(jackknife_error(left_out), standard_error(values), rtol=1e-12)


def test_numbers_worked_out_by_hand():
    assert standard_error([1.0, 3.0]) == pytest.approx(1.0)
    assert jackknife_error([1.0, 3.0]) == pytest.approx(1.0)
    assert jackknife_error([0.0, 0.0, 3.0]) == pytest.approx(2.0)


@pytest.mark.parametrize("error", [standard_error, jackknife_error])
@pytest.mark.parametrize("values", [np.zeros((1, 2)), np.zeros((0, 2))])
def test_one_value_has_no_error(error, values):
    found = error(values)
    assert found.shape == (2,)
    assert np.isnan(found).all()
