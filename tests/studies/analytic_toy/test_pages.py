from molscape.studies.analytic_toy.pages import write_toy_report
from molscape.studies.parts.curves import read_curves
from support.pages import Shown, shown

ALL = {"exact", "terms", "net"}


def test_every_plot_has_its_lines_units_and_legend(known):
    study, models, results = known
    write_toy_report(study, models, results)
    found = shown(study.folder)
    for expected in (
        Shown("x / nm", "f / (kT/nm)", frozenset({"single forces", "exact", "data"})),
        Shown("x / nm", "F / kT", frozenset(ALL)),
        Shown("x / nm", "F / kT", frozenset(ALL | {"data"})),
        Shown("x / nm", "f / (kT/nm)", frozenset(ALL | {"data"})),
        Shown("x / nm", "F / kT", frozenset({"terms", "net"})),
        Shown("epoch", "loss / (kT²/nm²)", frozenset({"net", "noise"})),
        Shown("functions", "loss / (kT²/nm²)", frozenset({"terms", "noise"})),
    ):
        assert expected in found
    rest = read_curves(study.folder / "curves.json")["Free energy less the closed form"].curves
    assert abs(rest["terms"].y).max() < 1e-5
    page = (study.folder / "report.html").read_text()
    # The bound that was chosen is marked; of the other only its loss is told.
    assert page.count(">chosen<") == 2
