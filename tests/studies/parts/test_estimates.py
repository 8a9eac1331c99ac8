import pytest

from molscape.studies.parts.estimates import estimate_made, words


@pytest.mark.parametrize(
    ("seconds", "told"), [(0.2, "1 s"), (80, "80 s"), (600, "10 min"), (7200, "2.0 h")]
)
def test_durations_are_said_as_people_do(seconds, told):
    assert words(seconds) == told


def test_what_is_to_be_made_is_estimated_from_its_atoms():
    pytest.importorskip("openmm")
    from molscape.reference import plan_reference

    (line,) = estimate_made(
        plan_reference({"methanol": 100, "spce": 200}, frames=100, interval=1.0)
    )
    assert "1200 atoms, 270 ps" in line
    with pytest.raises(ValueError, match="no molecule 'spec'"):
        plan_reference({"spec": 100})
