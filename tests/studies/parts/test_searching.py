"""The search for options: stages keep what earlier ones chose, and everything is told."""

import pytest

import molscape as ms
from molscape.fit.cross_validation import CrossValidation
from molscape.studies.blocks.model import ModelBlock
from molscape.studies.blocks.simulate import SimulateBlock
from molscape.studies.parts.models import ModelTask
from molscape.studies.parts.searching import search_model

BLOCK = {
    "potential": [{"kind": "harmonic_bonds"}, {"kind": "cgnet", "hidden": [8]}],
    "fit": {"objective": "force_matching", "method": {"kind": "gradient", "folds": 2}},
    "search": [
        {"potential.1.hidden": [[4], [6, 6]], "fit.method.epochs": [3, 5]},
        {"fit.method.spectral_bound": [1.0, 2.0]},
    ],
}


BONDS = ms.potentials.HarmonicBonds(types=("A-B",), stiffness=[1.0], length=[0.1])


@pytest.fixture
def task(tmp_path):
    return ModelTask(
        name="net",
        potential=BONDS,
        points=[],
        simulate=SimulateBlock(),
        starts=[],
        folder=tmp_path,
        seed=3,
        noise_floor="none",
        progress=lambda *_: None,
    )


@pytest.fixture
def built():
    return []


@pytest.fixture
def build(built):
    """Note each block that a potential is wanted of."""

    def noted(block):
        built.append(block)
        return BONDS

    return noted


@pytest.fixture
def losses(monkeypatch, built):
    """Cross-validation that answers from a table: wide networks and small bounds are good."""
    asked = []

    def cross_validate(potential, objective, data, training, *, folder, **_):
        block = built[-1]
        asked.append((tuple(block.potential[1].hidden), training.epochs, training.spectral_bound))
        loss = 10.0 / len(block.potential[1].hidden) - 0.1 * training.epochs
        loss += training.spectral_bound or 5.0
        return CrossValidation((), (loss, loss + 0.2))

    monkeypatch.setattr("molscape.fit.cross_validation.cross_validate", cross_validate)
    return asked


def test_stages_keep_what_was_best(task, losses, build, tmp_path):
    block = ModelBlock.model_validate(BLOCK)
    chosen, told = search_model(block, task, build, lambda one: tmp_path)
    assert chosen.search == []
    assert chosen.potential[1].hidden == [6, 6]
    assert chosen.fit.method.epochs == 5
    assert chosen.fit.method.spectral_bound == 1.0
    assert len(losses) == 4 + 2
    assert losses[-1] == ((6, 6), 5, 2.0)
    assert told["search.1.potential.1.hidden=6-6, fit.method.epochs=5"] == pytest.approx(9.6)
    assert told["search.2.fit.method.spectral_bound=1.0.error"] == pytest.approx(0.1)


def test_a_search_needs_a_training(task, build, tmp_path):
    plain = {
        "potential": [{"kind": "bond_spline"}],
        "fit": {"objective": "force_matching"},
        "search": [{"potential.0.intervals": [10, 20]}],
    }
    with pytest.raises(ValueError, match="use a fit by `kind: gradient`"):
        search_model(ModelBlock.model_validate(plain), task, build, lambda one: tmp_path)
