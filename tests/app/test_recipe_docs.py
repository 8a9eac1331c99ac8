"""What the documentation says of recipes is held against the schema."""

import importlib.util
import re
import sys
from pathlib import Path

import pytest
import yaml

from molscape.studies.kinds import kind_of

ROOT = Path(__file__).parents[2]
TOOL = ROOT / "tools" / "recipe_tables.py"
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.fixture(scope="module")
def tool():
    spec = importlib.util.spec_from_file_location("recipe_tables_tool", TOOL)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


@pytest.fixture
def page(tool, tmp_path, monkeypatch):
    """Return a copy of the page that the tool reads and writes."""
    copy = tmp_path / "recipes.md"
    copy.write_text(tool.PAGE.read_text(encoding="utf-8"), encoding="utf-8")
    monkeypatch.setattr(tool, "PAGE", copy)
    return copy


def test_every_block_has_its_table_as_its_fields_say(tool, capsys):
    assert tool.main(["--check"]) == 0, capsys.readouterr().out


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("| how many temperatures |", "| how many |", id="meaning"),
        pytest.param("| `count` | integer ≥ 2 |", "| `count` | integer ≥ 3 |", id="type"),
        pytest.param("| `count` |", "| `number` |", id="key"),
        pytest.param("<!-- block: LadderBlock -->", "", id="no table"),
        pytest.param("<!-- block: LadderBlock -->", "<!-- block: Ladder -->", id="no block"),
    ],
)
def test_a_table_that_differs_is_named(tool, page, capsys, old, new):
    text = page.read_text(encoding="utf-8")
    assert text.count(old) == 1
    page.write_text(text.replace(old, new), encoding="utf-8")
    assert tool.main(["--check"]) == 1
    assert "LadderBlock" in capsys.readouterr().out


def test_tables_are_rewritten(tool, page):
    right = page.read_text(encoding="utf-8")
    begin, end = "<!-- block: LadderBlock -->", "<!-- end -->"
    before, after = right.split(begin)
    emptied = before + begin + "\n" + end + after.split(end, 1)[1]
    page.write_text(emptied, encoding="utf-8")
    assert tool.main([]) == 0
    assert page.read_text(encoding="utf-8") == right


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
