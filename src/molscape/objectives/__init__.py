"""What a good model means."""

from molscape.objectives.energy_matching import EnergyAndForceMatching
from molscape.objectives.force_jumps import ForceJumps, force_jumps
from molscape.objectives.force_matching import ForceMatching
from molscape.objectives.noise_floor import NoiseFloor, noise_floor

__all__ = [
    "EnergyAndForceMatching",
    "ForceJumps",
    "ForceMatching",
    "NoiseFloor",
    "force_jumps",
    "noise_floor",
]
