"""The noise floor of a force loss: from like configurations, or from beads that are held."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from molscape.core.record import Progress
from molscape.studies.parts.state_points import StatePoint

if TYPE_CHECKING:
    from molscape.fit.result import Fit, ForceLoss
    from molscape.studies.parts.models import ModelTask

HELD_FRAMES = 3
"""Configurations whose beads are held."""

HELD_SAMPLES = 160
"""Instantaneous forces that are averaged in each."""


def with_floor(found: Fit, task: ModelTask) -> Fit:
    """Return the fit with the noise of the reference's forces beside its loss.

    Raises:
        ValueError: if beads are to be held in a reference that cannot be built again.
    """
    loss = found.force_loss
    if task.noise_floor == "none" or loss is None:
        return found
    if task.points and all(point.mapping.keeps_atoms for point in task.points):
        told = "every atom is a bead, so its force is a function of the beads"
        return replace(found, force_loss=replace(loss, floor=0.0, floor_error=0.0, floor_note=told))
    if len(task.points) > 1:
        told = "not estimated: the fit pools several states, each with a floor of its own"
        return replace(found, force_loss=replace(loss, floor_note=told))
    if task.noise_floor == "held":
        return replace(found, force_loss=_held(loss, task.points[0], task.seed, task.progress))
    from molscape.objectives import noise_floor

    point = task.points[0]
    task.progress("noise floor", 0, 1)
    try:
        estimate = noise_floor(point.beads, found.potential)
    except ValueError as error:
        return replace(found, force_loss=replace(loss, floor_note=f"not estimated: {error}"))
    task.progress("noise floor", 1, 1)
    loss = replace(
        loss,
        floor=estimate.value,
        floor_error=estimate.error,
        floor_note=estimate.note,
        floor_is_bound=point.beads[0].box is not None,
    )
    return replace(found, force_loss=loss)


def _held(loss: ForceLoss, point: StatePoint, seed: int, progress: Progress) -> ForceLoss:
    """Sample the atoms with the beads of a few frames held: no bias, but all-atom dynamics."""
    from molscape.core.frames import Frames
    from molscape.reference.mean_forces import HeldSampling, averaged_forces
    from molscape.reference.rebuilding import rebuild

    folder = point.atoms.files[0].parent
    if not point.atoms.about.get("composition"):
        raise ValueError(
            "noise_floor: held needs a reference that molscape made or ships, to build its atoms "
            "again: use noise_floor: neighbours"
        )
    atoms = point.atoms.trajectory
    picks = np.linspace(0, len(atoms) - 1, HELD_FRAMES + 2).astype(int)[1:-1]
    frames = Frames.concatenate([atoms[int(k)] for k in picks])
    averaged = averaged_forces(
        rebuild(folder),
        point.mapping,
        frames,
        HeldSampling(point.state.temperature, samples=HELD_SAMPLES),
        seed=seed,
        progress=progress,
    )
    floor, error = averaged.noise_floor
    return replace(
        loss,
        floor=floor,
        floor_error=error,
        floor_note=f"forces averaged over the atoms with the beads of {len(picks)} frames held",
    )
