from molscape.studies.parts.curves import read_curves
from support.pages import Shown, shown

FAMILIES = frozenset({"autoencoder", "graph", "one"})
BEADS = "beads of a molecule"


def test_every_plot_has_its_lines_units_and_legend(whole):
    found = shown(whole[2])
    for expected in (
        Shown(BEADS, "reconstruction error / nm", FAMILIES),
        Shown("speed relative to all-atom", "reconstruction error / nm", FAMILIES),
        Shown(BEADS, "error beyond the best / nm", frozenset({"annealed", "moved"})),
        Shown(BEADS, "deviation / nm", FAMILIES),
    ):
        assert expected in found
    seeds = read_curves(whole[2] / "curves.json")["Seeds of the learned mappings"].curves
    # Two seeds of two mappings; after single moves one of each is the best.
    assert len(seeds["annealed"].x) == 4
    assert sorted(seeds["moved"].y)[:2] == [0.0, 0.0]


def test_beads_are_spelled_out_and_sources_named(whole):
    page = (whole[2] / "report.html").read_text()
    for words in ("C1 C2 C3 | C4 C5 C6", "C1 C2 | C3 C4 | C5 C6", "Webb", "Gómez-Bombarelli"):
        assert words in page
