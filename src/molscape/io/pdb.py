"""Positions of PDB files: one model or several, in Å with three decimals."""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from molscape.core.frames import Frames
from molscape.core.note import Note
from molscape.core.trajectory import Trajectory
from molscape.core.units import ANGSTROM
from molscape.io.boxes import place_boxes
from molscape.io.cells import box_from_cell, cosines_of_degrees
from molscape.io.formats import Format, Options, make_reader
from molscape.io.guessing import with_guessed_bonds
from molscape.io.mdanalysis_topologies import read_mdanalysis_topology
from molscape.io.optional import load_reader

_RECORDS = re.compile(
    r"\s*(HEADER|TITLE|COMPND|REMARK|CRYST1|MODEL|ATOM|HETATM|SEQRES|AUTHOR|KEYWDS|EXPDTA|SOURCE)\b"
)


def _reader(path: Path) -> Any:
    return load_reader("MDAnalysis.coordinates.PDB", "PDB files").PDBReader(str(path))


@dataclass(frozen=True, eq=False)
class PdbSource:
    """Models of a PDB file, read when asked for; make one with `PdbSource.scan`."""

    path: Path
    n_frames: int
    n_particles: int
    fields: frozenset[str]
    notes: tuple[Note, ...] = ()

    @classmethod
    def scan(cls, path: str | Path) -> PdbSource:
        """Find the models.

        Raises:
            ImportError: if MDAnalysis is not installed.
            ValueError: if the file is damaged.
        """
        path = Path(path)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                with _reader(path) as reader:
                    count, atoms = int(reader.n_frames), int(reader.n_atoms)
                    box = _cell(reader.ts)
        except (OSError, ValueError, IndexError) as error:
            raise ValueError(
                f"{path} cannot be read as PDB ({error}): write or copy it again"
            ) from None
        fields = {"positions", "box"} if box.any() else {"positions"}
        return cls(path, count, atoms, frozenset(fields))

    def read(self, frames: range) -> Frames:
        """Read these models.

        Raises:
            ValueError: if a model holds other atoms than the first.
        """
        positions = np.empty((len(frames), self.n_particles, 3))
        boxes = np.zeros((len(frames), 3, 3))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with _reader(self.path) as reader:
                for row, number in enumerate(frames):
                    try:
                        step = reader[number]
                    except (OSError, ValueError, IndexError) as error:
                        raise ValueError(
                            f"{self.path} is damaged in model {number} ({error}): all models must "
                            "hold the same atoms; write the file again"
                        ) from None
                    positions[row] = step.positions
                    boxes[row] = _cell(step)
        return place_boxes(Frames(ANGSTROM * positions), ANGSTROM * boxes, str(self.path))


def _cell(step: Any) -> np.ndarray:
    """The box in Å, zero where there is none or the 1 Å cell that stands for none."""
    if step.dimensions is None or np.allclose(step.dimensions[:3], 1.0):
        return np.zeros((3, 3))
    cell = np.round(np.asarray(step.dimensions, dtype=np.float64), 4)[None]
    return box_from_cell(cell[:, :3], cosines_of_degrees(cell[:, 3:]))[0]


def _read_topology(path: Path, options: Options) -> Trajectory:
    particles, notes = read_mdanalysis_topology(path, "pdb", options.masses)
    source = PdbSource.scan(path)
    particles, more = with_guessed_bonds(path, particles, source.read(range(1)))
    return Trajectory(particles, source, (*notes, *more, *source.notes), path.stem)


FORMAT = Format(
    "pdb",
    "PDB",
    lambda head: _RECORDS.match(head.text) is not None,
    _read_topology,
    make_reader(PdbSource.scan),
    priority=10,
)
