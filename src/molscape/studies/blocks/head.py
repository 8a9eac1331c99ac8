"""The head that recipes of all kinds of studies share, and names that files can carry."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from molscape.core.block import Block
from molscape.core.identity import NOT_DECIDING

Quick = Annotated[
    dict[str, Any],
    Field(
        description="dotted keys and values that `--quick` applies",
        json_schema_extra=NOT_DECIDING,
    ),
]
"""The key `quick` of a recipe."""


class RecipeHead(Block):
    """What every kind of study has; `kind` tells it from the others."""

    places: ClassVar[dict[str, str]] = {"map": "mapping", "fit": "models", "run": "report.html"}
    """Where in the run folder the results of each stage are."""

    molscape: Literal[1] = Field(description="version of the recipe format")
    kind: str = Field(description="kind of study")
    title: str = Field(description="heading of the report", json_schema_extra=NOT_DECIDING)
    description: str = Field(
        default="",
        description="a sentence or two for the report and the gallery",
        json_schema_extra=NOT_DECIDING,
    )
    seed: int = Field(default=0, ge=0, description="of every random number")

    @property
    def undecoded(self) -> str:
        """Why no run of this study can be given its atoms back, in words."""
        return f"is a study of kind {self.kind}, which has no beads to decode"


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
