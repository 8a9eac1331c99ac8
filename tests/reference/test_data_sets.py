"""Named data sets: found, checked, refused; fetched from a server of the test's own."""

import hashlib
import threading
from functools import partial
from http.server import HTTPServer, SimpleHTTPRequestHandler

import numpy as np
import pytest

from molscape.reference.data_sets import DataSet, data_set

QUIET = type("Quiet", (SimpleHTTPRequestHandler,), {"log_message": lambda *_: None})


@pytest.fixture
def arrays(tmp_path):
    folder = tmp_path / "server"
    folder.mkdir()
    random = np.random.default_rng(0)
    np.save(folder / "x.npy", random.normal(size=(6, 3, 3)).astype(np.float32))
    np.save(folder / "f.npy", random.normal(size=(6, 3, 3)).astype(np.float32))
    return folder


@pytest.fixture
def served(arrays, tmp_path, monkeypatch):
    """A data set on a server, an empty cache, nothing at hand."""
    server = HTTPServer(("127.0.0.1", 0), partial(QUIET, directory=str(arrays)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("MOLSCAPE_DATA", raising=False)
    about = {
        "url": f"http://127.0.0.1:{server.server_address[1]}",
        "folder": "chain",
        "format": "beads",
        "temperature": 310.0,
        "interval": 2.0,
        "units": {"length": 0.1, "force": 41.84},
        "positions": "x.npy",
        "forces": "f.npy",
        "names": ["A", "B", "C"],
        "elements": ["C", "N", "C"],
        "masses": [12.0, 14.0, 12.0],
        "molecule": "CHAIN",
        "files": {
            name: hashlib.sha256((arrays / name).read_bytes()).hexdigest()
            for name in ("x.npy", "f.npy")
        },
    }
    yield DataSet("chain", about)
    server.shutdown()


def test_files_are_fetched_once_and_become_beads_in_our_units(served, arrays, tmp_path):
    trajectory, state, files = served.open()
    frames = trajectory.load()
    np.testing.assert_allclose(frames.positions, np.load(arrays / "x.npy") * 0.1, rtol=1e-6)
    np.testing.assert_allclose(frames.forces, np.load(arrays / "f.npy") * 41.84, rtol=1e-6)
    assert state.temperature == 310.0
    assert frames.times[1] == 2.0
    assert trajectory.topology.n_molecules == 1
    (arrays / "x.npy").unlink()
    assert served.files() == files
    assert files[0].is_relative_to(tmp_path / "cache")
    assert sorted(file.name for file in files[0].parent.iterdir()) == ["f.npy", "x.npy"]


def test_a_folder_at_hand_comes_first_and_is_checked(served, tmp_path, monkeypatch):
    own = tmp_path / "own" / "chain"
    own.mkdir(parents=True)
    np.save(own / "x.npy", np.zeros(3))
    monkeypatch.setenv("MOLSCAPE_DATA", str(own.parent))
    with pytest.raises(ValueError, match="the data set chain means"):
        served.open()


def test_what_cannot_be_had_says_where_to_put_it(served):
    served.about["files"]["missing.npy"] = "0" * 64
    with pytest.raises(OSError, match=r"set MOLSCAPE_DATA to the folder that holds chain/missing"):
        served.open()


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(ValueError, match="alanine-dipeptide-cgnet, water-ab-initio"):
        data_set("argon")


def test_the_frames_of_alanine_dipeptide_are_those_published(shared_data, monkeypatch):
    monkeypatch.setenv("MOLSCAPE_DATA", str(shared_data))
    trajectory, state, _ = data_set("alanine-dipeptide-cgnet").open()
    frames = trajectory.load()
    assert len(frames) == 10_000
    assert state.temperature == 300.0
    # Mean squared force 729.04 (kcal/mol/A)^2, first bond 1.32930 A.
    assert np.mean(frames.forces**2) / 41.84**2 == pytest.approx(729.04, abs=0.01)
    first = np.linalg.norm(frames.positions[:, 1] - frames.positions[:, 0], axis=1)
    assert first.mean() == pytest.approx(0.132930, abs=1e-6)
