from molscape.core.record import Record, parse_key
from molscape.report.words import (
    in_words,
    verdict_sentences,
    verdict_words,
)


def test_paths_become_phrases():
    def words(path):
        return in_words(parse_key(f"model.{path}"))

    assert words("rdf.W-W.distance") == "Radial distribution W–W, distance from the reference"
    assert words("force_loss.explained") == "Force loss, explained share"
    assert words("speed.ratio") == "Speed relative to all-atom"
    assert words("bond_count") == "Bond count"
    assert words("force_at.x=-6") == "Force at x = −6"
    assert words("outside.growth") == "Growth of the force outside the data"
    assert in_words(parse_key("density")) == "Density"


def judged(*verdicts):
    record = Record("r", seed=1)
    for index, verdict in enumerate(verdicts):
        record.add(f"model.thing_{index}", 1.0, "nm", error=0.1, floor=0.2, verdict=verdict)
    return record


def test_verdicts_are_counted_and_failures_named():
    assert "None of the numbers" in verdict_sentences(judged("none"))
    assert verdict_sentences(judged("pass")) == "The one check passes."
    assert verdict_sentences(judged("pass", "pass", "none")) == "All 2 checks pass."
    told = verdict_sentences(judged("pass", "fail"))
    assert told.startswith("1 of 2 checks pass. What fails: model: thing 1 1.00 ± 0.10 nm")
    assert "floor 0.2 nm" in told
    assert "and 3 more" in verdict_sentences(judged(*["fail"] * 6))


def test_a_verdict_is_a_symbol_and_a_word():
    assert len({verdict_words(verdict) for verdict in ("pass", "fail", "none")}) == 3
    assert all(word for _, word in map(verdict_words, ("pass", "fail", "none")))


def test_a_structure_that_nobody_judged_is_said():
    record = judged("pass")
    record.add("model.rdf.W-W.distance", 0.1, "nm")
    assert "not judged" in verdict_sentences(record)
    judged_too = judged("pass")
    judged_too.add("model.rdf.W-W.distance", 0.1, "nm", verdict="pass")
    assert verdict_sentences(judged_too) == "All 2 checks pass."
