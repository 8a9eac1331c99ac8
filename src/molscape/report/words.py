"""The names of numbers in words: `forces.rdf.W-W.distance` and what it means."""

from __future__ import annotations

from molscape.core.record import Number, Record
from molscape.report.format import format_value

_WORDS = {
    "adf": "angular distribution",
    "angles": "angular distribution",
    "bond_angles": "bond angles",
    "bonds": "bond lengths",
    "centres": "radial distribution of centres",
    "density": "density",
    "dihedrals": "dihedral angles",
    "diffusion": "diffusion coefficient",
    "distance": "distance from the reference",
    "drift": "drift",
    "explained": "explained share",
    "force_loss": "force loss",
    "gyration": "radius of gyration",
    "msd": "mean squared displacement",
    "rdf": "radial distribution",
    "rms": "root mean square",
    "zero": "zero model",
}
_PHRASES = {
    ("outside", "ceiling"): "energy far outside the data",
    ("outside", "energy"): "energy outside the data",
    ("outside", "growth"): "growth of the force outside the data",
    ("run", "outside"): "share of the run outside the data",
    ("speed", "ratio"): "speed relative to all-atom",
    ("diffusion", "ratio"): "diffusion relative to all-atom",
    ("engines", "lammps"): "force difference of LAMMPS from JAX",
    ("engines", "openmm"): "force difference of OpenMM from JAX",
    ("force", "explained"): "share of the bead forces that splines explain",
    ("force", "noise"): "noise of the bead forces",
    ("force", "square"): "mean squared bead force",
    ("modes", "kept"): "share of the widest modes kept",
    ("seeds", "best"): "reconstruction error of the best seed",
    ("seeds", "worst"): "reconstruction error of the worst seed",
    ("variance", "kept"): "share of the positional variance kept",
    ("fit", "overhead"): "time of the fit beside its simulations",
    ("fit", "iterations"): "iterations of the fit",
}
_VERDICTS = {"pass": ("✓", "pass"), "fail": ("✗", "fail"), "none": ("·", "no verdict")}
_MOST_FAILURES = 3


def group_of(name: str) -> str:
    """Return the first part of a path: the model (or part of the study) a number is about."""
    return name.split(".", 1)[0] if "." in name else ""


def quantity_of(name: str) -> str:
    """Return the path behind the group."""
    return name.split(".", 1)[-1]


def in_words(quantity: str) -> str:
    """Return a path of a quantity as a phrase: `rdf.W-W.distance`, without its model.

    Names of beads and their tuples (`W-W`) keep their case and get an en dash; `x=-6` is a place.
    """
    parts = quantity.split(".")
    phrase = ""
    while parts:
        pair = tuple(parts[:2])
        if pair in _PHRASES:
            word, parts = _PHRASES[pair], parts[2:]
        else:
            word, parts = _word(parts[0]), parts[1:]
        beads = word[0].isupper() or "–" in word or " = " in word
        phrase += (" " if beads else ", ") + word if phrase else word
    return phrase[0].upper() + phrase[1:]


def verdict_words(verdict: str) -> tuple[str, str]:
    """Return the symbol and the word of a verdict."""
    return _VERDICTS[verdict]


def verdict_sentences(record: Record) -> str:
    """Say how good the result is: what was judged, what passed, what failed and by how much."""
    judged = [number for number in record.numbers if number.verdict != "none"]
    if not judged:
        return "None of the numbers carries a verdict."
    failed = [number for number in judged if number.verdict == "fail"]
    if not failed:
        passed = "The one check passes" if len(judged) == 1 else f"All {len(judged)} checks pass"
        structure = any(n.name.endswith(".distance") for n in record.numbers)
        if structure and not any(n.name.endswith(".distance") for n in judged):
            return f"{passed}; structure is measured but not judged, no tolerance was given."
        return f"{passed}."
    told = "; ".join(_failure(number) for number in failed[:_MOST_FAILURES])
    left = len(failed) - _MOST_FAILURES
    more = f"; and {left} more" if left > 0 else ""
    return f"{len(judged) - len(failed)} of {len(judged)} checks pass. What fails: {told}{more}."


def _failure(number: Number) -> str:
    phrase = in_words(quantity_of(number.name))
    group = group_of(number.name)
    where = f"{group}: {phrase[0].lower()}{phrase[1:]}" if group else phrase
    against = []
    if number.reference:
        against.append(f"reference {format_value(number.reference, None, number.unit)}")
    if number.floor is not None:
        against.append(f"floor {format_value(number.floor, None, number.unit)}")
    behind = f" ({', '.join(against)})" if against else ""
    return f"{where} {format_value(number.value, number.error, number.unit)}{behind}"


def _word(part: str) -> str:
    if part in _WORDS:
        return _WORDS[part]
    if "=" in part:
        return part.replace("=", " = ").replace("-", "−")
    if any(letter.isupper() for letter in part):
        return part.replace("-", "–")
    return part.replace("_", " ")
