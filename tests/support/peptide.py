"""Alanine dipeptide as recipes make it, and its beads."""

from pathlib import Path

from molscape.app.loading import load_recipe
from support.studies import write_recipe

MOLECULE = "ACE-ALA-NME"
MAKE = {"molecules": {"alanine-dipeptide": 1}, "phase": "implicit", "platform": "reference"}
BEADS = {
    "C1": {"molecule": MOLECULE, "atoms": ["C"], "residues": ["ACE"]},
    "N1": {"molecule": MOLECULE, "atoms": ["N"], "residues": ["ALA"]},
    "CA": {"molecule": MOLECULE, "atoms": ["CA"]},
    "C2": {"molecule": MOLECULE, "atoms": ["C"], "residues": ["ALA"]},
    "N2": {"molecule": MOLECULE, "atoms": ["N"], "residues": ["NME"]},
}


def write_peptide(folder: Path, make: dict, **changes):
    """Write a study of a peptide that is made; return recipe and base."""
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
