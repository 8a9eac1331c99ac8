"""What every block of a recipe is: keys that are checked, none unknown."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Annotated, Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field
from pydantic.fields import FieldInfo

from molscape.core.identity import PATH

B = TypeVar("B", bound="Block")

UNIT, TYPE_TEXT, DEFAULT_TEXT = "unit", "type_text", "default_text"


def unit(text: str) -> dict[str, Any]:
    """Return the metadata of a field with the unit of its value, for `json_schema_extra`.

    What is said of a field here and in its description is its row in the documentation.
    """
    return {UNIT: text}


def type_text(text: str) -> dict[str, Any]:
    """Return the metadata of a field whose type the documentation words like this."""
    return {TYPE_TEXT: text}


def default_text(text: str) -> dict[str, Any]:
    """Return the metadata of a field whose default means more than its value says."""
    return {DEFAULT_TEXT: text}


Name = Annotated[str, Field(json_schema_extra=type_text("name"))]
"""Text that names something which exists: a molecule, a bead type, a model."""


class Block(BaseModel):
    """A block of a recipe; unknown keys are errors.

    A field that is the path of an input is marked with `core.identity.PATH_FIELD`: its content
    decides, not where it is, and the methods below find it without asking for a class.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    def files(self) -> tuple[str, ...]:
        """Return the paths of this block and of the blocks inside it, in the order of fields."""
        return tuple(_paths(self))

    def moved(self: B, move: Callable[[str], str]) -> B:
        """Return the block with `move` applied to every path of it and of the blocks inside it."""
        changed = {}
        for name, info in type(self).model_fields.items():
            value = getattr(self, name)
            new = _move(value, move, _is_path(info))
            if new != value:
                changed[name] = new
        return self.model_copy(update=changed)


def _is_path(info: FieldInfo) -> bool:
    extra = info.json_schema_extra
    return isinstance(extra, dict) and bool(extra.get(PATH))


def _paths(value: Any) -> Iterator[str]:
    """Yield the paths of a block, or of the blocks in a list or table."""
    if isinstance(value, Block):
        for name, info in type(value).model_fields.items():
            own = getattr(value, name)
            if not _is_path(info):
                yield from _paths(own)
            elif own is not None:
                yield own
    elif isinstance(value, dict | list | tuple):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _paths(item)


def _move(value: Any, move: Callable[[str], str], is_path: bool = False) -> Any:
    if is_path:
        return value if value is None else move(value)
    if isinstance(value, Block):
        return value.moved(move)
    if isinstance(value, dict):
        return {key: _move(item, move) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_move(item, move) for item in value)
    return value


def blocks_in(annotation: Any) -> list[type[BaseModel]]:
    """Return every class of block that a field, or an annotation such as dict[str, A | B], takes.

    Metadata that finds blocks by itself (`core.kinds`) is asked for them.
    """
    if isinstance(annotation, FieldInfo):
        inner, metadata = annotation.annotation, annotation.metadata
    else:
        inner, metadata = annotation, getattr(annotation, "__metadata__", [])
    for each in metadata:
        if hasattr(each, "blocks"):
            return list(each.blocks())
    if isinstance(inner, type) and issubclass(inner, BaseModel):
        return [inner]
    return [block for part in get_args(inner) for block in blocks_in(part)]
