"""One owner for a folder: locks, whole files, identity by key, and work that is done once."""

import multiprocessing
import os
from dataclasses import dataclass, field

import numpy as np
import pytest

from molscape.core.identity import absent
from molscape.core.store import Store, whole, write_arrays, write_text


def test_claiming_again_needs_the_same_settings(tmp_path):
    @dataclass
    class Plan:
        steps: int
        seed: int = field(default=0, metadata=absent(0))

    Store(tmp_path).claim("run", {"steps": 10})
    Store(tmp_path).claim("run", Plan(10))
    with pytest.raises(ValueError, match=r"holds another run \(steps, seed differ\)"):
        Store(tmp_path).claim("run", Plan(11, seed=1))


def test_a_folder_of_an_earlier_version_is_refused(tmp_path):
    (tmp_path / "run.json").write_text("{}")
    with pytest.raises(ValueError, match="written by an earlier version: give a new folder"):
        Store(tmp_path, traces=("run.json",)).claim("run", {})
    Store(tmp_path).claim("run", {})


def test_released_folders_can_be_claimed_for_something_else(tmp_path):
    store = Store(tmp_path)
    store.claim("run", {"a": 1})
    store.release()
    store.claim("run", {"a": 2})
    assert Store(tmp_path).differing("run", {"a": 2}) == []


def test_work_is_done_once(tmp_path):
    store, calls = Store(tmp_path), []

    def work(draft):
        calls.append(1)
        draft.text("a.txt", "one")
        draft.arrays("deep/b.npz", {"x": np.arange(2)})

    files = store.once("piece", work)
    assert [file.name for file in files] == ["a.txt", "b.npz"]
    assert Store(tmp_path).once("piece", work) == files
    assert calls == [1]
    Store(tmp_path).once("piece", work, settings={"other": 1})
    assert calls == [1, 1]


@pytest.mark.parametrize("damage", ["cut", "garbage", "empty", "gone"])
def test_damaged_files_are_made_again(tmp_path, damage):
    def work(draft):
        draft.text("a.txt", "a text that is whole")

    file = Store(tmp_path).once("piece", work)[0]
    if damage == "gone":
        file.unlink()
    else:
        cut = {"cut": "a text", "garbage": "A TEXT THAT IS WHOLE", "empty": ""}[damage]
        file.write_text(cut)
    assert Store(tmp_path).finished("piece") is None
    Store(tmp_path).once("piece", work)
    assert file.read_text() == "a text that is whole"


def test_work_that_fails_leaves_nothing(tmp_path):
    def work(draft):
        draft.text("a.txt", "half")
        raise RuntimeError("killed")

    store = Store(tmp_path)
    with pytest.raises(RuntimeError, match="killed"):
        store.once("piece", work)
    assert store.finished("piece") is None
    assert list(tmp_path.iterdir()) == []


def test_a_state_that_is_replaced_keeps_the_last_one_only(tmp_path):
    store = Store(tmp_path)
    for k in range(3):
        store.put("state", lambda draft, k=k: draft.text(f"state-{k}.txt", str(k)))
    assert sorted(file.name for file in tmp_path.glob("state-*")) == ["state-2.txt"]
    assert Store(tmp_path).finished("state")[0].read_text() == "2"


def test_a_damaged_store_is_named(tmp_path):
    store = Store(tmp_path)
    store.claim("run", {})
    for text in ("", "{", "[]", '{"format": 1}', "\xff"):
        (tmp_path / "store.json").write_bytes(text.encode("latin-1"))
        with pytest.raises(ValueError, match=r"store.json is damaged"):
            Store(tmp_path)


def _hold(folder, ready, done):
    with Store(folder).locked():
        ready.set()
        done.wait(20)


def test_a_second_process_is_refused_with_the_first_ones_number(tmp_path):
    context = multiprocessing.get_context("fork")
    ready, done = context.Event(), context.Event()
    first = context.Process(target=_hold, args=(tmp_path, ready, done))
    first.start()
    try:
        assert ready.wait(20)
        refused = pytest.raises(RuntimeError, match=rf"in use by process {first.pid} ")
        with refused, Store(tmp_path).locked():
            pass
    finally:
        done.set()
        first.join()
    with Store(tmp_path).locked() as store:
        assert store.folder == tmp_path


def test_whole_files_replace_or_leave_what_was_there(tmp_path):
    file = write_text(tmp_path / "deep" / "a.txt", "old")

    def break_off():
        with whole(file) as part:
            part.write_text("new")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        break_off()
    assert file.read_text() == "old"
    write_text(file, "new")
    assert file.read_text() == "new"
    assert os.listdir(file.parent) == ["a.txt"]


def test_arrays_are_written_whole(tmp_path):
    file = write_arrays(tmp_path / "a.npz", {"x": np.arange(3)})
    with np.load(file) as data:
        assert data["x"].tolist() == [0, 1, 2]


def test_a_full_disk_says_that_earlier_work_is_kept(tmp_path):
    def work(draft):
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="earlier work is kept") as error:
        Store(tmp_path).once("piece", work)
    assert error.value.errno == 28


def test_other_errors_of_work_keep_their_words(tmp_path):
    def work(draft):
        raise FileNotFoundError(2, "No such file", "lmp")

    with pytest.raises(FileNotFoundError, match=r"^\[Errno 2\] No such file: 'lmp'$"):
        Store(tmp_path).once("piece", work)
