"""Kinds of potentials are found by their files, a new one in one file, and recipes stay light."""

import json
import subprocess
import sys

import jax.numpy as jnp
import numpy as np
import pytest

from molscape import potentials
from molscape.core.frames import Frames
from molscape.core.topology import Topology
from molscape.core.trajectory import Trajectory
from molscape.studies.blocks.model import ModelBlock
from molscape.studies.parts.models import Model, load_model, save_model
from molscape.studies.parts.potentials import build_potential

SOFT = '''
from typing import Literal

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from molscape.core.terms import Opaque
from molscape.potentials import PairPotential, PotentialBlock


class SoftRepulsionBlock(PotentialBlock):
    """Soft repulsion of all pairs."""

    kind: Literal["soft_repulsion"]
    height: float
    cutoff: float

    def build(self, making):
        pairs = tuple((a, b) for a in making.types for b in making.types if a <= b)
        height = jnp.full(len(pairs), self.height)
        return [SoftRepulsion(height=height, pairs=pairs, cutoff=self.cutoff)]


class SoftRepulsion(PairPotential):
    """u(r) = height (1 - r/cutoff)^2."""

    kind = "soft_repulsion"

    height: Float[Array, " pair"]
    pairs: tuple[tuple[str, str], ...] = eqx.field(static=True)
    cutoff: float = eqx.field(static=True)

    def pair_energy(self, distance, row):
        return self.height[row] * (1 - distance / self.cutoff) ** 2

    def lower(self):
        return (Opaque(self.kind, self.cutoff, "it is new"),)
'''


@pytest.fixture
def beads():
    topology = Topology.build(["A", "B"], masses=np.ones(2))
    frames = Frames(positions=np.array([[[0.0, 0, 0], [0.3, 0, 0]]]), whole=True)
    return Trajectory.from_frames(topology, frames)


def test_a_new_kind_is_one_file(tmp_path, monkeypatch, beads):
    (tmp_path / "soft_repulsion.py").write_text(SOFT)
    monkeypatch.setattr(potentials, "__path__", [*potentials.__path__, str(tmp_path)])
    model = ModelBlock(potential=[{"kind": "soft_repulsion", "height": 3.0, "cutoff": 0.5}])
    built = build_potential(model, beads, 300.0, tmp_path)
    assert isinstance(built, potentials.SoftRepulsion)
    folder = tmp_path / "model"
    folder.mkdir()
    save_model(Model("x", built, beads.topology, 300.0, None), folder)
    plain = json.loads((folder / "model.json").read_text())
    assert plain["settings"] == {"pairs": [["A", "A"], ["A", "B"], ["B", "B"]], "cutoff": 0.5}
    again = load_model(folder).potential
    assert again.pairs == built.pairs
    assert again.tabulate(np.array([0.25]), "B-A")[0] == pytest.approx(0.75)
    monkeypatch.delitem(sys.modules, "molscape.potentials.soft_repulsion")
    monkeypatch.delattr(potentials, "soft_repulsion")


def test_a_recipe_imports_the_files_of_its_kinds_and_no_jax():
    code = (
        "import sys\n"
        "from molscape.studies.blocks.model import ModelBlock\n"
        "spline = {'kind': 'pair_spline', 'start': 0.2, 'cutoff': 0.8, 'spacing': 0.1}\n"
        "ModelBlock(potential=[spline, {'kind': 'cgnet'}, {'kind': 'coulomb', 'cutoff': 0.9}])\n"
        "of = [name for name in sys.modules if name.startswith('molscape.potentials.')]\n"
        "print(*sorted(of))\n"
        "sys.exit('jax' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    own = [name.removeprefix("molscape.potentials.") for name in done.stdout.split()]
    assert own == ["_block", "cgnet", "coulomb", "pair_spline"]


def test_classes_bear_the_name_of_their_kind_or_are_shared():
    assert potentials.class_of("deepcg") is potentials.DeePCG
    assert {cls.__name__ for cls in potentials.classes().values()} >= {"CGnet", "Sum", "Coulomb"}
    for name in ("PairSplin", "Deepcg", "BondedSplines", "coulomb_", "Sums"):
        with pytest.raises(AttributeError, match=name):
            getattr(potentials, name)
    with pytest.raises(ValueError, match=r"unknown potential kind 'pair_splin': this molscape has"):
        potentials.rebuild("pair_splin", {}, {})
    with pytest.raises(ValueError, match="unknown potential kind 'bonded_splines'"):
        potentials.class_of("bonded_splines")


def test_what_potentials_say_of_themselves(instances):
    said = {name: build() for name, build in instances.items()}
    assert {name for name, one in said.items() if one.citation} == {
        "cgnet_molecule", "cgnet_coordinates", "deepcg_smooth", "deepcg_tensors", "deepcg_sharp",
    }  # fmt: skip
    assert {name for name, one in said.items() if one.jumps} == {
        "deepcg_smooth", "deepcg_tensors", "deepcg_sharp",
    }  # fmt: skip
    assert said["harmonic_bonds"].binds("A-B")
    assert said["sum"].binds("B-B")
    assert not said["harmonic_bonds"].binds("A-A")
    assert not said["harmonic_angles"].binds("A-B-B")
    assert not said["pair_spline_4"].binds("A-B")
    assert said["deepcg_smooth"].binds("A-A")
    low, high = said["harmonic_bonds"].span("A-B")
    assert low < 0.35 < high
    assert said["periodic_dihedrals"].span("A-B-B-B") is None
    assert said["pair_spline_4"].labels == ("A-A", "B-A", "B-B")
    assert said["bond_spline"].row_types == (("B", "B"), ("A", "B"))
    assert said["committee"].single_terms() == (said["committee"].members[0],)
    assert [one.kind for one in said["sum"].single_terms()] == [
        "lennard_jones", "harmonic_bonds", "stillinger_weber",
    ]  # fmt: skip
    assert np.all(said["coulomb"].tabulate(np.ones(3), "A-B") == np.zeros((2, 3)))
    pairs = potentials.PairPotential.tabulate
    assert pairs(said["pair_spline_4"], np.array([0.3]), "A-A")[0] == pytest.approx(
        float(said["pair_spline_4"].curve(jnp.asarray([0.3]), 0)[0]), rel=1e-5
    )
