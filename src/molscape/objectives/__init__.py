"""What a good model means."""

from molscape.objectives.force_matching import ForceMatching

__all__ = ["ForceMatching"]
