"""An observable is one file: a recipe that names it measures it, and the report draws it."""

import pytest

from molscape.analysis import observables
from molscape.app.loading import load_recipe
from molscape.report import read_record
from molscape.studies.coarse_graining.run import run_study
from molscape.studies.parts.curves import read_curves
from support.studies import write_recipe

FILE = '''
"""Spread of the beads about their centre, along each axis of the box."""

import numpy as np

from molscape.analysis.blocks import divide_frames
from molscape.analysis.observables import DistributionObservable, Plan


class Spread(DistributionObservable):
    name = "spread"
    title = "Spread of beads"
    words = "spread of the beads"
    unit = "nm"
    judged = ("spread",)

    def plan(self, reference, options):
        return Plan({axis: k for k, axis in enumerate("xyz")})

    def measure(self, sample, planned):
        positions = sample.trajectory.load().positions[..., planned]
        values = positions.std(axis=1)
        edges = np.linspace(0.0, 2.0, 101)
        division = divide_frames(np.zeros(len(values), dtype=np.int64), 4)
        counts = np.stack(
            [np.histogram(values[division.block == b], edges)[0] for b in range(4)]
        ).astype(float)
        return division.distribution(counts, edges, "spread", "s", "nm")


OBSERVABLE = Spread()
'''


@pytest.fixture
def spread(tmp_path, monkeypatch):
    """A folder of observables with one file of its own."""
    folder = tmp_path / "observables"
    folder.mkdir()
    (folder / "spread.py").write_text(FILE)
    monkeypatch.setattr(observables, "__path__", [*observables.__path__, str(folder)])


def test_a_file_in_the_folder_is_an_observable(fluid, display, spread):
    simulate = {"steps": 2000, "every": 20, "timestep": 0.005, "equilibration": 100}
    file = write_recipe(
        fluid,
        simulate=simulate,
        observables=["spread", "rdf"],
        tolerances={"spread": 50.0},
        export=[],
    )
    recipe, base = load_recipe(str(file))
    run_study(recipe, base, fluid / "run", display)
    record = read_record(fluid / "run")
    names = [number.name for number in record.numbers]
    # Those of a file that says nothing of its order come behind the others.
    measured = [name for name in names if name.endswith(".distance")]
    assert measured == [
        "pair.rdf.AR-AR.distance",
        *(f"pair.spread.{axis}.distance" for axis in "xyz"),
    ]
    number = record["pair.spread.x.distance"]
    assert (number.unit, number.verdict, number.reference) == ("nm", "pass", 50.0)
    page = (fluid / "run" / "report.html").read_text(encoding="utf-8")
    assert "Spread of beads y" in page
    assert "Spread of the beads, z, distance from the reference" in page
    drawn = read_curves(fluid / "run" / "curves.json")["spread.y"]
    assert (drawn.title, set(drawn.curves)) == ("Spread of beads y", {"all-atom", "pair"})


def test_a_name_without_a_file_is_refused_with_those_there_are(fluid, spread):
    for change in ({"observables": ["colour"]}, {"tolerances": {"colour": 0.1}}):
        with pytest.raises(ValueError, match=r"'rdf'.*'spread'"):
            load_recipe(str(write_recipe(fluid, **change)))
    with pytest.raises(ValueError, match="'rdf'"):
        load_recipe(str(write_recipe(fluid, observables=["temperature"])))
