from pathlib import Path

import numpy as np

from molscape.core.topology import Topology
from molscape.fit.result import Distance, Fit, Step
from molscape.potentials import HarmonicBonds
from molscape.studies.parts.models import Model, find_model, load_model, save_model


def test_models_come_back_as_they_were_saved(tmp_path, finished):
    folder, _ = finished
    model = load_model(folder / "run" / "models" / "pair")
    save_model(model, tmp_path, {"this": 1})
    assert find_model(tmp_path, {"this": 2}) is None
    again = find_model(tmp_path, {"this": 1})
    assert isinstance(again, Model)
    assert len(again.fit.replicas) == len(model.fit.replicas) == 10
    assert again.fit.force_loss == model.fit.force_loss
    for name, array in model.potential.arrays().items():
        assert np.array_equal(array, again.potential.arrays()[name])
    assert np.array_equal(again.fit.supports[0].samples, model.fit.supports[0].samples)
    assert again.topology.to_dict() == model.topology.to_dict()


def test_a_model_of_version_0_1_0_can_be_read():
    model = load_model(Path(__file__).parents[2] / "fixtures" / "model-0.1.0")
    assert model.fit is None
    spline, bonds = model.potential.terms()
    assert spline.labels == ("A-A", "A-B")
    assert spline.arrays()["parameters"].shape == (2, 8)
    assert float(bonds.stiffness[0]) == 1000.0
    assert model.topology.bonds.tolist() == [[0, 1]]


def test_the_history_of_a_fit_is_kept(tmp_path):
    topology = Topology.build(["A", "B"], masses=[1.0, 1.0], bonds=np.array([[0, 1]]))
    bond = HarmonicBonds(types=("A-B",), stiffness=[1.0], length=[0.1])
    step = Step(1, {"rdf.A-A": Distance(0.1, 0.01, 0.02, "")}, {"pressure": 2.0}, 3.0, 4.0)
    fit = Fit("train", bond, 9, history=(step,), stopped="enough", settings={"ridge": 0.5})
    save_model(Model("m", bond, topology, 290.0, fit), tmp_path)
    again = load_model(tmp_path)
    assert again.fit.history == (step,)
    assert (again.fit.method, again.fit.frames, again.fit.stopped) == ("train", 9, "enough")
    assert (again.fit.settings, again.temperature) == ({"ridge": 0.5}, 290.0)
