"""What every block of a recipe is: keys that are checked, none unknown."""

from __future__ import annotations

from typing import Any, get_args

from pydantic import BaseModel, ConfigDict


class Block(BaseModel):
    """A block of a recipe; unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def blocks_in(annotation: Any) -> list[type[BaseModel]]:
    """Return every class of block inside an annotation such as dict[str, A | B].

    Metadata of an annotation that finds blocks by itself (`core.kinds`) is asked for them.
    """
    for each in getattr(annotation, "__metadata__", ()):
        if hasattr(each, "blocks"):
            return list(each.blocks())
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [block for part in get_args(annotation) for block in blocks_in(part)]
