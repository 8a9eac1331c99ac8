"""GROMACS GRO files: names, positions, velocities and box of one configuration.

Fixed columns: residue number, residue name, atom name, atom number (5 characters each), then
positions (nm) and velocities (nm/ps) whose width is read from the distance of decimal points.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Float

from molscape.core.frames import Frames
from molscape.core.topology import Topology
from molscape.core.trajectory import ArraySource, Trajectory
from molscape.io.bonds import guess_bonds, join_molecules
from molscape.io.elements import MASSES, element_of_name

# Where the nine numbers of a GRO box go in the matrix of row vectors.
_ROWS = [0, 1, 2, 0, 0, 1, 1, 2, 2]
_COLUMNS = [0, 1, 2, 1, 2, 0, 2, 0, 1]


def read_gro(
    path: str | Path, *, masses: Mapping[str, float] | None = None, bonds: bool = True
) -> Trajectory:
    """Read the first configuration of a GRO file.

    The format carries neither elements nor masses nor bonds: elements are guessed from atom
    names, masses follow from them, and bonds are guessed from distances. Each residue is taken
    for one molecule; bonds between residues join them.

    Args:
        path: the file.
        masses: masses in u by atom name, which take precedence over the guess; needed for
            beads and other particles that are not atoms.
        bonds: whether to guess bonds.

    Returns:
        A trajectory of one frame; its notes say what was guessed.

    Raises:
        ValueError: if the file is not a GRO file, ends early, or a name has no sensible element.
    """
    path = Path(path)
    with path.open(encoding="utf-8", errors="replace") as file:
        file.readline()
        count = _particle_count(path, file.readline())
        lines = [file.readline() for _ in range(count)]
        box_line = file.readline()
        more = bool(file.readline().strip())
    if not box_line.strip():
        present = sum(bool(line.strip()) for line in lines)
        raise ValueError(
            f"{path} ends early: it announces {count} atoms and a box line, and holds "
            f"{present} atoms: copy or write the file again"
        )
    topology, notes = _topology(path, lines, masses or {})
    positions, velocities = _numbers(path, lines)
    frames = Frames(positions[None], box=_box(path, box_line), velocities=velocities)
    if bonds:
        topology, said = _bonded(path, topology, frames)
        notes = (*notes, *said)
    if more:
        notes = (*notes, f"{path.name} holds several frames: only the first was read")
    return Trajectory(topology, ArraySource(frames), notes=notes, name=path.stem)


def _particle_count(path: Path, line: str) -> int:
    try:
        return int(line)
    except ValueError:
        raise ValueError(
            f"{path} is not a GRO file: its second line is {line.strip()!r}, expected the number "
            "of atoms"
        ) from None


def _topology(
    path: Path, lines: Sequence[str], masses: Mapping[str, float]
) -> tuple[Topology, tuple[str, ...]]:
    """Names and residues of the atom lines; elements and masses by guess."""
    names = np.array([line[10:15].strip() for line in lines], dtype=np.str_)
    residue_names = np.array([line[5:10].strip() for line in lines], dtype=np.str_)
    labels = np.array([line[:10] for line in lines], dtype=np.str_)
    residues = np.zeros(len(lines), dtype=np.int64)
    residues[1:] = np.cumsum(labels[1:] != labels[:-1])
    alone = np.bincount(residues, minlength=1)[residues] == 1
    guessed: dict[tuple[str, bool], str | None] = {
        (str(name), bool(single)): element_of_name(str(name), bool(single))
        for name, single in set(zip(names.tolist(), alone.tolist(), strict=True))
    }
    unknown = sorted({name for (name, _), element in guessed.items() if element is None})
    unknown = [name for name in unknown if name not in masses]
    if unknown:
        raise ValueError(
            f"{path}: no element is known for the atom names {', '.join(unknown)}: read the file "
            f"with read_gro(path, masses={{{unknown[0]!r}: ...}}) (u) and pass the result as the "
            "topology"
        )
    elements = [guessed[key] or "" for key in zip(names.tolist(), alone.tolist(), strict=True)]
    elements = ["" if n in masses else e for n, e in zip(names.tolist(), elements, strict=True)]
    topology = Topology.build(
        names,
        masses=[
            masses[name] if name in masses else MASSES.get(element, 0.0)
            for name, element in zip(names.tolist(), elements, strict=True)
        ],
        elements=elements,
        residue_names=residue_names,
        residues=residues,
        molecules=residues,
    )
    return topology, _notes(path, topology, masses)


def _notes(path: Path, topology: Topology, masses: Mapping[str, float]) -> tuple[str, ...]:
    said = sorted(set(zip(topology.names.tolist(), topology.elements.tolist(), strict=True)))
    atoms = ", ".join(f"{name}={element}" for name, element in said if element)
    sites = ", ".join(n for n, element in said if not element and n not in masses)
    notes = []
    if atoms:
        notes.append(f"{path.name}: elements, and masses from them, guessed from names: {atoms}")
    if sites:
        notes.append(f"{path.name}: {sites} taken for massless virtual sites, by name")
    return tuple(notes)


def _bonded(path: Path, topology: Topology, frames: Frames) -> tuple[Topology, tuple[str, ...]]:
    """Guess bonds, and join the residues between which there are some."""
    box = None if frames.box is None else frames.box[0]
    bonds = guess_bonds(topology, frames.positions[0], box)
    molecules = join_molecules(topology.residues, bonds)
    said = f"{path.name}: {len(bonds)} bonds guessed from distances; one molecule per residue"
    if molecules.max(initial=-1) == topology.residues.max(initial=-1):
        return topology.replace(bonds=bonds), (said,)
    first = np.unique(topology.residues, return_index=True)[1]
    names: list[list[str]] = [[] for _ in range(int(molecules.max()) + 1)]
    for molecule, name in zip(
        molecules[first].tolist(), topology.residue_names[first].tolist(), strict=True
    ):
        names[molecule].append(name)
    short = [
        "-".join(each) if len(each) <= 5 else f"{each[0]}-{each[1]}-...-{each[-1]}({len(each)})"
        for each in names
    ]
    joined = topology.replace(
        bonds=bonds, molecules=molecules, molecule_names=np.array(short, dtype=np.str_)
    )
    return joined, (f"{said}, or several residues where bonds join them",)


def _numbers(
    path: Path, lines: Sequence[str]
) -> tuple[Float[np.ndarray, "particle 3"], Float[np.ndarray, "1 particle 3"] | None]:
    """Positions and, where every line is long enough, velocities."""
    if not lines:
        return np.zeros((0, 3)), None
    first = lines[0]
    dot = first.find(".", 20)
    width = first.find(".", dot + 1) - dot
    columns = 6 if len(first.rstrip()) >= 20 + 6 * width - width // 2 else 3
    starts = [20 + k * width for k in range(columns)]
    try:
        values = np.array(
            [[float(line[s : s + width]) for s in starts] for line in lines], dtype=np.float64
        )
    except ValueError as error:
        raise ValueError(
            f"{path}: an atom line is not in the GRO format ({error}): positions must stand in "
            f"columns of {width} characters"
        ) from None
    return values[:, :3].copy(), values[None, :, 3:].copy() if columns == 6 else None


def _box(path: Path, line: str) -> Float[np.ndarray, "1 3 3"] | None:
    words = line.split()
    try:
        values = [float(word) for word in words]
    except ValueError:
        values = []
    if len(values) not in (3, 9):
        raise ValueError(
            f"{path}: the box line is {line.strip()!r}, expected 3 or 9 numbers: does the number "
            "of atoms in the second line agree with the file?"
        )
    if not any(values):
        return None
    box = np.zeros((1, 3, 3))
    box[0, _ROWS[: len(values)], _COLUMNS[: len(values)]] = values
    return box


def write_gro(
    path: str | Path, topology: Topology, frames: Frames, *, decimals: int = 3, title: str = ""
) -> None:
    """Write one configuration, with velocities where there are some.

    Args:
        path: the file to write.
        topology: names and residues; names of at most five characters.
        frames: a block of one frame, positions in nm.
        decimals: digits after the point of positions; velocities get one more.
        title: first line of the file.

    Raises:
        ValueError: if there is not exactly one frame, counts differ or a name is too long.
    """
    if len(frames) != 1 or frames.n_particles != len(topology):
        raise ValueError(
            f"a GRO file holds one frame of the topology's {len(topology)} particles, got "
            f"{len(frames)} frames of {frames.n_particles}: select one, frames[0]"
        )
    long = [n for n in {*topology.names, *topology.residue_names} if len(n) > 5]
    if long:
        raise ValueError(f"the name {long[0]!r} is too long for a GRO file: use 5 characters")
    width = decimals + 5
    lines = [title or "molscape", f"{len(topology):5d}"]
    rows = frames.positions[0].astype(np.float64).tolist()
    speeds = None if frames.velocities is None else frames.velocities[0].tolist()
    residue_names = np.where(
        topology.residue_names == "",
        topology.molecule_names[topology.molecules],
        topology.residue_names,
    )
    for k, (x, y, z) in enumerate(rows):
        line = f"{(int(topology.residues[k]) + 1) % 100000:5d}{residue_names[k]:<5.5}"
        line += f"{topology.names[k]:>5}{(k + 1) % 100000:5d}"
        line += f"{x:{width}.{decimals}f}{y:{width}.{decimals}f}{z:{width}.{decimals}f}"
        if speeds is not None:
            line += "".join(f"{v:{width}.{decimals + 1}f}" for v in speeds[k])
        lines.append(line)
    lines.append(_box_line(frames.box))
    Path(path).write_text("\n".join(lines) + "\n", encoding="utf-8")


def _box_line(box: Float[np.ndarray, "1 3 3"] | None) -> str:
    if box is None:
        return "   0.00000   0.00000   0.00000"
    values = box[0, _ROWS, _COLUMNS]
    count = 9 if np.any(values[3:]) else 3
    return "".join(f"{value:10.5f}" for value in values[:count])
