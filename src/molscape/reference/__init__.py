"""All-atom data made here with OpenMM, and the data that come with the package.

options = reference.MakingOptions(temperature=298.0)
folder = reference.make_reference({"methanol": 200}, "methanol", options)
"""

from __future__ import annotations

from typing import Any

from molscape.core.lazy import load

_NAMES = {
    "AllAtomSystem": "system",
    "MOLECULES": "molecules",
    "Interactions": "assembly",
    "alanine_dipeptide": "peptide",
    "assemble": "assembly",
    "lattice_box": "assembly",
    "Hardware": "engine",
    "SamplingSchedule": "schedule",
    "sample": "sampling",
    "MakingOptions": "making",
    "make_reference": "making",
    "ReferencePlan": "making",
    "plan_reference": "making",
    "rebuild": "rebuilding",
    "HeldSampling": "mean_forces",
    "MeanForces": "mean_forces",
    "averaged_forces": "mean_forces",
    "with_constraints": "rigid",
    "is_reference": "folder",
    "open_folder": "folder",
    "shipped": "shipping",
    "measure_speed": "speed",
    "Relaxation": "relaxing",
    "relax": "relaxing",
    "rerun": "rerunning",
    "ForceField": "force_field_files",
    "Nonbonded": "force_field_files",
    "load_force_field": "force_field_files",
}

__all__ = list(_NAMES)


def __getattr__(name: str) -> Any:
    return load(__name__, _NAMES, name)
