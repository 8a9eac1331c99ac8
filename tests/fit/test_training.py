"""The loop of any training: means of numbers are found, and every step knows when it is."""

from dataclasses import replace

import jax.numpy as jnp
import numpy as np
import pytest

from molscape.fit.checkpoints import open_checkpoints
from molscape.fit.kalman import Kalman
from molscape.fit.optimisers import SGD, Adam
from molscape.fit.problem import Problem, TrainingData
from molscape.fit.schedules import Constant
from molscape.fit.training import Training, losses_of, mean_losses, minimise

NUMBERS = np.random.default_rng(0).normal(size=(50, 2))
TRAINING = Training(SGD(0.5, momentum=0.0), batch=50, epochs=3, schedule=Constant())


class Mean(Problem):
    """Squared distance from vectors; its minimum is their mean."""

    def batch(self, data, turn):
        return data[turn.rows], turn.weights

    def loss(self, free, batch):
        x, weights = batch
        return jnp.sum(weights[:, None] * (x - free) ** 2) / jnp.sum(weights)

    def losses(self, free, batch):
        return (batch[0] - free) ** 2


class SideBySide(Mean):
    """Each column by itself."""

    def loss(self, free, batch):
        x, weights = batch
        return weights @ (x - free) ** 2 / jnp.sum(weights)


class Clock(Problem):
    """A loss that tells when a step is taken."""

    def batch(self, data, turn):
        return turn

    def loss(self, free, batch):
        return jnp.stack([batch.done, batch.number]) + 0 * free


class Bounded(Mean):
    def project(self, free):
        return jnp.clip(free, -0.01, 0.01)


def data(seen=50, held_out=(), numbers=NUMBERS):
    return TrainingData(
        (jnp.asarray(numbers),), (np.arange(seen),), (np.array(held_out, dtype=int),)
    )


def start():
    return jnp.zeros(2)


def test_the_mean_is_found_in_one_step_of_all_samples():
    found = minimise(Mean(), start(), data(), TRAINING)
    np.testing.assert_allclose(found.free, NUMBERS.mean(axis=0), atol=1e-6)
    assert found.history[0].training == pytest.approx((NUMBERS**2).sum(axis=1).mean(), rel=1e-5)
    assert np.isnan(found.history[0].validation)
    assert found.stopped == "3 epochs"
    assert found.best == len(found.steps) == 3


def test_padding_counts_for_nothing():
    found = minimise(Mean(), start(), data(seen=7), replace(TRAINING, batch=4, epochs=1))
    assert len(found.steps) == 2
    some = replace(TRAINING, optimiser=SGD(0.0, momentum=0.0), batch=4, epochs=1)
    still = minimise(Mean(), start(), data(seen=7), some)
    assert still.history[0].training == pytest.approx((NUMBERS[:7] ** 2).sum(axis=1).mean())


def test_losses_held_out_are_told_by_part():
    found = minimise(Mean(), start(), data(40, range(40, 50)), TRAINING)
    expected = ((NUMBERS[40:] - NUMBERS[:40].mean(axis=0)) ** 2).mean(axis=0)
    np.testing.assert_allclose(found.history[-1].parts, expected, rtol=1e-5)
    assert found.history[-1].validation == pytest.approx(expected.mean(), rel=1e-5)


def test_trainings_side_by_side_are_those_alone():
    training = replace(TRAINING, optimiser=Adam(0.1), batch=8, epochs=4)
    both = minimise(SideBySide(), start(), data(), training)
    assert both.steps.shape == (28, 2)
    for k in range(2):
        alone = minimise(SideBySide(), jnp.zeros(1), data(numbers=NUMBERS[:, [k]]), training)
        np.testing.assert_allclose(both.free[k], alone.free[0], rtol=1e-5)
        np.testing.assert_allclose(both.steps[:, k], alone.steps[:, 0], rtol=1e-5)


def test_every_step_knows_its_number_and_the_share_that_is_done():
    found = minimise(Clock(), start(), data(8), replace(TRAINING, batch=2, epochs=5))
    np.testing.assert_allclose(found.steps[:, 0], np.arange(20) / 20, rtol=1e-6)
    assert found.steps[:, 1].tolist() == list(range(20))


def test_parameters_stay_where_they_may_be():
    found = minimise(Bounded(), start(), data(), TRAINING)
    np.testing.assert_allclose(np.abs(found.free), 0.01)


def test_a_training_goes_on_with_the_history_by_part(tmp_path):
    whole = minimise(Mean(), start(), data(40, range(40, 50)), TRAINING)

    def stop(what, done, total):
        if done == 2:
            raise KeyboardInterrupt

    def trained(progress):
        with open_checkpoints(tmp_path, dict) as kept:
            return minimise(Mean(), start(), data(40, range(40, 50)), TRAINING, kept, progress)

    with pytest.raises(KeyboardInterrupt):
        trained(stop)
    again = trained(None)
    assert np.array_equal(again.free, whole.free)
    assert [list(e.parts) for e in again.history] == [list(e.parts) for e in whole.history]
    assert len(again.steps) == 1


def test_losses_are_those_of_the_samples_asked_for():
    rows = np.array([3, 1, 4])
    np.testing.assert_allclose(
        losses_of(Mean(), start(), jnp.asarray(NUMBERS), rows), NUMBERS[rows] ** 2, rtol=1e-5
    )
    nothing = np.zeros(0, dtype=int)
    assert np.isnan(mean_losses(Mean(), start(), [jnp.asarray(NUMBERS)], [nothing]))


def test_what_a_problem_lacks_is_said():
    with pytest.raises(NotImplementedError, match="Clock is no mean of squares"):
        minimise(Clock(), start(), data(), replace(TRAINING, optimiser=Kalman()))
    with pytest.raises(NotImplementedError, match="Clock has no losses of single samples"):
        minimise(Clock(), start(), data(40, [41]), TRAINING)
    with pytest.raises(ValueError, match="no frame is left to train on"):
        data(0)
