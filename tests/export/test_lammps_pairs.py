import numpy as np

from molscape.core.topology import Topology
from molscape.export.lammps_pairs import Styles, pair_lines

TWO = Topology.build(["A", "B"], masses=np.ones(2))


def styles(tmp_path):
    return Styles(TWO, ("A", "B"), tmp_path / "m.lmp", keeps_excluded=False)


def test_pairs_are_numbers_in_order(tmp_path):
    assert styles(tmp_path).pair(("B", "A")) == (1, 2)


def test_a_style_takes_a_pair_once(tmp_path):
    own = styles(tmp_path)
    own.place((1, 1), "lj/cut", "9", "1 3 9")
    own.place((1, 2), "lj/cut", "9", "2 3 9")
    own.place((1, 1), "lj/cut", "9", "4 3 9")
    own.place((1, 2), "lj/cut", "9", "5 3 9", modify="shift yes")
    assert [list(style.coefficients) for style in own.pairs] == [
        [(1, 1), (1, 2)],
        [(1, 1)],
        [(1, 2)],
    ]
    lines = pair_lines(own.pairs, own.names)
    assert lines[1].count("lj/cut") == 3
    assert "pair_coeff 2 2 none" in lines
    assert lines[-1] == "pair_modify pair lj/cut 3 shift yes"


def test_files_beside_the_include_file_have_names_of_their_own(tmp_path):
    own = styles(tmp_path)
    names = [own.path("1-1", ".table").name for _ in range(3)]
    assert names == ["m_1-1.table", "m_1-1_2.table", "m_1-1_3.table"]
