"""Formats that can be read: each declares itself in its own file, and contents tell which it is.

A format is a module of this room with a `FORMAT` (or several `FORMATS`); there is no other list.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from molscape.core.frames import Frames
from molscape.core.note import Note
from molscape.core.topology import Topology
from molscape.core.trajectory import Trajectory

_HEAD_BYTES = 4096


@dataclass(frozen=True)
class Options:
    """What the user says about the files: units, time of a step in ps, masses in u by name.

    `stated` are the units that the file of the particles states, which a file of frames beside it
    is in too.
    """

    units: str | None = None
    timestep: float | None = None
    masses: Mapping[str, float] = field(default_factory=dict)
    stated: str | None = None


@dataclass(frozen=True)
class Head:
    """How a file begins, or a folder, which has no bytes: all that recognising looks at."""

    path: Path
    start: bytes

    @cached_property
    def text(self) -> str:
        """The beginning as text, whatever cannot be decoded replaced."""
        return self.start.decode("utf-8", errors="replace")

    @cached_property
    def lines(self) -> list[str]:
        """The lines of the text."""
        return self.text.splitlines()


@dataclass(frozen=True, eq=False)
class Format:
    """One format: its name, how it is recognised, and what can be read from it.

    Args:
        name: as `inspect` prints it, such as "lammps_dump".
        title: what it is called in messages, such as "LAMMPS text dump".
        recognise: whether a file begins like one; may read nothing but the head, and a folder.
        read_topology: `read(path, options)` returns particles with the frames of the same file;
            None where a file does not say what its particles are.
        read_frames: `read(path, options, topology)` returns these particles with the frames of
            the file; None where a file holds none.
        priority: formats with a smaller number are asked first, those of one number by name; 0
            for formats that begin with fixed bytes.
        options: names of the `Options` that apply to its files.
        needs_timestep: whether files mostly carry steps and no times.
        net_force: the likely cause of a net force in such files, and what to do about it.
        unit_mistakes: factors that would explain forces of a wrong size, by what was mistaken;
            None for the usual ones.
        stated_units: `stated_units(path)` returns the units that a file states, None without;
            files of frames beside it are in them too.
    """

    name: str
    title: str
    recognise: Callable[[Head], bool]
    read_topology: Callable[[Path, Options], Trajectory] | None = None
    read_frames: Callable[[Path, Options, Topology], Trajectory] | None = None
    priority: int = 0
    options: frozenset[str] = frozenset()
    needs_timestep: bool = False
    net_force: Note | None = None
    unit_mistakes: Mapping[str, float] | None = None
    stated_units: Callable[[Path], str | None] | None = None


@dataclass(frozen=True)
class NoFrames:
    """The source of particles without frames; `what` names the file for the message."""

    what: str = "bare topology"
    n_frames = 0
    fields = frozenset({"positions"})

    def read(self, frames: range) -> Frames:
        """Refuse: there are none."""
        raise ValueError(f"a {self.what} holds no frames: give a trajectory file as well")


def make_reader(
    scan: Callable[..., Any], *options: str
) -> Callable[[Path, Options, Topology], Trajectory]:
    """Return a `read_frames` that calls `scan(path)` with the options of these names.

    What `scan` returns is a source of frames, with `notes` where it has something to say.
    """

    def read_frames(path: Path, given: Options, topology: Topology) -> Trajectory:
        source = scan(path, **{name: getattr(given, name) for name in options})
        return Trajectory(topology, source, getattr(source, "notes", ()), path.stem)

    return read_frames


def ends_whole(rows: Sequence[bytes]) -> bool:
    """Whether the last of a frame's lines is complete where its end is missing.

    It may be where it has as many words as the others, and is no shorter than all of them.
    """
    last, *others = (row.rstrip(b"\r\n") for row in reversed(rows))
    others = others or [last]
    return len(last.split()) == len(others[-1].split()) and len(last) >= min(map(len, others))


def list_formats() -> tuple[Format, ...]:
    """Return every format in the order in which they are asked."""
    return _load_formats(tuple(importlib.import_module(__package__).__path__))


@cache
def _load_formats(folders: tuple[str, ...]) -> tuple[Format, ...]:
    """Import the modules of the room; libraries of readers load only when a file is opened."""
    found: list[Format] = []
    for module in pkgutil.iter_modules(folders):
        contents = vars(importlib.import_module(f"{__package__}.{module.name}"))
        found += contents.get("FORMATS", ())
        found += [contents["FORMAT"]] if "FORMAT" in contents else []
    return tuple(sorted(found, key=lambda one: (one.priority, one.name)))


def find_format(name: str) -> Format:
    """Return the format of that name.

    Raises:
        ValueError: if there is none.
    """
    for one in list_formats():
        if one.name == name:
            return one
    known = ", ".join(sorted(one.name for one in list_formats()))
    raise ValueError(f"there is no format {name!r}: use one of {known}")


def recognise(path: str | Path) -> Format:
    """Recognise a file by its contents, not by what it is called.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if it is of no format that can be read.
    """
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(f"there is no file or folder {path}: check the path")
    start = b""
    if path.is_file():
        with path.open("rb") as file:
            start = file.read(_HEAD_BYTES)
    head = Head(path, start)
    for one in list_formats():
        if one.recognise(head):
            return one
    raise ValueError(f"{path} is {_advise(path)}")


def _advise(path: Path) -> str:
    if path.suffix in (".top", ".itp"):
        return (
            "a GROMACS force field: give conf.gro or topol.tpr to say what the atoms are "
            "(`molscape rerun` recomputes forces from it)"
        )
    titles = sorted((one.title for one in list_formats()), key=str.lower)
    return f"none of the formats that can be read: {', '.join(titles)}"
