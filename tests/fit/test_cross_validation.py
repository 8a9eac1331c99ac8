"""Training with cross-validation: what every fold sees, and what is told of it."""

import equinox as eqx
import numpy as np
import pytest

import molscape as ms
from molscape.fit import (
    Adam,
    Cosine,
    Kalman,
    Training,
    train,
)
from molscape.fit.cross_validation import CrossValidation, mean_loss
from molscape.fit.samples import Samples
from molscape.objectives import ForceMatching
from molscape.simulate.evaluation import evaluate
from support.fluids import MONATOMIC_WATER
from support.lessons import STATE, TOPOLOGY, data, network


def test_every_fold_and_the_whole_have_folders_of_their_own(taught, student, tmp_path):
    options = Training(Adam(0.02), batch=20, epochs=4, folds=2, schedule=Cosine())
    once = train(student, ForceMatching(), data(taught), options, folder=tmp_path)
    assert sorted(file.parent.name for file in tmp_path.glob("*/store.json")) == [
        "all",
        "fold-1",
        "fold-2",
    ]
    done = []
    again = train(
        student,
        ForceMatching(),
        data(taught),
        options,
        folder=tmp_path,
        progress=lambda *step: done.append(step),
    )
    assert done == []
    assert eqx.tree_equal(again.potential, once.potential)


def test_cross_validation_reports_what_it_did(taught, student):
    told = []
    fit = train(
        student,
        ForceMatching(),
        data(taught),
        Training(Adam(0.02), batch=20, epochs=25, folds=3),
        progress=lambda *step: told.append(step),
    )
    assert len(fit.replicas) == 3
    assert fit.force_loss.validation < 0.3 * fit.force_loss.zero
    assert fit.force_loss.zero == pytest.approx(np.mean(taught.forces**2))
    assert fit.force_loss.error > 0
    assert len(fit.history) == 25
    assert fit.settings["single_precision_change"] < 1e-3
    assert told[0] == ("training", 1, 25)


def test_states_are_trained_on_together(taught, student):
    hot = (ms.Trajectory.from_frames(TOPOLOGY, taught[:40]), ms.State(temperature=400.0))
    fit = train(
        student,
        ForceMatching(),
        [*data(taught), hot],
        Training(Adam(0.02), batch=20, epochs=10, folds=4, cross_validation=False),
    )
    assert fit.frames == 200
    assert fit.force_loss.fit < 0.5 * fit.force_loss.zero


def test_errors_say_what_to_do(taught, student):
    open_ = taught.replace(forces=None)
    with pytest.raises(ValueError, match="molscape rerun"):
        train(student, ForceMatching(), data(open_))
    water = ms.potentials.StillingerWeber(type="A", free=(), **MONATOMIC_WATER)
    with pytest.raises(ValueError, match="nothing to train"):
        train(water, ForceMatching(), data(taught))
    wide = network((100, 100), 0, taught)
    with pytest.raises(ValueError, match="at most 6000"):
        train(wide, ForceMatching(), data(taught), Training(Kalman()))
    with pytest.raises(ValueError, match="both begin at 1"):
        Training(epochs=0)
    with pytest.raises(ValueError, match="'single' or 'double'"):
        Training(precision="half")


def test_a_committee_is_the_mean_of_the_folds(taught, student):
    options = Training(Adam(0.02), batch=20, epochs=4, folds=2, committee=True)
    fit = train(student, ForceMatching(), data(taught), options)
    assert fit.potential.kind == "committee"
    assert len(fit.potential.members) == 2
    assert fit.replicas == ()
    with pytest.raises(ValueError, match="leave cross-validation on"):
        Training(committee=True, cross_validation=False)


def test_folds_run_in_other_workers_to_the_same_result(taught, student):
    from concurrent.futures import ThreadPoolExecutor

    options = Training(Adam(0.02), batch=20, epochs=4, folds=2)
    call = (student, ForceMatching(), data(taught), options)
    with ThreadPoolExecutor(2) as executor:
        side_by_side = train(*call, executor=executor)
    assert eqx.tree_equal(side_by_side.potential, train(*call).potential)


def test_the_loss_on_chosen_frames_is_the_mean_square_of_what_forces_lack(taught, student):
    samples = [Samples.load(ms.Trajectory.from_frames(TOPOLOGY, taught), STATE, 0.0)]
    chosen = np.arange(len(taught)) % 3 == 0
    forces = evaluate(student, ms.Trajectory.from_frames(TOPOLOGY, taught[chosen])).forces
    expected = np.mean((forces - taught.forces[chosen]) ** 2)
    assert mean_loss(student, ForceMatching(), samples, [chosen]) == pytest.approx(expected)
    assert mean_loss(student, ForceMatching(), samples) != pytest.approx(expected, rel=1e-6)


def test_losses_of_folds_have_a_mean_and_its_standard_error():
    found = CrossValidation((), (1.0, 2.0, 6.0))
    assert found.loss == 3.0
    assert found.error == pytest.approx(np.sqrt(7.0 / 3))
    assert np.isnan(CrossValidation((), (1.0,)).error)
