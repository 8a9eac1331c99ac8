"""What every block of a recipe is: keys that are checked, none unknown."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict
from pydantic.fields import FieldInfo
from pydantic_core import PydanticKnownError, SchemaValidator, core_schema

from molscape.core.identity import PATH

B = TypeVar("B", bound="Block")


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


@dataclass(frozen=True)
class OneOfKind:
    """Checks a block by its `kind`, and loads only the class of that kind.

    In `method: Annotated[Method, OneOfKind(names, load)]` it stands for a union of all kinds that
    `kind` tells apart: errors, and where they say they are, are those of such a union.

    Args:
        names: lists the kinds without loading them.
        load: returns the class of a kind.
    """

    names: Callable[[], Sequence[str]]
    load: Callable[[str], type[BaseModel]]

    def blocks(self) -> list[type[BaseModel]]:
        """Return the class of every kind."""
        return [self.load(name) for name in self.names()]

    def check(self, value: Any) -> Any:
        """Return the block of a table of keys, or of a block.

        Raises:
            PydanticKnownError: if there is no kind, or an unknown one.
            ValidationError: if a key or value does not fit.
        """
        if isinstance(value, Mapping):
            if "kind" not in value:
                raise PydanticKnownError("union_tag_not_found", {"discriminator": "'kind'"})
            kind = value["kind"]
        elif isinstance(value, Block):
            kind = getattr(value, "kind", None)
        else:
            raise PydanticKnownError("model_attributes_type")
        names = self.names()
        if kind not in names:
            expected = ", ".join(repr(name) for name in names)
            told = {"discriminator": "'kind'", "tag": str(kind), "expected_tags": expected}
            raise PydanticKnownError("union_tag_invalid", told)
        alone = {kind: self.load(kind).__pydantic_core_schema__}
        return SchemaValidator(core_schema.tagged_union_schema(alone, "kind")).validate_python(
            value
        )

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> core_schema.CoreSchema:
        """Return the schema by which pydantic calls `check`."""
        return core_schema.no_info_plain_validator_function(self.check)


def blocks_in(annotation: Any) -> list[type[BaseModel]]:
    """Return every class of block that a field, or an annotation such as dict[str, A | B], takes.

    Metadata with a method `blocks`, as `OneOfKind` has, says which in place of the annotation.
    """
    if isinstance(annotation, FieldInfo):
        inner, metadata = annotation.annotation, annotation.metadata
    else:
        inner, metadata = annotation, getattr(annotation, "__metadata__", [])
    named = [block for item in metadata if hasattr(item, "blocks") for block in item.blocks()]
    return named or _blocks_in(inner)


def _blocks_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [block for part in get_args(annotation) for block in blocks_in(part)]
