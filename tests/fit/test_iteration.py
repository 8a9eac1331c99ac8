"""The loop of iterative fits: history, stopping, break-downs, and going on after a kill."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from molscape.core.state import State
from molscape.core.store import Store
from molscape.fit import IterationOptions, iterative_boltzmann
from molscape.potentials import PairSpline

STATE = State(temperature=120.0)


def well(r):
    u = 2 * np.exp(-(((r - 0.3) / 0.1) ** 2)) - np.exp(-(((r - 0.5) / 0.1) ** 2))
    return np.where(r < 0.8, u * (1 - (r / 0.8) ** 4) ** 2, 0.0)


@pytest.fixture
def spline():
    return PairSpline(start=0.3, cutoff=0.8, spacing=0.05, pairs=(("A", "A"),))


class Counted:
    """A sampler that notes its calls."""

    def __init__(self, run):
        self.run, self.calls = run, []

    def __call__(self, potential, iteration, state):
        self.calls.append(iteration)
        return self.run(potential, iteration, state)


@pytest.fixture
def small(gas):
    """An exact sampler and data for it."""
    return Counted(gas.sampler()), [(gas.trajectory("data", {"A-A": well}), STATE)]


OPTIONS = IterationOptions(start="given", iterations=3)


class StoppedError(Exception):
    pass


def killed_after(sampler, iterations):
    def run(potential, iteration, state):
        if iteration == iterations:
            raise StoppedError
        return sampler(potential, iteration, state)

    return run


def plain(fit):
    """What must not change, seconds left out."""
    return [(s.iteration, s.distances, s.numbers) for s in fit.history], fit.settings, fit.stopped


def test_a_fit_that_was_killed_ends_with_the_same_numbers(spline, small, tmp_path):
    sampler, data = small
    whole = iterative_boltzmann(spline, data, sampler, replace(OPTIONS, folder=tmp_path / "whole"))
    with pytest.raises(StoppedError):
        iterative_boltzmann(
            spline, data, killed_after(sampler, 2), replace(OPTIONS, folder=tmp_path / "cut")
        )
    sampler.calls.clear()
    resumed = iterative_boltzmann(spline, data, sampler, replace(OPTIONS, folder=tmp_path / "cut"))
    assert sampler.calls == [2]
    assert plain(resumed) == plain(whole)
    both = (resumed.potential, *resumed.replicas), (whole.potential, *whole.replicas)
    for a, b in zip(*both, strict=True):
        assert np.array_equal(a.arrays()["parameters"], b.arrays()["parameters"])
    sampler.calls.clear()
    again = iterative_boltzmann(spline, data, sampler, replace(OPTIONS, folder=tmp_path / "cut"))
    assert sampler.calls == []
    assert plain(again) == plain(whole)
    with pytest.raises(ValueError, match=r"holds another fit \(options.scale differ\)"):
        iterative_boltzmann(
            spline, data, sampler, replace(OPTIONS, folder=tmp_path / "cut", scale=0.5)
        )
    files = Store(tmp_path / "cut").finished("course")
    assert sorted(file.name for file in files) == ["fit-0003.json", "fit-0003.npz"]
    assert len(list((tmp_path / "cut").glob("fit-*"))) == 2


@pytest.mark.parametrize("name", ["fit-0002.npz", "fit-0002.json"])
def test_a_state_that_was_cut_is_not_used(spline, small, tmp_path, name):
    sampler, data = small
    whole = iterative_boltzmann(spline, data, sampler, OPTIONS)
    with pytest.raises(StoppedError):
        iterative_boltzmann(
            spline, data, killed_after(sampler, 2), replace(OPTIONS, folder=tmp_path)
        )
    file = tmp_path / name
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    sampler.calls.clear()
    resumed = iterative_boltzmann(spline, data, sampler, replace(OPTIONS, folder=tmp_path))
    assert sampler.calls == [0, 1, 2]
    assert plain(resumed) == plain(whole)


def test_a_folder_knows_what_it_was_fitted_to(spline, small, gas, tmp_path):
    sampler, data = small
    options = replace(OPTIONS, iterations=1, folder=tmp_path)
    iterative_boltzmann(spline, data, sampler, options)
    other = PairSpline(start=0.3, cutoff=0.8, spacing=0.1, pairs=(("A", "A"),))
    with pytest.raises(ValueError, match=r"another fit \(potential.settings.spacing, potential"):
        iterative_boltzmann(other, data, sampler, options)
    shallow = [(gas.trajectory("more", {"A-A": lambda r: 0.9 * well(r)}), STATE)]
    with pytest.raises(ValueError, match=r"\(references.0.counts.sha256 differ\)"):
        iterative_boltzmann(spline, shallow, sampler, options)
    old = tmp_path / "old"
    old.mkdir()
    (old / "fit.json").write_text("{}")
    with pytest.raises(ValueError, match="holds a fit that was written by an earlier version"):
        iterative_boltzmann(spline, data, sampler, replace(options, folder=old))


def test_history_and_replicas_are_complete(spline, small):
    sampler, data = small
    fit = iterative_boltzmann(spline, data, sampler, OPTIONS)
    assert [step.iteration for step in fit.history] == [1, 2, 3]
    assert all(step.sampling == 100.0 and step.own > 0 for step in fit.history)
    first, last = (fit.history[k].distances["rdf.A-A"] for k in (0, -1))
    assert last.value < first.value
    assert first.unit == "nm"
    assert first.floor == 0
    assert len(fit.replicas) == 4
    assert fit.stopped == "reached the 3 iterations asked for"
    assert fit.settings["iteration"] == 3


def test_a_run_that_breaks_down_halves_the_last_change(spline, small):
    sampler, data = small
    tried = []

    def breaking(potential, iteration, state):
        tried.append(np.asarray(potential.parameters)[0])
        run = sampler(potential, iteration, state)
        return SimpleNamespace(**{**vars(run), "blow_up": "hot" if iteration == 1 else None})

    fit = iterative_boltzmann(spline, data, breaking, OPTIONS)
    assert fit.history[1].distances == {}
    assert fit.history[1].numbers == {"broken": 1.0}
    inner = slice(-spline.parameters.shape[1], None)
    middle = (tried[0][inner] + tried[1][inner]) / 2
    np.testing.assert_allclose(tried[2][inner], middle, rtol=1e-9, atol=1e-12)


def test_a_first_run_that_breaks_down_is_an_error(spline, small):
    sampler, data = small

    def broken(potential, iteration, state):
        return SimpleNamespace(**{**vars(sampler(potential, iteration, state)), "blow_up": "hot"})

    with pytest.raises(RuntimeError, match=r"first potential broke down \(hot\)"):
        iterative_boltzmann(spline, data, broken, OPTIONS)


def test_options_that_do_not_fit_are_refused(spline, small):
    sampler, data = small
    with pytest.raises(ValueError, match="iterations 0"):
        iterative_boltzmann(spline, data, sampler, replace(OPTIONS, iterations=0))
    with pytest.raises(ValueError, match="start 'zero'"):
        iterative_boltzmann(spline, data, sampler, replace(OPTIONS, start="zero"))
