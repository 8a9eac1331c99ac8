import json

import numpy as np
import pytest

from molscape.app.loading import load_recipe
from molscape.core.store import Store
from molscape.studies.blocks.mapping import AutoencoderBlock
from molscape.studies.coarse_graining.check import check_study
from molscape.studies.coarse_graining.run import run_study
from molscape.studies.parts import learning
from molscape.studies.parts.learning import Learning, check_learning, read_learned
from support.studies import write_recipe

BLOCK = AutoencoderBlock(molecule="CHN", beads=2, epochs=200, seeds=2)


def study(folder, **changes):
    reference = {
        "topology": "conf.gro",
        "trajectory": "traj.trr",
        "temperature": 300,
        "guess_bonds": True,
    }
    models = {"harmonic": {"potential": [{"kind": "harmonic_bonds"}]}}
    mapping = {"autoencoder": {"molecule": "CHN", "beads": 2, "epochs": 200, "seeds": 2}}
    parts = {"reference": reference, "models": models, "mapping": mapping, "export": []}
    return load_recipe(str(write_recipe(folder, **{**parts, "observables": ["bonds"], **changes})))


def test_a_chain_is_cut_in_the_middle_and_told_of(chain_trajectory):
    mapping = Learning().learn(BLOCK, chain_trajectory)
    assert mapping.position_weights.toarray() == pytest.approx(np.repeat(np.eye(2), 3, axis=1) / 3)
    assert "2 beads of molecule CHN learned from 300 frames" in mapping.notes[0]
    assert mapping.notes[0].count(", 0.0") == 1


def test_what_was_learned_is_kept_and_used_again(tmp_path, chain_trajectory, monkeypatch):
    first = Learning(Store(tmp_path), "a").learn(BLOCK, chain_trajectory)
    plain = json.loads((tmp_path / "learned.json").read_text())
    assert plain["beads"] == [0, 0, 0, 1, 1, 1]
    assert plain["atoms"] == ["C1", "C2", "C3", "C4", "C5", "C6"]
    other = {**plain, "beads": [0, 0, 1, 1, 1, 1]}
    with monkeypatch.context() as patch:
        patch.setattr(learning, "_learned", lambda *_: other)
        again = Learning(Store(tmp_path), "a").learn(BLOCK, chain_trajectory)
        assert (again.position_weights != first.position_weights).nnz == 0
        changed = Learning(Store(tmp_path), "b").learn(BLOCK, chain_trajectory)
        assert changed.position_weights.toarray()[0].tolist() == [0.5, 0.5, 0, 0, 0, 0]


def test_what_an_earlier_version_learned_is_only_read(tmp_path, chain_trajectory):
    Learning(Store(tmp_path), "a").learn(BLOCK, chain_trajectory)
    (tmp_path / "store.json").unlink()
    file = tmp_path / "learned.json"
    plain = {**json.loads(file.read_text()), "identity": "a", "beads": [0, 0, 1, 1, 1, 1]}
    file.write_text(json.dumps(plain))
    assert read_learned(Learning(Store(tmp_path), "a", only_read=True)) == plain
    assert read_learned(Learning(Store(tmp_path), "a")) is None


def test_filled_beads_are_told_of(chain_trajectory, monkeypatch):
    plain = {
        "beads": [0, 0, 0, 1, 1, 1],
        "error": 0.05,
        "errors": [0.05, 0.06],
        "refilled": [0, 1],
        "joined": [],
        "frames": 300,
    }
    monkeypatch.setattr(learning, "_learned", lambda *_: plain)
    notes = Learning().learn(BLOCK, chain_trajectory).notes
    assert "empty after annealing (by seed 0, 1)" in notes[1]


def test_check_says_what_will_be_learned_and_learns_nothing(chain, monkeypatch):
    monkeypatch.setattr(learning, "_learned", None)
    lines = "\n".join(check_study(*study(chain)))
    assert (
        "mapping: 2 beads of molecule CHN (6 atoms) will be learned from 300 frames: 2 seeds of "
        "200 epochs" in lines
    )
    assert "models are checked when the mapping is learned" in lines


def test_check_finds_what_cannot_be_learned(chain_trajectory):
    topology = chain_trajectory.topology

    def check(block, topology=topology, fields=frozenset({"positions"})):
        return list(check_learning(block, topology, fields, 300))

    with pytest.raises(ValueError, match="7 beads of a molecule of 6 atoms: give at most 6"):
        check(AutoencoderBlock(molecule="CHN", beads=7))
    pairs = np.array([[0, 1], [1, 2]])
    rigid = topology.replace(constraints=pairs, constraint_lengths=np.array([0.15, 0.15]))
    with pytest.raises(ValueError, match="4 parts that rigid bonds tie: give at most 4"):
        check(AutoencoderBlock(molecule="CHN", beads=5), rigid)
    with pytest.raises(ValueError, match=r"needs forces.*molscape rerun"):
        check(AutoencoderBlock(molecule="CHN", beads=2, force_weight=0.1))
    with pytest.raises(ValueError, match="no molecule 'SOL'"):
        check(AutoencoderBlock(molecule="SOL", beads=2))


def test_a_study_learns_once_and_maps_further_states_to_the_same_beads(chain, display, monkeypatch):
    reference = {
        "topology": "conf.gro",
        "trajectory": "traj.trr",
        "temperature": 300,
        "guess_bonds": True,
    }
    states = {"other": {"reference": {**reference, "frames": "::2"}, "fit": False}}
    recipe, base = study(chain, states=states)
    record = run_study(recipe, base, chain / "run", display, until="map")
    assert sum("learned from" in note for note in record.notes) == 1
    assert [f.parent.parent.name for f in chain.glob("run/**/learned.json")] == ["run"]
    made = [file.stat().st_mtime_ns for file in chain.glob("run/**/beads.trr")]
    assert len(made) == 2
    monkeypatch.setattr(learning, "_learned", None)
    run_study(recipe, base, chain / "run", display, until="map")
    assert [file.stat().st_mtime_ns for file in chain.glob("run/**/beads.trr")] == made
