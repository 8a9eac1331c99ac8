"""Density and heat of vaporisation of the OPLS-AA liquids, and of ionic solution (slow)."""

import json

import pytest

from molscape.core.state import State
from molscape.core.units import BAR, thermal_energy
from molscape.reference.assembly import assemble, lattice_box
from molscape.reference.molecules import known
from molscape.reference.sampling import sample
from molscape.reference.schedule import SamplingSchedule

pytest.importorskip("openmm", reason="openmm is not installed")
ROOM = State(298.15, pressure=BAR)
LIQUID = SamplingSchedule(
    frames=40, interval=1.0, pressure_equilibration=80.0, volume_equilibration=2.0
)
GAS = SamplingSchedule(frames=4000, interval=0.5, friction=5.0, save_every=500.0)


def account(folder):
    return json.loads((folder / "reference.json").read_text(encoding="utf-8"))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "count", "density", "vaporisation"),
    [
        ("methanol", 120, 0.786, 37.4),
        ("benzene", 60, 0.874, 33.8),
        ("toluene", 52, 0.862, 38.0),
        ("dimethylformamide", 60, 0.944, 46.9),
    ],
)
def test_liquids_have_the_density_and_cohesion_measured(
    tmp_path, name, count, density, vaporisation
):
    """Experiment at 298 K: g/cm^3, kJ/mol. OPLS-AA was made to 2 % and 2 kJ/mol; so small and
    short a run adds as much again.
    """
    loose = lattice_box({name: count}, seed=2)
    sample(loose.scaled_to(0.75 * loose.density), ROOM, LIQUID, tmp_path / "liquid", seed=3)
    gas = assemble({name: 1}, known(name).positions())
    sample(gas, State(298.15), GAS, tmp_path / "gas", seed=4)
    liquid, vapour = account(tmp_path / "liquid"), account(tmp_path / "gas")
    assert liquid["density"] == pytest.approx(density, rel=0.04)
    energy = vapour["mean_potential_energy"] - liquid["mean_potential_energy"] / count
    assert energy + thermal_energy(298.15) == pytest.approx(vaporisation, abs=4.0)


@pytest.mark.slow
def test_salt_water_has_the_density_measured(tmp_path):
    """2.56 mol NaCl in a kg of water: 1.096 g/cm^3 at 298 K (experiment)."""
    solution = lattice_box({"spce": 260, "sodium": 12, "chloride": 12}, seed=1)
    sample(solution, ROOM, LIQUID, tmp_path, seed=3)
    assert account(tmp_path)["density"] == pytest.approx(1.096, rel=0.015)
