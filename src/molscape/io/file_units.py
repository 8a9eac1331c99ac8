"""Unit systems by name, and unit expressions such as "kJ mol-1 nm-1"."""

from __future__ import annotations

import re

from molscape.core.units import (
    ANGSTROM,
    ELECTRONVOLT,
    FEMTOSECOND,
    KILOCALORIE,
    FileUnits,
)

BOHR = 0.0529177210903
"""One bohr in nm (CODATA 2018)."""

HARTREE = 2625.4996394799
"""One hartree in kJ/mol (CODATA 2018)."""

UNIT_SYSTEMS = {
    "nm": FileUnits("nm, ps, kJ/mol", 1.0, 1.0, 1.0),
    "real": FileUnits("Å, fs, kcal/mol", ANGSTROM, FEMTOSECOND, KILOCALORIE),
    "metal": FileUnits("Å, ps, eV", ANGSTROM, 1.0, ELECTRONVOLT),
    "atomic": FileUnits("bohr, ps, hartree", BOHR, 1.0, HARTREE),
}
"""What `units=` may name for files that do not state their units."""

# Factor to nm, ps, u (kJ/mol = u nm^2/ps^2), and powers of length, time and mass; the mole counts
# as a number, since energies inside are per mole.
_SYMBOLS: dict[str, tuple[float, tuple[int, int, int]]] = {
    "nm": (1.0, (1, 0, 0)),
    "angstrom": (ANGSTROM, (1, 0, 0)),
    "Å": (ANGSTROM, (1, 0, 0)),
    "A": (ANGSTROM, (1, 0, 0)),
    "pm": (1e-3, (1, 0, 0)),
    "bohr": (BOHR, (1, 0, 0)),
    "ps": (1.0, (0, 1, 0)),
    "fs": (FEMTOSECOND, (0, 1, 0)),
    "ns": (1e3, (0, 1, 0)),
    "u": (1.0, (0, 0, 1)),
    "amu": (1.0, (0, 0, 1)),
    "mol": (1.0, (0, 0, 0)),
    "kJ": (1.0, (2, -2, 1)),
    "J": (1e-3, (2, -2, 1)),
    "kcal": (KILOCALORIE, (2, -2, 1)),
    "eV": (ELECTRONVOLT, (2, -2, 1)),
    "hartree": (HARTREE, (2, -2, 1)),
}
_DIMENSIONS = {
    "length": (1, 0, 0),
    "time": (0, 1, 0),
    "mass": (0, 0, 1),
    "velocity": (1, -1, 0),
    "force": (1, -2, 1),
    "energy": (2, -2, 1),
}


def unit_system(name: str, what: str) -> FileUnits:
    """Return a unit system by its name.

    Raises:
        ValueError: if there is none of that name.
    """
    if name not in UNIT_SYSTEMS:
        known = ", ".join(f"{key!r} ({system.name})" for key, system in UNIT_SYSTEMS.items())
        raise ValueError(f"unknown units {name!r} for {what}: use one of {known}")
    return UNIT_SYSTEMS[name]


def unit_factor(expression: str, quantity: str) -> float:
    """Return what a unit is worth inside.

    Args:
        expression: symbols with powers, "kJ mol-1 nm-1", or with strokes, "kcal/mol/Angstrom".
        quantity: "length", "time", "mass", "velocity", "force" or "energy".

    Raises:
        ValueError: if a symbol is not known or the unit measures something else.
    """
    factor, powers, sign = 1.0, [0, 0, 0], 1
    for word in re.findall(r"[/*()]|[A-Za-zÅ]+(?:\^?[-+]?\d+)?", expression):
        if word in "/*()":
            # kJ/(mol nm) and kJ/mol/nm: all that follows a stroke divides.
            sign = -1 if word == "/" else sign
            continue
        found = re.fullmatch(r"([A-Za-zÅ]+)\^?([-+]?\d+)?", word)
        assert found is not None, "the word was found with the same pattern"
        value, dimensions = _symbol(found[1], expression)
        power = sign * int(found[2] or 1)
        factor *= value**power
        powers = [p + power * d for p, d in zip(powers, dimensions, strict=True)]
    if tuple(powers) != _DIMENSIONS[quantity]:
        raise ValueError(
            f"the unit {expression!r} is none of {quantity}: correct it in the file, such as "
            f"{_example(quantity)!r}"
        )
    return factor


def _symbol(name: str, expression: str) -> tuple[float, tuple[int, int, int]]:
    if name in _SYMBOLS:
        return _SYMBOLS[name]
    lower = name.lower().removesuffix("s") if len(name) > 3 else name
    if lower in _SYMBOLS:
        return _SYMBOLS[lower]
    raise ValueError(
        f"the unit {name!r} in {expression!r} is not known: write the file in units of "
        f"{', '.join(_SYMBOLS)}"
    )


def _example(quantity: str) -> str:
    return {
        "length": "nm",
        "time": "ps",
        "mass": "u",
        "velocity": "nm ps-1",
        "force": "kJ mol-1 nm-1",
        "energy": "kJ mol-1",
    }[quantity]
