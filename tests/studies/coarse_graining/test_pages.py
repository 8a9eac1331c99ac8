def test_the_page_tells_the_study(finished):
    folder, _ = finished
    page = (folder / "run" / "report.html").read_text(encoding="utf-8")
    for words in ("Lennard-Jones fluid", "Radial distribution AR-AR", "Potential AR-AR", "Noid"):
        assert words in page
