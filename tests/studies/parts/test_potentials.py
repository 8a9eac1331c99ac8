from pathlib import Path

import numpy as np
import pytest

from molscape.core.frames import Frames
from molscape.core.topology import Topology
from molscape.core.trajectory import Trajectory
from molscape.studies.blocks.model import ModelBlock
from molscape.studies.parts.models import Model, find_model, load_model, save_model
from molscape.studies.parts.potentials import build_potential

TOPOLOGY = Topology.build(["A", "B", "A", "B"], masses=np.ones(4))


def placed(topology, frames=8):
    """Return frames of beads at random around a line, 0.3 nm apart."""
    random = np.random.default_rng(1)
    line = np.arange(len(topology))[:, None] * np.array([0.3, 0.0, 0.0])
    positions = line + 0.02 * random.normal(size=(frames, len(topology), 3))
    return Trajectory.from_frames(topology, Frames(positions=positions, whole=True))


def build(tmp_path, *blocks, topology=TOPOLOGY):
    block = ModelBlock(potential=list(blocks))
    return build_potential(block, placed(topology), 300.0, tmp_path)


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


CHAIN = Topology.build(
    ["A", "B", "C", "A"],
    masses=np.ones(4),
    molecules=[0, 0, 0, 0],
    bonds=np.array([[1, 0], [1, 2], [2, 3]]),
    angles=np.array([[0, 1, 2], [1, 2, 3]]),
    dihedrals=np.array([[0, 1, 2, 3]]),
)


def test_bonded_beads_need_something_that_holds_them(tmp_path):
    spline = {"kind": "pair_spline", "start": 0.2, "cutoff": 0.8, "spacing": 0.1}
    bond = {"kind": "harmonic_bonds", "types": ["B-A"], "stiffness": [1e4], "length": [0.3]}
    with pytest.raises(ValueError, match=r"bonded \(A-B, A-C, B-C\) .* add a harmonic_bonds"):
        build(tmp_path, spline, topology=CHAIN)
    with pytest.raises(ValueError, match=r"bonded \(A-C, B-C\)"):
        build(tmp_path, spline, bond, topology=CHAIN)
    build(tmp_path, spline, {"kind": "bond_spline"}, topology=CHAIN)


def test_bonded_splines_take_the_range_of_the_reference(tmp_path):
    blocks = [{"kind": f"{name}_spline"} for name in ("bond", "angle", "dihedral")]
    potential = build(tmp_path, *blocks, topology=CHAIN)
    bonds = [term for term in potential.terms() if term.kind == "bond_spline"]
    assert sorted(term.types[0] for term in bonds) == ["A-B", "A-C", "B-C"]
    for term in bonds:
        end = term.start + term.spacing * term.intervals
        assert 0.2 < term.start < 0.3 < end < 0.4
    angles = [term for term in potential.terms() if term.kind == "angle_spline"]
    assert {term.types for term in angles} == {("A-B-C",), ("A-C-B",)}
    assert all(term.start + term.spacing * term.intervals <= np.pi for term in angles)
    (dihedral,) = (term for term in potential.terms() if term.kind == "dihedral_spline")
    assert dihedral.types == ("A-B-C-A",)


def test_bonded_splines_of_all_kinds_are_those_that_the_beads_have(tmp_path):
    every = build(tmp_path, {"kind": "bonded_splines", "dihedral_intervals": 12}, topology=CHAIN)
    kinds = [term.kind for term in every.terms()]
    assert kinds == ["bond_spline"] * 3 + ["angle_spline"] * 2 + ["dihedral_spline"]
    assert every.terms()[-1].intervals == 12
    spline = {"kind": "pair_spline", "start": 0.3, "cutoff": 0.9, "spacing": 0.05}
    single = build(tmp_path, {"kind": "bonded_splines"}, spline)
    assert [term.kind for term in single.terms()] == ["pair_spline"]


def test_harmonic_terms_come_from_the_fluctuations_of_the_reference(tmp_path):
    blocks = [{"kind": "harmonic_bonds"}, {"kind": "harmonic_angles"}]
    bonds, angles = build(tmp_path, *blocks, topology=CHAIN).terms()
    assert bonds.types == ("A-B", "A-C", "B-C")
    np.testing.assert_allclose(bonds.length, 0.3, atol=0.03)
    assert np.all(np.asarray(bonds.stiffness) > 500)
    assert angles.types == ("A-B-C", "A-C-B")


def test_bonded_types_that_do_not_exist_are_named(tmp_path):
    with pytest.raises(ValueError, match=r"no bond B-B; the mapping makes A-B, A-C, B-C"):
        build(tmp_path, {"kind": "bond_spline", "types": ["B-B"]}, topology=CHAIN)
    with pytest.raises(ValueError, match="the beads have no angles"):
        build(tmp_path, {"kind": "angle_spline"})


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
