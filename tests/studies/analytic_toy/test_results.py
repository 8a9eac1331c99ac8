import numpy as np
import pytest

from molscape.studies.analytic_toy.results import Inside, ToyData
from support.toys import drawn_toy, run_of


def test_frames_become_one_bead_on_the_x_axis_in_kilojoules():
    x = np.arange(10.0).reshape(2, 5)
    data = ToyData(x, np.ones_like(x), -x, run_of(x))
    frames = data.trajectory(4, kT=2.5).load()
    assert frames.positions[:, 0].tolist() == [[0, 0, 0], [3, 0, 0], [6, 0, 0], [9, 0, 0]]
    assert frames.forces[:, 0, 0].tolist() == [0.0, -7.5, -15.0, -22.5]


def test_deviations_count_the_chosen_bins_and_energies_have_no_zero():
    inside = Inside(
        x=np.arange(3.0),
        chosen=np.array([True, True, False]),
        free_energy=np.array([0.0, 1.0, 2.0]),
        force=np.array([0.0, 3.0, 9.0]),
    )
    assert inside.free_energy_deviation(np.array([5.0, 6.0, 0.0])) == pytest.approx(0.0)
    assert inside.free_energy_deviation(np.array([0.0, 3.0, 0.0])) == pytest.approx(1.0)
    assert inside.force_deviation(np.array([3.0, 7.0, 0.0])) == pytest.approx(np.sqrt(12.5))


def test_the_thermal_energy_is_that_of_the_recipe(tmp_path, display):
    study = drawn_toy(tmp_path, display)
    assert study.kT == pytest.approx(2.4943, abs=1e-4)
    assert study.state.temperature == 300.0
