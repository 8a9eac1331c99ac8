"""A run at several temperatures, for what exchanges and what sorts them."""

import numpy as np
import pytest

from molscape.core.ensemble import Langevin
from molscape.core.frames import Frames
from molscape.simulate import Jax, Schedule
from molscape.simulate.tempering import Tempering
from support.fields import BEAD, Field
from support.opaque import draw_network, make_gaussians


@pytest.fixture(scope="session")
def harmonic():
    """A bead in a harmonic well at three temperatures, 200 copies of each."""
    return Jax(replicas=200, tempering=Tempering((300.0, 450.0, 900.0), every=10)).run(
        Field(500.0, 0.0), BEAD, Frames(np.zeros((1, 1, 3))), Langevin(300.0, 5.0),
        Schedule(steps=6000, timestep=0.02, every=50, equilibration=500, chunks=3),
    )  # fmt: skip


@pytest.fixture(scope="session")
def network():
    """A potential of all distances in one molecule."""
    return draw_network()


@pytest.fixture(scope="session")
def gaussians():
    """Soft pairs in a box."""
    return make_gaussians()
