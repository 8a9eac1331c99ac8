import numpy as np

from molscape.core.topology import Topology
from molscape.fit.result import Fit, Support
from molscape.studies.coarse_graining.potential_pages import pair_curves, sample_curve, unmeasured
from molscape.studies.parts.models import Model, load_model
from support.studies import FLUID

PAIR = ("AR", "AR")


def test_curves_carry_jackknife_errors_that_cover_the_truth(finished):
    folder, _ = finished
    model = load_model(folder / "run" / "models" / "pair")
    energy, force = pair_curves(model, PAIR)
    assert (energy.y_unit, force.y_unit) == ("kJ/mol", "kJ/mol/nm")
    seen = force.x > 0.33
    _, exact = FLUID.tabulate(force.x, PAIR)
    assert np.all(force.error[seen][:-5] > 0)
    assert np.abs(force.y - exact)[seen].max() < 0.02 * np.abs(exact[seen]).max()


def test_sample_curve_sits_in_the_middle_of_the_intervals(finished):
    folder, _ = finished
    model = load_model(folder / "run" / "models" / "pair")
    curve = sample_curve(model, "AR-AR")
    assert np.isclose(curve.x[0], 0.30)
    assert np.isclose(curve.x[-1], 0.84)
    assert curve.samples.sum() > 10_000
    assert sample_curve(model, "AR-W") is None


def test_the_wall_is_shaded_up_to_the_first_samples(finished):
    folder, _ = finished
    model = load_model(folder / "run" / "models" / "pair")
    (wall, *_) = unmeasured(model, "AR-AR", "pair_spline")
    first = int(model.fit.supports[0].first)
    assert np.isclose(wall[1], 0.29 + 0.02 * first)
    assert wall[0] < wall[1]
    assert "wall" in wall[2]


def test_a_dihedral_that_goes_on_across_pi_is_shaded_where_it_was_not_seen():
    poor = np.zeros(12, dtype=bool)
    poor[3:9] = True
    row = Support("dihedral_spline", "A-B-C-D", "rad", -np.pi, np.pi / 6, np.ones(12), 9, 2, poor)
    assert row.inside.tolist() == [True] * 3 + [False] * 6 + [True] * 3
    fit = Fit(method="linear", potential=FLUID, frames=1, supports=(row,))
    beads = Topology.build(["A"], masses=[1.0])
    regions = unmeasured(Model("m", FLUID, beads, 300.0, fit), "A-B-C-D", "dihedral_spline")
    assert np.isclose(regions[0][0], -np.pi / 2)
    assert np.isclose(regions[-1][1], np.pi / 2)
    assert {meaning for _, _, meaning in regions} == {"bridge, not measured"}
