"""The molecules that references are made of: names, force field, liquid density and shape.

What was checked of the OPLS-AA numbers: energies and forces of methanol, benzene, toluene and
N,N-dimethylformamide agree with GROMACS's `oplsaa.ff` to 3e-8; propane's torsions are those of
1996, where GROMACS has those of 1999 (4e-4 of the forces apart); aniline's agree to 1e-3,
the order of the atoms in improper torsions being another. Densities and heats of vaporisation are
compared with experiment in `tests/reference/test_liquids.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Literal

import numpy as np
from jaxtyping import Float

Mixing = Literal["geometric", "arithmetic", "either"]

FORCE_FIELDS = Path(str(files("molscape.reference"))) / "force_fields"
"""OpenMM force-field files: OPLS-AA molecules, rigid water, ions."""


@dataclass(frozen=True)
class Molecule:
    """A molecule by its residue template in one of the force-field files.

    `residue` is its name in written files. `density` (g/cm^3, near room temperature; methane
    and the like near their boiling point) only chooses the first box. `mixing` is the rule for
    sigma that its force field was made with. `shape` is a Z-matrix, one atom a line: name, then
    up to three of (neighbour, value): bond in nm, angle and dihedral in degrees.
    """

    residue: str
    file: str
    density: float
    mixing: Mixing
    shape: tuple[str, ...]

    def positions(self) -> Float[np.ndarray, "atom 3"]:
        """Return positions in nm, the mean at the origin; massless sites are left at a parent."""
        return place_atoms(self.shape)


def place_atoms(shape: tuple[str, ...]) -> Float[np.ndarray, "atom 3"]:
    """Return positions in nm of the atoms of a Z-matrix (see `Molecule`), mean at the origin."""
    placed: dict[str, np.ndarray] = {}
    for line in shape:
        name, *rest = line.split()
        neighbours = [placed[n] for n in rest[::2]]
        placed[name] = _place(neighbours, [float(value) for value in rest[1::2]])
    positions = np.array(list(placed.values()))
    return positions - positions.mean(axis=0)


def _place(neighbours: list[np.ndarray], values: list[float]) -> np.ndarray:
    """The point at a distance, angle and dihedral (degrees) from up to three others.

    Source: J. Parsons et al., J. Comput. Chem. 26, 1063 (2005), natural extension frame.
    """
    if not neighbours:
        return np.zeros(3)
    a = neighbours[0]
    b = neighbours[1] if len(neighbours) > 1 else a + np.array([1.0, 0.0, 0.0])
    c = neighbours[2] if len(neighbours) > 2 else b + np.array([0.0, 1.0, 0.0])
    angle, dihedral = np.radians([*values[1:], *(180.0, 0.0)[len(values) - 1 :]])
    x = (a - b) / np.linalg.norm(a - b)
    z = np.cross(b - c, x)
    z /= np.linalg.norm(z)
    y = np.cross(z, x)
    turned = np.cos(dihedral) * y + np.sin(dihedral) * z
    return a + values[0] * (-np.cos(angle) * x + np.sin(angle) * turned)


def _methyl(carbon: str, number: int, parent: str, grandparent: str, first: float = 180.0) -> str:
    """Lines of three hydrogens on a carbon, staggered."""
    return "\n".join(
        f"H{number}{k + 1} {carbon} 0.109 {parent} 109.5 {grandparent} {first + 120 * k}"
        for k in range(3)
    )


def _lines(*parts: str) -> tuple[str, ...]:
    return tuple(line for part in parts for line in part.split("\n"))


_RING = _lines(
    "C1",
    "C2 C1 0.14",
    "C3 C2 0.14 C1 120",
    "C4 C3 0.14 C2 120 C1 0",
    "C5 C4 0.14 C3 120 C2 0",
    "C6 C5 0.14 C4 120 C3 0",
)
_RING_HYDROGENS = tuple(f"H{k} C{k} 0.108 C{k - 1} 120 C{(k - 3) % 6 + 1} 180" for k in range(2, 7))


def _phenyl(first: int, parent: str, grandparent: str, turned: float) -> tuple[str, str]:
    """Lines of a ring on an atom of another one, `turned` (degrees) against it: C, then H."""
    c = [f"C{k}" for k in range(first, first + 6)]
    carbons = (
        f"{c[1]} {c[0]} 0.14 {parent} 120 {grandparent} {turned}",
        f"{c[2]} {c[1]} 0.14 {c[0]} 120 {parent} 180",
        f"{c[3]} {c[2]} 0.14 {c[1]} 120 {c[0]} 0",
        f"{c[4]} {c[3]} 0.14 {c[2]} 120 {c[1]} 0",
        f"{c[5]} {c[4]} 0.14 {c[3]} 120 {c[2]} 0",
    )
    hydrogens = (
        f"H{first + 1} {c[1]} 0.108 {c[0]} 120 {parent} 0",
        *(f"H{first + k} {c[k]} 0.108 {c[k - 1]} 120 {c[k - 2]} 180" for k in range(2, 5)),
        f"H{first + 5} {c[5]} 0.108 {c[0]} 120 {parent} 0",
    )
    return "\n".join(carbons), "\n".join(hydrogens)


def _alkane(length: int) -> tuple[str, ...]:
    """Lines of an unbranched alkane of four carbons or more, all of its dihedrals trans."""
    chain = ["C1", "C2 C1 0.1529", "C3 C2 0.1529 C1 112.7"]
    chain += [f"C{k} C{k - 1} 0.1529 C{k - 2} 112.7 C{k - 3} 180" for k in range(4, length + 1)]
    hydrogens = [
        f"H{k}{j + 1} C{k} 0.109 C{k - 1} 109.5 C{k + 1} {120 * (j + 1)}"
        for k in range(2, length)
        for j in range(2)
    ]
    return _lines(
        *chain,
        _methyl("C1", 1, "C2", "C3"),
        *hydrogens,
        _methyl(f"C{length}", length, f"C{length - 1}", f"C{length - 2}"),
    )


def _water(bond: float, angle: float) -> tuple[str, ...]:
    return ("OW", f"HW1 OW {bond}", f"HW2 OW {bond} HW1 {angle}")


MOLECULES: dict[str, Molecule] = {
    "spce": Molecule("SOL", "water", 0.997, "either", _water(0.1, 109.47)),
    "tip3p": Molecule("SOL", "water", 0.98, "either", _water(0.09572, 104.52)),
    "tip4p2005": Molecule(
        "SOL", "water", 0.997, "either", (*_water(0.09572, 104.52), "MW OW 0.01546 HW1 52.26 HW2 0")
    ),
    "sodium": Molecule("NA", "ions", 2.0, "arithmetic", ("NA",)),
    "chloride": Molecule("CL", "ions", 2.0, "arithmetic", ("CL",)),
    "methane": Molecule(
        "CH4",
        "opls",
        0.422,
        "geometric",
        (
            "C1",
            "H11 C1 0.109",
            "H12 C1 0.109 H11 109.47",
            "H13 C1 0.109 H11 109.47 H12 120",
            "H14 C1 0.109 H11 109.47 H12 240",
        ),
    ),
    "ethane": Molecule(
        "C2H6",
        "opls",
        0.544,
        "geometric",
        _lines(
            "C1",
            "C2 C1 0.1529",
            "H11 C1 0.109 C2 110.7",
            "H12 C1 0.109 C2 110.7 H11 120",
            "H13 C1 0.109 C2 110.7 H11 240",
            _methyl("C2", 2, "C1", "H11"),
        ),
    ),
    "propane": Molecule(
        "C3H8",
        "opls",
        0.581,
        "geometric",
        _lines(
            "C1",
            "C2 C1 0.1529",
            "C3 C2 0.1529 C1 112.7",
            _methyl("C1", 1, "C2", "C3"),
            "H21 C2 0.109 C1 109.5 C3 120",
            "H22 C2 0.109 C1 109.5 C3 240",
            _methyl("C3", 3, "C2", "C1"),
        ),
    ),
    "tetracosane": Molecule("C24", "opls", 0.775, "geometric", _alkane(24)),
    "methanol": Molecule(
        "MEOH",
        "opls",
        0.786,
        "geometric",
        _lines("C1", "O1 C1 0.141", "H1 O1 0.0945 C1 108.5", _methyl("C1", 1, "O1", "H1")),
    ),
    "benzene": Molecule(
        "BENZ",
        "opls",
        0.874,
        "geometric",
        (*_RING, "H1 C1 0.108 C2 120 C3 180", *_RING_HYDROGENS),
    ),
    "toluene": Molecule(
        "TOL",
        "opls",
        0.862,
        "geometric",
        _lines(
            *_RING, "C7 C1 0.151 C2 120 C3 180", *_RING_HYDROGENS, _methyl("C7", 7, "C1", "C2", 90)
        ),
    ),
    "o-terphenyl": Molecule(
        "OTP",
        "opls",
        1.06,
        "geometric",
        _lines(
            *_RING,
            "C7 C1 0.146 C2 120 C3 180",
            _phenyl(7, "C1", "C2", 55)[0],
            "C13 C2 0.146 C1 120 C6 180",
            _phenyl(13, "C2", "C1", 55)[0],
            *_RING_HYDROGENS[1:],
            _phenyl(7, "C1", "C2", 55)[1],
            _phenyl(13, "C2", "C1", 55)[1],
        ),
    ),
    "aniline": Molecule(
        "ANI",
        "opls",
        1.022,
        "geometric",
        _lines(
            *_RING,
            "N1 C1 0.134 C2 120 C3 180",
            *_RING_HYDROGENS,
            "H11 N1 0.101 C1 111 C2 30",
            "H12 N1 0.101 C1 111 C2 150",
        ),
    ),
    "dimethylformamide": Molecule(
        "DMF",
        "opls",
        0.944,
        "geometric",
        _lines(
            "C1",
            "O1 C1 0.1229",
            "N1 C1 0.1335 O1 122.9",
            "H1 C1 0.109 O1 123 N1 180",
            "C2 N1 0.1449 C1 121.9 O1 0",
            "C3 N1 0.1449 C1 121.9 O1 180",
            _methyl("C2", 2, "N1", "C1"),
            _methyl("C3", 3, "N1", "C1"),
        ),
    ),
}
"""Each molecule that `assemble` knows, by name."""


def known(name: str) -> Molecule:
    """Return a molecule by name.

    Raises:
        ValueError: if there is none of that name.
    """
    if name not in MOLECULES:
        raise ValueError(
            f"no molecule {name!r} is known: choose one of {', '.join(MOLECULES)}, or one "
            "alanine-dipeptide, alone or with tip3p"
        )
    return MOLECULES[name]
