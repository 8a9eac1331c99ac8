"""LAMMPS data files: particles, connections, box and velocities, as `read_data` takes them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from molscape.core.frames import Frames
from molscape.core.note import Code, Note
from molscape.core.topology import Topology
from molscape.core.trajectory import ArraySource, Trajectory
from molscape.core.units import FileUnits
from molscape.io.bonds import describe_molecules, join_molecules, number_names
from molscape.io.boxes import place_boxes
from molscape.io.elements import elements_of_masses
from molscape.io.formats import Format, Options
from molscape.io.lammps_units import lammps_units

STYLES: dict[str, tuple[str, ...]] = {
    "full": ("id", "mol", "type", "q", "x", "y", "z"),
    "molecular": ("id", "mol", "type", "x", "y", "z"),
    "bond": ("id", "mol", "type", "x", "y", "z"),
    "angle": ("id", "mol", "type", "x", "y", "z"),
    "charge": ("id", "type", "q", "x", "y", "z"),
    "atomic": ("id", "type", "x", "y", "z"),
}
"""Columns of the atom styles that can be read; three image flags may follow."""

_SECTION = re.compile(
    r"^(Atoms|Velocities|Masses|Bonds|Angles|Dihedrals|Impropers|Atom Type Labels"
    r"|(?:Bond|Angle|Dihedral|Improper) Type Labels|Ellipsoids|Lines|Triangles|Bodies"
    r"|[A-Za-z0-9 ]+ Coeffs)$"
)
_TITLE_UNITS = re.compile(r"\bunits\s*=\s*([a-z]+)")
_COUNT = re.compile(r"^(\d+)\s+(atoms|bonds|angles|dihedrals|impropers|atom types)$")
_CONNECTED = {"Bonds": 2, "Angles": 3, "Dihedrals": 4}


@dataclass
class _File:
    """A data file cut into sections: lines as words, with the comment behind them."""

    path: Path
    counts: dict[str, int]
    sections: dict[str, list[tuple[list[str], str]]]
    hints: dict[str, str]
    box: np.ndarray
    origin: np.ndarray


def _lines(path: Path) -> Iterator[tuple[str, str, bool]]:
    """Lines that say something, with the comment split off and whether a blank line is above."""
    with path.open(encoding="utf-8", errors="replace") as file:
        file.readline()
        blank = False
        for line in file:
            text, _, comment = line.partition("#")
            if text.strip():
                yield text.strip(), comment.strip(), blank
            blank = not line.strip()


def _cut(path: Path) -> _File:
    counts: dict[str, int] = {}
    sections: dict[str, list[tuple[list[str], str]]] = {}
    hints: dict[str, str] = {}
    edges: dict[str, list[float]] = {}
    current: list[tuple[list[str], str]] | None = None
    for text, comment, after_blank in _lines(path):
        if _SECTION.match(text) or (current is not None and after_blank and _is_heading(text)):
            current = sections[text] = []
            hints[text] = comment
        elif current is not None:
            current.append((text.split(), comment))
        elif match := _COUNT.match(text):
            counts[match[2]] = int(match[1])
        elif match := re.match(r"^(.*?)\s+([a-z]lo [a-z]hi|xy xz yz|[abc]vec|abc origin)$", text):
            edges[match[2]] = [float(word) for word in match[1].split()]
    if "atoms" not in counts or "Atoms" not in sections:
        raise ValueError(
            f"{path} is not a LAMMPS data file: it has no number of atoms or no Atoms section"
        )
    return _File(path, counts, sections, hints, *_box(edges))


def _is_heading(text: str) -> bool:
    """Whether a line below a blank one begins a section, such as those that fixes write."""
    return text[0].isalpha() and not any(_are_numbers([word]) for word in text.split())


def stated_units(path: Path) -> str | None:
    """Return the units that the title of a data file states, None where it states none."""
    with path.open(encoding="utf-8", errors="replace") as file:
        found = _TITLE_UNITS.search(file.readline())
    return found[1] if found else None


def _box(edges: dict[str, list[float]]) -> tuple[np.ndarray, np.ndarray]:
    """Row vectors and origin; LAMMPS takes -0.5 to 0.5 where an edge is not given."""
    if "avec" in edges:
        rows = np.array([edges["avec"], edges["bvec"], edges["cvec"]])
        return rows, np.array(edges.get("abc origin", [0.0, 0.0, 0.0]))
    bounds = np.array([edges.get(f"{k}lo {k}hi", [-0.5, 0.5]) for k in "xyz"])
    box = np.diag(bounds[:, 1] - bounds[:, 0])
    box[1, 0], box[2, 0], box[2, 1] = edges.get("xy xz yz", [0.0, 0.0, 0.0])
    return box, bounds[:, 0]


def _style(file: _File, rows: list[list[str]], types: int) -> tuple[str, str]:
    """Atom style and how it was found: by the hint, or by the columns."""
    hint = file.hints["Atoms"].split()[0] if file.hints["Atoms"] else ""
    width = len(rows[0])
    if hint in STYLES:
        if width not in (len(STYLES[hint]), len(STYLES[hint]) + 3):
            raise ValueError(
                f"{file.path}: Atoms # {hint} should have {len(STYLES[hint])} columns (or 3 "
                f"more, image flags), it has {width}: correct the hint"
            )
        return hint, "as the file says"
    if hint:
        raise ValueError(
            f"{file.path}: atom style {hint!r} cannot be read: write it as one of "
            f"{', '.join(STYLES)}"
        )
    if width in (7, 10):
        return "full", f"recognised by its {width} columns"
    if width in (5, 8):
        return "atomic", f"recognised by its {width} columns"
    third = [row[2] for row in rows]
    integers = all(word.isdigit() and 1 <= int(word) <= types for word in third)
    if width in (6, 9) and not integers:
        return "charge", "recognised by its columns"
    if width in (6, 9) and file.counts.get("bonds"):
        return "molecular", "recognised by its columns and bonds"
    raise ValueError(
        f"{file.path}: the atom style is not clear from {width} columns: write it behind the "
        f"section's name, such as `Atoms # full` (one of {', '.join(STYLES)})"
    )


def _labels(file: _File) -> dict[str, str]:
    """Name of each atom type: from `Atom Type Labels`, the comments of `Masses`, or its number."""
    if "Atom Type Labels" in file.sections:
        rows = file.sections["Atom Type Labels"]
        _check_rows(file, "Atom Type Labels", "a number and a label", lambda row: len(row) > 1)
        return {words[0]: words[1] for words, _ in rows}
    masses = file.sections.get("Masses", [])
    said = {words[0]: comment.split()[0] for words, comment in masses if comment}
    unique = len(set(said.values())) == len(said)
    return {words[0]: said.get(words[0], words[0]) if unique else words[0] for words, _ in masses}


def read_lammps_data(path: str | Path, *, units: str | None = None) -> Trajectory:
    """Read a LAMMPS data file.

    Atoms are sorted by id; positions start at the lower corner of the box and follow the image
    flags where there are some. The box is taken to be periodic, the file does not say.

    Args:
        path: the file; atom styles full, molecular, bond, angle, charge and atomic.
        units: "real" (default) or "metal".

    Returns:
        A trajectory of one frame; its notes say what was assumed.

    Raises:
        ValueError: if the file is not a data file, lacks masses, ends early, or its atom style
            is unknown or unclear.
    """
    file = _cut(Path(path))
    stated = stated_units(file.path)
    factors = lammps_units(units, stated)
    labels = _labels(file)
    rows = [words for words, _ in file.sections["Atoms"]]
    if not rows or len(rows) != file.counts["atoms"]:
        raise ValueError(
            f"{path} announces {file.counts['atoms']} atoms and holds {len(rows)}: copy or write "
            "the file again"
        )
    if "Masses" not in file.sections:
        raise ValueError(f"{path} has no Masses section: add one, a mass in u for each type")
    style, how = _style(file, rows, file.counts.get("atom types", len(labels)))
    columns = STYLES[style]
    _check_rows(file, "Masses", "a type and its mass in u", _has_mass)
    kind, width = columns.index("type"), len(rows[0])
    told = f"{width} columns of numbers ({' '.join(columns)})"
    _check_rows(
        file, "Atoms", told, lambda r: len(r) == width and _are_numbers(r[:kind] + r[kind + 1 :])
    )
    told = "an atom and three numbers"
    _check_rows(file, "Velocities", told, lambda r: len(r) > 3 and _are_numbers(r))
    for section, wide in _CONNECTED.items():
        told = f"a number, a type and {wide} atoms"
        _check_rows(file, section, told, lambda r, n=wide + 2: _are_whole(r[2:n]))  # type: ignore[misc]
    table = np.array(rows, dtype=np.str_)
    table = table[np.argsort(table[:, 0].astype(np.int64))]
    topology = _topology(file, table, columns, labels)
    frames = _frames(file, table, len(columns), factors)
    name = file.path.name
    how_known = "as given" if units else "as its title says" if stated else "assumed"
    notes = [
        Note(f"{name}: units {factors.name}, {how_known}", Code.UNITS),
        Note(f"{name}: atom style {style}, {how}; box taken to be periodic", Code.PARTICLES),
    ]
    if how_known == "assumed" and len(topology) > 1 and np.all(topology.masses == 1):
        told = (
            f"{name}: all masses are 1, as in files in units lj, and units {factors.name} were "
            "taken: files in reduced units cannot be read; say `units=` if they are others"
        )
        notes.append(Note(told, Code.UNITS).as_warning())
    if file.counts.get("impropers"):
        left_out = f"{name}: {file.counts['impropers']} impropers are not used"
        notes.append(Note(left_out, Code.LEFT_OUT))
    return Trajectory(topology, ArraySource(frames), tuple(notes), file.path.stem)


def _check_rows(
    file: _File, section: str, expected: str, valid: Callable[[list[str]], bool]
) -> None:
    """Refuse the first line of a section that is not what it should be."""
    for number, (words, _) in enumerate(file.sections.get(section, [])):
        if not valid(words):
            raise ValueError(
                f"{file.path}: line {number + 1} of {section} is {' '.join(words)!r}, expected "
                f"{expected}: correct it, or write the file again"
            )


def _has_mass(words: list[str]) -> bool:
    return len(words) > 1 and _are_numbers(words[1:2]) and float(words[1]) >= 0


def _are_whole(words: list[str]) -> bool:
    return all(word.lstrip("+-").isdigit() for word in words)


def _are_numbers(words: list[str]) -> bool:
    try:
        return all(np.isfinite(float(word)) for word in words)
    except ValueError:
        return False


def _topology(
    file: _File, table: np.ndarray, columns: tuple[str, ...], labels: dict[str, str]
) -> Topology:
    def column(name: str) -> np.ndarray:
        return table[:, columns.index(name)]

    number = {label: key for key, label in labels.items()}
    mass = {number.get(words[0], words[0]): float(words[1]) for words, _ in file.sections["Masses"]}
    keys = [number.get(word, word) for word in column("type").tolist()]
    missing = sorted({key for key in keys if key not in mass})
    if missing:
        raise ValueError(f"{file.path}: type {missing[0]} has no mass: add it to Masses")
    types = np.array([labels.get(key, key) for key in keys], dtype=np.str_)
    ids = table[:, 0].astype(np.int64)
    connections: dict[str, Any] = {
        section.lower(): _connections(file, section, width, ids)
        for section, width in _CONNECTED.items()
    }
    alone = -1 - np.arange(len(table))
    groups = column("mol").astype(np.int64) if "mol" in columns else alone
    molecules = join_molecules(np.where(groups == 0, alone, groups), connections["bonds"])
    masses = np.array([mass[key] for key in keys])
    elements = np.array(elements_of_masses(masses, connections["bonds"]), dtype=np.str_)
    # A number is no name: recipes name atoms, and C1 tells more than 11.
    bare = np.char.isdigit(types)
    kinds = np.where(bare, np.where(elements == "", np.char.add("T", types), elements), types)
    topology = Topology.build(
        number_names(kinds, molecules),
        types=types,
        masses=masses,
        elements=elements,
        charges=column("q").astype(np.float64) if "q" in columns else None,
        molecules=molecules,
        **connections,
    )
    names = describe_molecules(topology)
    return topology.replace(molecule_names=names, residue_names=names[molecules])


def _connections(file: _File, section: str, width: int, ids: np.ndarray) -> np.ndarray:
    """Rows `number type atom ...` as indices into the atoms sorted by id."""
    rows = [words[2 : 2 + width] for words, _ in file.sections.get(section, [])]
    announced = file.counts.get(section.lower(), 0)
    if len(rows) != announced or any(len(row) != width for row in rows):
        raise ValueError(
            f"{file.path} announces {announced} {section.lower()} and holds {len(rows)} "
            "complete ones: copy or write the file again"
        )
    members = np.array(rows, dtype=np.int64).reshape(-1, width)
    found = np.minimum(np.searchsorted(ids, members), len(ids) - 1)
    if np.any(ids[found] != members):
        raise ValueError(f"{file.path}: {section} name atoms that Atoms does not hold")
    return found


def _frames(file: _File, table: np.ndarray, width: int, units: FileUnits) -> Frames:
    """Positions, box and velocities of the file in inside units."""
    positions = table[:, width - 3 : width].astype(np.float64) - file.origin
    has_images = table.shape[1] == width + 3
    if has_images:
        positions = positions + table[:, width:].astype(np.float64) @ file.box
    velocities = None
    if "Velocities" in file.sections:
        rows = np.array([words for words, _ in file.sections["Velocities"]], dtype=np.float64)
        if len(rows) != len(table):
            raise ValueError(
                f"{file.path}: {len(rows)} velocities for {len(table)} atoms: copy or write the "
                "file again"
            )
        velocities = rows[np.argsort(rows[:, 0]), 1:4][None] * units.velocity
    frames = Frames(positions[None] * units.length, velocities=velocities, unwrapped=has_images)
    return place_boxes(frames, file.box[None] * units.length, str(file.path))


def _read_frames(path: Path, options: Options, topology: Topology) -> Trajectory:
    return replace(read_lammps_data(path, units=options.units), topology=topology)


FORMAT = Format(
    "lammps_data",
    "LAMMPS data file",
    lambda head: re.search(r"^\s*\d+\s+atoms\s*(#.*)?$", head.text, re.MULTILINE) is not None,
    read_topology=lambda path, options: read_lammps_data(path, units=options.units),
    read_frames=_read_frames,
    priority=20,
    options=frozenset({"units"}),
    stated_units=stated_units,
)
