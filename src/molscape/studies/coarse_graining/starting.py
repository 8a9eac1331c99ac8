"""The frames that models start from."""

from __future__ import annotations

import numpy as np

from molscape.core.frames import Frames
from molscape.core.space import volume
from molscape.studies.coarse_graining.results import CoarseGrainingStudy
from molscape.studies.parts.state_points import StatePoint


def starting_frames(study: CoarseGrainingStudy, point: StatePoint) -> Frames:
    """Start each replica from its own frame of the reference, spread over its time.

    With more replicas than frames some share one. Where the box varies, all start from the frame
    whose volume is nearest to the mean.
    """
    beads = point.beads
    count, available = study.recipe.simulate.replicas, len(beads)
    picks = np.linspace(0, available - 1, count).astype(int)
    if "box" in beads.fields:
        volumes = np.concatenate([volume(chunk.box) for chunk in beads.chunks()])
        if np.ptp(volumes) > 1e-4 * volumes.mean():
            nearest = int(np.argmin(np.abs(volumes - volumes.mean())))
            picks = np.full(count, nearest)
            note = (
                f"the volume of the reference varies by {np.std(volumes) / volumes.mean():.2%}: "
                f"models run in that of frame {nearest}, whose volume is nearest to the mean"
            )
            if note not in study.record.notes:
                study.record.notes.append(note)
    different, place = np.unique(picks, return_inverse=True)
    frames = Frames.concatenate([beads[int(k)] for k in different])[place]
    return frames.replace(velocities=None, forces=None, energies=None, times=None)
