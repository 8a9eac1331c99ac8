"""The names of numbers in words: `forces.rdf.W-W.distance` and what it means."""

from __future__ import annotations

from molscape.analysis.observables import names, observable
from molscape.core.record import Number, NumberKey, Record
from molscape.report.format import format_value

_WORDS = {
    "distance": "distance from the reference",
    "explained": "explained share",
    "rms": "root mean square",
    "zero": "zero model",
}
_PHRASES = {
    ("outside", "ceiling"): "energy far outside the data",
    ("outside", "energy"): "energy outside the data",
    ("outside", "growth"): "growth of the force outside the data",
    ("run", "outside"): "share of the run outside the data",
    ("speed", "ratio"): "speed relative to all-atom",
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


def in_words(key: NumberKey) -> str:
    """Return what a number is of as a phrase, without its model: `rdf.W-W.distance`.

    Names of beads and their tuples (`W-W`) keep their case and get an en dash; `x=-6` is a place.
    """
    parts = key.parts
    phrase = ""
    while parts:
        pair = _pair(parts)
        word, parts = (pair, parts[2:]) if pair else (_word(parts[0]), parts[1:])
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
        structure = any(n.key.tells("distance") for n in record.numbers)
        if structure and not any(n.key.tells("distance") for n in judged):
            return f"{passed}; structure is measured but not judged, no tolerance was given."
        return f"{passed}."
    told = "; ".join(_failure(number) for number in failed[:_MOST_FAILURES])
    left = len(failed) - _MOST_FAILURES
    more = f"; and {left} more" if left > 0 else ""
    return f"{len(judged) - len(failed)} of {len(judged)} checks pass. What fails: {told}{more}."


def _failure(number: Number) -> str:
    phrase = in_words(number.key)
    group = number.key.group
    where = f"{group}: {phrase[0].lower()}{phrase[1:]}" if group else phrase
    against = []
    if number.reference:
        against.append(f"reference {format_value(number.reference, None, number.unit)}")
    if number.floor is not None:
        against.append(f"floor {format_value(number.floor, None, number.unit)}")
    behind = f" ({', '.join(against)})" if against else ""
    return f"{where} {format_value(number.value, number.error, number.unit)}{behind}"


def _pair(parts: tuple[str, ...]) -> str | None:
    """Return the phrase of the first two parts, if they have one together."""
    if len(parts) < 2:
        return None
    if parts[0] in names():
        return observable(parts[0]).phrases.get(parts[1])
    return _PHRASES.get((parts[0], parts[1]))


def _word(part: str) -> str:
    if part in _WORDS:
        return _WORDS[part]
    if part in names():
        return observable(part).words
    if "=" in part:
        return part.replace("=", " = ").replace("-", "−")
    if any(letter.isupper() for letter in part):
        return part.replace("-", "–")
    return part.replace("_", " ")
