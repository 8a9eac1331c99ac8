import numpy as np
import pytest


def test_every_number_names_its_source(finished):
    _, record = finished
    assert all(number.source for number in record.numbers)
    assert all(np.isfinite(number.value) for number in record.numbers)


def test_losses_belong_together(finished):
    _, record = finished
    zero = record["pair.force_loss.zero_model"].value
    validation = record["pair.force_loss.validation"].value
    assert record["pair.force_loss.fit"].value <= validation < zero
    assert record["pair.force_loss.explained"].value == pytest.approx(1 - validation / zero)


def test_engines_are_compared_where_lammps_is_installed(finished):
    from molscape.simulate.lammps_process import find_lammps

    try:
        find_lammps()
    except FileNotFoundError as error:
        pytest.skip(str(error))
    _, record = finished
    number = record["pair.engines.lammps"]
    assert number.value < 1e-5
    assert number.verdict == "pass"


def test_the_verdict_is_no_stricter_than_twice_the_floor(finished):
    _, record = finished
    number = record["pair.rdf.AR-AR.distance"]
    assert number.reference == pytest.approx(max(0.03, 2 * number.floor))
