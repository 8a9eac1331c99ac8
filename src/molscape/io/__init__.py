"""The io room: files in, core types out, and back; nothing leaves it unconverted.

`open` recognises files of GROMACS (GRO, TPR, TRR, XTC), LAMMPS (data file, text
dump), AMBER (PRMTOP, NetCDF), CHARMM and NAMD (PSF, DCD), PDB, H5MD and extended XYZ files, DeePMD
data and NumPy arrays, converts them to the units inside, checks them, and reads them in chunks.
MDAnalysis, h5py and ASE are loaded when a file that they read is opened.
"""

from molscape.core.hashes import sha256
from molscape.io._open import open, prepare, read
from molscape.io.bonds import guess_bonds
from molscape.io.constraints import infer_constraints
from molscape.io.deepmd import DeepmdSource
from molscape.io.file_units import UNIT_SYSTEMS
from molscape.io.gro import read_gro, write_gro
from molscape.io.inspection import Inspection, inspect
from molscape.io.lammps_data import read_lammps_data
from molscape.io.lammps_dump import DumpSource
from molscape.io.lammps_write import LammpsTypes, lammps_types, write_lammps_data
from molscape.io.trr import TrrSource, concatenate_trr, write_trr
from molscape.io.whole import make_whole

__all__ = [
    "UNIT_SYSTEMS",
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
    "prepare",
    "read",
    "read_gro",
    "read_lammps_data",
    "sha256",
    "write_gro",
    "write_lammps_data",
    "write_trr",
]
