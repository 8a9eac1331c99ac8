"""Chemical elements: standard atomic weights and covalent radii, and guesses from names or masses.

Sources: IUPAC 2021 abridged standard atomic weights, Prohaska et al., Pure Appl. Chem. 94, 573
(2022); covalent radii, Cordero et al., Dalton Trans. 2832 (2008) (sp3 carbon, low-spin metals).
"""

from __future__ import annotations

import re

import numpy as np
from jaxtyping import Float, Int

MASSES: dict[str, float] = {
    "H": 1.008, "D": 2.014, "He": 4.0026, "Li": 6.94, "Be": 9.0122, "B": 10.81, "C": 12.011,
    "N": 14.007, "O": 15.999, "F": 18.998, "Ne": 20.180, "Na": 22.990, "Mg": 24.305, "Al": 26.982,
    "Si": 28.085, "P": 30.974, "S": 32.06, "Cl": 35.45, "Ar": 39.95, "K": 39.098, "Ca": 40.078,
    "Sc": 44.956, "Ti": 47.867, "V": 50.942, "Cr": 51.996, "Mn": 54.938, "Fe": 55.845, "Co": 58.933,
    "Ni": 58.693, "Cu": 63.546, "Zn": 65.38, "Ga": 69.723, "Ge": 72.630, "As": 74.922, "Se": 78.971,
    "Br": 79.904, "Kr": 83.798, "Rb": 85.468, "Sr": 87.62, "Y": 88.906, "Zr": 91.224, "Nb": 92.906,
    "Mo": 95.95, "Tc": 97, "Ru": 101.07, "Rh": 102.91, "Pd": 106.42, "Ag": 107.87, "Cd": 112.41,
    "In": 114.82, "Sn": 118.71, "Sb": 121.76, "Te": 127.60, "I": 126.90, "Xe": 131.29, "Cs": 132.91,
    "Ba": 137.33, "La": 138.91, "Ce": 140.12, "Pr": 140.91, "Nd": 144.24, "Pm": 145, "Sm": 150.36,
    "Eu": 151.96, "Gd": 157.25, "Tb": 158.93, "Dy": 162.50, "Ho": 164.93, "Er": 167.26,
    "Tm": 168.93, "Yb": 173.05, "Lu": 174.97, "Hf": 178.49, "Ta": 180.95, "W": 183.84, "Re": 186.21,
    "Os": 190.23, "Ir": 192.22, "Pt": 195.08, "Au": 196.97, "Hg": 200.59, "Tl": 204.38, "Pb": 207.2,
    "Bi": 208.98, "Po": 209, "At": 210, "Rn": 222, "Fr": 223, "Ra": 226, "Ac": 227, "Th": 232.04,
    "Pa": 231.04, "U": 238.03, "Np": 237, "Pu": 244, "Am": 243, "Cm": 247, "Bk": 247, "Cf": 251,
    "Es": 252, "Fm": 257, "Md": 258, "No": 259, "Lr": 262, "Rf": 267, "Db": 268, "Sg": 269,
    "Bh": 270, "Hs": 269, "Mt": 277, "Ds": 281, "Rg": 282, "Cn": 285, "Nh": 286, "Fl": 290,
    "Mc": 290, "Lv": 293, "Ts": 294, "Og": 294,
}  # fmt: skip
"""Standard atomic weights in u, and D; of elements without one, that of a long-lived isotope."""

COVALENT_RADII: dict[str, float] = {
    "H": 0.031, "D": 0.031, "He": 0.028, "B": 0.084, "C": 0.076, "N": 0.071, "O": 0.066, "F": 0.057,
    "Ne": 0.058, "Si": 0.111, "P": 0.107, "S": 0.105, "Cl": 0.102, "Ar": 0.106, "Ge": 0.120,
    "As": 0.119, "Se": 0.120, "Br": 0.120, "Kr": 0.116, "Sb": 0.139, "Te": 0.138, "I": 0.139,
    "Xe": 0.140,
}  # fmt: skip
"""Covalent radii of the non-metals in nm; metals are left out, their contacts are not bonds."""

ION_NAMES: dict[str, str] = {
    "SOD": "Na",
    "POT": "K",
    "CLA": "Cl",
    "CES": "Cs",
    "CAL": "Ca",
    "OW": "O",
}
"""Names that force fields give to ions, and to water's oxygen, where these stand alone."""

VIRTUAL_SITE_NAMES = re.compile(r"^(MW\d*|EPW?\d*|LP[AB]?\d*|VS\d*|DUM\d*|M)$")
"""Names of massless sites in the common water models."""

_IN_MOLECULES = ("CL", "BR", "SI", "SE", "FE")
_RARE = ["Sc", "V", "Y", "Nb", "Tc", "D", "W"]
_SYMBOLS = {
    symbol.upper(): symbol
    for symbol, mass in MASSES.items()
    if symbol not in _RARE and (mass < 138 or symbol in ("Pt", "Au", "Hg", "Pb"))
}
"""Elements that a name may stand for; rarer ones are more likely to be names of beads."""

AMINO_ACIDS = frozenset((
    "ALA", "ARG", "ASH", "ASN", "ASP", "CYM", "CYS", "CYX", "GLH", "GLN", "GLU", "GLY", "HID",
    "HIE", "HIP", "HIS", "HSD", "HSE", "HSP", "ILE", "LEU", "LYN", "LYS", "MET", "MSE", "PHE",
    "PRO", "SEC", "SER", "THR", "TRP", "TYR", "VAL",
))  # fmt: skip
"""Names of residues in which CA is a carbon, also where it stands alone."""

_BACKBONE = {"N": "N", "CA": "C", "C": "C", "O": "O"}

UNITED_MASSES = {"CH": 13.019, "CH1": 13.019, "CH2": 14.027, "CH3": 15.035, "CH4": 16.043}
"""Masses (u) of carbons with their hydrogens, by the names that force fields give them."""

_UNITED_NAME = re.compile(r"^(CH[1-4]?)(?![1-9])[A-Z]?\d?$")
REPARTITIONED = (1.9, 4.2)
"""Masses (u) that hydrogens have where mass was moved to them."""


def united_mass(name: str) -> float | None:
    """Return the mass (u) of a united atom of that name, such as CH2 or CH3A; None for others."""
    found = _UNITED_NAME.match(name.upper())
    return UNITED_MASSES[found[1]] if found else None


def element_of_name(name: str, alone: bool, residue: str = "") -> str | None:
    """Guess the element of an atom from its name.

    Args:
        name: name of the atom, such as "OW", "HW1", "CA", "NA+".
        alone: whether the atom is the only one of its residue (an ion: NA is sodium there, and
            the backbone's nitrogen elsewhere).
        residue: name of its residue; what stands alone in an amino acid is an atom of its
            backbone or a bead, and no ion.

    Returns:
        The symbol, "" for a massless virtual site, or None where no guess is sensible.
    """
    letters = re.sub(r"[^A-Z]", "", re.sub(r"[\d+\-*'].*$", "", name.upper().lstrip("0123456789")))
    if VIRTUAL_SITE_NAMES.match(name.upper()) and not alone:
        return ""
    if alone and residue.upper() in AMINO_ACIDS:
        return _BACKBONE.get(letters)
    if alone:
        return ION_NAMES.get(letters) or (None if letters == "W" else _SYMBOLS.get(letters))
    if letters in ("D", "DW"):
        return "D"
    if letters[:2] in _IN_MOLECULES:
        return _SYMBOLS[letters[:2]]
    return _SYMBOLS[letters[0]] if letters[:1] and letters[0] in "HBCNOFPSI" else None


def element_of_mass(mass: float) -> str:
    """Return the element whose weight agrees with a mass in u within 0.015, or "".

    Masses of united atoms are those of carbon; D and elements without a weight of their own,
    whose mass numbers beads have by chance, are left out.
    """
    known = {s: m for s, m in MASSES.items() if s != "D" and not float(m).is_integer()}
    weights = [*known.items(), *(("C", united) for united in UNITED_MASSES.values())]
    symbol, weight = min(weights, key=lambda pair: abs(pair[1] - mass))
    return symbol if abs(weight - mass) < 0.015 else ""


def elements_of_masses(
    masses: Float[np.ndarray, " particle"], bonds: Int[np.ndarray, "bond 2"]
) -> list[str]:
    """Return the elements that masses (u) tell, also where mass was moved to hydrogens.

    A mass of 1.9 to 4.2 u with one bond is a hydrogen where its partner, given back what the
    hydrogen has too much, has the weight of an element.
    """
    counts = np.bincount(bonds.ravel(), minlength=len(masses))
    moved = (np.clip(masses, *REPARTITIONED) == masses) & (counts == 1)
    both = np.concatenate([bonds, bonds[:, ::-1]])
    light, heavy = both[moved[both[:, 0]] & ~moved[both[:, 1]]].T
    whole = np.array(masses, dtype=np.float64)
    np.add.at(whole, heavy, masses[light] - MASSES["H"])
    rounded = np.round(whole, 4).tolist()
    told = {mass: element_of_mass(mass) for mass in set(rounded)}
    found = np.array([told[mass] for mass in rounded], dtype=np.str_)
    found[light] = np.where(found[heavy] != "", "H", found[light])
    return [str(element) for element in found]
