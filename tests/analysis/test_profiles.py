"""Free energy and mean force along a coordinate against a harmonic well."""

import numpy as np
import pytest

from molscape.analysis.profiles import profile, root_mean_square

EDGES = np.linspace(-2, 2, 41)


def well(replicas=200, frames=500, seed=1):
    """x in a well of width one, with force -x and noise of one."""
    random = np.random.default_rng(seed)
    x = random.normal(size=(replicas, frames))
    return x, -x + random.normal(size=x.shape)


def test_a_harmonic_well_within_its_errors():
    found = profile(*well()[:1], EDGES, well()[1])
    exact = found.x**2 / 2 + np.log(2 * np.pi) / 2
    for away, error in (
        (found.free_energy - exact, found.free_energy_error),
        (found.force + found.x, found.force_error),
    ):
        assert np.sqrt(np.mean((away / error) ** 2)) == pytest.approx(1.0, abs=0.35)
        assert np.max(np.abs(away)) < 0.08
    assert found.samples.sum() == np.sum(np.abs(well()[0]) < 2)


def test_bins_that_nothing_visits_are_not_numbers():
    x, _ = well(frames=20)
    found = profile(x, np.array([-1.0, 1.0, 50.0, 51.0]))
    assert np.isnan(found.free_energy[2])
    assert np.all(np.isnan(found.force))


def test_one_replica_has_no_errors():
    with pytest.raises(ValueError, match="at least two"):
        profile(np.zeros((1, 9)), EDGES)


def test_root_mean_square_with_and_without_shift():
    values, chosen = np.array([1.0, 3.0, 99.0]), np.array([True, True, False])
    assert root_mean_square(values, np.zeros(3), chosen) == pytest.approx(np.sqrt(5))
    assert root_mean_square(values, np.zeros(3), chosen, shifted=True) == pytest.approx(1.0)
