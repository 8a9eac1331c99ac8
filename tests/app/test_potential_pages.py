import numpy as np

from molscape.app.models import load_model
from molscape.app.potential_pages import pair_curves, sample_curve, unmeasured

from .conftest import FLUID

PAIR = ("AR", "AR")


def test_curves_carry_jackknife_errors_that_cover_the_truth(finished):
    folder, _ = finished
    model, _ = load_model(folder / "run" / "models" / "pair")
    energy, force = pair_curves(model, PAIR)
    assert (energy.y_unit, force.y_unit) == ("kJ/mol", "kJ/mol/nm")
    seen = force.x > 0.33
    _, exact = FLUID.tabulate(force.x, PAIR)
    assert np.all(force.error[seen][:-5] > 0)
    assert np.abs(force.y - exact)[seen].max() < 0.02 * np.abs(exact[seen]).max()


def test_sample_curve_sits_in_the_middle_of_the_intervals(finished):
    folder, _ = finished
    model, _ = load_model(folder / "run" / "models" / "pair")
    curve = sample_curve(model, "AR-AR")
    assert np.isclose(curve.x[0], 0.30)
    assert np.isclose(curve.x[-1], 0.84)
    assert curve.samples.sum() > 10_000
    assert sample_curve(model, "AR-W") is None


def test_the_wall_is_shaded_up_to_the_first_samples(finished):
    folder, _ = finished
    model, _ = load_model(folder / "run" / "models" / "pair")
    (wall, *_) = unmeasured(model, "AR-AR")
    first = int(model.fit.supports[0].first)
    assert np.isclose(wall[1], 0.29 + 0.02 * first)
    assert wall[0] < wall[1]
    assert "wall" in wall[2]
