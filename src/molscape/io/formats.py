"""Formats recognised by their contents, not by what files are called."""

from __future__ import annotations

import re
from pathlib import Path

from molscape.io.deepmd import find_systems

DESCRIPTIONS = {
    "gro": "GROMACS GRO",
    "trr": "GROMACS TRR",
    "xtc": "GROMACS XTC",
    "tpr": "GROMACS TPR",
    "lammps_data": "LAMMPS data file",
    "lammps_dump": "LAMMPS text dump",
    "psf": "CHARMM/NAMD PSF",
    "prmtop": "AMBER PRMTOP",
    "dcd": "CHARMM/NAMD DCD",
    "netcdf": "AMBER NetCDF",
    "pdb": "PDB",
    "h5md": "H5MD",
    "xyz": "extended XYZ",
    "npy": "folder of NumPy arrays",
    "deepmd": "DeePMD folder",
}
"""What each kind is called; the first line of an error lists them."""

TOPOLOGIES = ("gro", "tpr", "psf", "prmtop", "pdb", "lammps_data", "deepmd", "xyz", "h5md")
"""Kinds that say what the particles are."""

_PDB = re.compile(
    r"(HEADER|TITLE|COMPND|REMARK|CRYST1|MODEL|ATOM|HETATM|SEQRES|AUTHOR|KEYWDS|EXPDTA|SOURCE)\b"
)
_ATOM_LINE = re.compile(r"\s*[A-Za-z]\w*(\s+[-+]?\d[\d.eE+-]*){3}")


def kind_of(path: str | Path) -> str:
    """Recognise a file by its contents.

    Returns:
        A key of `DESCRIPTIONS`, such as "gro", "trr" or "lammps_dump".

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if it is none of these.
    """
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(f"there is no file or folder {path}: check the path")
    if path.is_dir():
        kind = _folder_kind(path)
    else:
        with path.open("rb") as file:
            head = file.read(4096)
        kind = _binary_kind(head) or _text_kind(head.decode("utf-8", errors="replace"))
    if kind is None:
        raise ValueError(f"{path} is {_advice(path)}")
    return kind


def _folder_kind(path: Path) -> str | None:
    if find_systems(path):
        return "deepmd"
    return "npy" if (path / "positions.npy").is_file() else None


def _binary_kind(head: bytes) -> str | None:
    """Recognise formats that begin with fixed bytes."""
    if head[:4] == b"\x00\x00\x07\xc9":
        return "trr"
    if head[:4] in (b"\x00\x00\x07\xcb", b"\x00\x00\x07\xe7"):
        return "xtc"
    if b"VERSION " in head[:20] and head[:2] == b"\x00\x00":
        return "tpr"
    if head[4:8] == b"CORD" or head[8:12] == b"CORD":
        return "dcd"
    if head[:3] == b"CDF":
        return "netcdf"
    if head[:8] == b"\x89HDF\r\n\x1a\n":
        return "h5md"
    return "npy" if head[:6] == b"\x93NUMPY" else None


def _text_kind(text: str) -> str | None:
    lines = text.splitlines()
    if text.startswith("ITEM:"):
        return "lammps_dump"
    if text.startswith("PSF"):
        return "psf"
    if text.startswith("%VERSION"):
        return "prmtop"
    if _PDB.match(text.lstrip()):
        return "pdb"
    if re.search(r"^\s*\d+\s+atoms\s*(#.*)?$", text, re.MULTILINE):
        return "lammps_data"
    if len(lines) > 2 and lines[0].strip().isdigit() and _ATOM_LINE.match(lines[2]):
        return "xyz"
    if len(lines) > 1 and re.fullmatch(r"\s*\d+\s*", lines[1]):
        return "gro"
    return None


def _advice(path: Path) -> str:
    if path.suffix in (".top", ".itp"):
        return (
            "a GROMACS force field: give conf.gro or topol.tpr to say what the atoms are "
            "(`molscape rerun` recomputes forces from it)"
        )
    return f"none of the formats that can be read: {', '.join(DESCRIPTIONS.values())}"
