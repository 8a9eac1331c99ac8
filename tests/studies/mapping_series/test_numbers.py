from molscape.core.record import NumberKey, Record
from molscape.studies.mapping_series.numbers import shared_numbers, shared_observables
from support.series import write_series


def test_observables_of_molecules_are_shared_and_those_of_beads_are_not():
    shared = shared_observables()
    assert {"gyration", "centres", "diffusion"} <= set(shared)
    assert not {"rdf", "angles", "bonds"} & set(shared)


def test_numbers_of_models_that_do_not_depend_on_the_beads_are_taken(tmp_path):
    recipe, _ = write_series(tmp_path)
    record = Record("x", 0)
    for key in (
        NumberKey("forces", "gyration", "CHN", "mean"),
        NumberKey("forces", "bonds", "A-A", "distance"),
        NumberKey("forces", quantity="force_loss.explained"),
        NumberKey("forces", quantity="force_loss.validation"),
        NumberKey("reference", "gyration", "CHN", "mean"),
    ):
        record.add(key, 1.5, "nm", error=0.1)
    found = list(shared_numbers("two", record, recipe))
    assert [number.name for number in found] == [
        "two.forces.gyration.CHN.mean",
        "two.forces.force_loss.explained",
    ]
    assert found[0].key.member == "two"
    assert (found[0].value, found[0].error, found[0].unit) == (1.5, 0.1, "nm")
