"""The part of a comparison's report about atoms that decoders put back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from molscape.core.curve import Curve
from molscape.report import Line, Plot, Section, Table, format_value
from molscape.studies.mapping_comparison.measures import Value

if TYPE_CHECKING:
    from molscape.studies.mapping_comparison.decoded import Decoded, Torsions
    from molscape.studies.mapping_comparison.results import Compared

MOST_LINES = 7
"""Distributions that a plot still tells apart."""

TEXT = (
    "What a decoder makes of the beads of the reference's own frames. The linear one places every "
    "atom at a weighted mean of the beads; the network moves them on from there, along vectors "
    "between beads and across their planes. Two beads leave all atoms on a line, around which a "
    "torsion has no value, and three in a plane, unless the network lifts them out of it.\n\n"
    "A torsion is kept where the distribution of the decoded atoms is near that of the atoms: "
    "the distance is the integral of the difference, from 0 to 2, and the floor is that between "
    "the two halves of the reference."
)


def decoded_sections(compared: dict[str, Compared], torsions: Torsions) -> Iterable[Section]:
    """Return the section about decoded atoms, if any were decoded."""
    made = {name: one for name, one in compared.items() if one.decoders is not None}
    if made:
        plots = [*_errors(made), *_distances(made, torsions), *_distributions(made, torsions)]
        yield Section("Atoms from beads", TEXT, [*plots, _table(made, torsions)])


def _ways(compared: dict[str, Compared]) -> list[str]:
    """Return the decoders that any mapping has."""
    found = [way for one in compared.values() if one.decoders for way in one.decoders.found]
    return list(dict.fromkeys(found))


def _decoded(one: Compared, way: str) -> Decoded | None:
    return None if one.decoders is None else one.decoders.found.get(way)


def _beads(one: Compared) -> float:
    return float(np.mean(list(one.measures.per_molecule.values())))


def _plot(
    compared: dict[str, Compared], title: str, values: dict[str, Value], label: str, unit: str
) -> Plot | None:
    """Return values over the number of beads, a line with marks for each family of mappings."""
    families: dict[str, list[str]] = {}
    for name in values:
        families.setdefault(compared[name].family, []).append(name)
    lines = []
    for family, members in families.items():
        names = sorted(members, key=lambda name: _beads(compared[name]))
        y = np.array([values[name].value for name in names])
        error = np.array([values[name].error or np.nan for name in names])
        x = np.array([_beads(compared[name]) for name in names])
        curve = Curve(x, y, error, "beads of a molecule", "", label, unit)
        lines.append(Line(curve, family, names=names))
    counts = [_beads(one) for one in compared.values()]
    margin = (min(counts) - 0.5, max(counts) + 0.5)
    return Plot(title, lines, x_range=margin) if lines else None


def _errors(compared: dict[str, Compared]) -> Iterator[Plot]:
    for way in _ways(compared):
        found = {name: _decoded(one, way) for name, one in compared.items()}
        values = {name: one.heavy for name, one in found.items() if one is not None}
        plot = _plot(compared, f"Heavy atoms, {way} decoder", values, "deviation", "nm")
        if plot is not None:
            yield replace(plot, caption="All atoms but hydrogens, root mean square.")


def _distances(compared: dict[str, Compared], torsions: Torsions) -> Iterator[Plot]:
    for torsion, limit in torsions.floors.items():
        for way in _ways(compared):
            found = {name: _decoded(one, way) for name, one in compared.items()}
            values = {
                name: one.distances[torsion]
                for name, one in found.items()
                if one is not None and torsion in one.distances
            }
            title = f"Distance of {torsion}, {way} decoder"
            plot = _plot(compared, title, values, "distance", "")
            if plot is not None:
                yield replace(plot, y_range=(0.0, 2.05), levels=[(limit.value, "floor")])


def _distributions(compared: dict[str, Compared], torsions: Torsions) -> Iterator[Plot]:
    """Return plots of each torsion, of learned mappings if there are any."""
    learned = {name: one for name, one in compared.items() if one.learned is not None}
    shown = dict(list((learned or compared).items())[:MOST_LINES])
    for torsion, blocks in torsions.blocks.items():
        for way in _ways(shown):
            found = {name: _decoded(one, way) for name, one in shown.items()}
            lines = [
                Line(_degrees(one.torsions[torsion]), name)
                for name, one in found.items()
                if one is not None and torsion in one.torsions
            ]
            if lines:
                own = _degrees(blocks.curve())
                yield Plot(
                    f"Torsion {torsion}, {way} decoder",
                    [Line(own, "atoms", role="reference"), *lines],
                    x_range=(-180.0, 180.0),
                    y_range=(0.0, 2 * float(own.y.max())),
                    caption="Higher peaks are cut off.",
                )


def _degrees(curve: Curve) -> Curve:
    scale = np.pi / 180
    return Curve(curve.x / scale, curve.y * scale, curve.error * scale, "torsion", "°", "p", "1/°")


def _table(compared: dict[str, Compared], torsions: Torsions) -> Table:
    ways = _ways(compared)
    columns = ["Mapping", "Beads"]
    for way in ways:
        columns += [f"Heavy / nm, {way}"]
        columns += [f"{torsion}, {way}" for torsion in torsions.floors]
    rows = []
    for name, one in sorted(compared.items(), key=lambda item: _beads(item[1])):
        cells = [name, f"{_beads(one):g}"]
        for way in ways:
            found = _decoded(one, way)
            cells.append("–" if found is None else _format(found.heavy))
            for torsion in torsions.floors:
                value = None if found is None else found.distances.get(torsion)
                cells.append("–" if value is None else _format(value))
        rows.append(cells)
    floors = ", ".join(f"{name} {_format(limit)}" for name, limit in torsions.floors.items())
    caption = "Heavy: all atoms but hydrogens. ± one standard error." + (
        f" Floors of the torsions: {floors}." if floors else ""
    )
    return Table("Decoded atoms side by side", columns, rows, caption, broad=True)


def _format(value: Value) -> str:
    error = value.error
    known = error is not None and np.isfinite(error) and error > 0
    return format_value(value.value, error if known else None)
