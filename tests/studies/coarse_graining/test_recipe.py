from typing import get_args

import pytest
from pydantic import ValidationError

from molscape.app.loading import gallery
from molscape.studies.blocks.fit import FitBlock
from molscape.studies.blocks.mapping import MappingBlock
from molscape.studies.blocks.model import ModelBlock
from molscape.studies.blocks.reference import (
    FilesReference,
    MadeReference,
    ShippedReference,
    StateBlock,
)
from molscape.studies.blocks.simulate import SimulateBlock
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


def test_frames_are_a_slice():
    for good in (":", "10:", ":-5", "::4", "-20:-1:2"):
        FilesReference(topology="a.gro", temperature=300, frames=good)
    with pytest.raises(ValidationError):
        FilesReference(topology="a.gro", temperature=300, frames="all")


def test_blocks_that_contradict_themselves_are_refused():
    with pytest.raises(ValidationError, match=r"give one of .* got beads and preset"):
        MappingBlock(preset="com", beads={"W": {"molecule": "SOL"}})
    with pytest.raises(ValidationError, match="multiple of every"):
        SimulateBlock(steps=1001, every=200)
    with pytest.raises(ValidationError, match="jax engine"):
        SimulateBlock(engine="lammps", replicas=4)
    with pytest.raises(ValidationError, match="needs a thermostat"):
        SimulateBlock(thermostat={"kind": "none"}, pressure=1.0)
    with pytest.raises(ValidationError, match="or a `temperature` alone"):
        StateBlock()
    with pytest.raises(ValidationError, match="length without stiffness, types"):
        ModelBlock(potential=[{"kind": "harmonic_bonds", "length": [0.3]}])
    with pytest.raises(ValidationError, match="does not suit the objective structure"):
        FitBlock(objective="structure", method={"kind": "linear"})


OBJECTIVES = get_args(FitBlock.model_fields["objective"].annotation)


def test_each_objective_has_a_method_by_default():
    kinds = {name: FitBlock(objective=name).method.kind for name in OBJECTIVES}
    assert kinds == {
        "force_matching": "linear",
        "energy_and_force_matching": "gradient",
        "structure": "iterative_boltzmann",
        "relative_entropy": "newton",
    }


@pytest.mark.parametrize("name", ["reference", "all-atom", "a b", "a.b"])
def test_names_of_models_that_would_confuse_are_refused(name):
    plain = gallery()["water"]
    with pytest.raises(ValidationError, match=r"letters, digits|means the reference"):
        Recipe.model_validate({**plain, "models": {name: plain["models"]["forces"]}})
