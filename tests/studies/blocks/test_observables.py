import pytest
from pydantic import TypeAdapter, ValidationError

from molscape.studies.blocks.observables import JudgedName, ObservableName

ASKED, JUDGED = TypeAdapter(ObservableName), TypeAdapter(JudgedName)


@pytest.mark.parametrize("name", ["rdf", "angles", "pressure", "diffusion", "gyration"])
def test_what_can_be_measured_is_asked_for_by_name(name):
    assert ASKED.validate_python(name) == name


def test_what_cannot_be_measured_is_refused_with_what_can():
    with pytest.raises(ValidationError, match=r"should be '\w+', .*'rdf'.* or '\w+'"):
        ASKED.validate_python("rdff")
    # Of every run a temperature is told, but no recipe asks for it.
    with pytest.raises(ValidationError, match="Input should be"):
        ASKED.validate_python("temperature")


def test_what_has_no_distance_is_not_judged():
    assert JUDGED.validate_python("rdf") == "rdf"
    with pytest.raises(ValidationError, match=r"should be .*'rdf'"):
        JUDGED.validate_python("density_profile")
