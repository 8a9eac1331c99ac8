"""A soft well between two particles, to be found again by methods that compare structure."""

import numpy as np
import pytest

from molscape.core.state import State
from molscape.fit import Task
from molscape.potentials import PairSpline


def well(r):
    u = 2 * np.exp(-(((r - 0.3) / 0.1) ** 2)) - np.exp(-(((r - 0.5) / 0.1) ** 2))
    return np.where(r < 0.8, u * (1 - (r / 0.8) ** 4) ** 2, 0.0)


@pytest.fixture
def task(gas, tmp_path):
    """The task, with an exact sampler."""
    spline = PairSpline(start=0.3, cutoff=0.8, spacing=0.05, pairs=(("A", "A"),))
    data = [(gas.trajectory("data", {"A-A": well}), State(temperature=120.0))]
    return Task("pair", spline, data, sampler=gas.sampler(), folder=tmp_path / "fit")


@pytest.fixture
def error():
    """How far a fit is from the well at most, in kJ/mol."""

    def found(fit):
        r = np.linspace(0.31, 0.79, 200)
        return np.abs(fit.potential.tabulate(r, ("A", "A"))[0] - well(r)).max()

    return found
