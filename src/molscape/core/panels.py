"""What is to be drawn, as plain values: lines, plots, maps, tables, the sections of a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from jaxtyping import Float, Int

from molscape.core.curve import Curve

Real = float | int
"""A number as a file may hold it: whole numbers come back from JSON as int."""

Role = Literal["reference", "model", "floor"]


@dataclass(frozen=True, eq=False)
class Line:
    """A curve with a label; a label keeps one colour through the whole page.

    `role` chooses the look: references are black or grey, models coloured, floors dotted.
    A `faint` line is thin, has no band and no entry in the legend (a raw signal behind its
    running mean). `points` draws dots that are not joined, such as single measurements. With
    `names` every point is a marker on the line and is told by its name under the pointer.
    """

    curve: Curve
    label: str
    role: Role = "model"
    faint: bool = False
    points: bool = False
    names: Sequence[str] = ()


@dataclass(frozen=True, eq=False)
class Plot:
    """Curves over one another, with error bands of two standard errors.

    Attributes:
        title: shown above the plot.
        lines: the curves; axis titles are those of the first.
        caption: what to see, and where it comes from.
        x_range: visible x, in the unit of the curves; all of it by default.
        y_range: visible y; by default what the lines (not their bands) need.
        x_log: logarithmic x axis.
        y_log: logarithmic y axis.
        shaded: regions (from, to, meaning) in x, e.g. poorly sampled bins.
        levels: horizontal lines (y, name), e.g. kT.
        bars: counts drawn as bars in a panel below (alone if there are no lines); its
            `samples` are drawn if it has them, else its y.
        key: what the plot is found by in `curves.json`, such as `rdf.W-W`; its title if empty.
    """

    title: str
    lines: Sequence[Line] = ()
    caption: str = ""
    x_range: tuple[Real, Real] | None = None
    y_range: tuple[Real, Real] | None = None
    x_log: bool = False
    y_log: bool = False
    shaded: Sequence[tuple[Real, Real, str]] = ()
    levels: Sequence[tuple[Real, str]] = ()
    bars: Curve | None = None
    key: str = ""

    def __post_init__(self) -> None:
        if not self.lines and self.bars is None:
            raise ValueError(f"plot {self.title!r} is empty: give it lines or bars")


@dataclass(frozen=True)
class Table:
    """A small table of words and numbers; numbers are formatted by the page.

    A `broad` one has the whole width of the page.
    """

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str | Real | None]]
    caption: str = ""
    broad: bool = False

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row) != len(self.columns):
                raise ValueError(
                    f"table {self.title!r}: a row has {len(row)} cells for "
                    f"{len(self.columns)} columns: give one cell per column"
                )


@dataclass(frozen=True, eq=False)
class Map:
    """A function of two coordinates as colours, with lines of equal height.

    Attributes:
        title: shown above the map.
        x, y: where the function is known.
        values: the function; NaN is left white.
        labels: quantity of x, y and the values.
        units: unit of x, y and the values.
        value_range: colours from here to there; all values by default.
        level: distance of the lines of equal height; none are drawn without it.
        caption: what to see.
    """

    title: str
    x: Float[np.ndarray, " x"]
    y: Float[np.ndarray, " y"]
    values: Float[np.ndarray, "x y"]
    labels: tuple[str, str, str]
    units: tuple[str, str, str]
    value_range: tuple[Real, Real] | None = None
    level: Real | None = None
    caption: str = ""


@dataclass(frozen=True, eq=False)
class Scene:
    """A molecule in three dimensions: atoms, their bonds, and the beads drawn around them.

    Attributes:
        title: shown above the picture.
        positions: of atoms in nm.
        elements: symbol of each atom, which chooses its colour; "" is grey.
        names: what is told of each atom under the pointer.
        bonds: pairs of atoms.
        beads: positions of beads in nm.
        radii: of beads in nm.
        types: type of each bead; one colour each.
        caption: what to see.
        palette: bead types in the order of their colours, the same for all scenes of a page;
            if empty those of this scene.
    """

    title: str
    positions: Float[np.ndarray, "atom 3"]
    elements: Sequence[str]
    names: Sequence[str]
    bonds: Int[np.ndarray, "bond 2"]
    beads: Float[np.ndarray, "bead 3"]
    radii: Float[np.ndarray, " bead"]
    types: Sequence[str]
    caption: str = ""
    palette: Sequence[str] = ()


@dataclass(frozen=True)
class Section:
    """A part of the page: a heading, text (paragraphs parted by blank lines), figures.

    What is drawn at a state other than the main one has the name of the `state`, and `at` names
    it in words.
    """

    title: str
    text: str = ""
    figures: Sequence[Plot | Map | Table | Scene] = field(default_factory=tuple)
    state: str = ""
    at: str = ""
