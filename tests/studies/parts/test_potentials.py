from pathlib import Path

import numpy as np
import pytest

from molscape.studies.blocks.model import ModelBlock
from molscape.studies.parts.models import Model, find_model, load_model, save_model
from molscape.studies.parts.potentials import build_potential
from support.beads import CHAIN, TOPOLOGY, placed


def build(tmp_path, *blocks, topology=TOPOLOGY):
    block = ModelBlock(potential=list(blocks))
    return build_potential(block, placed(topology), 300.0, tmp_path)


def test_every_block_builds_and_a_list_is_a_sum(tmp_path):
    r = np.linspace(0.1, 0.9, 50)
    np.savetxt(tmp_path / "table.txt", np.column_stack([r, (r - 0.9) ** 2, -2 * (r - 0.9)]))
    sw = {"a": 1.8, "lambda": 23.15, "gamma": 1.2, "cos_theta0": -1 / 3}
    potential = build(
        tmp_path,
        {"kind": "lennard_jones", "epsilon": 1.0, "sigma": 0.3, "cutoff": 0.9},
        {"kind": "tabulated_pair", "file": "table.txt", "pairs": [["A", "B"]]},
        {"kind": "harmonic_bonds", "types": ["B-A"], "stiffness": [100.0], "length": [0.3]},
        {"kind": "stillinger_weber", "type": "A", "epsilon": 25.9, "sigma": 0.23925, "A": 7.05,
         "B": 0.602, "p": 4, "q": 0, **sw},
        topology=TOPOLOGY.replace(bonds=np.array([[0, 1]])),
    )  # fmt: skip
    kinds = [term.kind for term in potential.terms()]
    assert kinds == ["lennard_jones", "tabulated_pair", "harmonic_bonds", "stillinger_weber"]
    energy, force = potential.terms()[1].tabulate(np.array([0.5]), ("A", "B"))
    assert energy[0] == pytest.approx(0.16, rel=1e-6)
    assert force[0] == pytest.approx(0.8, rel=1e-6)


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


def test_bonded_beads_need_something_that_holds_them(tmp_path):
    spline = {"kind": "pair_spline", "start": 0.2, "cutoff": 0.8, "spacing": 0.1}
    bond = {"kind": "harmonic_bonds", "types": ["B-A"], "stiffness": [1e4], "length": [0.3]}
    with pytest.raises(ValueError, match=r"bonded \(A-B, A-C, B-C\) .* add a harmonic_bonds"):
        build(tmp_path, spline, topology=CHAIN)
    with pytest.raises(ValueError, match=r"bonded \(A-C, B-C\)"):
        build(tmp_path, spline, bond, topology=CHAIN)
    build(tmp_path, spline, {"kind": "bond_spline"}, topology=CHAIN)


def test_charges_are_needed_for_coulomb_and_must_be_neutral_for_ewald(tmp_path):
    block = {"kind": "coulomb", "cutoff": 0.5, "method": "ewald"}
    with pytest.raises(ValueError, match="needs charged beads"):
        build(tmp_path, block)
    charged = TOPOLOGY.replace(charges=np.array([1.0, 0.0, 0.0, 0.0]))
    beads = placed(charged)
    periodic = beads.map(lambda f: f.replace(box=np.repeat(2 * np.eye(3)[None], len(f), axis=0)))
    with pytest.raises(ValueError, match="net charge"):
        build_potential(ModelBlock(potential=[block]), periodic, 300.0, tmp_path)


def test_a_model_of_version_0_1_0_can_be_read():
    model = load_model(Path(__file__).parents[2] / "fixtures" / "model-0.1.0")
    assert model.fit is None
    spline, bonds = model.potential.terms()
    assert spline.labels == ("A-A", "A-B")
    assert spline.arrays()["parameters"].shape == (2, 8)
    assert float(bonds.stiffness[0]) == 1000.0
    assert model.topology.bonds.tolist() == [[0, 1]]
