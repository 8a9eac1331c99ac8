"""Checkpoints: the last state counts, the disk is not kept busy, and damage is seen."""

from dataclasses import dataclass

import numpy as np
import pytest

from molscape.fit import checkpoints
from molscape.fit.checkpoints import Checkpoints, open_checkpoints


@dataclass
class Epoch:
    number: int
    loss: float


def identity():
    return {"seed": 1}


def state(epochs):
    """Trees and history after so many epochs."""
    return {"w": np.full(3, float(epochs))}, [Epoch(k + 1, 1 / (k + 1)) for k in range(epochs)]


FIRST = state(0)[0]


def restored(folder):
    with open_checkpoints(folder, identity) as kept:
        trees, history = kept.restore(FIRST)
    return trees["w"].tolist(), [Epoch(**each) for each in history]


def test_without_a_folder_nothing_is_kept_and_nobody_asks_for_an_identity():
    with open_checkpoints(None, lambda: pytest.fail("asked")) as kept:
        kept.keep(*state(1))
        assert kept.restore(FIRST) == (FIRST, [])
    assert Checkpoints(None).restore(FIRST) == (FIRST, [])


def test_short_epochs_are_written_once_in_a_while_and_at_the_end(tmp_path, monkeypatch):
    def names():
        return [file.name for file in tmp_path.glob("epoch-*")]

    monkeypatch.setattr(checkpoints, "INTERVAL", 1e6)
    with open_checkpoints(tmp_path, identity) as kept:
        for epochs in range(1, 6):
            kept.keep(*state(epochs))
            assert names() == ["epoch-0001"]
    assert names() == ["epoch-0005"]
    assert restored(tmp_path) == ([5.0] * 3, state(5)[1])
    monkeypatch.setattr(checkpoints, "INTERVAL", 0.0)
    with open_checkpoints(tmp_path, identity) as kept:
        kept.keep(*state(6))
        assert names() == ["epoch-0006"]


def test_the_last_state_is_written_when_an_exception_passes(tmp_path):
    def stopped():
        with open_checkpoints(tmp_path, identity) as kept:
            kept.keep(*state(1))
            kept.keep(*state(2))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped()
    assert restored(tmp_path) == ([2.0] * 3, state(2)[1])


def test_a_checkpoint_that_was_cut_is_not_used(tmp_path, caplog):
    with open_checkpoints(tmp_path, identity) as kept:
        kept.keep(*state(3))
    file = tmp_path / "epoch-0003"
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    assert restored(tmp_path) == ([0.0] * 3, [])
    assert "was cut" in caplog.text


def test_a_folder_is_that_of_one_training_at_a_time(tmp_path):
    with (
        open_checkpoints(tmp_path, identity),
        pytest.raises(RuntimeError, match="in use by process"),
        open_checkpoints(tmp_path, identity),
    ):
        pass
    with (
        pytest.raises(ValueError, match=r"holds another training \(seed differ\)"),
        open_checkpoints(tmp_path, lambda: {"seed": 2}),
    ):
        pass


def test_a_folder_of_an_earlier_version_is_refused(tmp_path):
    (tmp_path / "checkpoint").write_bytes(b"{}")
    with (
        pytest.raises(ValueError, match="holds a training that was written by an earlier version"),
        open_checkpoints(tmp_path, identity),
    ):
        pass
