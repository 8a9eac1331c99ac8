"""What a good model means."""

from molscape.objectives.force_matching import ForceMatching
from molscape.objectives.noise_floor import NoiseFloor, noise_floor

__all__ = ["ForceMatching", "NoiseFloor", "noise_floor"]
