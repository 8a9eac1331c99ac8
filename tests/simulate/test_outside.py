"""Runs that leave the range of a learned potential's training data are seen, and can be stopped."""

from typing import Any, ClassVar

import jax.numpy as jnp
import numpy as np
import pytest
from jaxtyping import Array, Float

from molscape.core import terms
from molscape.core.ensemble import Langevin
from molscape.core.frames import Frames
from molscape.core.potential import Potential
from molscape.core.topology import Topology
from molscape.core.units import thermal_energy
from molscape.potentials import HarmonicBonds, Sum
from molscape.simulate import Jax, Schedule

PAIR = Topology.build(["A", "A"], masses=[12.0, 12.0])


class Springs(Potential):
    """U = stiffness |x|^2 / 2 of each bead, learned where each coordinate is within `range`."""

    kind: ClassVar[str] = "springs"

    stiffness: Float[Array, ""]
    range: Float[Array, ""]

    @property
    def reach(self) -> float:
        return 0.0

    @property
    def symmetries(self) -> frozenset[str]:
        return frozenset()

    def __call__(self, system, positions, box, neighbours):
        return 0.5 * self.stiffness * jnp.sum(positions**2)

    def outside(self, system, positions, box, neighbours):
        return jnp.sum(jnp.abs(positions) > self.range)

    def lower(self) -> tuple[terms.Term, ...]:
        return (terms.Opaque(self.kind, 0.0, "it is a test"),)

    def settings(self) -> dict[str, Any]:
        return {}

    def arrays(self) -> dict[str, np.ndarray]:
        return {"stiffness": np.asarray(self.stiffness), "range": np.asarray(self.range)}

    @classmethod
    def rebuild(cls, settings, arrays):
        return cls(jnp.asarray(arrays["stiffness"]), jnp.asarray(arrays["range"]))


def springs(limit):
    return Springs(jnp.asarray(500.0), jnp.asarray(limit))


BONDS = HarmonicBonds(types=("A-A",), stiffness=[1.0], length=[0.3])
SCHEDULE = {"steps": 4000, "timestep": 0.01, "every": 20, "equilibration": 400, "chunks": 4}


def run(model, **more):
    start = Frames(np.zeros((1, 2, 3)))
    return Jax(replicas=20).run(
        model, PAIR, start, Langevin(300.0, 5.0), Schedule(**SCHEDULE, **more)
    )


def test_the_share_outside_is_that_of_the_gaussian():
    # Each of six coordinates is outside two widths with probability 0.0455.
    width = np.sqrt(thermal_energy(300.0) / 500.0)
    found = run(Sum(springs(2 * width), BONDS))
    counts = found.observables["outside"]
    np.testing.assert_array_equal(
        counts.reshape(-1),
        np.sum(np.abs(found.trajectory.load().positions) > 2 * width, axis=(1, 2)),
    )
    means = np.mean(counts > 0, axis=0)
    expected = 1 - (1 - 0.0455) ** 6
    assert abs(found.outside - expected) < 4 * means.std() / np.sqrt(20)
    assert found.blow_up is None


def test_a_run_stops_at_the_end_of_the_part_that_left_and_keeps_it():
    found = run(springs(0.001), outside_stop=0.5)
    # Equilibration of 400 steps is not judged; the first part of production is.
    assert found.blow_up == (
        "100% of the frames of steps 400 to 1400 have a feature outside the range of the training "
        "data, more than the 50% of `outside_stop`: train with data from there, start from frames "
        "of the data, or allow more"
    )
    assert len(found.trajectory) == 50 * 20
    assert run(springs(10.0), outside_stop=0.0).blow_up is None


def test_a_model_that_knows_no_range_reports_none():
    assert BONDS.watched() == ()
    assert len(Sum(springs(1.0), BONDS).watched()) == 1
    found = Jax().run(
        BONDS, PAIR, Frames(np.eye(2, 3)[None]), Langevin(300.0), Schedule(steps=200, chunks=1)
    )
    assert found.outside is None


def test_the_share_is_one():
    with pytest.raises(ValueError, match="outside_stop is a share between 0 and 1, got 20"):
        Schedule(steps=200, outside_stop=20)
