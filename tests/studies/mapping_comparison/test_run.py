"""Mappings of a chain of six atoms side by side, from recipe to report."""

import pytest

from molscape.core.store import Store
from molscape.studies.mapping_comparison.run import run_comparison
from support.comparisons import write_comparison


def test_more_beads_keep_more_and_learned_ones_most(whole):
    recipe, _, _, record = whole
    error = {name: record[f"{name}.reconstruction_error"] for name in recipe.mappings}
    assert error["graph-6"].value < 1e-6
    assert error["learned-3"].value <= error["graph-3"].value + 1e-9
    assert error["learned-3"].value < error["learned-2"].value < error["one"].value
    assert error["learned-2"].error > 0
    assert record["learned-2.seeds.best"].value == pytest.approx(error["learned-2"].value, rel=1e-6)
    assert record["learned-2.beads"].value == 2
    assert record["learned-3.learning.processor_time"].value > 0
    assert any("learned-2: 2 beads of molecule CHN learned" in note for note in record.notes)


def test_decoders_and_torsions_are_measured(whole):
    numbers = {number.name: number for number in whole[3].numbers}
    # As many beads as atoms give every torsion back; two leave the atoms on a line.
    distance = numbers["graph-6.linear.torsions.middle.distance"]
    assert distance.value < 1e-6
    assert 0 < distance.floor < 1.5
    assert not any(name.startswith("learned-2.linear.torsions") for name in numbers)
    flat = numbers["learned-3.linear.torsions.middle.distance"].value
    assert flat > 1.5
    assert numbers["learned-3.network.torsions.middle.distance"].value < flat
    error = numbers["learned-3.reconstruction_error"].value
    assert numbers["learned-3.network.error"].value < error
    assert numbers["learned-3.heavy_atom_error"].value == pytest.approx(error)


def test_what_was_learned_is_not_learned_again(whole, display, monkeypatch):
    recipe, base, folder, _ = whole
    monkeypatch.setattr("molscape.fit.mapping_search.learn_beads", None)
    kept = (folder / "mappings/learned-2/learned.json").read_bytes()
    report = (folder / "record.json").read_bytes()
    run_comparison(recipe, base, folder, display, until="map")
    assert (folder / "mappings/learned-2/learned.json").read_bytes() == kept
    (folder / "record.json").write_bytes(report)


def test_a_comparison_that_runs_is_left_alone(chain, display):
    recipe, base = write_comparison(chain)
    held = Store(chain / "run").locked()
    with held, pytest.raises(RuntimeError, match="in use by process"):
        run_comparison(recipe, base, chain / "run", display)


def test_fits_are_refused(chain, display):
    recipe, base = write_comparison(chain)
    with pytest.raises(ValueError, match="fits no models"):
        run_comparison(recipe, base, chain / "run", display, until="fit")
