import pytest
from pydantic import ValidationError

from molscape.app.loading import gallery
from molscape.studies.blocks.reference import (
    FilesReference,
    MadeReference,
    ShippedReference,
)
from molscape.studies.coarse_graining.recipe import Recipe


@pytest.mark.parametrize(
    ("reference", "kind"),
    [
        ({"topology": "a.gro", "trajectory": "a.trr", "temperature": 300}, FilesReference),
        ({"shipped": "spce-300"}, ShippedReference),
        ({"make": {"molecules": {"spce": 300}}}, MadeReference),
    ],
)
def test_a_reference_is_files_shipped_or_made(reference, kind):
    plain = {**gallery()["water"], "reference": reference}
    assert isinstance(Recipe.model_validate(plain).reference, kind)


@pytest.mark.parametrize("name", ["reference", "all-atom", "a b", "a.b"])
def test_names_of_models_that_would_confuse_are_refused(name):
    plain = gallery()["water"]
    with pytest.raises(ValidationError, match=r"letters, digits|means the reference"):
        Recipe.model_validate({**plain, "models": {name: plain["models"]["forces"]}})
