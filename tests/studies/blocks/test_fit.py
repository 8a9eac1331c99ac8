"""The block that says what a good model means and how it is found."""

from typing import get_args

import pytest
from pydantic import ValidationError

from molscape.objectives import EnergyAndForceMatching, ForceMatching
from molscape.studies.blocks.fit import FitBlock


def test_a_method_that_does_not_suit_its_objective_is_refused():
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


def test_losses_on_frames_are_built_and_distributions_have_none():
    assert FitBlock(objective="force_matching").build_objective() == ForceMatching()
    weighted = FitBlock(objective="energy_and_force_matching", energy_weight=3.0)
    assert weighted.build_objective() == EnergyAndForceMatching(3.0)
    assert FitBlock(objective="structure").build_objective() is None


def test_a_negative_weight_is_refused():
    with pytest.raises(ValidationError, match="energy_weight"):
        FitBlock(objective="energy_and_force_matching", energy_weight=-1.0)


def test_fits_that_run_models_say_so():
    assert FitBlock(objective="structure").iterates
    assert not FitBlock(objective="force_matching").iterates
