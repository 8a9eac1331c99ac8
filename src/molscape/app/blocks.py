"""What every block of a recipe shares."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from molscape.core.identity import NOT_DECIDING


class Strict(BaseModel):
    """A block of a recipe; unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Study(Strict):
    """What every kind of study has; `kind` tells it from the others."""

    molscape: Literal[1]
    kind: str
    title: str = Field(json_schema_extra=NOT_DECIDING)
    description: str = Field(default="", json_schema_extra=NOT_DECIDING)
    seed: int = Field(default=0, ge=0)


def checked_names(
    named: dict[str, Any],
    taken: tuple[str, ...] = ("reference", "all-atom"),
    meaning: str = "the reference",
) -> dict[str, Any]:
    """Return blocks that are named so that files and numbers can carry their names.

    Raises:
        ValueError: if a name has other characters than these, or is `taken` for its `meaning`.
    """
    for name in named:
        if not name.replace("_", "").replace("-", "").isalnum():
            raise ValueError(f"name {name!r}: use letters, digits, - and _ only")
        if name in taken:
            raise ValueError(f"name {name!r} means {meaning}: choose another")
    return named
