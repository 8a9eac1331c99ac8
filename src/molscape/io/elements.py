"""Chemical elements: standard atomic weights and covalent radii, and guesses from names or masses.

Sources: IUPAC 2021 abridged standard atomic weights, Prohaska et al., Pure Appl. Chem. 94, 573
(2022); covalent radii, Cordero et al., Dalton Trans. 2832 (2008) (sp3 carbon, low-spin metals).
"""

from __future__ import annotations

import re

MASSES: dict[str, float] = {
    "H": 1.008, "He": 4.0026, "Li": 6.94, "Be": 9.0122, "B": 10.81, "C": 12.011, "N": 14.007,
    "O": 15.999, "F": 18.998, "Ne": 20.180, "Na": 22.990, "Mg": 24.305, "Al": 26.982,
    "Si": 28.085, "P": 30.974, "S": 32.06, "Cl": 35.45, "Ar": 39.95, "K": 39.098, "Ca": 40.078,
    "Ti": 47.867, "Cr": 51.996, "Mn": 54.938, "Fe": 55.845, "Co": 58.933, "Ni": 58.693,
    "Cu": 63.546, "Zn": 65.38, "Ga": 69.723, "Ge": 72.630, "As": 74.922, "Se": 78.971,
    "Br": 79.904, "Kr": 83.798, "Rb": 85.468, "Sr": 87.62, "Zr": 91.224, "Mo": 95.95,
    "Ru": 101.07, "Rh": 102.91, "Pd": 106.42, "Ag": 107.87, "Cd": 112.41, "In": 114.82,
    "Sn": 118.71, "Sb": 121.76, "Te": 127.60, "I": 126.90, "Xe": 131.29, "Cs": 132.91,
    "Ba": 137.33, "Pt": 195.08, "Au": 196.97, "Hg": 200.59, "Pb": 207.2,
}  # fmt: skip
"""Standard atomic weights in u."""

COVALENT_RADII: dict[str, float] = {
    "H": 0.031, "He": 0.028, "B": 0.084, "C": 0.076, "N": 0.071, "O": 0.066, "F": 0.057,
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
_SYMBOLS = {symbol.upper(): symbol for symbol in MASSES}


def element_of_name(name: str, alone: bool) -> str | None:
    """Guess the element of an atom from its name.

    Args:
        name: name of the atom, such as "OW", "HW1", "CA", "NA+".
        alone: whether the atom is the only one of its residue (an ion: NA is sodium there, and
            the backbone's nitrogen elsewhere).

    Returns:
        The symbol, "" for a massless virtual site, or None where no guess is sensible.
    """
    letters = re.sub(r"[^A-Z]", "", re.sub(r"[\d+\-*'].*$", "", name.upper().lstrip("0123456789")))
    if VIRTUAL_SITE_NAMES.match(name.upper()) and not alone:
        return ""
    if alone:
        return ION_NAMES.get(letters) or (None if letters == "W" else _SYMBOLS.get(letters))
    if letters[:2] in _IN_MOLECULES:
        return _SYMBOLS[letters[:2]]
    return _SYMBOLS[letters[0]] if letters[:1] and letters[0] in "HBCNOFPSI" else None


def element_of_mass(mass: float) -> str:
    """Return the element whose weight agrees with a mass in u within 0.015, or ""."""
    symbol = min(MASSES, key=lambda candidate: abs(MASSES[candidate] - mass))
    return symbol if abs(MASSES[symbol] - mass) < 0.015 else ""
