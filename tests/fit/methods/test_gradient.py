from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from molscape import fit
from molscape.fit.methods import method_of
from molscape.objectives import ForceMatching
from molscape.potentials import LennardJones


def block(**options):
    return method_of("gradient").model_validate({"kind": "gradient", **options})


def test_the_block_says_how_to_train():
    schedule = {"kind": "cosine", "end": 0.1}
    training = block(optimiser="sgd", learning_rate=0.5, schedule=schedule, folds=3).training(7)
    assert training == fit.Training(
        fit.SGD(0.5), schedule=fit.Cosine(0.1), batch=512, epochs=50, seed=7, folds=3
    )
    assert block().training(0) == fit.Training(fit.Adam(0.003), schedule=fit.Steps(0.3, 5))


@pytest.mark.parametrize("optimiser", ["adam", "sgd", "rprop", "lbfgs", "kalman"])
def test_every_optimiser_is_built(optimiser):
    assert block(optimiser=optimiser).training(0).optimiser.kind == optimiser


@pytest.mark.parametrize("optimiser", ["lbfgs", "kalman"])
def test_a_learning_rate_that_is_not_used_is_refused(optimiser):
    with pytest.raises(ValueError, match=f"{optimiser} finds its own steps"):
        block(optimiser=optimiser, learning_rate=0.1).training(0)


def test_training_and_cross_validation_give_the_same_losses(fluid, tmp_path):
    start = LennardJones(
        epsilon=[1.4], sigma=[0.34], pairs=(("A", "A"),), cutoff=0.78, smooth="force"
    )
    one = block(epochs=2, folds=2, learning_rate=0.01)
    task = fit.Task("lj", start, fluid, ForceMatching(), folder=tmp_path, seed=1)
    checked = one.cross_validate(task)
    trained = one.fit(task)
    assert trained.force_loss.validation == checked.loss
    assert trained.method == one.name
    with ThreadPoolExecutor(2) as executor:
        beside = one.cross_validate(replace(task, executor=executor, folder=None))
    assert beside.losses == checked.losses
    assert method_of("linear")(kind="linear").cross_validate(task) is None
