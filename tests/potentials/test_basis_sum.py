"""Functions of a coordinate by name."""

import jax
import numpy as np
import pytest

from molscape import potentials
from molscape.potentials.basis_sum import evaluate, parse, slope


def test_functions_by_name():
    x = np.linspace(-2, 2, 9)
    assert parse("cos(2.5x)") == ("cos", 2.5)
    with jax.enable_x64(True):
        assert np.asarray(evaluate("x^3", jax.numpy.asarray(x))) == pytest.approx(x**3)
    assert slope("sin(3x)", x) == pytest.approx(3 * np.cos(3 * x))
    for name in ("x^0", "tan(x)", "sin(0x)", "sin(.x)", "y"):
        with pytest.raises(ValueError, match="write x"):
            potentials.BasisSum(functions=[name])


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: potentials.BasisSum(functions=["x", "x"]), "each once"),
        (lambda: potentials.BasisSum(functions=["x"], axis="w"), "use x, y or z"),
        (lambda: potentials.BasisSum(functions=["x"], coefficients=[1.0, 2.0]), "one for each"),
    ],
)
def test_what_does_not_fit_is_told(build, message):
    with pytest.raises(ValueError, match=message):
        build()
