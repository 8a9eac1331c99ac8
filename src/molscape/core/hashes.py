"""Fingerprints of input files, for the record of a run."""

from __future__ import annotations

import hashlib
from pathlib import Path

_BLOCK = 2**20


def sha256(path: str | Path) -> str:
    """Return the SHA-256 of a file, read block by block.

    A folder's is taken over the relative names and fingerprints of its files, sorted by name.
    """
    path = Path(path)
    digest = hashlib.sha256()
    if path.is_dir():
        for file in sorted(item for item in path.rglob("*") if item.is_file()):
            digest.update(f"{file.relative_to(path).as_posix()}\0{sha256(file)}\n".encode())
        return digest.hexdigest()
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()
