import sys
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, ValidationError

from molscape.core.block import Block, blocks_in
from molscape.core.kinds import Kinds, kind_of_block

FILE = """
from typing import Literal

from molscape.core.block import Block


class {name}(Block):
    kind: Literal["{kind}"]
    size: int = 1
"""


@pytest.fixture
def kinds(tmp_path, monkeypatch):
    """A package of two kinds, a file that is no kind, and a kind without a block."""
    folder = tmp_path / "some_kinds"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "_shared.py").write_text("")
    (folder / "no_block.py").write_text("")
    for name, kind in (("Round", "round_one"), ("Square", "square")):
        (folder / f"{kind}.py").write_text(FILE.format(name=name, kind=kind))
    monkeypatch.syspath_prepend(tmp_path)
    yield Kinds("some_kinds")
    for name in [name for name in sys.modules if name.partition(".")[0] == "some_kinds"]:
        del sys.modules[name]


def test_kinds_are_the_names_of_files(kinds):
    assert kinds.names() == ["no_block", "round_one", "square"]
    assert [block.__name__ for block in kinds.blocks()] == ["Round", "Square"]
    assert kinds.block_of("no_block") is None
    assert kinds.block_of("_shared") is None


def test_only_the_file_of_a_kind_is_imported(kinds):
    block = kinds.block_of("square")
    assert kind_of_block(block) == "square"
    assert "some_kinds.square" in sys.modules
    assert "some_kinds.round_one" not in sys.modules


def test_an_annotation_takes_the_block_of_a_kind(kinds):
    class Recipe(BaseModel):
        shapes: list[Annotated[Block, kinds]]

    recipe = Recipe(shapes=[{"kind": "square", "size": 3}])
    assert recipe.shapes[0] == kinds.block_of("square")(kind="square", size=3)
    assert Recipe(shapes=recipe.shapes) == recipe
    assert recipe.model_dump(mode="json") == {"shapes": [{"kind": "square", "size": 3}]}
    assert blocks_in(Recipe.model_fields["shapes"].annotation) == kinds.blocks()


@pytest.mark.parametrize(
    ("shape", "location", "words"),
    [
        (3, (), "valid dictionary"),
        ({"size": 1}, (), "Unable to extract tag using discriminator 'kind'"),
        ({"kind": "squar"}, (), "'squar' found using 'kind' .* 'round_one', 'square'"),
        ({"kind": "square", "sise": 1}, ("square", "sise"), "Extra inputs"),
        ({"kind": "square", "size": "x"}, ("square", "size"), "valid integer"),
    ],
)
def test_errors_say_where_and_what(kinds, shape, location, words):
    class Recipe(BaseModel):
        shapes: list[Annotated[Block, kinds]]

    with pytest.raises(ValidationError, match=words) as caught:
        Recipe(shapes=[shape])
    assert caught.value.errors()[0]["loc"] == ("shapes", 0, *location)


def test_a_block_of_another_kind_is_refused(kinds):
    class Other(Block):
        kind: Literal["square"]

    class Recipe(BaseModel):
        shapes: list[Annotated[Block, kinds]]

    with pytest.raises(ValidationError):
        Recipe(shapes=[Other(kind="square")])
