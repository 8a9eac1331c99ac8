"""Structure, dynamics, thermodynamics, error bars and floors, of trajectories of any size.

curve = analysis.rdf(trajectory, "W.W")
blocks = analysis.rdf_blocks(trajectory, "W.W")     # curve, error and floor from one pass
value, error = analysis.distance_with_error(blocks, other)
limit, error = analysis.floor(blocks)
"""

from __future__ import annotations

from typing import Any

from molscape.core.lazy import load

_NAMES = {
    "Average": "averages",
    "Blocks": "blocks",
    "Equilibration": "equilibration",
    "JointCounts": "maps",
    "angle_blocks": "bonded",
    "angular_blocks": "angles",
    "angular_distribution": "angles",
    "block_average": "averages",
    "bond_blocks": "bonded",
    "bonded_types": "bonded",
    "centre_blocks": "molecules",
    "coordination_blocks": "coordination",
    "coordination_number": "coordination",
    "deviations": "reconstruction",
    "diffusion": "displacement",
    "diffusion_from_velocities": "velocities",
    "diffusion_ratio": "time_scale",
    "dihedral_blocks": "bonded",
    "displacement_blocks": "displacement",
    "distance_with_error": "distances",
    "distribution_distance": "distances",
    "divergence": "maps",
    "divergence_floor": "maps",
    "energy_drift": "thermodynamics",
    "find_equilibration": "equilibration",
    "first_minimum": "angles",
    "floor": "distances",
    "free_energy": "landscapes",
    "gyration_blocks": "molecules",
    "halves": "distances",
    "map_of": "maps",
    "mean_density": "thermodynamics",
    "mean_pressure": "thermodynamics",
    "mean_squared_displacement": "displacement",
    "mean_temperature": "thermodynamics",
    "rdf": "pair_distribution",
    "rdf_blocks": "pair_distribution",
    "rescaled_time": "time_scale",
    "statistical_inefficiency": "equilibration",
    "velocity_autocorrelation": "velocities",
    "velocity_blocks": "velocities",
    "yeh_hummer_correction": "displacement",
}

__all__ = list(_NAMES)


def __getattr__(name: str) -> Any:
    return load(__name__, _NAMES, name)
