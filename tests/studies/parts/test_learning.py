import json

import numpy as np
import pytest

from molscape.core.store import Store
from molscape.fit.mapping_search import LearnedBeads
from molscape.studies.blocks.mapping import AutoencoderBlock
from molscape.studies.parts.learning import Learning, check_learning, read_learned

BLOCK = AutoencoderBlock(molecule="CHN", beads=2, epochs=200, seeds=2)


def found(*beads, refilled=(0, 0)):
    """Return what is learned of the chain: the bead of each atom."""
    assigned = np.array(beads)
    return LearnedBeads(
        beads=assigned,
        error=0.05,
        errors=np.array([0.05, 0.06]),
        annealed=np.array([0.07, 0.06]),
        assignments=np.stack([assigned, assigned]),
        refilled=np.array(refilled),
        history=np.zeros((2, 1)),
    )


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
    other = found(0, 0, 1, 1, 1, 1)
    monkeypatch.setattr("molscape.fit.mapping_search.learn_beads", lambda *_: other)
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
    filled = found(0, 0, 0, 1, 1, 1, refilled=(0, 1))
    monkeypatch.setattr("molscape.fit.mapping_search.learn_beads", lambda *_: filled)
    notes = Learning().learn(BLOCK, chain_trajectory).notes
    assert "empty after annealing (by seed 0, 1)" in notes[1]


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
