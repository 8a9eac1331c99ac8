"""Two wells with a known free energy: the networks of `toy-2d` within 0.1 kT of the closed form."""

import numpy as np
import pytest
from rich.console import Console

from molscape.app.display import Terminal
from molscape.app.loading import load_recipe
from molscape.studies.analytic_toy.run import run_toy

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def record(tmp_path_factory):
    changes = [
        "training.folds=2",
        "models={regression: {kind: regression}, cgnet: {kind: cgnet}, "
        "regularised: {kind: cgnet, prior: 1.25, spectral_bounds: [8]}}",
    ]
    recipe, _ = load_recipe("toy-2d", changes)
    folder = tmp_path_factory.mktemp("toy")
    return run_toy(recipe, folder, folder, Terminal(Console(quiet=True)))


@pytest.mark.parametrize("name", ["cgnet", "regularised", "regression"])
def test_free_energy_is_within_a_tenth_of_kT(record, name):
    assert record[f"{name}.free_energy.deviation"].value < 0.1
    assert record[f"{name}.run.free_energy.deviation"].value < 0.1


@pytest.mark.parametrize("name", ["cgnet", "regularised", "regression"])
def test_mean_force_is_within_a_tenth_of_kT_in_a_nanometre(record, name):
    assert record[f"{name}.mean_force.deviation"].value < 0.1


def test_forces_outside_the_data_as_in_the_paper(record):
    """Wang et al., ACS Cent. Sci. 5, 755 (2019), figure 3, read by eye: about 10 kT at 8 nm."""
    for place in (6, 7, 8):
        for sign in (-1, 1):
            assert sign * record[f"regularised.force_at.x={sign * place}"].value < -5
    assert record["regularised.outside.growth"].value > 0.75
    assert record["cgnet.outside.growth"].value < 0.7
    far = [abs(record[f"regularised.force_at.x={place}"].value) for place in (-8, 8)]
    assert np.mean(far) == pytest.approx(10, abs=2)


def test_the_loss_comes_down_to_the_noise(record):
    for name in ("cgnet", "regularised", "regression"):
        assert record[f"{name}.force_loss.explained"].value > 0.97
