"""Which of LAMMPS' unit systems a file is in; the files themselves rarely say."""

from __future__ import annotations

from molscape.core.units import LAMMPS_METAL, LAMMPS_REAL, FileUnits

_KNOWN = {"real": LAMMPS_REAL, "metal": LAMMPS_METAL}
_OTHERS = ("lj", "si", "cgs", "electron", "micro", "nano")


def lammps_units(given: str | None, stated: str | None = None) -> FileUnits:
    """Return the factors of a unit system of LAMMPS.

    Args:
        given: "real" or "metal", as the user says; None where nothing was said.
        stated: what the file itself says, if it does.

    Returns:
        The factors; those of "real" where neither says anything.

    Raises:
        ValueError: if the two disagree, or the system has no fixed relation to nm, ps, kJ/mol.
    """
    if given and stated and given != stated:
        raise ValueError(
            f"the file says `units {stated}`, but units={given!r} was given: leave `units` out"
        )
    name = given or stated or "real"
    if name in _KNOWN:
        return _KNOWN[name]
    if name in _OTHERS:
        raise ValueError(
            f"LAMMPS files in units {name!r} cannot be read: only 'real' (Å, fs, kcal/mol) and "
            "'metal' (Å, ps, eV) have a fixed meaning here; convert the file to one of them"
        )
    raise ValueError(f"unknown units {name!r} for a LAMMPS file: use 'real' or 'metal'")
