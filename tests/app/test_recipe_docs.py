"""What the documentation says of recipes is held against the schema."""

import re
from pathlib import Path

import pytest
import yaml
from pydantic_core import PydanticUndefined

from molscape.core.block import blocks_in
from molscape.studies.kinds import KINDS, kind_of

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def _blocks():
    """Every block class that a recipe can hold, by name."""
    found, waiting = {}, [kind.recipe_class() for kind in KINDS]
    while waiting:
        model = waiting.pop()
        if model.__name__ in found:
            continue
        found[model.__name__] = model
        for field in model.model_fields.values():
            waiting += blocks_in(field)
    return found


def _tables():
    """Rows (key, type, default) of the table behind each block comment of the page."""
    text = (ROOT / "docs" / "recipes.md").read_text(encoding="utf-8")
    parts = re.split(r"<!-- block: (\w+) -->", text)[1:]
    tables = {}
    for name, part in zip(parts[::2], parts[1::2], strict=True):
        lines = part.strip().split("\n\n")[0].splitlines()[2:]
        cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines]
        tables[name] = {row[0].strip("`"): row[1:] for row in cells}
    return tables


BLOCKS, TABLES = _blocks(), _tables()


def test_every_block_of_the_schema_has_a_table_and_every_table_a_block():
    assert set(TABLES) == set(BLOCKS)


@pytest.mark.parametrize("name", sorted(BLOCKS))
def test_table_lists_exactly_the_keys_of_the_block(name):
    keys = [field.alias or key for key, field in BLOCKS[name].model_fields.items()]
    assert list(TABLES[name]) == keys


@pytest.mark.parametrize("name", sorted(BLOCKS))
def test_table_gives_the_defaults_of_the_block(name):
    for key, field in BLOCKS[name].model_fields.items():
        written = TABLES[name][field.alias or key][1]
        if field.default is PydanticUndefined:
            assert written == "needed", key
        elif field.default in (None, "", [], {}):
            assert written in ("none", "empty", "all pairs", "the reference's"), key
        elif isinstance(field.default, int | float | str | list):
            assert yaml.safe_load(written) == field.default, key
        else:
            assert _agrees(written, field.default), key


def _agrees(written, block):
    """Whether a block given in the table holds the values of the default."""
    if written == "its defaults":
        return block == type(block)()
    return type(block).model_validate(yaml.safe_load(written)) == block


def _recipes():
    for page in PAGES:
        for number, block in enumerate(
            re.findall(r"```yaml\n(molscape: 1\n.*?)```", page.read_text(encoding="utf-8"), re.S)
        ):
            yield pytest.param(block, id=f"{page.relative_to(ROOT)}-{number}")


def _validated(plain):
    return kind_of(plain.get("kind", "coarse_graining")).recipe_class().model_validate(plain)


@pytest.mark.parametrize("text", list(_recipes()))
def test_recipes_shown_are_valid(text):
    plain = yaml.safe_load(text)
    assert _validated(plain).title


@pytest.mark.parametrize("text", list(_recipes()))
def test_quick_blocks_shown_name_keys_that_exist(text):
    from molscape.studies.blocks.keys import set_key

    plain = yaml.safe_load(text)
    for key, value in plain.pop("quick", {}).items():
        set_key(plain, key, value)
    assert _validated(plain).title
