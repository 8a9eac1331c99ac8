"""A fit method is one file: put where methods are found, a recipe can name it."""

import sys

import numpy as np
import pytest

from molscape.app.explaining import explain
from molscape.app.loading import gallery
from molscape.core.block import blocks_in
from molscape.fit import methods
from molscape.potentials import PairSpline
from molscape.studies.blocks.fit import FitBlock
from molscape.studies.blocks.simulate import SimulateBlock
from molscape.studies.coarse_graining.recipe import Recipe
from molscape.studies.parts.fits import fit_potential
from molscape.studies.parts.models import ModelTask

SOURCE = '''
"""Halving: as simple as a fit can be."""

from typing import ClassVar, Literal

import numpy as np

from molscape.fit.method import Method


class HalvedMethod(Method):
    """Halve every parameter."""

    objectives: ClassVar[tuple[str, ...]] = ("force_matching",)
    name: ClassVar[str] = "halved"
    title: ClassVar[str] = "halving"
    citation: ClassVar[str] = "Zeno."

    kind: Literal["halved"]
    times: int = 1

    def fit(self, task):
        from molscape.fit import Fit

        values = np.asarray(task.potential.parameters) * 0.5**self.times
        new = task.potential.with_parameters(values.ravel())
        return Fit(method="halved", potential=new, frames=0)
'''


@pytest.fixture
def halved(tmp_path, monkeypatch):
    (tmp_path / "halved.py").write_text(SOURCE)
    monkeypatch.setattr(methods, "__path__", [*methods.__path__, str(tmp_path)])
    yield "halved"
    sys.modules.pop("molscape.fit.methods.halved", None)
    vars(methods).pop("halved", None)


def recipe(method):
    plain = gallery()["water"]
    model = {**plain["models"]["forces"], "fit": {"objective": "force_matching", "method": method}}
    return {**plain, "models": {"forces": model}}


def test_a_recipe_names_it_and_it_fits(halved, tmp_path):
    block = Recipe.model_validate(recipe({"kind": halved, "times": 2})).models["forces"].fit
    assert (block.method.kind, block.method.times) == ("halved", 2)
    assert block.model_dump()["method"] == {"kind": "halved", "times": 2}
    spline = PairSpline(start=0.2, cutoff=0.6, spacing=0.1, pairs=(("A", "A"),))
    ones = spline.with_parameters(np.ones(spline.parameters.size))
    task = ModelTask("m", ones, [], SimulateBlock(), [], tmp_path, 1, "neighbours", lambda *_: None)
    found = fit_potential(block, task)
    np.testing.assert_array_equal(found.potential.parameters, 0.25 * ones.parameters)
    assert methods.method_named(found.method).title == "halving"


def test_it_is_offered_last_and_its_keys_are_checked(halved):
    first, *_, last = methods.kinds_for("force_matching")
    assert (first, last) == ("linear", halved)
    found = {block.__name__ for block in blocks_in(FitBlock.model_fields["method"])}
    assert {"HalvedMethod", "LinearMethod"} <= found
    plain = recipe({"kind": halved, "tims": 2})
    with pytest.raises(ValueError, match="tims") as error:
        Recipe.model_validate(plain)
    told = explain(error.value, plain, "mine", Recipe)
    assert "fit.method.tims: unknown key; did you mean 'times'? Valid here: kind, times" in told


def test_without_its_file_there_is_no_such_kind():
    with pytest.raises(ValueError, match="Input tag 'halved' found using 'kind' does not match"):
        FitBlock(objective="force_matching", method={"kind": "halved"})
