"""A small liquid as several programs write it, and frames written by MDAnalysis."""

from pathlib import Path

import numpy as np
import pytest

DATA = Path(__file__).parent / "data"


@pytest.fixture
def liquid():
    """Path of a file of the methanol-water system by its ending."""
    return lambda ending: DATA / f"methanol_water.{ending}"


@pytest.fixture
def mdanalysis_files(tmp_path):
    """Write the same random frames to files of the endings given; return their arrays in nm."""
    mda = pytest.importorskip("MDAnalysis")

    def write(*endings, n_frames=6, n_atoms=30, box=(20.0, 21.0, 22.0, 80.0, 75.0, 70.0), **more):
        rng = np.random.default_rng(1)
        universe = mda.Universe.empty(n_atoms, trajectory=True, velocities=True, forces=True)
        kept = {"positions": [], "velocities": [], "forces": []}
        paths = [tmp_path / f"traj.{ending}" for ending in endings]
        writers = [mda.Writer(str(path), n_atoms, **more) for path in paths]
        for k in range(n_frames):
            values = rng.normal(size=(3, n_atoms, 3))
            universe.atoms.positions = 5 + 4 * values[0]
            universe.atoms.velocities, universe.atoms.forces = values[1], 100 * values[2]
            step = universe.trajectory.ts
            step.dimensions, step.time, step.frame = box, 2.0 * k, k
            for writer in writers:
                writer.write(universe.atoms)
            kept["positions"].append(universe.atoms.positions / 10)
            kept["velocities"].append(universe.atoms.velocities / 10)
            kept["forces"].append(universe.atoms.forces * 10)
        for writer in writers:
            writer.close()
        return paths, {name: np.array(values) for name, values in kept.items()}

    return write
