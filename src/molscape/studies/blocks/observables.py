"""What a recipe may ask to be measured, and what it may judge."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from molscape.analysis.observables import judged_names, names, observable, recipe_names


def _check_observable(name: str) -> str:
    if name in names() and observable(name).in_recipes:
        return name
    raise _unknown(recipe_names())


def _check_judged(name: str) -> str:
    if name in names() and name in observable(name).judged:
        return name
    known = judged_names()
    if name in known:
        return name
    raise _unknown(known)


def _unknown(known: Sequence[str]) -> PydanticCustomError:
    *most, last = (repr(name) for name in known)
    expected = f"{', '.join(most)} or {last}"
    return PydanticCustomError(
        "literal_error", "Input should be {expected}", {"expected": expected}
    )


ObservableName = Annotated[str, AfterValidator(_check_observable)]
"""What `observables` can hold: names of observables, a file each in `analysis/observables`."""

JudgedName = Annotated[str, AfterValidator(_check_judged)]
"""What `tolerances` can judge."""

NoiseFloor = Annotated[
    Literal["neighbours", "held", "none"],
    Field(
        description=(
            "how the [noise of the forces](numbers.md#forces) is estimated beside a force loss"
        )
    ),
]
"""The key `noise_floor` of a study that fits models."""
