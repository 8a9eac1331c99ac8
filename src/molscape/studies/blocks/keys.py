"""Dotted keys of recipes: changes by `--set`, `quick` blocks and searches."""

from __future__ import annotations

from typing import Any


class RecipeError(ValueError):
    """A recipe that cannot be run; the message says what, where and the remedy."""


def set_key(plain: dict[str, Any], key: str, value: Any) -> None:
    """Set a dotted key; list entries are numbers: models.forces.potential.0.spacing."""
    at: Any = plain
    *path, last = key.split(".")
    for part in path:
        if isinstance(at, list):
            at = at[_index(at, part, key)]
        else:
            at = at.setdefault(part, {})
        if not isinstance(at, dict | list):
            raise RecipeError(f"--set {key}: {part!r} is a value, not a block")
    if isinstance(at, list):
        at[_index(at, last, key)] = value
    else:
        at[last] = value


def _index(block: list[Any], part: str, key: str) -> int:
    if not part.isdigit() or int(part) >= len(block):
        raise RecipeError(
            f"--set {key}: {part!r} is not an entry of a list of {len(block)}: count from 0"
        )
    return int(part)
