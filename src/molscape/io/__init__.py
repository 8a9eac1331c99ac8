"""The io room: files in, core types out, and back; nothing leaves it unconverted.

`open` is the door: it recognises GROMACS (GRO, TRR), LAMMPS (data file, text dump) and DeePMD
data, converts them to the units inside, checks them, and reads them in chunks. Nothing here
loads MDAnalysis or jax.
"""

from molscape.io.bonds import guess_bonds
from molscape.io.constraints import infer_constraints
from molscape.io.deepmd import DeepmdSource
from molscape.io.gro import read_gro, write_gro
from molscape.io.hashes import sha256
from molscape.io.inspection import Inspection, inspect
from molscape.io.lammps_data import read_lammps_data
from molscape.io.lammps_dump import DumpSource
from molscape.io.lammps_write import LammpsTypes, lammps_types, write_lammps_data
from molscape.io.opening import open
from molscape.io.trr import TrrSource, concatenate_trr, write_trr
from molscape.io.whole import make_whole

__all__ = [
    "DeepmdSource",
    "DumpSource",
    "Inspection",
    "LammpsTypes",
    "TrrSource",
    "concatenate_trr",
    "guess_bonds",
    "infer_constraints",
    "inspect",
    "lammps_types",
    "make_whole",
    "open",
    "read_gro",
    "read_lammps_data",
    "sha256",
    "write_gro",
    "write_lammps_data",
    "write_trr",
]
