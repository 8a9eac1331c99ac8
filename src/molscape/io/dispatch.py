"""Which reader opens which file, and which options apply to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from molscape.core.frames import Frames
from molscape.core.topology import Topology
from molscape.core.trajectory import Source, Trajectory
from molscape.io.amber_netcdf import NetcdfSource
from molscape.io.dcd import DcdSource
from molscape.io.deepmd import DeepmdSource
from molscape.io.described import read_described
from molscape.io.formats import DESCRIPTIONS, kind_of
from molscape.io.gro import GroSource, read_gro
from molscape.io.guessing import with_guessed_bonds
from molscape.io.h5md import H5mdSource
from molscape.io.lammps_data import read_lammps_data
from molscape.io.lammps_dump import DumpSource
from molscape.io.npy import NpySource
from molscape.io.pdb import PdbSource
from molscape.io.trr import TrrSource
from molscape.io.xtc import XtcSource
from molscape.io.xyz import XyzSource

PathLike = str | Path

_WITH_UNITS = ("lammps_data", "lammps_dump", "xyz", "h5md", "npy")
_WITH_TIMESTEP = ("lammps_dump", "dcd")


@dataclass(frozen=True)
class Options:
    """What the user says about the files: units, time of a step in ps, masses in u by name."""

    units: str | None = None
    timestep: float | None = None
    masses: Mapping[str, float] = field(default_factory=dict)


def read_topology(topology: PathLike | Topology | Trajectory, options: Options) -> Trajectory:
    """Return the particles of a file, with the frames that it holds.

    Raises:
        ValueError: if the file does not say what its particles are.
    """
    if isinstance(topology, Trajectory):
        return _weighed(topology, options.masses)
    if isinstance(topology, Topology):
        return _weighed(Trajectory(topology, _NoFrames(), name="topology"), options.masses)
    path, kind = Path(topology), kind_of(topology)
    if kind == "gro":
        return _weighed(read_gro(path, masses=options.masses), options.masses)
    if kind == "pdb":
        return _weighed(_read_pdb(path, options), options.masses)
    if kind in ("tpr", "psf", "prmtop"):
        particles, notes = read_described(path, kind, options.masses)
        bare = Trajectory(particles, _NoFrames(DESCRIPTIONS[kind]), notes, path.stem)
        return _weighed(bare, options.masses)
    if kind == "lammps_data":
        return _weighed(read_lammps_data(path, units=options.units), options.masses)
    if kind == "deepmd":
        deepmd = DeepmdSource.scan(path)
        particles, notes = deepmd.guessed
        return _weighed(Trajectory(particles, deepmd, notes, path.name), options.masses)
    if kind in ("xyz", "h5md"):
        source = (XyzSource if kind == "xyz" else H5mdSource).scan(path, options.units)
        particles, notes = source.topology(options.masses)
        return _weighed(
            Trajectory(particles, source, (*source.notes, *notes), path.stem), options.masses
        )
    raise ValueError(
        f"{topology} is a trajectory ({DESCRIPTIONS[kind]}) and does not say what its atoms are: "
        "give the topology first, open('conf.gro', 'traj.trr') or open('system.data', 'run.dump')"
    )


def read_frames(
    base: Trajectory, path: PathLike | None, options: Options
) -> tuple[str, Source, tuple[str, ...]]:
    """Return the kind of file, the source of its frames and what to say about it.

    Args:
        base: the topology with the frames of its own file, used where there is no other.
        path: the file of frames, or None.
        options: what the user says about the files.
    """
    if path is None:
        return _own_kind(base.source), base.source, ()
    kind = kind_of(path)
    if kind == "lammps_dump":
        dump = DumpSource.scan(path, units=options.units, timestep=options.timestep)
        check_types(base.topology, dump)
        how = "as given" if options.units else "assumed, the file does not say"
        how = "as the file says" if dump.head.first_word("UNITS") else how
        return kind, dump, (f"{dump.path.name}: units {dump.units.name}, {how}", *dump.notes)
    if kind == "lammps_data":
        data = read_lammps_data(path, units=options.units)
        return kind, data.source, data.notes
    source = _scan(kind, path, options)
    return kind, source, getattr(source, "notes", ())


def _scan(kind: str, path: PathLike, options: Options) -> Source:
    if kind in ("trr", "xtc", "netcdf", "gro", "pdb", "deepmd"):
        simple: dict[str, type] = {
            "trr": TrrSource,
            "xtc": XtcSource,
            "netcdf": NetcdfSource,
            "gro": GroSource,
            "pdb": PdbSource,
            "deepmd": DeepmdSource,
        }
        source: Source = simple[kind].scan(path)  # type: ignore[attr-defined]
        return source
    if kind == "dcd":
        return DcdSource.scan(path, options.timestep)
    if kind == "npy":
        return NpySource.scan(path, options.units)
    if kind == "xyz":
        return XyzSource.scan(path, options.units)
    if kind == "h5md":
        return H5mdSource.scan(path, options.units)
    raise ValueError(
        f"{path} is a topology ({DESCRIPTIONS[kind]}) and holds no frames: give the trajectory "
        "second, open('topol.tpr', 'traj.xtc')"
    )


def _own_kind(source: Source) -> str:
    kinds = {DeepmdSource: "deepmd", XyzSource: "xyz", H5mdSource: "h5md"}
    return kinds.get(type(source), "topology")


def refuse_unused(base: Trajectory, kind: str, options: Options) -> None:
    """Raise ValueError where an option does not apply to the files.

    A unit that is not used would leave the user believing that it was.
    """
    lammps = any("LAMMPS" in note for note in base.notes)
    if options.units and not (kind in _WITH_UNITS or lammps):
        raise ValueError(
            f"units={options.units!r} applies to LAMMPS, XYZ, H5MD and NumPy files only, the "
            "others have theirs: leave it out"
        )
    if options.timestep is not None and kind not in _WITH_TIMESTEP:
        raise ValueError("`timestep` applies to LAMMPS dumps and DCD files only: leave it out")


def check_types(topology: Topology, dump: DumpSource) -> None:
    """A type number of the dump must mean one mass in the topology, atom by atom.

    Raises:
        ValueError: if it means two.
    """
    numbers = dump.column("type")
    if numbers is None or len(numbers) != len(topology):
        return
    for number in np.unique(numbers):
        members = numbers == number
        if np.ptp(topology.masses[members]) > 0.1:
            types = np.unique(topology.types[members])
            raise ValueError(
                f"atoms of type {number} in {dump.path} are {' and '.join(types.tolist())} in the "
                "topology: the two files number the atoms differently; use the data file of this "
                "run"
            )


def _read_pdb(path: Path, options: Options) -> Trajectory:
    particles, notes = read_described(path, "pdb", options.masses)
    source = PdbSource.scan(path)
    particles, said = with_guessed_bonds(path, particles, source.read(range(1)))
    return Trajectory(particles, source, (*notes, *said, *source.notes), path.stem)


def _weighed(base: Trajectory, masses: Mapping[str, float]) -> Trajectory:
    """Set the masses given by name, of atoms or of types, and say so."""
    if not masses:
        return base
    topology = base.topology
    weights = topology.masses.copy()
    for name, mass in masses.items():
        chosen = (topology.names == name) | (topology.types == name)
        if not chosen.any():
            known = ", ".join(sorted(set(topology.names.tolist()))[:12])
            raise ValueError(
                f"masses: no atom is named {name!r}, the names are {known}: correct the name"
            )
        if not mass > 0:
            raise ValueError(f"masses: the mass of {name!r} is {mass}: give a positive one, in u")
        weights[chosen] = mass
    listed = ", ".join(f"{name} {mass:g} u" for name, mass in masses.items())
    return Trajectory(
        topology.replace(masses=weights),
        base.source,
        (*base.notes, f"masses as given: {listed}"),
        base.name,
    )


@dataclass(frozen=True)
class _NoFrames:
    """The source of a bare topology."""

    what: str = "bare topology"
    n_frames = 0
    fields = frozenset({"positions"})

    def read(self, frames: range) -> Frames:
        """Refuse: there are none."""
        raise ValueError(f"a {self.what} holds no frames: give a trajectory file as well")
