"""Force matching of water beside VOTCA's csg_fmatch on the same LAMMPS dump."""

import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def test_forces_agree_within_one_percent_where_sampled(tmp_path, monkeypatch):
    if shutil.which("csg_fmatch") is None:
        pytest.skip("csg_fmatch is not installed: install VOTCA (Debian package `votca`)")
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    inputs = runpy.run_path(str(BENCHMARKS / "force_matching.py"))
    inputs["write_inputs"](tmp_path, 150)
    votca = ["csg_fmatch", "--top", "topology.xml", "--trj", "water.dump"]
    votca += ["--options", "options.xml", "--cg", "mapping.xml"]
    subprocess.run(votca, cwd=tmp_path, check=True, capture_output=True)
    own = [sys.executable, "fit.py", "water.data", "water.dump", "own.txt"]
    subprocess.run(own, cwd=tmp_path, check=True, capture_output=True)
    ours = np.loadtxt(tmp_path / "own.txt")
    theirs = np.loadtxt(tmp_path / "W-W.force", usecols=(0, 1))
    sampled = (ours[:, 0] > 0.255) & (ours[:, 0] < 0.885)
    difference = (ours - theirs)[sampled, 1]
    size = np.sqrt(np.mean(theirs[sampled, 1] ** 2))
    assert np.sqrt(np.mean(difference**2)) < 0.01 * size
    assert np.all(np.abs(difference) < 0.01 * np.abs(theirs[sampled, 1]) + 0.01 * size)
