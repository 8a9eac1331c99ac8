"""What fitting a model of a study needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from molscape.core.frames import Frames
from molscape.core.record import Progress
from molscape.studies.blocks.simulate import SimulateBlock
from molscape.studies.parts.state_points import StatePoint

if TYPE_CHECKING:
    from molscape.core.potential import Potential


@dataclass(frozen=True, eq=False)
class ModelTask:
    """What a fit needs: the potential to begin with, the data, and how models are run."""

    name: str
    potential: Potential
    points: Sequence[StatePoint]
    simulate: SimulateBlock
    starts: Sequence[Frames]
    folder: Path
    seed: int
    noise_floor: str
    progress: Progress
