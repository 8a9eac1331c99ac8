"""What decides a result, key by key, and whether it is what decided another one.

A key that one side lacks means what versions without the key did: a field says so with `absent`,
and a value equal to it is left out. So a key can be added to a block of a recipe, or to a
dataclass, without anything being made again; a default that changes is seen.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

ABSENT, DECIDES, PATH = "absent", "decides", "path"

NOT_DECIDING: dict[str, Any] = {DECIDES: False}
"""Metadata of a field that decides no result, such as a title."""

PATH_FIELD: dict[str, Any] = {**NOT_DECIDING, PATH: True}
"""Metadata of a field with the path of an input, whose content counts instead."""


def absent(value: Any) -> dict[str, Any]:
    """Return the metadata of a field that versions without it had at this value.

    For `dataclasses.field(metadata=...)` and pydantic's `Field(json_schema_extra=...)`.
    """
    return {ABSENT: value}


def settings_of(value: Any) -> Any:
    """Return what decides a result as plain values for JSON.

    Blocks of recipes (pydantic models, by alias) and dataclasses become tables of their fields,
    with `kind` where their class has one; fields that do not decide, and those with the value
    that they are declared to have had before they existed, are left out. Arrays become the
    digest of their content. Names of classes and modules never appear.

    Raises:
        TypeError: if a value has no plain form.
    """
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Mapping):
        return {str(key): settings_of(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        items = sorted(value) if isinstance(value, set | frozenset) else value
        return [settings_of(item) for item in items]
    if isinstance(value, np.generic):
        return value.item()
    if hasattr(value, "__array__"):
        return _array_digest(np.asarray(value))
    if hasattr(type(value), "model_fields"):
        declared = {
            name: (info.alias or name, info.json_schema_extra or {})
            for name, info in type(value).model_fields.items()
        }
        return _decisive(value, declared)
    if is_dataclass(value):
        declared = {each.name: (each.name, each.metadata) for each in fields(value)}
        kind = getattr(value, "kind", None)
        found = _decisive(value, declared)
        return {"kind": kind, **found} if isinstance(kind, str) else found
    raise TypeError(f"{type(value).__name__} has no plain form that could identify a result")


def _decisive(value: Any, declared: dict[str, tuple[str, Mapping[str, Any]]]) -> dict[str, Any]:
    found = {}
    for name, (key, metadata) in declared.items():
        if not metadata.get(DECIDES, True):
            continue
        plain = settings_of(getattr(value, name))
        if ABSENT in metadata and plain == settings_of(metadata[ABSENT]):
            continue
        found[key] = plain
    return found


def _array_digest(array: np.ndarray) -> dict[str, Any]:
    content = hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()
    return {"shape": list(array.shape), "type": str(array.dtype), "sha256": content}


def digest(*parts: Any) -> str:
    """Return a checksum of what decides a result; see `settings_of`."""
    text = json.dumps(settings_of(parts), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def differing_keys(a: Any, b: Any, at: str = "") -> list[str]:
    """Return the dotted keys at which two trees of plain values differ."""
    if isinstance(a, dict) and isinstance(b, dict):
        keys = dict.fromkeys([*a, *b])
        inside = [(key, a.get(key, _NOTHING), b.get(key, _NOTHING)) for key in keys]
    elif isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        inside = [(str(k), one, other) for k, (one, other) in enumerate(zip(a, b, strict=True))]
    else:
        same = type(a) is type(b) and (a == b or (a != a and b != b))
        both = isinstance(a, int | float) and isinstance(b, int | float)
        number = both and not isinstance(a, bool) and not isinstance(b, bool) and a == b
        return [] if same or number else [at or "everything"]
    return [
        found
        for key, one, other in inside
        for found in differing_keys(one, other, f"{at}.{key}" if at else key)
    ]


_NOTHING = object()
