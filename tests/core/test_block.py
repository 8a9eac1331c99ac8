from typing import Annotated, Literal

import pytest
from pydantic import Field, ValidationError

from molscape.core.block import Block, OneOfKind, blocks_in
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


class Square(Block):
    kind: Literal["square"]
    edge: Plain = Plain()


class Circle(Block):
    kind: Literal["circle"]
    radius: float = 1.0


LOADED = []


def load(name):
    LOADED.append(name)
    return {"square": Square, "circle": Circle}[name]


class Drawing(Block):
    shape: Annotated[Block, OneOfKind(lambda: ["square", "circle"], load)]
    more: list[Annotated[Block, OneOfKind(lambda: ["circle"], load)]] = Field(default=[])


class EitherShape(Block):
    shape: Annotated[Square | Circle, Field(discriminator="kind")]
    more: list[Annotated[Circle, Field()]] = Field(default=[])


def test_one_of_a_kind_loads_that_kind_alone():
    LOADED.clear()
    drawing = Drawing.model_validate({"shape": {"kind": "circle", "radius": 2}})
    assert drawing.shape == Circle(kind="circle", radius=2.0)
    assert LOADED == ["circle"]
    assert Drawing(shape=drawing.shape) == drawing
    assert drawing.model_dump() == {"shape": {"kind": "circle", "radius": 2.0}, "more": []}


@pytest.mark.parametrize(
    "shape",
    [3, {}, {"kind": "cube"}, {"kind": "circle", "radus": 1}, {"kind": "square", "edge": {"a": 1}}],
)
def test_errors_of_one_of_a_kind_are_those_of_a_union(shape):
    told = []
    for block in (Drawing, EitherShape):
        with pytest.raises(ValidationError) as error:
            block.model_validate({"shape": shape})
        told.append(error.value.errors(include_url=False))
    assert told[0] == told[1]


def test_blocks_of_every_kind_are_found_in_a_field():
    assert blocks_in(Drawing.model_fields["shape"]) == [Square, Circle]
    assert blocks_in(Drawing.model_fields["more"]) == [Circle]
    assert blocks_in(Whole.model_fields["parts"]) == [Table, Plain]
