"""Files handed to the formats that read them, with the options that apply."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from molscape.core.note import Code, Note
from molscape.core.topology import Topology
from molscape.core.trajectory import Trajectory
from molscape.io.formats import Format, NoFrames, Options, recognise

PathLike = str | Path


def read_topology(topology: PathLike | Topology | Trajectory, options: Options) -> Trajectory:
    """Return the particles of a file, with the frames that it holds.

    Raises:
        ValueError: if the file does not say what its particles are.
    """
    if isinstance(topology, Trajectory):
        return _set_masses(topology, options.masses)
    if isinstance(topology, Topology):
        bare = Trajectory(topology, NoFrames(), name="topology")
        return _set_masses(bare, options.masses)
    found = recognise(topology)
    if found.read_topology is None:
        raise ValueError(
            f"{topology} is a trajectory ({found.title}) and does not say what its atoms are: "
            "give the topology first, open('conf.gro', 'traj.trr') or open('system.data', "
            "'run.dump')"
        )
    return _set_masses(found.read_topology(Path(topology), options), options.masses)


def read_frames(path: PathLike, options: Options, topology: Topology) -> Trajectory:
    """Return the frames of a file as a trajectory of these particles, with notes on the file.

    Raises:
        ValueError: if the file holds no frames, or contradicts the topology.
    """
    found = recognise(path)
    if found.read_frames is None:
        raise ValueError(
            f"{path} is a topology ({found.title}) and holds no frames: give the trajectory "
            "second, open('topol.tpr', 'traj.xtc')"
        )
    return found.read_frames(Path(path), options, topology)


def refuse_unused(options: Options, topology: Format | None, frames: Format | None) -> None:
    """Raise ValueError where an option does not apply to the files.

    A unit that is not used would leave the user believing that it was.

    Args:
        options: what the user says about the files.
        topology: format of the topology's file, None where it is no file.
        frames: format of the file that the frames are read from, None where they are from none.
    """
    used = {name for one in (topology, frames) if one is not None for name in one.options}
    if options.units and "units" not in used:
        raise ValueError(
            f"units={options.units!r} applies to LAMMPS, XYZ, H5MD and NumPy files only, the "
            "others have theirs: leave it out"
        )
    if options.timestep is not None and "timestep" not in used:
        raise ValueError("`timestep` applies to LAMMPS dumps and DCD files only: leave it out")


def _set_masses(base: Trajectory, masses: Mapping[str, float]) -> Trajectory:
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
        (*base.notes, Note(f"masses as given: {listed}", Code.GIVEN_MASSES)),
        base.name,
    )
