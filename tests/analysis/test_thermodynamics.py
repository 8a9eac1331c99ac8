import numpy as np
import pytest

from molscape.analysis.thermodynamics import (
    energy_drift,
    mean_density,
    mean_pressure,
    mean_temperature,
)


def test_temperature_and_pressure():
    random = np.random.default_rng(0)
    observables = {
        "temperature": 300 + 5 * random.normal(size=(400, 3)),
        "pressure": 0.06 + 0.1 * random.normal(size=400),
    }
    temperature, pressure = mean_temperature(observables), mean_pressure(observables)
    assert abs(temperature.mean - 300) < 4 * temperature.error
    assert temperature.error == pytest.approx(5 / np.sqrt(1200), rel=0.2)
    assert abs(pressure.mean - 0.06) < 4 * pressure.error
    with pytest.raises(ValueError, match="'pressure' was not recorded, there are temperature"):
        mean_pressure({"temperature": np.zeros(3)})


@pytest.mark.parametrize("replicas", [1, 4])
def test_drift_of_a_noisy_line(replicas):
    """Slope 2 kJ/mol/ns per particle; scores over many noises follow the stated error."""
    times = np.repeat(np.arange(200)[:, None] * 0.5, replicas, axis=1)
    scores = []
    for seed in range(60):
        noise = np.random.default_rng(seed).normal(size=times.shape)
        energy = -500 + 2 * 50 * times * 1e-3 + noise
        slope, error = energy_drift({"time": times, "total_energy": energy}, 50)
        scores.append((slope - 2) / error)
    assert abs(np.mean(scores)) < 4 / np.sqrt(60)
    assert np.std(scores) == pytest.approx(1, abs=0.3)
    with pytest.raises(ValueError, match="at least three"):
        energy_drift({"time": times[:2], "total_energy": times[:2]}, 50)


def test_density(particles):
    boxes = np.array([np.eye(3) * 2, np.eye(3) * 2.5] * 5)
    positions = np.zeros((10, 7, 3))
    expected = (7 / 8 + 7 / 2.5**3) / 2
    assert mean_density(particles(positions, boxes)).mean == pytest.approx(expected)
    replicas = particles(positions, boxes, replicas=np.tile([0, 1], 5))
    assert mean_density(replicas).mean == pytest.approx(expected)
    with pytest.raises(ValueError, match="no box"):
        mean_density(particles(positions))
