"""Kinds of something, one file each: the file bears the name of the kind."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, get_args

from pydantic import BaseModel
from pydantic_core import PydanticKnownError, SchemaValidator, core_schema

from molscape.core.block import Block

DISCRIMINATOR = {"discriminator": "'kind'"}


@dataclass(frozen=True)
class Kinds:
    """The kinds that a package holds, known by the names of its files without importing them.

    As metadata, `Annotated[Block, Kinds("molscape.potentials")]`, it makes a recipe take a table
    with a `kind` for the block that this kind's file holds; no other file is imported. Files
    whose name begins with an underscore are no kinds.
    """

    package: str

    def names(self) -> list[str]:
        """Return the kinds, sorted."""
        path = importlib.import_module(self.package).__path__
        found = pkgutil.iter_modules(path)
        return sorted(module.name for module in found if not module.name.startswith("_"))

    def block_of(self, kind: str) -> type[Block] | None:
        """Return the recipe block of a kind; none if it is not known or has none."""
        if kind not in self.names():
            return None
        module = importlib.import_module(f"{self.package}.{kind}")
        blocks = (each for each in vars(module).values() if _is_block(each))
        return next((block for block in blocks if kind_of_block(block) == kind), None)

    def blocks(self) -> list[type[BaseModel]]:
        """Return the recipe blocks of all kinds, whose files are imported for it."""
        found = (self.block_of(kind) for kind in self.names())
        return [block for block in found if block is not None]

    def validate(self, value: Any) -> Any:
        """Return the block of a table with a `kind`; a block is returned as it is.

        Raises:
            PydanticKnownError: if it is no table, or its kind is missing or not known.
            ValidationError: if the table does not fit the block of its kind.
        """
        if not (isinstance(value, Mapping) or _is_block(type(value))):
            raise PydanticKnownError("model_attributes_type")
        missing = object()
        kind = value.get("kind", missing) if isinstance(value, Mapping) else _kind(value)
        if kind is missing:
            raise PydanticKnownError("union_tag_not_found", DISCRIMINATOR)
        block = self.block_of(kind) if isinstance(kind, str) else None
        if block is None:
            known = ", ".join(repr(kind_of_block(each)) for each in self.blocks())
            context = {**DISCRIMINATOR, "tag": str(kind), "expected_tags": known}
            raise PydanticKnownError("union_tag_invalid", context)
        return _validator(block, kind).validate_python(value)

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        """Return what pydantic asks for of an annotation: a check by `validate`."""
        return core_schema.no_info_plain_validator_function(self.validate)


def kind_of_block(block: type[BaseModel]) -> str | None:
    """Return the `kind` that a block is for, none where it has no such key."""
    field = block.model_fields.get("kind")
    options = get_args(field.annotation) if field else ()
    return str(options[0]) if options else None


def _is_block(value: Any) -> bool:
    return isinstance(value, type) and issubclass(value, Block)


def _kind(block: Block) -> Any:
    return getattr(block, "kind", None)


@lru_cache
def _validator(block: type[Block], kind: str) -> SchemaValidator:
    """Return what checks a block and puts its kind into the location of errors."""
    schema = block.__pydantic_core_schema__
    return SchemaValidator(core_schema.tagged_union_schema({kind: schema}, discriminator="kind"))
