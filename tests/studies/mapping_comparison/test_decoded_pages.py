import numpy as np
import pytest

from molscape.core.panels import Plot, Table
from molscape.mapping import by_preset
from molscape.studies.mapping_comparison.decoded import Torsions
from molscape.studies.mapping_comparison.decoded_pages import decoded_sections
from molscape.studies.mapping_comparison.recipe import TorsionBlock
from support.comparisons import compared
from support.pages import Shown, looked_at


@pytest.fixture
def torsions(chain_trajectory):
    atoms = ["C2", "C3", "C4", "C5"]
    return Torsions.of(chain_trajectory[::10], {"t": TorsionBlock(molecule="CHN", atoms=atoms)})


def test_errors_and_torsions_of_every_decoder_are_drawn(chain_trajectory, torsions):
    mapping = by_preset(chain_trajectory.topology, "com")
    every = {
        "two": compared(mapping, "two", 2),
        "l-4": compared(mapping, "l-4", 4, learned=True),
        "l-3": compared(mapping, "l-3", 3, learned=True),
    }
    (section,) = decoded_sections(every, torsions)
    plots = [one for one in section.figures if isinstance(one, Plot)]
    beads, family = "beads of a molecule", frozenset({"autoencoder"})
    curves = Shown("torsion / °", "p / 1/°", frozenset({"atoms", "l-3", "l-4"}))
    assert [looked_at(plot) for plot in plots] == [
        Shown(beads, "deviation / nm", frozenset({"two", "autoencoder"})),
        Shown(beads, "deviation / nm", family),
        Shown(beads, "distance", family),
        Shown(beads, "distance", family),
        curves,
        curves,
    ]
    # Marks stand in the order of their beads; the floor is a level.
    line = plots[2].lines[0]
    assert (line.names, line.curve.x.tolist()) == (["l-3", "l-4"], [3.0, 4.0])
    assert line.curve.y == pytest.approx([1 / 3, 1 / 4])
    assert plots[2].levels == [(torsions.floors["t"].value, "floor")]
    # A density over degrees is smaller than one over radians.
    shown = plots[4].lines[1].curve
    assert shown.y == pytest.approx(np.array([0.2, 0.1, 0.1, 0.2]) * np.pi / 180)
    (table,) = (one for one in section.figures if isinstance(one, Table))
    assert table.rows[0][:2] == ["two", "2"]
    assert table.rows[0][3:] == ["–", "–", "–"]


def test_nothing_is_said_where_nothing_was_decoded(chain_trajectory, torsions):
    from dataclasses import replace

    one = compared(by_preset(chain_trajectory.topology, "com"), "one", 1)
    assert list(decoded_sections({"one": replace(one, decoders=None)}, torsions)) == []
