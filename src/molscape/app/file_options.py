"""What the command line says about files: units, time step, masses."""

from __future__ import annotations

from molscape.io.formats import Options


def file_options(units: str | None, timestep: float | None, masses: list[str] | None) -> Options:
    """Return the options of files.

    Args:
        units: of files that do not say: nm, real, metal or atomic.
        timestep: of one MD step (ps), for files that count steps.
        masses: NAME=MASS, each of the atoms of a name, in u.

    Raises:
        ValueError: if a mass is not written so, or a name comes twice.
    """
    found: dict[str, float] = {}
    for text in masses or ():
        name, _, number = text.partition("=")
        try:
            value = float(number)
        except ValueError:
            raise ValueError(f"--masses {text!r}: write NAME=MASS, such as CH3=15.035") from None
        if not name or name in found:
            raise ValueError(f"--masses {text!r}: give each name once, such as CH3=15.035")
        found[name] = value
    return Options(units, timestep, found)
