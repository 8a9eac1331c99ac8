"""Mappings of a chain of six atoms side by side."""

import numpy as np
import pytest
import yaml

from molscape.app.loading import load_recipe
from molscape.core.state import State
from molscape.core.store import Store
from molscape.mapping import by_graph, by_preset
from molscape.studies.blocks.keys import RecipeError
from molscape.studies.mapping_comparison.check import check_comparison
from molscape.studies.mapping_comparison.measures import USUAL_STEP, Data, measure
from molscape.studies.mapping_comparison.recipe import ComparisonRecipe
from molscape.studies.mapping_comparison.run import run_comparison
from molscape.studies.parts import learning
from molscape.studies.parts.curves import read_curves

STATE = State(300.0)
MAPPINGS = {
    "learned": {"autoencoder": {"molecule": "CHN", "beads": 2, "epochs": 200, "seeds": 2}},
    "graph": {"graph": {"level": 1}},
    "atoms": {"graph": {"level": 0}},
    "one": {"preset": "com"},
}


def write(folder, **changes):
    plain = {
        "molscape": 1,
        "kind": "mapping_comparison",
        "title": "Chain",
        "reference": {
            "topology": "conf.gro",
            "trajectory": "traj.trr",
            "temperature": 300,
            "guess_bonds": True,
        },
        "mappings": MAPPINGS,
        "spline_frames": 100,
        **changes,
    }
    (folder / "study.yaml").write_text(yaml.safe_dump(plain, sort_keys=False))
    return load_recipe(str(folder / "study.yaml"))


@pytest.fixture(scope="session")
def data(chain_trajectory):
    return Data.of(chain_trajectory, STATE, lambda *_: None)


def test_atoms_as_beads_keep_everything_and_explain_all(data):
    found = measure(data, by_preset(data.atoms.topology, "atoms"), 100, noise_floor=True)
    assert found.kept.error.value < 1e-7
    assert found.kept.kept.value == pytest.approx(1.0)
    assert found.kept.modes.value == pytest.approx(1.0)
    # Bonds and angles made these forces, so that splines of them leave next to nothing.
    assert found.explained.value > 0.99
    assert (found.noise.value, found.beads) == (0.0, 6)
    square = np.mean(data.atoms.load().forces ** 2)
    assert found.force.value == pytest.approx(square)
    assert found.force.error < 0.2 * square
    # k = 1e5 and mu = 6: 0.1 * 2 pi sqrt(mu/k); angles do not change the width of a bond.
    assert found.step.value == pytest.approx(0.1 * 2 * np.pi * np.sqrt(12.011 / 2e5), rel=0.05)
    assert found.speed.value == pytest.approx(1.0)
    assert data.step == found.step


def test_one_bead_keeps_nothing_and_runs_at_the_largest_step(data):
    found = measure(data, by_preset(data.atoms.topology, "com"), 100, noise_floor=True)
    assert found.kept.kept.value == pytest.approx(0.0, abs=1e-9)
    assert found.explained is None
    assert any("nothing to interact with" in note for note in found.notes)
    assert found.step.value == 0.02
    assert found.speed.value == pytest.approx(6 * 0.02 / data.step.value)


def test_pairs_of_beads_lie_between(data):
    found = measure(data, by_graph(data.atoms.topology, beads=3), 100, noise_floor=False)
    assert 0.5 < found.kept.kept.value < 1.0
    assert 0 < found.kept.error.error < 0.2 * found.kept.error.value
    assert found.step.value > data.step.value
    assert found.noise is None


def test_without_forces_or_flexible_bonds_the_rest_is_measured(chain_trajectory):
    topology = chain_trajectory.topology
    rigid = topology.replace(
        constraints=topology.bonds, constraint_lengths=np.full(len(topology.bonds), 0.15)
    )
    bare = chain_trajectory.map(
        lambda frames: frames.replace(forces=None), rigid, frozenset({"positions"})
    )
    data = Data.of(bare, STATE, lambda *_: None)
    assert data.step.value == USUAL_STEP
    found = measure(data, by_preset(rigid, "com"), 100, noise_floor=True)
    assert (found.force, found.noise, found.explained) == (None, None, None)
    assert found.notes == ("no forces: nothing is measured of them",)


def test_a_comparison_goes_from_recipe_to_report(chain, display, monkeypatch):
    recipe, base = write(chain, noise_floor="none")
    assert isinstance(recipe, ComparisonRecipe)
    record = run_comparison(recipe, base, chain / "run", display)
    numbers = {number.name: number for number in record.numbers}
    errors = [numbers[f"{name}.reconstruction_error"].value for name in MAPPINGS]
    assert errors[0] < errors[3]
    assert errors[1] < errors[3]
    assert errors[2] < 1e-6
    assert numbers["learned.reconstruction_error"].error > 0
    assert numbers["learned.seeds.best"].value == pytest.approx(errors[0], rel=1e-6)
    assert numbers["learned.beads"].value == 2
    page = (chain / "run" / "report.html").read_text()
    for words in ("Mappings side by side", "C1 C2 C3 | C4 C5 C6", "Seeds of the", "Webb"):
        assert words in page
    plots = read_curves(chain / "run" / "curves.json")
    families = plots["Reconstruction error over the number of beads"].curves
    assert set(families) == {"autoencoder", "graph", "one"}
    assert set(plots["Seeds of the learned mappings"].curves) == {"annealed", "moved"}
    assert any("learned: 2 beads of molecule CHN learned" in note for note in record.notes)
    monkeypatch.setattr(learning, "_learned", None)
    run_comparison(recipe, base, chain / "run", display, until="map")


def test_a_comparison_that_runs_is_left_alone(chain, display):
    recipe, base = write(chain)
    held = Store(chain / "run").locked()
    with held, pytest.raises(RuntimeError, match="in use by process"):
        run_comparison(recipe, base, chain / "run", display)


def test_every_number_of_a_list_is_a_mapping(chain):
    learned = {"autoencoder": {"molecule": "CHN", "beads": [2, 4], "epochs": 50}}
    recipe, _ = write(chain, mappings={"learned": learned, "one": {"preset": "com"}})
    assert list(recipe.mappings) == ["learned-2", "learned-4", "one"]
    assert recipe.mappings["learned-4"].autoencoder.beads == 4
    with pytest.raises(RecipeError, match="several mappings are called learned-2"):
        write(chain, mappings={"learned": learned, "learned-2": {"preset": "com"}})
    with pytest.raises(RecipeError, match="the list is empty"):
        write(chain, mappings={"graph": {"graph": {"beads": []}}})


def test_decoders_and_torsions_are_measured(chain, display):
    mappings = {
        "learned": {"autoencoder": {"molecule": "CHN", "beads": [2, 3], "epochs": 200, "seeds": 2}},
        "graph": {"graph": {"beads": [3, 6]}},
    }
    torsions = {"middle": {"molecule": "CHN", "atoms": ["C2", "C3", "C4", "C5"]}}
    recipe, base = write(
        chain, mappings=mappings, torsions=torsions, network_decoder=True, noise_floor="none"
    )
    record = run_comparison(recipe, base, chain / "decoded", display)
    numbers = {number.name: number for number in record.numbers}
    # As many beads as atoms give every torsion back; two leave the atoms on a line.
    distance = numbers["graph-6.linear.torsions.middle.distance"]
    assert distance.value < 1e-6
    assert 0 < distance.floor < 1
    assert not any(name.startswith("learned-2.linear.torsions") for name in numbers)
    flat = numbers["learned-3.linear.torsions.middle.distance"].value
    assert flat > 1.5
    lifted = numbers["learned-3.network.torsions.middle.distance"].value
    assert lifted < flat
    assert (
        numbers["learned-3.network.error"].value < numbers["learned-3.reconstruction_error"].value
    )
    assert numbers["graph-3.excess"].value >= 0
    assert numbers["learned-3.learning.processor_time"].value > 0
    assert numbers["learned-3.heavy_atom_error"].value == pytest.approx(
        numbers["learned-3.reconstruction_error"].value
    )
    page = (chain / "decoded" / "report.html").read_text()
    for words in ("Atoms from beads", "Torsion middle, linear decoder", "Distance of middle"):
        assert words in page


def test_atoms_of_a_torsion_are_found_or_refused(chain):
    names = ["C2", "C3", "C4", "C9"]
    with pytest.raises(ValueError, match=r"torsions\.t: 'C9' must mean one atom .* none of C1"):
        list(check_comparison(*write(chain, torsions={"t": {"molecule": "CHN", "atoms": names}})))
    names = ["C2", "C3", "C4", "C*"]
    with pytest.raises(ValueError, match="must mean one atom"):
        list(check_comparison(*write(chain, torsions={"t": {"molecule": "CHN", "atoms": names}})))
    names = ["C2", "C3", "C2", "C4"]
    with pytest.raises(ValueError, match="not four different ones"):
        list(check_comparison(*write(chain, torsions={"t": {"molecule": "CHN", "atoms": names}})))


def test_check_learns_nothing_and_finds_what_is_wrong(chain, monkeypatch):
    monkeypatch.setattr(learning, "_learned", None)
    lines = "\n".join(check_comparison(*write(chain)))
    assert "mapping learned: 2 beads of molecule CHN (6 atoms) will be learned" in lines
    assert "mapping graph: " in lines
    wrong = {"many": {"graph": {"beads": 7}}}
    with pytest.raises(ValueError, match="more than it has united atoms"):
        list(check_comparison(*write(chain, mappings=wrong)))


def test_fits_and_names_that_confuse_are_refused(chain, display):
    recipe, base = write(chain)
    with pytest.raises(ValueError, match="fits no models"):
        run_comparison(recipe, base, chain / "run", display, until="fit")
    with pytest.raises(RecipeError, match="means the reference"):
        write(chain, mappings={"all-atom": {"preset": "com"}})
    with pytest.raises(RecipeError, match=r"mappings\.one: give one of"):
        write(chain, mappings={"one": {}})
    with pytest.raises(RecipeError, match=r"graph\.levle: unknown key; did you mean 'level'"):
        write(chain, mappings={"one": {"graph": {"levle": 1}}})
