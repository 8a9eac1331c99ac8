from dataclasses import replace

import pytest

from molscape.analysis.observables import Member, observable


def test_walkers_diffuse_as_they_step(walkers):
    diffusion, sample = observable("diffusion"), walkers(step=0.01)
    found = diffusion.measure(sample, None)
    assert found.diffusion[0] == pytest.approx(0.01**2 / 2, rel=0.5)
    (number,) = diffusion.numbers("", found, None)
    assert (number.name, number.unit) == ("diffusion", "cm²/s")
    (ratio,) = diffusion.compare("", found, found, {})
    assert (ratio.name, ratio.value) == ("diffusion.ratio", 1.0)
    plan = diffusion.plan(sample, {})
    (plot,) = diffusion.draw(plan, [Member("x", "reference", sample, {"": found})])
    assert (plot.title, plot.key) == ("Mean squared displacement", "diffusion")
    assert plot.x_log
    assert plot.y_log


def test_a_curve_without_a_slope_has_no_numbers(walkers):
    diffusion = observable("diffusion")
    found = diffusion.measure(walkers(), None)
    flat = replace(found, diffusion=None)
    assert not list(diffusion.numbers("", flat, None))
    assert not list(diffusion.compare("", found, flat, {}))


def test_jumps_too_far_to_unwrap_are_refused(walkers):
    with pytest.raises(ValueError, match="ambiguous"):
        observable("diffusion").measure(walkers(step=0.4), None)
