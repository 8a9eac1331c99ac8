import logging

import numpy as np
import pytest

from molscape.io.lammps_dump import DumpSource

N = 7


def dump_text(steps=5, seed=0, bounds="pp pp pp", edges="0 20\n0 20\n0 20", lead=None):
    rng = np.random.default_rng(seed)
    frames, tables = [], []
    for step in range(steps):
        table = rng.normal(size=(N, 6))
        ids = rng.permutation(N) + 1
        lines = "".join(
            f"{ids[k]} {1 + ids[k] % 2} {' '.join(f'{x:.8g}' for x in table[k])} \n"
            for k in range(N)
        )
        before = lead(step) if lead else ""
        frames.append(
            f"{before}ITEM: TIMESTEP\n{10 * step}\nITEM: NUMBER OF ATOMS\n{N}\n"
            f"ITEM: BOX BOUNDS {bounds}\n{edges}\nITEM: ATOMS id type x y z fx fy fz\n{lines}"
        )
        tables.append(table[np.argsort(ids)])
    return frames, np.array(tables)


def test_unsorted_ids_and_units(tmp_path):
    frames, tables = dump_text()
    (tmp_path / "a.dump").write_text("".join(frames))
    source = DumpSource.scan(tmp_path / "a.dump", timestep=0.002)
    read = source.read(range(4, 0, -2))
    np.testing.assert_allclose(read.positions, tables[[4, 2], :, :3] / 10, rtol=1e-7)
    np.testing.assert_allclose(read.forces, tables[[4, 2], :, 3:] * 41.84, rtol=1e-7)
    np.testing.assert_allclose(read.times, [0.08, 0.04])
    assert source.column("type").tolist() == ["2", "1", "2", "1", "2", "1", "2"]
    metal = DumpSource.scan(tmp_path / "a.dump", units="metal")
    assert metal.fields == {"positions", "forces", "box"}
    np.testing.assert_allclose(
        metal.read(range(1)).forces, tables[:1, :, 3:] * 964.8533212, rtol=1e-7
    )


@pytest.mark.filterwarnings("ignore::UserWarning:MDAnalysis.*")
def test_mdanalysis_agrees(tmp_path):
    import MDAnalysis

    frames, _ = dump_text(edges="-3 19 2\n1 21 -1\n2 22 0.5", bounds="xy xz yz pp pp pp")
    (tmp_path / "a.lammpstrj").write_text("".join(frames))
    universe = MDAnalysis.Universe(
        tmp_path / "a.lammpstrj", format="LAMMPSDUMP", topology_format="LAMMPSDUMP", to_guess=()
    )
    read = DumpSource.scan(tmp_path / "a.lammpstrj").read(range(5))
    sides = np.linalg.norm(read.box[0], axis=1) * 10
    np.testing.assert_allclose(universe.dimensions[:3], sides, rtol=1e-6)
    cosine = read.box[0, 0] @ read.box[0, 1] / sides[0] / sides[1] * 100
    np.testing.assert_allclose(universe.dimensions[5], np.degrees(np.arccos(cosine)), rtol=1e-6)
    for k, _ in enumerate(universe.trajectory):
        a = universe.atoms.positions
        b = read.positions[k] * 10
        np.testing.assert_allclose(a - a[0], b - b[0], atol=1e-5)
    # bounds -3..19 hold the tilts 2, -1: the cell is -2..17
    np.testing.assert_allclose(read.box[0, 0, 0], 1.9)


def test_units_and_time_in_the_file(tmp_path):
    frames, _ = dump_text(
        lead=lambda k: ("ITEM: UNITS\nmetal\n" if k == 0 else "") + f"ITEM: TIME\n{k * 0.5}\n"
    )
    (tmp_path / "a.dump").write_text("".join(frames))
    source = DumpSource.scan(tmp_path / "a.dump")
    assert source.units.name.startswith("LAMMPS metal")
    np.testing.assert_allclose(source.read(range(5)).times, 0.5 * np.arange(5))
    with pytest.raises(ValueError, match="the file says `units metal`"):
        DumpSource.scan(tmp_path / "a.dump", units="real")


def test_offsets_are_found_across_reading_blocks(tmp_path, monkeypatch):
    import molscape.io.lammps_dump as module

    frames, tables = dump_text(lead=lambda k: f"ITEM: TIME\n{k}\n")
    (tmp_path / "a.dump").write_text("".join(frames))
    for block in (161, 200, 333, 1000):
        monkeypatch.setattr(module, "_BLOCK", block)
        source = DumpSource.scan(tmp_path / "a.dump")
        assert np.diff(source.offsets).tolist() == [len(frame) for frame in frames]
    np.testing.assert_allclose(source.read(range(5)).positions, tables[:, :, :3] / 10, rtol=1e-7)


@pytest.mark.parametrize("cut", [60, 400, 560])
def test_truncated_file_serves_complete_frames(tmp_path, caplog, cut):
    frames, _ = dump_text()
    assert len(frames[-1]) > 560
    (tmp_path / "a.dump").write_text("".join(frames)[:-cut])
    with caplog.at_level(logging.WARNING):
        source = DumpSource.scan(tmp_path / "a.dump")
    assert source.n_frames == 4
    assert np.isfinite(source.read(range(4)).positions).all()
    assert "is truncated: frame 4" in source.notes[0]
    assert source.notes[0] in caplog.text


def test_an_interrupted_run_appended_to_is_refused(tmp_path):
    frames, _ = dump_text()
    (tmp_path / "a.dump").write_text(frames[0] + frames[1][:-200] + "\n" + "".join(frames[2:]))
    source = DumpSource.scan(tmp_path / "a.dump")
    with pytest.raises(ValueError, match="frame 1"):
        source.read(range(3))


def test_open_boundaries_and_slabs(tmp_path):
    frames, tables = dump_text(bounds="ff ss mm", edges="-9 20\n-9 20\n-9 20")
    (tmp_path / "a.dump").write_text("".join(frames))
    read = DumpSource.scan(tmp_path / "a.dump").read(range(2))
    assert read.box is None
    np.testing.assert_allclose(read.positions, tables[:2, :, :3] / 10, rtol=1e-7)
    frames, _ = dump_text(bounds="pp pp ff")
    (tmp_path / "a.dump").write_text("".join(frames))
    with pytest.raises(ValueError, match="periodic in some directions only"):
        DumpSource.scan(tmp_path / "a.dump").read(range(1))


def test_other_files_are_refused(tmp_path):
    (tmp_path / "a.dump").write_text("hello\n")
    with pytest.raises(ValueError, match="no complete frame of a LAMMPS text dump"):
        DumpSource.scan(tmp_path / "a.dump")
    frames, _ = dump_text()
    (tmp_path / "a.dump").write_text(frames[0].replace("x y z", "u v w"))
    with pytest.raises(ValueError, match="has no positions among its columns"):
        DumpSource.scan(tmp_path / "a.dump").read(range(1))


def test_a_dump_without_ids_is_refused_with_the_remedy(tmp_path):
    frames, _ = dump_text()
    (tmp_path / "a.dump").write_text("".join(frames).replace("ATOMS id type", "ATOMS mol type"))
    with pytest.raises(ValueError, match=r"has no column id .*`dump \.\.\. id type x y z`"):
        DumpSource.scan(tmp_path / "a.dump")


@pytest.mark.parametrize("other", ["3", "99"])
def test_ids_that_come_twice_or_are_others_are_refused(tmp_path, other):
    frames, _ = dump_text()
    head, body = frames[2].split("fx fy fz\n")
    lines = body.splitlines()
    taken = next(k for k, line in enumerate(lines) if line.startswith("4 "))
    lines[taken] = lines[taken].replace("4 ", f"{other} ", 1)
    frames[2] = head + "fx fy fz\n" + "\n".join(lines) + "\n"
    (tmp_path / "a.dump").write_text("".join(frames))
    source = DumpSource.scan(tmp_path / "a.dump")
    assert len(source.read(range(2))) == 2
    with pytest.raises(ValueError, match="ids of frame 2 come twice or are not those of the first"):
        source.read(range(5))


def test_a_last_line_without_its_end_is_complete(tmp_path):
    frames, tables = dump_text()
    (tmp_path / "a.dump").write_text("".join(frames).rstrip("\n"))
    source = DumpSource.scan(tmp_path / "a.dump")
    assert source.n_frames == 5
    np.testing.assert_allclose(source.read(range(4, 5)).positions[0], tables[4, :, :3] / 10)


def test_units_of_the_topology_hold_for_the_dump_beside_it(tmp_path):
    frames, tables = dump_text()
    (tmp_path / "a.dump").write_text("".join(frames))
    source = DumpSource.scan(tmp_path / "a.dump", stated="metal")
    np.testing.assert_allclose(source.read(range(1)).forces, tables[:1, :, 3:] * 964.8533212)
    with pytest.raises(ValueError, match="the file says `units metal`, but units='real'"):
        DumpSource.scan(tmp_path / "a.dump", units="real", stated="metal")
    with pytest.raises(ValueError, match="units 'lj' cannot be read"):
        DumpSource.scan(tmp_path / "a.dump", stated="lj")
