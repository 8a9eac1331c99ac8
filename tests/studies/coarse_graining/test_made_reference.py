"""Alanine dipeptide from a recipe: made, mapped and modelled without a box."""

import json

import numpy as np
import pytest

from molscape.app.loading import load_recipe
from molscape.studies.blocks.reference import Make
from molscape.studies.coarse_graining import evaluation
from molscape.studies.coarse_graining.check import check_study
from molscape.studies.coarse_graining.run import run_study
from support.studies import write_recipe

pytest.importorskip("openmm", reason="openmm is not installed")

MOLECULE = "ACE-ALA-NME"
MAKE = {"molecules": {"alanine-dipeptide": 1}, "phase": "implicit", "platform": "reference"}
BEADS = {
    "C1": {"molecule": MOLECULE, "atoms": ["C"], "residues": ["ACE"]},
    "N1": {"molecule": MOLECULE, "atoms": ["N"], "residues": ["ALA"]},
    "CA": {"molecule": MOLECULE, "atoms": ["CA"]},
    "C2": {"molecule": MOLECULE, "atoms": ["C"], "residues": ["ALA"]},
    "N2": {"molecule": MOLECULE, "atoms": ["N"], "residues": ["NME"]},
}


def study(folder, make, **changes):
    parts = {
        "mapping": {"beads": BEADS},
        "models": {
            "bonded": {"potential": [{"kind": "harmonic_bonds"}, {"kind": "harmonic_angles"}]}
        },
        "simulate": {"steps": 400, "every": 20, "equilibration": 20, "timestep": 0.002},
        "export": [],
        "tolerances": {},
        "observables": ["bonds", "bond_angles", "dihedrals"],
    }
    file = write_recipe(folder, reference={"make": make}, **(parts | changes))
    return load_recipe(str(file))


def test_a_peptide_without_a_box_goes_from_recipe_to_report(tmp_path, display, monkeypatch):
    monkeypatch.setattr(evaluation, "_engines", lambda *_: None)
    make = {**MAKE, "frames": 40, "interval": 0.1, "seed": 4, "friction": 5.0}
    recipe, base = study(tmp_path, make)
    record = run_study(recipe, base, tmp_path / "run", display)
    about = json.loads((tmp_path / "run" / "reference" / "reference.json").read_text())
    assert about["system"] == "alanine-dipeptide-implicit"
    assert (about["seed"], about["platform"]) == (4, "Reference")
    assert (tmp_path / "run" / "report.html").exists()
    numbers = {number.name: number.value for number in record.numbers}
    assert numbers["bonded.run.completed"] == 1
    bonds = [
        value
        for name, value in numbers.items()
        if name.startswith("bonded.bonds.") and name.endswith(".distance")
    ]
    # Two sets of 20 and 40 samples each: distributions that share nothing are 2 apart.
    assert len(bonds) == 4
    assert max(bonds) < 1.6


def test_every_key_of_making_reaches_the_plan():
    block = Make(
        **MAKE,
        frames=10,
        interval=0.3,
        timestep=0.003,
        constraints="all-bonds",
        hydrogen_mass=3.0,
        friction=7.0,
        temperature=310.0,
    )
    plan = block.plan(seed=5)
    schedule = plan.schedule
    assert (schedule.frames, schedule.every, schedule.friction) == (10, 100, 7.0)
    assert plan.state.temperature == 310.0
    assert len(plan.system.topology.constraints) == len(plan.system.topology.bonds) == 21
    masses = [plan.system.openmm_system.getParticleMass(k)._value for k in range(22)]
    assert np.count_nonzero(np.isclose(masses, 3.0)) == 12
    assert sum(masses) == pytest.approx(plan.system.topology.masses.sum())
    assert block.options(5).seed == 5
    assert block.model_copy(update={"seed": 2}).options(5).seed == 2


def test_check_maps_what_is_still_to_be_made(tmp_path):
    lines = "\n".join(check_study(*study(tmp_path, MAKE)))
    assert "5 beads from 22 atoms" in lines
    solvated = {"molecules": {"alanine-dipeptide": 1, "tip3p": 220}, "frames": 5}
    lines = "\n".join(check_study(*study(tmp_path, solvated)))
    assert "5 beads from 682 atoms" in lines
    assert "682 atoms, 195 ps" in lines
    with pytest.raises(ValueError, match="no multiple of the time step"):
        list(check_study(*study(tmp_path, {**MAKE, "interval": 0.0011})))
    wrong = {**BEADS, "CA": {"molecule": MOLECULE, "atoms": ["CX"]}}
    with pytest.raises(ValueError, match="CX"):
        list(check_study(*study(tmp_path, MAKE, mapping={"beads": wrong})))
