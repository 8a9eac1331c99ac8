import numpy as np
import pytest

from molscape.analysis import diffusion_ratio, rescaled_time
from molscape.core.curve import Curve


def test_ratio_and_its_error():
    ratio, error = diffusion_ratio((6e-3, 3e-4), (2e-3, 4e-5))
    assert ratio == pytest.approx(3.0)
    draws = np.random.default_rng(0).normal(size=(2, 200_000))
    spread = np.std((6e-3 + 3e-4 * draws[0]) / (2e-3 + 4e-5 * draws[1]))
    assert error == pytest.approx(spread, rel=0.02)
    with pytest.raises(ValueError, match="must be positive: sample longer"):
        diffusion_ratio((-1e-4, 1e-3), (2e-3, 1e-4))


def test_displacements_fall_together_on_the_reference_clock():
    t = np.arange(1.0, 5.0)
    model = Curve(t, 6 * 6e-3 * t, 0 * t, "t", "ps", "msd", "nm^2")
    scaled = rescaled_time(model, 3.0)
    np.testing.assert_allclose(scaled.y, 6 * 2e-3 * scaled.x)
    with pytest.raises(ValueError, match="give a curve of time in ps"):
        rescaled_time(Curve(t, t, t, "r", "nm", "g", ""), 3.0)
