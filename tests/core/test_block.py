from typing import Annotated, Literal

from pydantic import Field

from molscape.core.block import Block, blocks_in
from molscape.core.identity import PATH_FIELD, digest


class Table(Block):
    kind: Literal["table"] = "table"
    file: str = Field(json_schema_extra=PATH_FIELD)
    more: str | None = Field(default=None, json_schema_extra=PATH_FIELD)
    label: str = "label.dat"


class Plain(Block):
    kind: Literal["plain"] = "plain"
    width: float = float("inf")


Part = Annotated[Table | Plain, Field(discriminator="kind")]


class Whole(Block):
    first: Table
    parts: list[Part] = Field(default=[])
    named: dict[str, Plain | Table] = Field(default={})


WHOLE = Whole(
    first=Table(file="a"), parts=[Plain(), Table(file="b", more="c")], named={"d": Table(file="e")}
)


def test_paths_are_listed_in_the_order_of_fields():
    assert WHOLE.files() == ("a", "b", "c", "e")
    assert Plain().files() == ()


def test_paths_are_moved_wherever_they_are_and_nothing_else():
    moved = WHOLE.moved(lambda path: f"../{path}")
    assert moved.files() == ("../a", "../b", "../c", "../e")
    assert WHOLE.files() == ("a", "b", "c", "e")
    assert moved.first.label == "label.dat"
    assert moved.parts[0] == Plain()
    assert moved.first.model_fields_set == {"file"}
    assert digest(moved) == digest(WHOLE)


def test_blocks_are_found_inside_an_annotation():
    assert blocks_in(dict[str, list[Part]]) == [Table, Plain]


def test_blocks_are_found_in_a_field():
    assert blocks_in(Whole.model_fields["parts"]) == [Table, Plain]
    assert blocks_in(Whole.model_fields["first"]) == [Table]
