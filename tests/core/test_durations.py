import pytest

from molscape.core.durations import duration_in_words


@pytest.mark.parametrize(
    ("seconds", "expected"), [(0.2, "1 s"), (80, "80 s"), (600, "10 min"), (7200, "2.0 h")]
)
def test_durations_are_said_as_people_do(seconds, expected):
    assert duration_in_words(seconds) == expected
