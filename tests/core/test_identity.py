"""What decides a result: plain, by key, and stable when keys are added."""

from dataclasses import dataclass, field

import numpy as np
import pytest
from pydantic import BaseModel, Field

from molscape.core.identity import NOT_DECIDING, absent, differing_keys, digest, settings_of


class Block(BaseModel):
    cutoff: float = 0.9
    path: str = Field(default="a.dat", json_schema_extra=NOT_DECIDING)
    lambda_: float = Field(default=23.15, alias="lambda")


class LaterBlock(Block):
    degree: int = Field(default=1, json_schema_extra=absent(1))


class ChangedBlock(Block):
    degree: int = Field(default=2, json_schema_extra=absent(1))


@dataclass(frozen=True)
class Thermostat:
    friction: float
    mass: float = field(default=1.0, metadata=absent(1.0))
    kind = "langevin"


def test_settings_are_plain_and_name_no_class():
    assert settings_of(Block()) == {"cutoff": 0.9, "lambda": 23.15}
    assert settings_of(Thermostat(2.0)) == {"kind": "langevin", "friction": 2.0}
    assert settings_of({"a": (np.float64(1.5), {2, 1})}) == {"a": [1.5, [1, 2]]}
    with pytest.raises(TypeError, match="no plain form"):
        settings_of(object())


def test_arrays_count_by_content():
    one, other = settings_of(np.arange(3.0)), settings_of(np.array([0.0, 1.0, 2.5]))
    assert one["shape"] == [3]
    assert one != other
    assert one == settings_of(np.arange(3.0))


def test_a_key_that_was_added_changes_nothing_but_a_changed_default_does():
    assert digest(Block()) == digest(LaterBlock())
    assert digest(Block()) != digest(LaterBlock(degree=2))
    assert digest(Block()) != digest(ChangedBlock())


def test_differing_keys_are_dotted():
    a = {"models": {"fm": {"potential": [{"cutoff": 0.9}]}}, "seed": 0}
    b = {"models": {"fm": {"potential": [{"cutoff": 1.0}]}}, "seed": 0, "title": "x"}
    assert differing_keys(a, b) == ["models.fm.potential.0.cutoff", "title"]
    assert differing_keys({"x": 1}, {"x": 1.0}) == []
    assert differing_keys({"x": 1}, {"x": True}) == ["x"]
    assert differing_keys({"x": [1]}, {"x": [1, 2]}) == ["x"]
