import numpy as np
import pytest

from molscape.core.linear import Linear, SplineRows
from molscape.potentials import BondSpline, DihedralSpline, LennardJones, PairSpline

PAIRS = (("A", "A"), ("A", "B"))


@pytest.mark.parametrize(
    ("spline", "ends", "unit"),
    [
        (PairSpline(start=0.2, cutoff=0.8, spacing=0.1, pairs=PAIRS), "cutoff", "nm"),
        (BondSpline(types=("A-B", "B-B"), start=0.2, end=0.4, intervals=6), "free", "nm"),
        (DihedralSpline(types=("A-B-B-A", "A-A-A-A"), intervals=12), "periodic", "rad"),
    ],
)
def test_rows_of_splines_are_linear_in_their_parameters(spline, ends, unit):
    assert isinstance(spline, SplineRows)
    assert (spline.ends, spline.unit, len(spline.labels)) == (ends, unit, 2)
    random = np.random.default_rng(0)
    a, b = (spline.with_parameters(random.normal(size=spline.parameters.size)) for _ in range(2))
    both = spline.with_parameters(np.ravel(2 * a.parameters + 3 * b.parameters))
    x = np.linspace(spline.start, spline.start + spline.spacing * spline.intervals, 9)
    label = spline.row_types[1]
    expected = 2 * a.tabulate(x, label)[0] + 3 * b.tabulate(x, label)[0]
    np.testing.assert_allclose(both.tabulate(x, label)[0], expected, atol=2e-5)
    size = spline.parameters.size
    assert spline.roughness().shape == (size, size)


def test_other_potentials_are_not_linear():
    lennard_jones = LennardJones(epsilon=1.0, sigma=0.3, pairs=PAIRS[:1], cutoff=0.9)
    assert not isinstance(lennard_jones, Linear)
