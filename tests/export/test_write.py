from typing import get_args

import numpy as np
import pytest

from molscape import export
from molscape.core.frames import Frames
from molscape.core.topology import Topology
from molscape.potentials import LennardJones

TWO = Topology.build(["A", "A"], masses=np.ones(2))
FRAMES = Frames(np.array([[[0.0, 0, 0], [0.4, 0, 0]]]), 3 * np.eye(3)[None])
MODEL = LennardJones(epsilon=1.0, sigma=0.3, pairs=(("A", "A"),), cutoff=0.9)


def test_recipes_may_name_what_there_is():
    assert get_args(export.ExportName) == tuple(export.EXPORTS)


def test_a_name_finds_its_exporter(tmp_path):
    files = export.write("gromacs", MODEL, TWO, FRAMES, tmp_path)
    assert tmp_path / "topol.top" in files
    files = export.write("lammps", MODEL, TWO, FRAMES, tmp_path)
    assert files[0] == tmp_path / "in.lammps"


def test_an_unknown_engine_is_refused_with_those_there_are(tmp_path):
    with pytest.raises(ValueError, match="'namd': this molscape writes lammps, gromacs, openmm"):
        export.write("namd", MODEL, TWO, FRAMES, tmp_path)
