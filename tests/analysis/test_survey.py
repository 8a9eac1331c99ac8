import numpy as np
import pytest

from molscape.analysis.survey import (
    Measured,
    compared_numbers,
    compared_observables,
    draw_section,
    measure,
    own_numbers,
    plan_survey,
    run_observables,
    section_text,
    unmeasured_notes,
)
from molscape.core.frames import Frames
from molscape.core.sample import Sample
from molscape.core.topology import Topology
from molscape.core.trajectory import Trajectory


def walkers(step, box=True):
    """Beads of two types on jittered lattices that take small random steps."""
    random = np.random.default_rng(3)
    grid = np.stack(np.meshgrid(*[np.arange(5)] * 3, indexing="ij"), axis=-1).reshape(-1, 3) * 0.4
    walk = np.cumsum(random.normal(0, step, (40, len(grid), 3)), axis=0)
    topology = Topology.build(["A"] * 65 + ["B"] * 60, masses=np.ones(len(grid)))
    frames = Frames(
        positions=grid + random.normal(0, 0.03, walk.shape) + walk,
        box=np.repeat(2.0 * np.eye(3)[None], 40, axis=0) if box else None,
        times=np.arange(40.0),
        whole=True,
    )
    return Sample(Trajectory.from_frames(topology, frames))


def labels(measured):
    return {name: list(results) for name, results in measured.results.items()}


def test_everything_in_the_plans_is_measured_in_the_order_of_the_numbers():
    sample = walkers(0.01)
    plans = plan_survey(["diffusion", "angles", "rdf"], sample)
    told = []
    found = measure(sample, plans, lambda what, done, total: told.append((done, total)))
    assert labels(found) == {
        "rdf": ["A-A", "A-B", "B-B"],
        "angles": ["A-A-A", "B-B-B"],
        "diffusion": [""],
    }
    assert list(found.results) == ["rdf", "angles", "diffusion"]
    assert told[-1] == (6, 6)
    assert not found.unmeasured
    assert [number.name for number in own_numbers(found)] == ["diffusion"]
    names = [number.name for number in compared_numbers(found, found, {})]
    assert names == [
        "rdf.A-A.distance",
        "rdf.A-B.distance",
        "rdf.B-B.distance",
        "angles.A-A-A.distance",
        "angles.B-B-B.distance",
        "diffusion",
        "diffusion.ratio",
    ]


def test_what_cannot_be_measured_says_why():
    sample = walkers(0.4)
    found = measure(sample, plan_survey(["diffusion"], sample))
    assert "ambiguous" in found.unmeasured["diffusion"]
    (note,) = unmeasured_notes(found, "pair")
    assert note.startswith("diffusion of pair was not measured: ")


def test_what_cannot_be_planned_is_unmeasured_too():
    sample = walkers(0.01, box=False)
    found = measure(sample, plan_survey(["rdf", "bonds", "velocity", "coordination"], sample))
    assert labels(found) == {}
    assert "no velocities" in found.unmeasured.pop("velocity")
    assert found.unmeasured == {
        "rdf": "the reference has no box, so there is no density",
        "bonds": "the topology has no bonds",
        "coordination": "the reference has no box, so there is no density",
    }


def test_a_gas_has_distributions_but_no_angles():
    random = np.random.default_rng(1)
    flat = Sample(
        Trajectory.from_frames(
            Topology.build(["A"] * 50, masses=np.ones(50)),
            Frames(
                positions=random.uniform(0, 0.002, (4, 50, 3)),
                box=np.repeat(2.0 * np.eye(3)[None], 4, axis=0),
                times=np.arange(4.0),
            ),
        )
    )
    found = measure(flat, plan_survey(["rdf", "angles"], flat))
    assert labels(found) == {"rdf": ["A-A"]}
    assert list(found.unmeasured) == ["angles.A-A-A"]


def test_options_ask_for_an_observable():
    assert list(plan_survey([], walkers(0.01), {"regions": {}})) == []
    ranges = {"half": {"A-A-A-A": (0.0, 180.0)}}
    plans = plan_survey(["rdf"], walkers(0.01), {"regions": ranges})
    assert list(plans) == ["rdf", "regions"]
    assert plans["regions"].labels == ranges


def test_bonded_observables_keep_the_order_of_the_recipe():
    names = ["dihedrals", "bonds", "bond_angles"]
    assert list(plan_survey([*names, "rdf"], walkers(0.01))) == ["rdf", *names]


def test_what_is_told_of_runs_and_what_is_compared():
    asked = ["rdf", "pressure", "regions", "density"]
    assert set(run_observables(asked)) == {"temperature", "energy_drift", "pressure", "density"}
    assert set(run_observables(["rdf"])) == {"temperature", "energy_drift"}
    assert compared_observables(asked) == ["rdf", "regions"]


@pytest.mark.parametrize("section", ["structure", "dynamics", "landscapes"])
def test_sections_draw_what_is_theirs(section):
    sample = walkers(0.01)
    plans = plan_survey(["rdf", "diffusion", "maps"], sample)
    found = measure(sample, plans)
    drawn = draw_section(section, plans, ("reference", found), {"pair": found})
    keys = {"structure": ["rdf.A-A", "rdf.A-B", "rdf.B-B"], "dynamics": ["diffusion"]}
    assert [plot.key for plot in drawn] == keys.get(section, [])
    assert bool(section_text(section, plans)) == (section == "landscapes")


def test_nothing_measured_draws_nothing():
    nothing = Measured(walkers(0.01))
    assert nothing.of("rdf") == {}
    assert draw_section("structure", {}, ("reference", nothing), {}) == []
