"""Training: a student finds its teacher by every optimiser, and nothing is lost on the way."""

import os
import subprocess
import sys
import textwrap
from dataclasses import replace

import equinox as eqx
import numpy as np
import pytest

import molscape as ms
from molscape.fit import (
    LBFGS,
    RPROP,
    SGD,
    Adam,
    Exponential,
    Kalman,
    Steps,
    Training,
)
from molscape.fit.potential_training import train_once
from molscape.fit.samples import Samples, fold_of
from molscape.objectives import EnergyAndForceMatching, ForceMatching
from support.lessons import STATE, TOPOLOGY


@pytest.fixture(scope="module")
def samples(taught):
    return [Samples.load(ms.Trajectory.from_frames(TOPOLOGY, taught), STATE, 0.0)]


OPTIMISERS = [
    (SGD(learning_rate=0.03), 20, 120, 0.1),
    (Adam(learning_rate=0.02), 20, 120, 0.02),
    (RPROP(), 160, 300, 0.02),
    (LBFGS(), 160, 150, 0.02),
    (Kalman(noise=0.01), 8, 6, 0.02),
]


@pytest.mark.parametrize("case", OPTIMISERS, ids=lambda case: case[0].kind)
def test_every_optimiser_finds_the_teacher(case, student, samples):
    optimiser, batch, epochs, share = case
    training = Training(optimiser, batch=batch, epochs=epochs)
    found = train_once(student, ForceMatching(), samples, training)
    zero = np.mean(samples[0].forces ** 2)
    assert found.history[-1].training < share * zero
    assert found.history[0].training > 2 * found.history[-1].training


def test_a_stopped_training_goes_on_to_the_same_result(student, samples, tmp_path):
    training = Training(Adam(0.01), batch=32, epochs=6, schedule=Steps(0.5, 3))
    held = [fold_of(160, 4) == 0]
    whole = train_once(student, ForceMatching(), samples, training, held_out=held)

    def stop(what, done, total):
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_once(
            student,
            ForceMatching(),
            samples,
            training,
            held_out=held,
            folder=tmp_path,
            progress=stop,
        )
    done = []
    again = train_once(
        student,
        ForceMatching(),
        samples,
        replace(training, patience=100),
        held_out=held,
        folder=tmp_path,
        progress=lambda *step: done.append(step),
    )
    assert [step[1] for step in done] == [4, 5, 6]
    assert eqx.tree_equal(again.potential, whole.potential)
    assert [e.validation for e in again.history] == [e.validation for e in whole.history]


@pytest.mark.parametrize(
    ("change", "keys"),
    [
        ({"optimiser": Adam(0.02)}, "training.optimiser.learning_rate"),
        ({"optimiser": RPROP(0.01)}, "training.optimiser.kind"),
        ({"schedule": Steps(0.5, 2)}, "training.schedule.steps"),
        ({"schedule": Exponential(0.5)}, "training.schedule.kind, "),
        ({"batch": 16, "seed": 1}, "training.batch, training.seed"),
        ({"epochs": 3}, "training.epochs"),
    ],
)
def test_another_training_is_refused_by_its_options(student, samples, tmp_path, change, keys):
    training = Training(Adam(0.01), batch=32, epochs=2, schedule=Steps(0.5, 3))
    train_once(student, ForceMatching(), samples, training, folder=tmp_path)
    other = replace(training, **change)
    with pytest.raises(ValueError, match=rf"holds another training \({keys}"):
        train_once(student, ForceMatching(), samples, other, folder=tmp_path)


def test_another_objective_or_other_data_are_refused(taught, student, samples, tmp_path):
    training = Training(Adam(0.01), batch=32, epochs=1)
    train_once(student, ForceMatching(), samples, training, folder=tmp_path)
    objective = EnergyAndForceMatching()
    with pytest.raises(ValueError, match=r"objective.kind, objective.weight differ"):
        train_once(student, objective, samples, training, folder=tmp_path)
    for changed, state in ((taught[:100], STATE), (taught, ms.State(temperature=310.0))):
        trajectory = ms.Trajectory.from_frames(TOPOLOGY, changed)
        some = [Samples.load(trajectory, state, 0.0)]
        with pytest.raises(ValueError, match=r"data.0"):
            train_once(student, ForceMatching(), some, training, folder=tmp_path)
    held = [fold_of(160, 4) == 0]
    with pytest.raises(ValueError, match=r"held_out.0.sha256 differ"):
        train_once(student, ForceMatching(), samples, training, held_out=held, folder=tmp_path)


def test_a_checkpoint_that_was_cut_is_not_used(student, samples, tmp_path):
    training = Training(Adam(0.01), batch=32, epochs=3)
    whole = train_once(student, ForceMatching(), samples, training, folder=tmp_path)
    file = tmp_path / "epoch-0003"
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    again = train_once(student, ForceMatching(), samples, training, folder=tmp_path)
    assert eqx.tree_equal(again.potential, whole.potential)
    assert [e.training for e in again.history] == [e.training for e in whole.history]


def test_a_schedule_that_cannot_be_known_again_needs_no_folder(student, samples, tmp_path):
    training = Training(Adam(0.01), batch=32, epochs=1, schedule=lambda done: 1.0)
    train_once(student, ForceMatching(), samples, training)
    with pytest.raises(TypeError, match="no plain form"):
        train_once(student, ForceMatching(), samples, training, folder=tmp_path)


def test_a_loss_that_is_no_number_keeps_what_was_good(student, samples):
    training = Training(SGD(learning_rate=1e38, momentum=0.0), batch=160, epochs=9)
    held = [fold_of(160, 4) == 0]
    found = train_once(student, ForceMatching(), samples, training, held_out=held)
    assert "not a number in batch 1 of epoch" in found.stopped
    assert all(np.all(np.isfinite(v)) for v in found.potential.arrays().values())
    spoilt = Samples(**{**vars(samples[0]), "forces": samples[0].forces * np.nan})
    with pytest.raises(ValueError, match="lower the learning rate"):
        train_once(student, ForceMatching(), [spoilt], training)


def test_the_best_epoch_is_kept_and_patience_ends_a_training(taught, student):
    noisy = taught.replace(
        forces=np.random.default_rng(3).normal(scale=20, size=taught.forces.shape)
    )
    some = [Samples.load(ms.Trajectory.from_frames(TOPOLOGY, noisy), STATE, 0.0)]
    training = Training(Adam(0.02), batch=16, epochs=80, patience=5)
    held = [fold_of(160, 4) == 0]
    found = train_once(student, ForceMatching(), some, training, held_out=held)
    losses = [epoch.validation for epoch in found.history]
    assert found.stopped == "no better validation loss in 5 epochs"
    assert found.best == int(np.argmin(losses)) + 1 == len(losses) - 5


def test_the_spectral_bound_is_kept(student, samples):
    from molscape.networks import spectral_norms

    training = Training(Adam(0.05), batch=32, epochs=5, spectral_bound=0.8)
    found = train_once(student, ForceMatching(), samples, training)
    norms = np.asarray(spectral_norms(found.potential.network))
    assert np.all(norms <= 0.8 * 1.001)
    assert np.any(norms > 0.75)


def test_devices_share_a_batch(student, samples):
    code = """
        import sys, jax
        sys.path.insert(0, "tests")
        import molscape as ms
        from molscape.fit import Adam, Training
        from molscape.fit.potential_training import train_once
        from molscape.fit.samples import Samples
        from molscape.objectives import ForceMatching
        from support.lessons import STATE, TOPOLOGY, lesson, network
        given = lesson()
        some = [Samples.load(ms.Trajectory.from_frames(TOPOLOGY, given), STATE, 0.0)]
        training = Training(Adam(0.02), batch=32, epochs=3)
        found = train_once(network((8,), 2, given), ForceMatching(), some, training)
        print(jax.local_device_count(), found.history[-1].training)
    """
    more = {"XLA_FLAGS": "--xla_force_host_platform_device_count=2"}
    out = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        env={**os.environ, **more},
        capture_output=True,
        text=True,
        check=True,
    )
    devices, loss = out.stdout.split()
    training = Training(Adam(0.02), batch=32, epochs=3)
    found = train_once(student, ForceMatching(), samples, training)
    assert devices == "2"
    assert float(loss) == pytest.approx(found.history[-1].training, rel=1e-4)
