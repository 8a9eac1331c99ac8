"""Numbers of a force loss whose shares are known by hand."""

import pytest

from molscape.core.record import Record
from molscape.fit.result import ForceLoss
from molscape.studies.parts.force_numbers import explained_error, force_numbers

KNOWN = ForceLoss(fit=58.0, zero=100.0, validation=60.0, error=2.0, floor=20.0, floor_error=4.0)
BOUND = ForceLoss(
    fit=58.0, zero=100.0, validation=60.0, error=2.0, floor=20.0, floor_error=4.0,
    floor_is_bound=True,
)  # fmt: skip


def test_with_a_floor_the_share_is_that_of_what_can_be_explained():
    record = Record("x", 0)
    force_numbers(record, "m", KNOWN)
    assert [number.name for number in record.numbers] == [
        "m.force_loss.validation",
        "m.force_loss.fit",
        "m.force_loss.zero_model",
        "m.force_loss.noise_floor",
        "m.force_loss.explained",
    ]
    assert record["m.force_loss.noise_floor"].error == 4.0
    share = record["m.force_loss.explained"]
    assert share.value == pytest.approx(1 - 40 / 80)
    # 2/80 from the loss, and 4 * 40/80^2 from the floor.
    assert share.error == pytest.approx(0.025 * 2**0.5)
    assert {number.unit for number in record.numbers[:4]} == {"(kJ/mol/nm)²"}


def test_an_upper_bound_of_the_floor_gives_a_range():
    record = Record("x", 0)
    force_numbers(record, "m", BOUND)
    least, most = record["m.force_loss.explained"], record["m.force_loss.explained_at_most"]
    assert (least.value, most.value) == (pytest.approx(0.4), pytest.approx(0.5))
    assert least.error == pytest.approx(0.02)
    assert "at least" in least.note


def test_without_a_floor_it_is_the_share_of_the_mean_square():
    record = Record("x", 0)
    loss = ForceLoss(fit=58.0, zero=100.0, validation=60.0, error=2.0)
    force_numbers(record, "m", loss)
    assert record["m.force_loss.explained"].value == pytest.approx(0.4)
    assert explained_error(loss, None) == pytest.approx(0.02)
    assert len(record.numbers) == 4


def test_losses_of_a_study_belong_together(finished):
    _, record = finished
    zero = record["pair.force_loss.zero_model"].value
    validation = record["pair.force_loss.validation"].value
    assert record["pair.force_loss.fit"].value <= validation < zero
    assert record["pair.force_loss.explained"].value == pytest.approx(1 - validation / zero)
