"""Data sets by others, named with address, licence and checksums; never copied into the package.

A folder in the environment variable MOLSCAPE_DATA is looked at first, then the user's cache;
what is missing is fetched into the cache once.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import urllib.error
import urllib.request
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from molscape.core.frames import Frames
from molscape.core.record import Progress
from molscape.core.state import State
from molscape.core.store import whole
from molscape.core.topology import Topology
from molscape.core.trajectory import Trajectory

log = logging.getLogger(__name__)

VARIABLE = "MOLSCAPE_DATA"
TIMEOUT = 30.0


@dataclass(frozen=True)
class DataSet:
    """A named data set: where it comes from and what its files must be."""

    name: str
    about: dict[str, Any]

    def files(self, progress: Progress | None = None) -> list[Path]:
        """Return the paths of all files, fetched if need be, checked against their checksums.

        Raises:
            OSError: if a file is neither at hand nor can be fetched.
            ValueError: if a file is not the one that is meant.
        """
        wanted: dict[str, str] = self.about["files"]
        found = []
        for k, (name, checksum) in enumerate(wanted.items()):
            path = self._at_hand(name) or self._fetched(name)
            own = hashlib.sha256(path.read_bytes()).hexdigest()
            if own != checksum:
                raise ValueError(
                    f"{path} has SHA-256 {own}, the data set {self.name} means {checksum}: delete "
                    f"the file, or point {VARIABLE} to the right folder"
                )
            found.append(path)
            if progress is not None:
                progress(f"data set {self.name}", k + 1, len(wanted))
        return found

    def open(self, progress: Progress | None = None) -> tuple[Trajectory, State, list[Path]]:
        """Return the trajectory, its state and its files; errors are those of `files`."""
        found = self.files(progress)
        state = State(temperature=float(self.about["temperature"]))
        if self.about["format"] == "deepmd":
            from molscape.io import open as open_files

            folder = found[0]
            for _ in Path(next(iter(self.about["files"]))).parts:
                folder = folder.parent
            return open_files(folder, remove_net_force=True), state, found
        return self._beads(found), state, found

    def _beads(self, found: list[Path]) -> Trajectory:
        """Return a chain of beads from arrays of positions and forces."""
        about, paths = self.about, {path.name: path for path in found}
        scale = about["units"]
        positions = np.load(paths[about["positions"]]).astype(np.float64) * scale["length"]
        forces = np.load(paths[about["forces"]]).astype(np.float64) * scale["force"]
        count, beads = positions.shape[:2]
        chain = np.arange(beads)
        topology = Topology.build(
            about["names"],
            masses=about["masses"],
            elements=about["elements"],
            molecules=np.zeros(beads, dtype=np.int64),
            residue_names=[about["molecule"]] * beads,
            bonds=np.stack([chain[:-1], chain[1:]], axis=1),
        )
        times = about["interval"] * np.arange(count)
        frames = Frames(positions, forces=forces, times=times, whole=True)
        return Trajectory.from_frames(topology, frames, name=self.name)

    def _at_hand(self, name: str) -> Path | None:
        folders = [_cache() / self.name]
        if VARIABLE in os.environ:
            folders.insert(0, Path(os.environ[VARIABLE]) / self.about["folder"])
        return next((folder / name for folder in folders if (folder / name).exists()), None)

    def _fetched(self, name: str) -> Path:
        address = f"{self.about['url']}/{name}"
        target = _cache() / self.name / name
        log.info("fetching %s", address)
        try:
            with urllib.request.urlopen(address, timeout=TIMEOUT) as stream:
                content = stream.read()
        except (urllib.error.URLError, TimeoutError) as error:
            raise OSError(
                f"{name} of the data set {self.name} is not at hand and {address} cannot be "
                f"fetched ({error}): get it by other means and set {VARIABLE} to the folder that "
                f"holds {self.about['folder']}/{name}"
            ) from error
        with whole(target) as part:
            part.write_bytes(content)
        return target


def data_set(name: str) -> DataSet:
    """Return a named data set.

    Raises:
        ValueError: if there is none of that name.
    """
    own = Path(str(files(__package__)))
    known = {file.stem: file for file in sorted(own.glob("*.json"))}
    if name not in known:
        raise ValueError(f"no data set {name!r}: choose one of {', '.join(known)}")
    return DataSet(name, json.loads(known[name].read_text(encoding="utf-8")))


def _cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(base) if base else Path.home() / ".cache") / "molscape"
