"""What a study will take, where the speed of the engine is known."""

from types import SimpleNamespace

import pytest

from molscape.potentials import PairSpline
from molscape.studies.coarse_graining.recipe import Recipe
from molscape.studies.parts.estimates import STEPS, estimate_study
from support.beads import TOPOLOGY, placed

SPLINE = {"kind": "pair_spline", "start": 0.2, "cutoff": 0.8, "spacing": 0.1}
POTENTIAL = PairSpline(start=0.2, cutoff=0.8, spacing=0.1, pairs=(("A", "B"),))


@pytest.fixture
def asked(monkeypatch):
    """An engine that makes a thousand steps a second, and the schedules it was asked for."""
    schedules = []

    def run(engine, potential, topology, start, ensemble, schedule):
        schedules.append(schedule)
        return SimpleNamespace(steps_per_second=1000.0)

    monkeypatch.setattr("molscape.simulate.Jax.run", run)
    return schedules


def estimate(model=None, **simulate):
    plain = {
        "molscape": 1,
        "title": "x",
        "reference": {"topology": "conf.gro", "temperature": 300},
        "mapping": {"preset": "com"},
        "states": {"hot": {"temperature": 400}},
        "models": {"pair": {"potential": [SPLINE], **(model or {})}},
        "simulate": {"steps": 90_000, "equilibration": 10_000, **simulate},
    }
    beads = placed(TOPOLOGY)
    recipe = Recipe.model_validate(plain)
    return list(estimate_study(recipe, beads, beads, {"pair": POTENTIAL}))


def test_runs_at_every_state_and_the_report_are_counted(asked):
    model, total = estimate()
    # 100,000 steps at two states in 200 s, and 30 s for the report.
    assert model == "time: model pair runs at about 1,000 steps/s here; in all about 4 min"
    assert total.startswith("in all about 4 min, ")
    # 450 frames of 4 beads take no room; a run alone needs more than half a gigabyte.
    assert 0.6 <= float(total.split(", ")[1].split(" GB")[0]) < 1.0
    assert total.endswith("0.00 GB of disk")
    assert asked[0].steps == STEPS


@pytest.mark.parametrize(
    ("simulate", "speed"),
    [({"engine": "lammps"}, "1,200"), ({"engine": "openmm"}, "500"), ({"replicas": 4}, "250")],
)
def test_other_engines_and_replicas_have_their_own_speed(asked, simulate, speed):
    assert f"about {speed} steps/s" in estimate(**simulate)[0]


def test_a_fit_that_runs_the_model_takes_its_time(asked):
    method = {"kind": "iterative_boltzmann", "iterations": 3, "steps": 18_000, "every": 100,
              "equilibration": 2_000}  # fmt: skip
    line = estimate({"fit": {"objective": "structure", "method": method}})[0]
    assert "its fit takes 60 s; in all about 5 min" in line
