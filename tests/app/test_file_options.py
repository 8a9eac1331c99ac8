import pytest

from molscape.app.file_options import file_options


def test_masses_are_read_by_name():
    options = file_options("real", 0.002, ["CH3=15.035", "CH2=14.027"])
    assert (options.units, options.timestep) == ("real", 0.002)
    assert options.masses == {"CH3": 15.035, "CH2": 14.027}
    assert file_options(None, None, None).masses == {}


@pytest.mark.parametrize("texts", [["CH3"], ["CH3=heavy"], ["=3"], ["A=1", "A=2"]])
def test_what_is_no_mass_is_refused_with_an_example(texts):
    with pytest.raises(ValueError, match=r"such as CH3=15\.035"):
        file_options(None, None, texts)
