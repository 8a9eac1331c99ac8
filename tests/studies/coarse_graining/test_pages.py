from support.pages import Shown, shown

BOTH, ONE = frozenset({"all-atom", "pair"}), frozenset({"pair"})


def test_every_plot_has_its_lines_units_and_legend(finished):
    found = shown(finished[0] / "run")
    for expected in (
        Shown("r / nm", "g(AR-AR)", BOTH),
        Shown("r / nm", "U / (kJ/mol)", ONE),
        Shown("r / nm", "F / (kJ/mol/nm)", ONE),
    ):
        assert expected in found
    assert all("pair" in one.legend for one in found)


def test_the_page_tells_what_was_done_and_whose_method_it_is(finished):
    page = (finished[0] / "run" / "report.html").read_text(encoding="utf-8")
    assert "216 atoms became 216 beads (216 AR) in 60 frames at 130 K." in page
    assert "Fitted: pair by force matching." in page
    for source in ("Noid", "Leimkuhler"):
        assert source in page
    assert "Reith" not in page
