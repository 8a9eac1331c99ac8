"""Eight flexible SPC/E waters as files of GROMACS and CHARMM, and frames of them."""

import numpy as np

from molscape.core.frames import Frames
from support.fluids import SPCE as SPCE_WATER

HEAD = f"""[ defaults ]
1 2 yes 0.5 0.8333
[ atomtypes ]
OW 8 15.9994 0.0 A {SPCE_WATER["sigma"]} {SPCE_WATER["epsilon"]}
HW 1  1.008  0.0 A 0.1      0.0
MW 0  0.0    0.0 V 0.1      0.0
"""
# SPC/E with harmonic bonds, so that every force is a slope of the energy.
SPCE = """[ moleculetype ]
SOL 2
[ atoms ]
1 OW 1 SOL OW  1 -0.8476 15.9994
2 HW 1 SOL HW1 1  0.4238 1.008
3 HW 1 SOL HW2 1  0.4238 1.008
[ bonds ]
1 2 1 0.1 345000
1 3 1 0.1 345000
[ angles ]
2 1 3 1 109.47 383
"""
FOUR_SITES = """[ moleculetype ]
SOL 2
[ atoms ]
1 OW 1 SOL OW  1  0.0    15.9994
2 HW 1 SOL HW1 1  0.5564 1.008
3 HW 1 SOL HW2 1  0.5564 1.008
4 MW 1 SOL MW  1 -1.1128 0.0
[ bonds ]
1 2 1 0.1 345000
1 3 1 0.1 345000
[ angles ]
2 1 3 1 109.47 383
[ virtual_sites3 ]
4 1 2 3 1 0.13458335 0.13458335
[ exclusions ]
1 2 3 4
2 1 3 4
3 1 2 4
4 1 2 3
"""
TAIL = "[ system ]\nwater\n[ molecules ]\nSOL 8\n"


CHARMM = """* water
*
ATOMS
MASS 1 OW 15.9994
MASS 2 HW 1.008

BONDS
OW HW 412.2849 1.0

ANGLES
HW OW HW 45.7696 109.47

NONBONDED nbxmod 5 atom cdiel fshift vatom vdistance vfswitch -
cutnb 14.0 ctofnb 12.0 ctonnb 10.0 eps 1.0 e14fac 1.0 wmin 1.5
OW 0.0 -0.15540009 1.77660756
HW 0.0 0.0 0.2245

END
"""


def water(sites=False, n_frames=2, seed=0):
    """Eight waters on a grid in a triclinic box, cut by the boundary."""
    rng = np.random.default_rng(seed)
    half = np.radians(109.47 / 2)
    x, y = 0.1 * np.sin(half), 0.1 * np.cos(half)
    shape = np.array([[0, 0, 0], [x, y, 0], [-x, y, 0]])
    box = np.array([[1.0, 0, 0], [0.2, 1.0, 0], [-0.1, 0.3, 1.0]])
    grid = np.stack(np.meshgrid(*3 * [[0.1, 0.6]], indexing="ij"), -1).reshape(-1, 3) @ box
    turn = np.linalg.qr(rng.normal(size=(n_frames, 8, 3, 3)))[0]
    shapes = shape + 0.003 * rng.normal(size=(n_frames, 8, 3, 3))
    atoms = grid[:, None] + shapes @ turn
    if sites:
        legs = atoms[:, :, 1:] - atoms[:, :, :1]
        site = atoms[:, :, :1] + 0.13458335 * legs.sum(axis=2, keepdims=True)
        atoms = np.concatenate([atoms, site], axis=2)
    positions = atoms.reshape(n_frames, -1, 3)
    fractions = positions @ np.linalg.inv(box)
    cut = (fractions - np.floor(fractions)) @ box
    return Frames(cut, box=np.tile(box, (n_frames, 1, 1)), times=np.arange(n_frames) * 1.0)


def write_psf(path):
    lines = ["PSF", "", "       1 !NTITLE", " REMARKS water", "", "      24 !NATOM"]
    kinds = [("OW", -0.8476, 15.9994), ("HW1", 0.4238, 1.008), ("HW2", 0.4238, 1.008)]
    for k in range(24):
        name, charge, mass = kinds[k % 3]
        kind = name[:2]
        lines.append(
            f"{k + 1:8d} W    {k // 3 + 1:<4d} SOL  {name:<4} {kind:<4} {charge:10.6f} {mass:13.4f}"
            "           0"
        )
    bonds = [i for m in range(8) for i in (3 * m + 1, 3 * m + 2, 3 * m + 1, 3 * m + 3)]
    angles = [i for m in range(8) for i in (3 * m + 2, 3 * m + 1, 3 * m + 3)]
    for count, label, numbers, width in (
        (16, "!NBOND: bonds", bonds, 8),
        (8, "!NTHETA: angles", angles, 9),
        (0, "!NPHI: dihedrals", [], 8),
        (0, "!NIMPHI: impropers", [], 8),
        (0, "!NDON: donors", [], 8),
        (0, "!NACC: acceptors", [], 8),
        (0, "!NNB", [], 8),
    ):
        lines += ["", f"{count:8d} {label}"]
        rows = [numbers[k : k + width] for k in range(0, len(numbers), width)] or [[]]
        lines += ["".join(f"{i:8d}" for i in row) for row in rows]
    groups = ["", "       1       0 !NGRP NST2", "       0       0       0", ""]
    path.write_text("\n".join(lines + groups) + "\n")
