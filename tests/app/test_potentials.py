from pathlib import Path

import numpy as np
import pytest

from molscape.app.models import Model, load_model, save_model
from molscape.app.potentials import build_potential
from molscape.app.recipe import ModelBlock
from molscape.core.topology import Topology

BEADS = Topology.build(["A", "B", "A", "B"], masses=np.ones(4))


def build(tmp_path, *blocks):
    return build_potential(ModelBlock(potential=list(blocks)), BEADS, tmp_path)


def test_pairs_default_to_all_of_the_bead_types(tmp_path):
    spline = build(tmp_path, {"kind": "pair_spline", "start": 0.2, "cutoff": 0.8, "spacing": 0.1})
    assert spline.pairs == (("A", "A"), ("A", "B"), ("B", "B"))


def test_every_block_builds_and_a_list_is_a_sum(tmp_path):
    r = np.linspace(0.1, 0.9, 50)
    np.savetxt(tmp_path / "table.txt", np.column_stack([r, (r - 0.9) ** 2, -2 * (r - 0.9)]))
    sw = {"a": 1.8, "lambda": 23.15, "gamma": 1.2, "cos_theta0": -1 / 3}
    potential = build(
        tmp_path,
        {"kind": "lennard_jones", "epsilon": 1.0, "sigma": 0.3, "cutoff": 0.9},
        {"kind": "tabulated_pair", "file": "table.txt", "pairs": [["A", "B"]]},
        {"kind": "harmonic_bonds", "types": ["A-B"], "stiffness": [100.0], "length": [0.3]},
        {"kind": "stillinger_weber", "type": "A", "epsilon": 25.9, "sigma": 0.23925, "A": 7.05,
         "B": 0.602, "p": 4, "q": 0, **sw},
    )  # fmt: skip
    kinds = [term.kind for term in potential.terms()]
    assert kinds == ["lennard_jones", "tabulated_pair", "harmonic_bonds", "stillinger_weber"]
    energy, force = potential.terms()[1].tabulate(np.array([0.5]), ("A", "B"))
    assert energy[0] == pytest.approx(0.16, rel=1e-6)
    assert force[0] == pytest.approx(0.8, rel=1e-6)


def test_unknown_types_and_bad_tables_are_named(tmp_path):
    with pytest.raises(ValueError, match="no bead type W"):
        build(
            tmp_path,
            {"kind": "lennard_jones", "epsilon": 1, "sigma": 1, "cutoff": 1, "pairs": [["W", "A"]]},
        )
    np.savetxt(tmp_path / "bad.txt", [[0.1, 1, 1], [0.2, 1, 1], [0.5, 0, 0]])
    with pytest.raises(ValueError, match="uniform grid"):
        build(tmp_path, {"kind": "tabulated_pair", "file": "bad.txt"})


def test_models_come_back_as_they_were_saved(tmp_path, finished):
    folder, _ = finished
    model, _ = load_model(folder / "run" / "models" / "pair")
    save_model(model, tmp_path, "this")
    again, identity = load_model(tmp_path)
    assert identity == "this"
    assert isinstance(again, Model)
    assert len(again.fit.replicas) == len(model.fit.replicas) == 10
    assert again.fit.force_loss == model.fit.force_loss
    for name, array in model.potential.arrays().items():
        assert np.array_equal(array, again.potential.arrays()[name])
    assert np.array_equal(again.fit.supports[0].samples, model.fit.supports[0].samples)
    assert again.topology.to_dict() == model.topology.to_dict()


def test_bonded_beads_need_something_that_holds_them(tmp_path):
    beads = Topology.build(["A", "B"], masses=np.ones(2), bonds=np.array([[1, 0]]))
    spline = {"kind": "pair_spline", "start": 0.2, "cutoff": 0.8, "spacing": 0.1}
    bond = {"kind": "harmonic_bonds", "types": ["B-A"], "stiffness": [1e4], "length": [0.3]}
    with pytest.raises(ValueError, match=r"bonded \(A-B\) .* add a harmonic_bonds term"):
        build_potential(ModelBlock(potential=[spline]), beads, tmp_path)
    build_potential(ModelBlock(potential=[spline, bond]), beads, tmp_path)


def test_a_model_of_version_0_1_0_can_be_read():
    model, identity = load_model(Path(__file__).parents[1] / "fixtures" / "model-0.1.0")
    assert identity == "identity"
    assert model.fit is None
    spline, bonds = model.potential.terms()
    assert spline.labels == ("A-A", "A-B")
    assert spline.arrays()["parameters"].shape == (2, 8)
    assert float(bonds.stiffness[0]) == 1000.0
    assert model.topology.bonds.tolist() == [[0, 1]]
