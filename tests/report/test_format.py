import math

import pytest

from molscape.report.format import (
    axis_title,
    format_number,
    format_seconds,
    format_tick,
    format_unit,
    format_value,
)


@pytest.mark.parametrize(
    ("value", "error", "expected"),
    [
        (0.01234, 0.00041, "0.0123 ± 0.0004"),
        (0.01234, 0.00014, "0.01234 ± 0.00014"),
        (7412.0, 38.0, "7410 ± 40"),
        (-7412.0, 38.0, "−7410 ± 40"),
        (12345.6, 4.0, "12\u202f346 ± 4"),
        (0.9996, 0.0005, "0.9996 ± 0.0005"),
        (0.0, 0.02, "0.00 ± 0.02"),
        (1.234e7, 3e4, "(1.234 ± 0.003) × 10⁷"),
        (-2.5e-7, 3e-8, "(−2.5 ± 0.3) × 10⁻⁷"),
        (0.002, 0.5, "0.0 ± 0.5"),
        (5.0, 0.0996, "5.00 ± 0.10"),
        (1.5, None, "1.5"),
        (1.5, math.nan, "1.5"),
        (math.nan, 0.1, "–"),
        (None, None, "–"),
    ],
)
def test_value_is_rounded_to_its_error(value, error, expected):
    assert format_value(value, error) == expected


def test_value_carries_its_unit():
    assert format_value(0.0024, 0.0002, "nm^2/ps") == "0.0024 ± 0.0002 nm²/ps"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.0023, "0.0023"),
        (3.14159265, "3.142"),
        (-0.5, "−0.5"),
        (20000.0, "20\u202f000"),
        (5120.0, "5120"),
        (1.5e8, "1.5 × 10⁸"),
        (1e-6, "10⁻⁶"),
        (0.99996, "1"),
        (0, "0"),
        (math.inf, "–"),
    ],
)
def test_number_has_four_digits_at_most(value, expected):
    assert format_number(value) == expected


def test_units_and_axes():
    assert format_unit("kJ/mol/nm^3") == "kJ/mol/nm³"
    assert format_unit("nm^-1") == "nm⁻¹"
    assert axis_title("r", "nm") == "r / nm"
    assert axis_title("U", "kJ/mol") == "U / (kJ/mol)"
    assert axis_title("θ", "deg") == "θ / °"
    assert axis_title("g(r)", "") == "g(r)"


def test_angles_have_one_way_of_being_written():
    assert axis_title("theta", "rad") == "θ / rad"
    assert axis_title("phi", "rad") == "φ / rad"
    assert axis_title("psi", "rad") == "ψ / rad"
    # A bead may be called anything.
    assert axis_title("p(phi-theta)", "1/rad") == "p(phi-theta) / (1/rad)"
    assert axis_title("t x 2.5", "ps") == "t × 2.5 / ps"


def test_ticks_of_a_logarithmic_axis():
    assert [format_tick(tick) for tick in (0.001, 0.02, 1.0, 1000.0, 1e4, 2e5, 1e-7)] == [
        "0.001", "0.02", "1", "1000", "10⁴", "2 × 10⁵", "10⁻⁷",
    ]  # fmt: skip


def test_durations_are_in_suitable_units():
    assert format_seconds(0.351) == "0.35 s"
    assert format_seconds(12.2) == "12 s"
    assert format_seconds(59.7) == "1 min 0 s"
    assert format_seconds(250.0) == "4 min 10 s"
    assert format_seconds(7500.0) == "2 h 5 min"
    assert format_seconds(None) == "–"
