"""What a problem may leave out, and what data must hold."""

import numpy as np
import pytest

from molscape.fit.problem import Problem, TrainingData
from support.regression import regression

ROWS = np.arange(3)
NONE = np.arange(0)


class Bare(Problem):
    """The least that a problem says."""

    def batch(self, data, turn):
        return data

    def loss(self, free, batch):
        return free**2


def test_what_is_left_out_is_said_by_name():
    with pytest.raises(NotImplementedError, match="Bare has no losses of single samples"):
        Bare().losses(np.ones(2), None)
    with pytest.raises(NotImplementedError, match="the loss of Bare is no mean of squares"):
        Bare().residuals(np.ones(2), None)


def test_all_parameters_are_allowed_unless_a_problem_projects():
    free = np.array([1e9, -2.0])
    assert regression().project(free) is free


def test_a_problem_needs_a_loss_and_batches():
    class Half(Problem):
        def loss(self, free, batch):
            return free

    with pytest.raises(TypeError, match="batch"):
        Half()


def test_every_set_is_trained_on():
    data = TrainingData(sets=(1, 2), seen=(ROWS, ROWS), held_out=(NONE, NONE))
    assert data.unit == 1.0
    with pytest.raises(ValueError, match="no frame is left to train on: hold fewer out, or use"):
        TrainingData(sets=(1, 2), seen=(ROWS, NONE), held_out=(NONE, ROWS))
