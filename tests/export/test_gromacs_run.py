"""Run parameters, index groups and instructions for GROMACS."""

import numpy as np
import pytest

from molscape.core import terms
from molscape.core.ensemble import NVE, Barostat, Brownian, Langevin, NoseHoover
from molscape.core.frames import Frames
from molscape.core.topology import Topology
from molscape.core.units import BAR
from molscape.export.gromacs_model import gromacs_model
from molscape.export.gromacs_run import index_groups, readme, run_parameters
from molscape.simulate.schedule import Schedule

BEADS = Topology.build(["A", "B-1"] * 10, masses=np.ones(20))
FIRST = Frames(np.zeros((1, 20, 3)), 3.0 * np.eye(3)[None])
NATIVE = terms.LennardJones(("A", "A"), 1.0, 0.3, 0.9, "shift")
FORCE = terms.LennardJones(("A", "B-1"), 1.0, 0.3, 0.9, "force")
SCHEDULE = Schedule(steps=1000, timestep=0.004, every=100, equilibration=200, seed=7)


def parameters(*lowered, ensemble=None, first=FIRST):
    """The parameters by name, without comments."""
    schedule = None if ensemble is None else SCHEDULE
    text = run_parameters(gromacs_model(lowered, BEADS, 1.5), BEADS, first, ensemble, schedule)
    lines = [line.split(" = ") for line in text.splitlines() if not line.startswith(";")]
    assert len({name for name, _ in lines}) == len(lines)
    return dict(lines)


def test_without_an_ensemble_the_start_is_evaluated():
    found = parameters(NATIVE)
    assert (found["integrator"], found["nsteps"], found["continuation"]) == ("md", "0", "yes")
    assert (found["rvdw"], found["vdw-modifier"]) == ("0.9", "potential-shift")
    assert "gen-vel" not in found


@pytest.mark.parametrize(
    ("ensemble", "expected"),
    [
        (NVE(300.0), {"integrator": "md", "tcoupl": "no"}),
        (Langevin(300.0, 2.0), {"integrator": "sd", "tau-t": "0.5", "ld-seed": "8"}),
        (Brownian(310.0, 80.0), {"integrator": "bd", "tau-t": "0.0125", "ref-t": "310"}),
        (
            NoseHoover(300.0, 0.2),
            {"tcoupl": "nose-hoover", "tau-t": f"{0.4 * np.pi:.10g}", "nh-chain-length": "1"},
        ),
        (Langevin(300.0, barostat=Barostat(100 * BAR)), {"tau-p": "2", "ref-p": "100"}),
        (
            NoseHoover(300.0, 0.5, barostat=Barostat(BAR, time=1.0)),
            {"tau-p": f"{2 * np.pi:.10g}", "ref-p": "1"},
        ),
    ],
)
def test_an_ensemble_is_its_parameters(ensemble, expected):
    found = parameters(NATIVE, ensemble=ensemble)
    assert expected.items() <= found.items()
    assert found["nsteps"] == "1200"
    assert found["nstxout-compressed"] == "100"
    assert ("pcoupl" in found) == (ensemble.barostat is not None)


def test_velocities_are_drawn_where_the_start_has_none():
    drawn = parameters(NATIVE, ensemble=NVE(280.0))
    assert (drawn["gen-vel"], drawn["gen-temp"], drawn["gen-seed"]) == ("yes", "280", "8")
    moving = FIRST.replace(velocities=np.ones((1, 20, 3)))
    kept = parameters(NATIVE, ensemble=NVE(280.0), first=moving)
    assert kept["gen-vel"] == "no"
    assert "gen-temp" not in kept


def test_tables_take_the_group_scheme():
    found = parameters(NATIVE, FORCE)
    assert (found["cutoff-scheme"], found["vdwtype"], found["coulombtype"]) == (
        "group", "user", "user",
    )  # fmt: skip
    assert found["energygrps"] == "A B_1"
    assert found["energygrp-table"] == "A A  A B_1"
    assert float(found["rlist"]) == pytest.approx(1.05)


@pytest.mark.parametrize(
    ("term", "expected"),
    [
        (terms.Coulomb(0.9), {"coulombtype": "reaction-field", "epsilon-rf": "0"}),
        (terms.Coulomb(0.9, reaction_field_dielectric=6.0), {"epsilon-rf": "6"}),
        (
            terms.Coulomb(0.9, method="ewald", accuracy=1e-4),
            {"coulombtype": "PME", "ewald-rtol": "1e-05"},
        ),
    ],
)
def test_charges_choose_the_coulomb_type(term, expected):
    assert expected.items() <= parameters(NATIVE, term).items()


def test_index_groups_number_all_beads_then_those_of_each_type():
    lines = index_groups(BEADS).splitlines()
    assert lines[0] == "[ System ]"
    assert lines[1].split() == [str(k) for k in range(1, 16)]
    assert lines[2].split() == [str(k) for k in range(16, 21)]
    assert lines[3:5] == ["[ A ]", " ".join(str(k) for k in range(1, 20, 2))]
    assert lines[5] == "[ B_1 ]"


def test_the_readme_names_tables_and_versions():
    plain = readme(gromacs_model([NATIVE], BEADS, 1.5), [])
    assert "gmx mdrun -s topol.tpr\n" in plain
    assert "runs in GROMACS 2019 and later" in plain
    tables = ["table.xvg", "table_A_A.xvg", "table_b0.xvg", "table_d1.xvg"]
    model = gromacs_model([FORCE, terms.Coulomb(0.9, dielectric=4.0)], BEADS, 1.5)
    text = readme(model, tables)
    assert "-s topol.tpr -table table.xvg -tableb table_b0.xvg table_d1.xvg\n" in text
    assert "the root of the dielectric constant 4." in text
    assert "constant energy for each charge with itself" not in text
    native = readme(gromacs_model([NATIVE, terms.Coulomb(0.9)], BEADS, 1.5), [])
    assert "constant energy for each charge with itself" in native
