import json
import re
import subprocess
import sys
import time

import pytest

from molscape.core.record import Record
from molscape.report import Report, Section


def test_importing_the_room_loads_no_plotly():
    code = "import sys, molscape.report; sys.exit('plotly' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_page_holds_everything_in_order(report, tmp_path):
    page = report.save(tmp_path / "deep" / "report.html").read_text(encoding="utf-8")
    headings = re.findall(r"<h2>(.*?)</h2>", page)
    assert headings == [
        "Models side by side", "Numbers", "Structure", "Potentials", "Dynamics", "Notes",
        "Inputs", "Stages", "Versions and machine", "Recipe", "How to cite",
    ]  # fmt: skip
    anchors = re.findall(r'href="#([^"]+)"', page)
    assert len(anchors) == len(headings)
    assert all(f'<section id="{anchor}">' in page for anchor in anchors)
    assert "2 of 3 checks pass" in page
    assert "Journal of Methods" in page
    assert "title: One-bead water" in page
    assert len(re.findall(r'<div class="plot[^>]*id="plot-', page)) == 8
    assert [item.name for item in (tmp_path / "deep").iterdir()] == ["report.html"]


def test_page_refers_to_nothing_outside(report):
    page = report.html()
    assert not re.search(r"<(?:script|img|iframe)[^>]*\ssrc=", page)
    assert re.findall(r"<link[^>]*>", page) == ['<link rel="icon" href="data:,">']
    assert "default-src 'none'" in page
    assert page.count("plotly.js v") == 1
    assert len(page) < 6_000_000


def test_record_alone_makes_a_page_without_script():
    record = Record("Only <numbers>", seed=3, recipe={"a": 1})
    page = Report(record).html()
    assert "Only &lt;numbers&gt;" in page
    assert "<script" not in page
    assert "The run left no numbers." in page


def test_text_cannot_end_the_data(report):
    line = report.sections[0].figures[0].lines[0]
    hostile = type(line)(line.curve, "</script><b>")
    plot = type(report.sections[0].figures[0])("t", [hostile])
    page = Report(report.record, [Section("s", "", [plot])]).html()
    data = re.search(r'id="figures">(.*?)</script>', page, re.S).group(1)
    assert json.loads(data)["plot-1"]["data"][-1]["name"] == "</script><b>"


def drawn(browser):
    return browser.execute_script(
        """
        return [...document.querySelectorAll(".plot")].map(place => {
          const svg = place.querySelector("svg.main-svg");
          const box = svg ? svg.getBoundingClientRect() : {width: 0, height: 0};
          const lines = [
            ...place.querySelectorAll(".scatterlayer .js-line, .barlayer .point path")];
          return {
            id: place.id, width: box.width, height: box.height,
            marks: lines.filter(line => (line.getAttribute("d") || "").length > 8).length,
            legend: [...place.querySelectorAll(".legend")].map(
              item => item.getBoundingClientRect().bottom),
            buttons: place.querySelector(".modebar").getBoundingClientRect().bottom,
            legendTop: [...place.querySelectorAll(".legend")].map(
              item => item.getBoundingClientRect().top),
            frame: place.querySelector(".xy .nsewdrag, .nsewdrag").getBoundingClientRect().top,
          };
        });
        """
    )


@pytest.fixture
def opened(browser, report, tmp_path):
    path = report.save(tmp_path / "report.html")
    browser.get(path.as_uri())
    until = time.monotonic() + 20.0
    while time.monotonic() < until and not all(plot["marks"] for plot in drawn(browser)):
        time.sleep(0.1)
    return browser


def test_browser_draws_every_plot(opened):
    plots = drawn(opened)
    assert len(plots) == 8
    for plot in plots:
        assert plot["width"] > 400, plot
        assert plot["height"] > 300, plot
        assert plot["marks"] > 0, plot
        for top, bottom in zip(plot["legendTop"], plot["legend"], strict=True):
            assert bottom <= plot["frame"] + 1, f"legend covers data: {plot}"
            assert top >= plot["buttons"] - 1, f"buttons cover the legend: {plot}"
    assert opened.get_log("browser") == []


def test_browser_needs_no_network(opened):
    messages = [json.loads(entry["message"])["message"] for entry in opened.get_log("performance")]
    requests = [
        message["params"]
        for message in messages
        if message["method"] == "Network.requestWillBeSent"
        and message["params"]["documentURL"] == opened.current_url
    ]
    sent = [request["request"]["url"] for request in requests]
    assert opened.current_url in sent
    outside = [url for url in sent if not url.startswith(("file:", "data:", "blob:"))]
    assert outside == []


def test_page_fits_a_laptop_and_paper(opened):
    width = "return [document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    scroll, client = opened.execute_script(width)
    assert client <= 1280
    assert scroll <= client
    tables = (
        "return [...document.querySelectorAll('.wide')].map(w => w.scrollWidth - w.clientWidth)"
    )
    assert max(opened.execute_script(tables)) <= 0
    opened.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})
    assert min(plot["width"] for plot in drawn(opened)) > 400  # back to the screen's size
