import numpy as np

from molscape.core.units import ANGSTROM, LAMMPS_REAL
from molscape.simulate.lammps_files import DATA, STATE, read_only_frame, snapshot, write_start
from support.lattices import small_fluid


def test_positions_and_velocities_pass_exactly(tmp_path):
    topology, start, _ = small_fluid(skew=0.3)
    velocities = np.random.default_rng(3).normal(size=start.positions[0].shape)
    write_start(tmp_path, topology, start.positions[0], velocities, start.box[0])
    frame = read_only_frame(tmp_path / STATE)
    np.testing.assert_array_equal(frame.take("x", "y", "z"), start.positions[0] / ANGSTROM)
    np.testing.assert_array_equal(frame.take("vx", "vy", "vz"), velocities / LAMMPS_REAL.velocity)
    np.testing.assert_allclose(frame.box * ANGSTROM, start.box[0])
    assert f"{len(topology)} atoms" in (tmp_path / DATA).read_text()


def test_without_a_box_one_is_drawn_around_the_beads():
    positions = np.array([[0.0, 0.0, 0.0], [1.0, -2.0, 0.5]])
    frame = snapshot(7, ("x", "y", "z"), positions, positions, None)
    assert frame.step == 7
    np.testing.assert_allclose(frame.origin * ANGSTROM, [-1.0, -3.0, -1.0])
    np.testing.assert_allclose(np.diag(frame.box) * ANGSTROM, [3.0, 4.0, 2.5])
    assert frame.sorted().take("id")[:, 0].tolist() == [1.0, 2.0]
