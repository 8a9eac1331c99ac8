import numpy as np
import pytest

from molscape.core.state import State
from molscape.core.units import BAR
from molscape.reference.account import block_error, describe, nanoseconds_per_day, processor
from molscape.reference.engine import Hardware
from molscape.reference.schedule import SamplingSchedule


def test_block_error_of_white_noise_is_that_of_independent_samples():
    noise = np.random.default_rng(0).normal(size=(400, 1000))
    errors = np.array([block_error(row) for row in noise])
    assert np.sqrt((errors**2).mean()) == pytest.approx(1 / np.sqrt(1000), rel=0.1)
    assert block_error(np.array([1.0])) is None


def test_speed_in_nanoseconds_per_day():
    assert nanoseconds_per_day(1_000_000, 0.002, 86400.0) == pytest.approx(2.0)


def test_the_processor_has_a_name():
    assert processor().strip()


def test_a_description_holds_constants_with_sources_and_rigid_lengths():
    pytest.importorskip("openmm", reason="openmm is not installed")
    from molscape.reference.assembly import Interactions, lattice_box

    system = lattice_box({"spce": 3}, density=0.5, interactions=Interactions(cutoff=0.1))
    schedule = SamplingSchedule(frames=5)
    about = describe(system, State(310.0, pressure=BAR), schedule, 7, Hardware("Reference"))
    assert about["molecules"] == {"SOL": 3}
    assert about["temperature"] == 310.0
    assert about["pressure_bar"] == pytest.approx(1.0)
    assert "6269 (1987)" in about["constants"]["spce-O charge"]["source"]
    assert about["kinds"][0]["constraints"][0] == [0, 1, 0.1]
    assert (about["frames"], about["seed"], about["timestep"]) == (5, 7, 0.002)
