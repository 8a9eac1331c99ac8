import numpy as np
import pytest

from molscape.app.loading import load_recipe
from molscape.core.state import State
from molscape.core.topology import Topology
from molscape.studies.coarse_graining.results import CoarseGrainingStudy
from molscape.studies.coarse_graining.run import run_study
from molscape.studies.coarse_graining.states import check_temperature, check_types, open_states
from support.comparisons import CHAIN_FILES
from support.studies import write_recipe


def test_states_with_other_beads_are_refused():
    argon, neon = (Topology.build([name] * 2, masses=np.ones(2)) for name in ("AR", "NE"))
    check_types([argon, argon])
    with pytest.raises(ValueError, match=r"different bead types \(AR; NE\): map all references"):
        check_types([neon, argon])


def test_runs_at_another_temperature_than_the_reference_s_are_refused():
    check_temperature(None, State(300.0))
    check_temperature(300.2, State(300.0))
    with pytest.raises(ValueError, match=r"is 310 K, .* at 300 K: .*temperature: 310"):
        check_temperature(310.0, State(300.0))


def test_each_state_is_opened_and_a_temperature_alone_uses_the_main_beads(fluid, display):
    again = {"topology": "conf.gro", "trajectory": "traj.trr", "temperature": 140, "frames": "30:"}
    states = {"hot": {"temperature": 200}, "warm": {"reference": again, "fit": False}}
    recipe, base = load_recipe(str(write_recipe(fluid, states=states)))
    study = CoarseGrainingStudy(recipe, base, fluid / "run", display)
    main, hot, warm = open_states(study)
    assert (main.name, main.state.temperature, len(main.beads)) == ("", 130.0, 60)
    assert (warm.state.temperature, len(warm.beads)) == (140.0, 30)
    assert (warm.measured, warm.fit) == (True, False)
    assert (hot.state.temperature, hot.measured, hot.fit) == (200.0, False, False)
    assert hot.beads is main.beads
    assert (fluid / "run/states/warm/mapping/beads.trr").exists()
    assert [stage["name"] for stage in study.record.stages] == [
        "reference", "mapping", "reference warm", "mapping warm",
    ]  # fmt: skip
    # Files of both references are inputs, and decide the models.
    assert len(study.record.inputs) == len(study.checksums) == 4


def test_a_mapping_is_learned_once_and_gives_further_states_its_beads(chain, display, monkeypatch):
    learned = {"autoencoder": {"molecule": "CHN", "beads": 2, "epochs": 200, "seeds": 2}}
    states = {"other": {"reference": {**CHAIN_FILES, "frames": "::2"}, "fit": False}}
    file = write_recipe(
        chain,
        reference=CHAIN_FILES,
        mapping=learned,
        states=states,
        models={"harmonic": {"potential": [{"kind": "harmonic_bonds"}]}},
        observables=["bonds"],
    )
    recipe, base = load_recipe(str(file))
    record = run_study(recipe, base, chain / "run", display, until="map")
    assert sum("learned from" in note for note in record.notes) == 1
    assert [f.parent.parent.name for f in chain.glob("run/**/learned.json")] == ["run"]
    made = [file.stat().st_mtime_ns for file in chain.glob("run/**/beads.trr")]
    assert len(made) == 2
    monkeypatch.setattr("molscape.fit.mapping_search.learn_beads", None)
    run_study(recipe, base, chain / "run", display, until="map")
    assert [file.stat().st_mtime_ns for file in chain.glob("run/**/beads.trr")] == made
