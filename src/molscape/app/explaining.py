"""Errors of recipes in words: the key, the value, and the nearest key that is valid."""

from __future__ import annotations

import difflib
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from molscape.core.block import blocks_in
from molscape.core.kinds import kind_of_block
from molscape.studies.blocks.reference import Reference

VARIANTS = {block.__name__: block.key for block in get_args(Reference)}
"""The key that tells a kind of reference, by the class of its block, which names it in errors."""

USUAL = next(iter(VARIANTS))
"""What a reference without any of the keys is taken for."""
"""The key by which each kind of reference is told from the others."""


def explain(
    error: ValidationError, plain: dict[str, Any], name: str, recipe: type[BaseModel]
) -> str:
    """Turn pydantic's errors into lines that name the key, the value and the remedy.

    Args:
        error: what pydantic says of the recipe.
        plain: keys and values of the recipe.
        name: of the recipe, as its user gave it.
        recipe: the class that the recipe was to be.
    """
    problems = [item for item in error.errors() if _relevant(item, plain)] or error.errors()
    lines = [f"{name}: {len(problems)} problem{'s' if len(problems) > 1 else ''}"]
    for problem in problems:
        path = [str(part) for part in problem["loc"] if not _internal(part, problem, plain)]
        where = ".".join(path) or "the recipe"
        if problem["type"] == "extra_forbidden":
            valid = _valid_keys(problem["loc"][:-1], recipe)
            near = difflib.get_close_matches(path[-1], valid, n=1, cutoff=0.5)
            remedy = f"did you mean {near[0]!r}?" if near else "remove it"
            lines.append(f"  {where}: unknown key; {remedy} Valid here: {', '.join(valid)}")
        elif problem["type"] == "missing":
            lines.append(f"  {where}: missing, it is needed")
        else:
            got = repr(problem["input"])
            message = problem["msg"].removeprefix("Value error, ")
            lines.append(f"  {where}: {message} (got {got if len(got) < 80 else got[:77] + '...'})")
    return "\n".join(lines)


def _relevant(problem: Any, plain: dict[str, Any]) -> bool:
    """Drop the complaints of the kinds of reference that the user did not mean."""
    location = problem["loc"]
    place = next((k for k, part in enumerate(location) if part in VARIANTS), None)
    if place is None:
        return True
    block: Any = plain
    for part in location[:place]:
        block = block.get(part) if isinstance(block, dict) else None
    if not isinstance(block, dict):
        return bool(location[place] == USUAL)
    meant = next((v for v, key in VARIANTS.items() if key in block), USUAL)
    return bool(location[place] == meant)


def _internal(part: Any, problem: Any, plain: dict[str, Any]) -> bool:
    """Return whether a step of a location is a class or a kind, not a key of the file."""
    if part in VARIANTS:
        return True
    at: Any = plain
    for step in problem["loc"]:
        if step is part:
            return isinstance(at, dict) and part not in at and at.get("kind") == part
        if (isinstance(at, dict) and step in at) or (
            isinstance(at, list) and isinstance(step, int)
        ):
            at = at[step]
    return False


def _valid_keys(location: tuple[Any, ...], recipe: type[BaseModel]) -> list[str]:
    """Return the keys that the block at a location of a recipe takes."""
    block: Any = recipe
    for part in location:
        options = blocks_in(block)
        if isinstance(part, int):
            continue
        named = [m for m in options if m.__name__ == part or kind_of_block(m) == part]
        if named:
            block = named[0]
            continue
        fields = [m.model_fields[part] for m in options if part in m.model_fields]
        block = fields[0] if fields else block
    keys = {f.alias or n for m in blocks_in(block) for n, f in m.model_fields.items()}
    return sorted(keys)
