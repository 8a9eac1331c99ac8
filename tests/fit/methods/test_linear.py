import numpy as np
import pytest

from molscape.fit import LinearOptions, Task, linear
from molscape.fit.methods import method_of
from molscape.objectives import ForceMatching
from molscape.potentials import PairSpline


def test_the_block_is_the_linear_fit_with_its_options(fluid):
    spline = PairSpline(start=0.3, cutoff=0.78, spacing=0.04, pairs=(("A", "A"),))
    block = method_of("linear")(kind="linear", ridge=1e-3, blocks=3, minimum_samples=10)
    seen = []
    progress = lambda what, done, total: seen.append((what, done, total))  # noqa: E731
    found = block.fit(Task("pair", spline, fluid, ForceMatching(), progress=progress))
    options = LinearOptions(ridge=1e-3, blocks=3, minimum_samples=10)
    own = linear(spline, ForceMatching(), fluid, options)
    np.testing.assert_array_equal(found.potential.parameters, own.potential.parameters)
    assert found.settings == own.settings == {"ridge": pytest.approx(1e-3)}
    assert found.method == block.name
    assert len(found.replicas) == 3
    assert seen[-1][1] == seen[-1][2]
