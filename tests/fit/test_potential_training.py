"""Training: a student finds its teacher by every optimiser, and nothing is lost on the way."""

import os
import subprocess
import sys
import textwrap
from dataclasses import replace

import equinox as eqx
import jax
import numpy as np
import pytest

import molscape as ms
from molscape.core.frames import Frames
from molscape.core.neighbours import NeighbourSearch
from molscape.core.system import System
from molscape.features import MoleculeGeometry
from molscape.fit import (
    LBFGS,
    RPROP,
    SGD,
    Adam,
    Cosine,
    Exponential,
    Kalman,
    Steps,
    Training,
    train,
)
from molscape.fit.potential_training import train_once
from molscape.fit.samples import Samples, fold_of
from molscape.objectives import EnergyAndForceMatching, ForceMatching
from molscape.potentials import CGnet
from support.fluids import MONATOMIC_WATER

STATE = ms.State(temperature=300.0)
FEATURES = MoleculeGeometry(beads=3, pairs=[(0, 1), (1, 2), (0, 2)], angles=[(0, 1, 2)])
TOPOLOGY = ms.Topology.build(["A", "B", "C"], masses=np.ones(3), molecules=np.zeros(3, int))


def frames(count, seed=0):
    start = np.array([[0, 0, 0], [0.15, 0, 0], [0.2, 0.14, 0]])
    noise = np.random.default_rng(seed).normal(scale=0.02, size=(count, 3, 3))
    return Frames(start + noise, forces=np.zeros((count, 3, 3)))


def network(hidden, seed, given):
    data = [(ms.Trajectory.from_frames(TOPOLOGY, given), STATE)]
    return CGnet.draw(FEATURES, data, jax.random.key(seed), hidden=hidden)


def lesson(count=160):
    """Frames with the forces of a teacher."""
    given = frames(count)
    teacher = network((6,), 1, given)
    system = System.build(TOPOLOGY, 300.0)
    search = NeighbourSearch(cutoff=0.0, skin=0.0, capacity=8, cells=None, cell_capacity=0)
    forces = eqx.filter_jit(
        jax.vmap(lambda x: teacher.forces(system, x, None, search(system, x, None)))
    )
    return given.replace(forces=np.asarray(forces(given.positions), dtype=np.float64))


@pytest.fixture(scope="module")
def taught():
    return lesson()


@pytest.fixture(scope="module")
def student(taught):
    return network((8,), 2, taught)


@pytest.fixture(scope="module")
def samples(taught):
    return [Samples.load(ms.Trajectory.from_frames(TOPOLOGY, taught), STATE, 0.0)]


def data(given):
    return [(ms.Trajectory.from_frames(TOPOLOGY, given), STATE)]


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


def test_devices_share_a_batch(student, samples):
    code = """
        import sys, jax
        sys.path[:0] = ["tests/fit", "tests"]
        import test_potential_training as t
        given = t.lesson()
        some = [t.Samples.load(t.ms.Trajectory.from_frames(t.TOPOLOGY, given), t.STATE, 0.0)]
        training = t.Training(t.Adam(0.02), batch=32, epochs=3)
        found = t.train_once(t.network((8,), 2, given), t.ForceMatching(), some, training)
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
