"""What is found wrong with mappings, models and engines without running."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from molscape.core.state import State
from molscape.studies.blocks.atoms import Opened
from molscape.studies.blocks.mapping import MappingBlock
from molscape.studies.blocks.simulate import SimulateBlock
from molscape.studies.coarse_graining.recipe import Recipe
from molscape.studies.parts.checking import check_engine, check_mapping, check_models
from molscape.studies.parts.state_points import MAIN
from support.beads import TOPOLOGY, placed

SPLINE = {"kind": "pair_spline", "start": 0.2, "cutoff": 0.8, "spacing": 0.1}


def returned(generator):
    """Return the lines of a generator and what it returns."""
    lines = []
    while True:
        try:
            lines.append(next(generator))
        except StopIteration as stop:
            return lines, stop.value


def opened(trajectory):
    fields = trajectory.fields
    return Opened(trajectory, trajectory, State(300.0), True, fields, len(trajectory))


def recipe(**model):
    return Recipe.model_validate(
        {
            "molscape": 1,
            "title": "x",
            "reference": {"topology": "conf.gro", "temperature": 300},
            "mapping": {"preset": "com"},
            "models": {"m": {"potential": [SPLINE], **model}},
            "export": ["lammps", "gromacs"],
        }
    )


@pytest.fixture
def fast(monkeypatch):
    run = SimpleNamespace(steps_per_second=1000.0)
    monkeypatch.setattr("molscape.simulate.Jax.run", lambda *_: run)


def test_beads_take_the_place_of_atoms(chain_trajectory):
    block = MappingBlock(preset="com")
    lines, found = returned(check_mapping(block, opened(chain_trajectory), " of state hot"))
    assert lines[0].startswith("mapping of state hot: 1 beads from 6 atoms")
    assert (len(found.beads.topology), found.complete) == (1, True)
    assert found.atoms is chain_trajectory


def test_beads_that_are_learned_are_not_there_yet(chain_trajectory):
    block = MappingBlock(autoencoder={"molecule": "CHN", "beads": 2})
    lines, found = returned(check_mapping(block, opened(chain_trajectory)))
    assert lines[0].startswith("mapping: 2 beads of molecule CHN (6 atoms) will be learned")
    assert not found.complete


@pytest.mark.usefixtures("fast")
def test_a_model_that_can_be_run_and_exported_is_told(tmp_path):
    lines = list(check_models(recipe(), tmp_path, {MAIN: opened(placed(TOPOLOGY))}))
    assert lines[0] == "model m: pair_spline, reach 0.8 nm fits the box"
    assert [line.split(" ")[0] for line in lines[1:]] == ["time:", "in"]


@pytest.mark.usefixtures("fast")
def test_what_no_engine_has_a_form_for_is_warned_of(tmp_path):
    network = {"kind": "deepcg", "cutoff": 0.8}
    main = {MAIN: opened(placed(TOPOLOGY))}
    lines = list(check_models(recipe(potential=[network]), tmp_path, main))
    warned = [line for line in lines if line.startswith("warning: model m will not be exported")]
    assert [line.split(" for ")[1].split(":")[0] for line in warned] == ["lammps", "gromacs"]


def test_force_matching_needs_forces_at_every_state_that_is_fitted(tmp_path):
    asked = recipe(fit={"objective": "force_matching"})
    main = opened(placed(TOPOLOGY))
    with pytest.raises(ValueError, match=r"models\.m\.fit: .* the reference has none: write them"):
        list(check_models(asked, tmp_path, {MAIN: main}))
    # One that is still to be made is looked at when it is there.
    later = check_models(asked, tmp_path, {MAIN: replace(main, complete=False)})
    assert next(later).startswith("model m: pair_spline")


def test_an_engine_that_is_not_there_is_missed_at_once(monkeypatch):
    def find():
        raise FileNotFoundError("no lammps")

    monkeypatch.setattr("molscape.simulate.lammps_engine.find_lammps", find)
    assert check_engine(SimulateBlock()) == "engine: jax"
    with pytest.raises(ImportError, match="no lammps"):
        check_engine(SimulateBlock(engine="lammps"))


def test_openmm_says_its_platform_and_precision():
    pytest.importorskip("openmm")
    block = SimulateBlock(engine="openmm", platform="reference")
    assert check_engine(block) == "engine: openmm, platform Reference, single precision"
