import pytest

from molscape.analysis.observables import Member, observable


def test_the_correlation_begins_at_one_and_integrates_to_a_diffusion(moving):
    velocity = observable("velocity")
    found = velocity.measure(moving, None)
    assert found.curve.y[0] == pytest.approx(1.0)
    (number,) = velocity.numbers("", found, None)
    assert (number.name, number.unit) == ("velocity.diffusion", "cm²/s")
    assert number.value == pytest.approx(found.diffusion[0] * 0.01)
    plan = velocity.plan(moving, {})
    (plot,) = velocity.draw(plan, [Member("x", "reference", moving, {"": found})])
    assert (plot.title, plot.key) == ("Velocity autocorrelation", "velocity")


def test_frames_without_velocities_are_refused(walkers):
    with pytest.raises(ValueError, match="no velocities"):
        observable("velocity").measure(walkers(), None)
