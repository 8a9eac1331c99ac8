"""Formats recognised by their contents, not by what files are called."""

from __future__ import annotations

import re
from pathlib import Path

from molscape.io.deepmd import find_systems


def kind_of(path: str | Path) -> str:
    """Recognise a file by its contents.

    Returns:
        "gro", "trr", "lammps_data", "lammps_dump" or "deepmd".

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if it is none of these.
    """
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(f"there is no file or folder {path}: check the path")
    if path.is_dir() and find_systems(path):
        return "deepmd"
    if path.is_file():
        with path.open("rb") as file:
            head = file.read(4096)
        text = head.decode("utf-8", errors="replace")
        lines = text.splitlines()
        if head[:4] == b"\x00\x00\x07\xc9":
            return "trr"
        if text.startswith("ITEM:"):
            return "lammps_dump"
        if re.search(r"^\s*\d+\s+atoms\s*(#.*)?$", text, re.MULTILINE):
            return "lammps_data"
        if len(lines) > 1 and re.fullmatch(r"\s*\d+\s*", lines[1]):
            return "gro"
    raise ValueError(
        f"{path} is none of the formats that can be read: GROMACS .gro and .trr, LAMMPS data files "
        "and text dumps, DeePMD folders"
    )
