"""The run at each temperature, out of the run of all of them."""

import numpy as np
import pytest

from molscape.core.ensemble import NVE, Barostat, Langevin
from molscape.core.frames import Frames
from molscape.simulate import Jax, Schedule
from molscape.simulate.tempering import Tempering
from support.fields import BEAD, Field


def test_the_run_is_that_of_its_own_temperature(harmonic):
    low = harmonic.ladder.runs[0]
    for name, values in low.observables.items():
        np.testing.assert_array_equal(harmonic.observables[name], values)
    frames = harmonic.trajectory.load()
    assert len(frames) == 120 * 200
    assert sorted(set(frames.replicas.tolist())) == list(range(200))
    r2 = np.sum(frames.positions[:, 0] ** 2, axis=1)
    np.testing.assert_allclose(
        250.0 * r2, harmonic.observables["potential_energy"].reshape(-1), rtol=1e-4
    )
    np.testing.assert_allclose(harmonic.trajectory[4321].positions, frames.positions[4321:4322])
    assert harmonic.steps == 6500 * 200
    assert harmonic.ladder.round_trips > 1000


def test_a_tempered_run_is_resumed_to_the_bit(tmp_path):
    call = (
        Field(500.0, 0.0), BEAD, Frames(np.zeros((1, 1, 3))), Langevin(300.0, 5.0),
        Schedule(steps=400, timestep=0.02, every=20, chunks=4),
    )  # fmt: skip
    more = {"replicas": 3, "tempering": Tempering((300.0, 400.0), every=10)}
    run = Jax(**more).run(*call, folder=tmp_path)
    (tmp_path / "chunk-0003.npz").unlink()
    (tmp_path / "chunk-0002.npz").unlink()
    again = Jax(**more).run(*call, folder=tmp_path)
    np.testing.assert_array_equal(again.observables["walker"], run.observables["walker"])
    np.testing.assert_array_equal(
        again.ladder.runs[1].trajectory.load().positions,
        run.ladder.runs[1].trajectory.load().positions,
    )
    np.testing.assert_array_equal(again.ladder.acceptance, run.ladder.acceptance)
    assert run.ladder.attempts.tolist() == [40 * 3]
    with pytest.raises(ValueError, match="holds another run"):
        Jax(replicas=3, tempering=Tempering((300.0, 500.0), every=10)).run(*call, folder=tmp_path)


@pytest.mark.parametrize(
    ("temperatures", "ensemble", "words"),
    [
        ((300.0,), Langevin(300.0), "give at least two"),
        ((300.0, 280.0), Langevin(300.0), "each higher than the one before"),
        ((310.0, 380.0), Langevin(300.0), "300 K, which is not among the temperatures"),
        ((300.0, 380.0), NVE(300.0), "Langevin and Brownian dynamics at constant volume"),
        ((300.0, 380.0), Langevin(300.0, 1.0, Barostat(1.0)), "constant volume"),
    ],
)
def test_what_is_not_tempered_is_refused(temperatures, ensemble, words):
    with pytest.raises(ValueError, match=words):
        Jax(tempering=Tempering(temperatures)).run(
            Field(1.0, 0.0), BEAD, Frames(np.zeros((1, 1, 3)), box=np.eye(3)[None]), ensemble,
            Schedule(steps=200),
        )  # fmt: skip
