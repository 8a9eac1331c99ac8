from dataclasses import dataclass
from typing import ClassVar

import pytest

from molscape.core import terms
from molscape.core.ensemble import NVE, Brownian, Ensemble, Langevin, NoseHoover
from molscape.export.gromacs_model import WRITERS as GROMACS
from molscape.export.gromacs_run import PARAMETERS
from molscape.export.lammps import COMMANDS
from molscape.export.lammps_styles import WRITERS as LAMMPS
from molscape.export.openmm_dynamics import INTEGRATORS
from molscape.export.openmm_system import WRITERS as OPENMM
from molscape.export.writers import writer_of_ensemble, writers_of

TABLE = {terms.HarmonicBond: "bonds", terms.Coulomb: "charges"}
BOND = terms.HarmonicBond(("A", "B"), 100.0, 0.3)


def test_writers_are_found_by_class_in_the_order_of_the_terms():
    charges = terms.Coulomb(0.9)
    found = writers_of([charges, BOND, charges], TABLE, "LAMMPS")
    assert found == [(charges, "charges"), (BOND, "bonds"), (charges, "charges")]


def test_an_opaque_term_is_refused_with_its_reason():
    network = terms.Opaque("cgnet", 0.6, "it is a network")
    text = "cgnet cannot be written for OpenMM: it is a network; run it with the jax engine"
    with pytest.raises(ValueError, match=text):
        writers_of([BOND, network], TABLE, "OpenMM")


def test_an_unknown_term_is_refused_with_what_there_is():
    angle = terms.HarmonicAngle(("A", "B", "A"), 10.0, 2.0)
    text = "a term HarmonicAngle cannot be written for LAMMPS, only HarmonicBond, Coulomb: run"
    with pytest.raises(ValueError, match=text):
        writers_of([angle], TABLE, "LAMMPS")
    with pytest.raises(ValueError, match=r"HarmonicAngle cannot be written for X, which has none$"):
        writers_of([angle], TABLE, "X", "which has none")


@pytest.mark.parametrize("table", [LAMMPS, OPENMM, GROMACS])
def test_every_exporter_has_pairs_charges_and_all_bonded_terms(table):
    bonded = {terms.HarmonicBond, terms.HarmonicAngle, terms.PeriodicDihedral, terms.BondedTable}
    assert set(table) >= bonded | {terms.PairTable, terms.LennardJones, terms.Coulomb}
    assert terms.Opaque not in table


@pytest.mark.parametrize("table", [COMMANDS, PARAMETERS, INTEGRATORS])
def test_every_exporter_has_all_ensembles(table):
    assert set(table) == {NVE, Langevin, Brownian, NoseHoover}


@dataclass(frozen=True)
class Andersen(Ensemble):
    """An ensemble that no exporter knows."""

    kind: ClassVar[str] = "andersen"
    temperature: float


def test_an_ensemble_without_commands_is_refused():
    assert writer_of_ensemble(NVE(300.0), {NVE: 1, Langevin: 2}, "LAMMPS") == 1
    with pytest.raises(ValueError, match="Andersen cannot be written for LAMMPS, only NVE, Lang"):
        writer_of_ensemble(Andersen(300.0), {NVE: 1, Langevin: 2}, "LAMMPS")
