import pytest

from molscape.core.record import Record
from molscape.mapping import by_preset
from molscape.studies.mapping_comparison.decoded import Torsions
from molscape.studies.mapping_comparison.measures import Value
from molscape.studies.mapping_comparison.numbers import add_decoded, add_learning, add_numbers
from support.comparisons import compared, measures


def test_measures_are_put_behind_the_name_of_their_mapping():
    record = Record("x", 0)
    add_numbers(record, "two", measures(2, 0.05))
    assert [(n.name, n.value, n.unit) for n in record.numbers] == [
        ("two.beads", 2.0, ""),
        ("two.reconstruction_error", 0.05, "nm"),
        ("two.heavy_atom_error", 0.025, "nm"),
        ("two.variance.kept", 0.9, ""),
        ("two.modes.kept", 0.8, ""),
        ("two.force.square", 400.0, "(kJ/mol/nm)^2"),
        ("two.force.noise", 100.0, "(kJ/mol/nm)^2"),
        ("two.force.explained", 0.7, ""),
        ("two.time_step", 0.004, "ps"),
        ("two.speed.ratio", 6.0, ""),
    ]
    assert record["two.reconstruction_error"].error == 0.001
    # An error that is not a number is none.
    assert record["two.time_step"].error is None


def test_molecules_are_told_apart_where_there_are_several():
    from dataclasses import replace

    record, found = Record("x", 0), measures(2, 0.05)
    both = {"CHN": found.kept, "SOL": replace(found.kept, error=Value(0.01, 0.0))}
    add_numbers(
        record, "two", replace(found, molecules=both, per_molecule={"CHN": 2, "SOL": 1}, noise=None)
    )
    assert record["two.beads.SOL"].value == 1.0
    assert record["two.reconstruction_error.SOL"].value == 0.01
    assert not any("noise" in number.name for number in record.numbers)


def test_decoders_and_seeds_are_told(chain_trajectory):
    record = Record("x", 0)
    one = compared(by_preset(chain_trajectory.topology, "com"), "l", 4, learned=True)
    add_decoded(record, "l", one.decoders, Torsions({}, {}, {"t": Value(0.2)}))
    add_learning(record, "l", one.learned)
    assert record["l.network.error"].value == pytest.approx(0.015)
    assert record["l.linear.torsions.t.distance"].value == 0.25
    assert record["l.linear.torsions.t.distance"].floor == 0.2
    assert record["l.network.processor_time"].unit == "s"
    assert (record["l.seeds.best"].value, record["l.seeds.worst"].value) == (0.04, 0.05)
    assert record["l.seeds.annealed_best"].value == 0.06
    assert record.notes == ["l: a note"]
    # The linear decoder's errors are among the measures already.
    assert not any(number.name == "l.linear.error" for number in record.numbers)


def test_a_learned_mapping_leads_one_of_as_many_beads(whole):
    record = whole[3]
    excess = record["graph-3.excess"]
    error = {
        name: record[f"{name}.reconstruction_error"].value for name in ("graph-3", "learned-3")
    }
    assert excess.value == pytest.approx(error["graph-3"] - error["learned-3"], abs=1e-9)
    assert "3 learned beads" in excess.note
    assert not any(number.name == "graph-6.excess" for number in record.numbers)
