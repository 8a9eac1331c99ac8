import pytest

from molscape.app.loading import load_recipe
from molscape.studies.blocks.keys import RecipeError


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("models.cgnet.priorr=1", "models.cgnet.priorr: unknown key; did you mean 'prior'"),
        ("models.regression.functions=[tan(x)]", "tan(x)"),
        ("models.regression.functions=[x, x]", "give each once"),
        ("training.frames=2000000", "more than the 1000000 points"),
        ("data.every=7", "multiple of every"),
        ("models.exact={kind: regression}", "choose another"),
        (
            "kind=digital_toy",
            "this molscape has coarse_graining, mapping_series, mapping_comparison, analytic_toy",
        ),
        ("simulate.engine=lammps", "simulate.engine: unknown key"),
    ],
)
def test_what_does_not_fit_is_told(change, words):
    with pytest.raises(RecipeError) as error:
        load_recipe("toy-2d", [change])
    assert words in str(error.value)


def test_models_are_told_apart_by_their_kind(small):
    regression, net = small.models["regression"], small.models["net"]
    assert "x^4" in regression.functions
    assert (net.hidden, net.prior, net.spectral_bounds) == ([8], 1.25, [2.0, 9.0])
