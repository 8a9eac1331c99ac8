"""Force matching of water from a LAMMPS dump: molscape beside VOTCA's csg_fmatch, whole processes.

300 SPC/E molecules, 33 spline intervals from 0.24 to 0.9 nm, the shipped trajectory written as a
text dump and repeated to the number of frames asked for. Each run is a process of its own: reading,
mapping, fitting, writing the force. Needs csg_fmatch (Debian package `votca`).
"""

from __future__ import annotations

import argparse
import io
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from common import machine, median, save

import molscape
from molscape import reference
from molscape.core.units import ANGSTROM, KILOCALORIE
from molscape.io import write_lammps_data

FRAMES_PER_BLOCK = 50

FIT = """
import sys
import numpy as np
import molscape as ms

atoms = ms.open(sys.argv[1], sys.argv[2], timestep=0.002)
molecule = str(atoms.topology.molecule_names[0])
beads = ms.mapping.by_hand(atoms.topology, {"W": {"molecule": molecule}})(atoms)
spline = ms.potentials.PairSpline(start=0.24, cutoff=0.9, spacing=0.02, pairs=(("W", "W"),))
data = [(beads, ms.State(temperature=300.0))]
fit = ms.fit.linear(spline, ms.objectives.ForceMatching(), data, ms.fit.LinearOptions(ridge=0.0))
r = np.arange(0.24, 0.9001, 0.01)
_, force = fit.potential.tabulate(r, ("W", "W"))
np.savetxt(sys.argv[3], np.column_stack([r, force]))
"""

TOPOLOGY = """<topology>
  <molecules>
    <molecule name="SOL" nmols="300" nbeads="3">
      <bead name="OW" type="OW" mass="15.9994" q="-0.8476" resid="1" resname="SOL"/>
      <bead name="HW1" type="HW" mass="1.008" q="0.4238" resid="1" resname="SOL"/>
      <bead name="HW2" type="HW" mass="1.008" q="0.4238" resid="1" resname="SOL"/>
    </molecule>
  </molecules>
</topology>
"""

MAPPING = """<cg_molecule>
  <name>SOL</name><ident>SOL</ident>
  <topology><cg_beads><cg_bead>
    <name>W</name><type>W</type><mapping>all</mapping>
    <beads>1:SOL:OW 1:SOL:HW1 1:SOL:HW2</beads>
  </cg_bead></cg_beads></topology>
  <maps><map><name>all</name><weights>15.9994 1.008 1.008</weights></map></maps>
</cg_molecule>
"""

OPTIONS = f"""<cg>
  <non-bonded>
    <name>W-W</name><type1>W</type1><type2>W</type2>
    <fmatch><min>0.24</min><max>0.9</max><step>0.02</step><out_step>0.01</out_step></fmatch>
  </non-bonded>
  <fmatch>
    <frames_per_block>{FRAMES_PER_BLOCK}</frames_per_block><constrainedLS>false</constrainedLS>
  </fmatch>
</cg>
"""


def write_inputs(folder: Path, frames: int) -> None:
    """Write the LAMMPS data file, the dump and VOTCA's three XML files."""
    data = reference.shipped("spce-300")
    atoms = molscape.open(data / "conf.gro", data / "traj.trr")
    topology = atoms.topology
    block = atoms.load()
    write_lammps_data(folder / "water.data", topology, block[0])
    length = float(block.box[0, 0, 0]) / ANGSTROM
    columns = np.column_stack([np.arange(1, 901), np.tile([2, 1, 1], 300)])
    texts = []
    for k in range(len(block)):
        positions = (block.positions[k] / ANGSTROM) % length
        forces = block.forces[k] / (KILOCALORIE / ANGSTROM)
        text = io.StringIO()
        form = "%d %d %.5f %.5f %.5f %.6f %.6f %.6f"
        np.savetxt(text, np.column_stack([columns, positions, forces]), fmt=form)
        texts.append(text.getvalue())
    with open(folder / "water.dump", "w") as file:
        for k in range(frames):
            file.write(
                f"ITEM: TIMESTEP\n{2500 * k}\nITEM: NUMBER OF ATOMS\n900\n"
                f"ITEM: BOX BOUNDS pp pp pp\n"
                + f"0 {length:.8f}\n" * 3
                + "ITEM: ATOMS id type x y z fx fy fz\n"
                + texts[k % len(texts)]
            )
    (folder / "topology.xml").write_text(TOPOLOGY)
    (folder / "mapping.xml").write_text(MAPPING)
    (folder / "options.xml").write_text(OPTIONS)
    (folder / "fit.py").write_text(FIT)


def seconds(command: list[str], folder: Path) -> float:
    """Run a command and return its wall time."""
    begin = time.perf_counter()
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{command[0]} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return time.perf_counter() - begin


def main() -> None:
    """Time both, in turn, and compare their forces."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, nargs="+", default=[500, 5000])
    parser.add_argument("--repeats", type=int, nargs="+", default=[5, 3])
    arguments = parser.parse_args()
    if shutil.which("csg_fmatch") is None:
        raise SystemExit("csg_fmatch is not installed: install VOTCA (Debian package `votca`)")
    own = [sys.executable, "fit.py", "water.data", "water.dump", "own.txt"]
    votca = ["csg_fmatch", "--top", "topology.xml", "--trj", "water.dump"]
    votca += ["--options", "options.xml", "--cg", "mapping.xml"]
    results = {"machine": machine(), "cases": []}
    for frames, repeats in zip(arguments.frames, arguments.repeats, strict=True):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            write_inputs(folder, frames)
            pairs = [(seconds(own, folder), seconds(votca, folder)) for _ in range(repeats)]
            a, b = np.loadtxt(folder / "own.txt"), np.loadtxt(folder / "W-W.force", usecols=(0, 1))
            inside = (a[:, 0] > 0.255) & (a[:, 0] < 0.885)
            difference = np.sqrt(np.mean((a - b)[inside, 1] ** 2) / np.mean(b[inside, 1] ** 2))
            case = {
                "frames": frames,
                "molscape_seconds": median([p[0] for p in pairs]),
                "votca_seconds": median([p[1] for p in pairs]),
                "ratio": median([p[1] / p[0] for p in pairs]),
                "force_difference": float(difference),
            }
            results["cases"].append(case)
            print(
                f"{frames} frames: molscape {case['molscape_seconds']:.2f} s, csg_fmatch "
                f"{case['votca_seconds']:.2f} s, ratio {case['ratio']:.2f}; forces differ by "
                f"{difference:.2%} (root mean square, 0.26-0.88 nm)",
                flush=True,
            )
    save("force_matching", results)


if __name__ == "__main__":
    main()
