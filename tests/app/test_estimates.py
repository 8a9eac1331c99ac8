import pytest

from molscape.app.estimates import estimate_made, words
from molscape.app.reference_blocks import Make


@pytest.mark.parametrize(
    ("seconds", "told"), [(0.2, "1 s"), (80, "80 s"), (600, "10 min"), (7200, "2.0 h")]
)
def test_durations_are_said_as_people_do(seconds, told):
    assert words(seconds) == told


def test_what_is_to_be_made_is_estimated_from_its_atoms():
    pytest.importorskip("openmm")
    make = Make(molecules={"methanol": 100, "spce": 200}, frames=100, interval=1.0)
    (line,) = estimate_made(make)
    assert "1200 atoms, 250 ps" in line
    with pytest.raises(ValueError, match="no molecule"):
        list(estimate_made(Make(molecules={"spec": 100})))
