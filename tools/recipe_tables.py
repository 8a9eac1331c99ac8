"""The tables of keys in docs/recipes.md, made from the blocks of recipes.

    python tools/recipe_tables.py             rewrite the tables
    python tools/recipe_tables.py --check     fail where a table is not what its block says

A table stands between `<!-- block: NAME -->` and `<!-- end -->`, where NAME is the class of the
block. Its rows are the fields: the description is the meaning; the type and the default are read
off, or worded by `type_text` and `default_text` of `molscape.core.block`; `unit` gives the unit.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import types
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import yaml
from annotated_types import Ge, Gt, Le
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from molscape.core.block import DEFAULT_TEXT, TYPE_TEXT, UNIT, blocks_in
from molscape.core.identity import PATH
from molscape.studies.kinds import KINDS

PAGE = Path(__file__).resolve().parents[1] / "docs" / "recipes.md"

HEAD = ["| key | type | default | unit | meaning |", "| --- | --- | --- | --- | --- |"]

TABLE = re.compile(r"<!-- block: (\w+) -->((?:(?!<!--).)*)<!-- end -->", re.S)

NOUNS = {int: "integer", float: "number", str: "text"}
PLURALS = {"integer": "integers", "number": "numbers", "text": "names", "name": "names"}


def find_blocks() -> dict[str, type[BaseModel]]:
    """Return every class of block that a recipe can hold, by name.

    Raises:
        ValueError: if two classes have the same name.
    """
    found: dict[str, type[BaseModel]] = {}
    waiting: list[type[BaseModel]] = [kind.recipe_class() for kind in KINDS]
    while waiting:
        block = waiting.pop()
        if found.get(block.__name__, block) is not block:
            raise ValueError(f"two blocks are called {block.__name__}: rename one")
        if block.__name__ not in found:
            found[block.__name__] = block
            for field in block.model_fields.values():
                waiting += blocks_in(field)
    return found


def table(block: type[BaseModel]) -> str:
    """Return the table of a block in Markdown."""
    rows = [_row(field.alias or name, field) for name, field in block.model_fields.items()]
    return "\n".join([*HEAD, *rows])


def _row(key: str, field: FieldInfo) -> str:
    extra = _extra(field)
    kind = extra.get(TYPE_TEXT) or ("path" if extra.get(PATH) else _words_of_field(field))
    default = extra.get(DEFAULT_TEXT) or _default(field)
    cells = [f"`{key}`", kind, default, extra.get(UNIT, ""), field.description or ""]
    return "|" + "|".join(f" {cell} " if cell else " " for cell in cells) + "|"


def _extra(field: FieldInfo) -> dict[str, Any]:
    return field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}


def _words_of_field(field: FieldInfo) -> str:
    words = _words(field.annotation, field.metadata)
    empty = type(None) in get_args(field.annotation) and field.get_default() is not None
    return f"{words} or null" if empty and not field.is_required() else words


def _words(annotation: Any, metadata: Iterable[Any] = ()) -> str:
    """Say what a value of this type is, within the bounds that the metadata give."""
    origin, inside = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _annotated_words(inside[0], [*inside[1:], *metadata])
    if origin in (Union, types.UnionType):
        parts = [_words(part, metadata) for part in inside if part is not type(None)]
        return " or ".join(dict.fromkeys(parts))
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "block"
    if origin is Literal:
        return ", ".join(str(option) for option in inside)
    if annotation is bool:
        return "true, false"
    if annotation in NOUNS:
        return _bounded(NOUNS[annotation], metadata)
    if origin is dict:
        return "table"
    if origin is list:
        return _list_words(inside[0])
    raise TypeError(f"no words for {annotation}: give the field `type_text`")


def _annotated_words(annotation: Any, metadata: list[Any]) -> str:
    flat = []
    for each in metadata:
        if isinstance(each, FieldInfo):
            if TYPE_TEXT in _extra(each):
                return str(_extra(each)[TYPE_TEXT])
            flat += each.metadata
        elif hasattr(each, "blocks"):
            return "block"
        else:
            flat.append(each)
    return _words(annotation, flat)


def _list_words(of: Any) -> str:
    if get_origin(of) is Literal:
        return "list"
    noun, _, bounds = _words(of).partition(" ")
    return " ".join(filter(None, ["list of", PLURALS.get(noun, f"{noun}s"), bounds]))


def _bounded(noun: str, metadata: Iterable[Any]) -> str:
    """Put bounds to a noun: integer ≥ 1, number 0 to 1, 0 < number ≤ 1."""
    known = {type(each): each for each in metadata}
    least, above, most = known.get(Ge), known.get(Gt), known.get(Le)
    if least and most:
        return f"{noun} {least.ge} to {most.le}"
    below = f" ≤ {most.le}" if most else ""
    if above and most:
        return f"{above.gt} < {noun}{below}"
    return noun + (f" ≥ {least.ge}" if least else f" > {above.gt}" if above else below)


def _default(field: FieldInfo) -> str:
    value = field.default
    if field.is_required():
        return "needed"
    if value is None or value in ([], {}):
        return "none"
    if value == "":
        return "empty"
    if isinstance(value, BaseModel):
        return "its defaults" if _is_default(value) else _flow(value.model_dump(by_alias=True))
    return _flow(value)


def _is_default(block: BaseModel) -> bool:
    needed = (field.is_required() for field in type(block).model_fields.values())
    return not any(needed) and block == type(block)()


def _flow(value: Any) -> str:
    """Return a value as a recipe would give it, on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    if isinstance(value, str):
        return value if _is_plain(value) else json.dumps(value)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(yaml.safe_dump(value)).split("\n")[0]


def _is_plain(text: str) -> bool:
    """Return whether YAML reads a text as itself without quotes, in a list too."""
    try:
        return bool(yaml.safe_load(f"[{text}]") == [text])
    except yaml.YAMLError:
        return False


def rewritten(text: str, blocks: dict[str, type[BaseModel]]) -> tuple[str, list[str]]:
    """Return the page with the tables of the blocks, and the names of those that differ.

    A block without a table, a table without a block, and a second table of a block differ.
    """
    seen: list[str] = []
    differing: list[str] = []

    def replace(match: re.Match[str]) -> str:
        name, old = match.groups()
        new = old.strip()
        if name in blocks:
            new = table(blocks[name])
        new = f"\n\n{new}\n\n"
        if new != old or name not in blocks or name in seen:
            differing.append(name)
        seen.append(name)
        return f"<!-- block: {name} -->{new}<!-- end -->"

    page = TABLE.sub(replace, text)
    begun = re.findall(r"<!-- block: (\w+) -->", text)
    return page, [*differing, *sorted((set(blocks) | set(begun)) - set(seen))]


def main(arguments: list[str] | None = None) -> int:
    """Rewrite the tables, or check them; the exit code is 1 where some are not what they should."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--check", action="store_true", help="fail where a table differs")
    check = parser.parse_args(arguments).check
    text = PAGE.read_text(encoding="utf-8")
    page, differing = rewritten(text, find_blocks())
    if not check:
        PAGE.write_text(page, encoding="utf-8")
        differing = rewritten(page, find_blocks())[1]
    if differing:
        remedy = "run `python tools/recipe_tables.py`" if check else "give each block one table"
        print(f"docs/recipes.md, tables of {', '.join(differing)}: {remedy}")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
