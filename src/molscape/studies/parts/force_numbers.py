"""The numbers of a force loss: of fits of every kind of study."""

from __future__ import annotations

import numpy as np

from molscape.core.record import THIS_RUN, Record
from molscape.fit.result import ForceLoss

FORCE_UNIT = "(kJ/mol/nm)²"


def force_numbers(record: Record, name: str, loss: ForceLoss) -> None:
    """Put a force loss, its floor and the explained share into the record."""
    record.add(
        f"{name}.force_loss.validation",
        loss.validation,
        FORCE_UNIT,
        error=loss.error,
        source=THIS_RUN,
        note="mean squared deviation on frames left out of the fit",
    )
    record.add(f"{name}.force_loss.fit", loss.fit, FORCE_UNIT, source=THIS_RUN)
    record.add(
        f"{name}.force_loss.zero_model",
        loss.zero,
        FORCE_UNIT,
        source=THIS_RUN,
        note="loss of no interaction at all: the mean squared force",
    )
    if loss.floor is not None:
        record.add(
            f"{name}.force_loss.noise_floor",
            loss.floor,
            FORCE_UNIT,
            error=loss.floor_error,
            source=THIS_RUN,
            note=f"what no model can go below: the noise of the atoms averaged over; "
            f"{loss.floor_note}",
        )
    known = loss.floor is not None and not loss.floor_is_bound
    record.add(
        f"{name}.force_loss.explained",
        loss.explained,
        "",
        source=THIS_RUN,
        error=explained_error(loss, loss.floor if known else None),
        note="share of what a model of these beads can explain: 1 - (validation - floor)/(zero - "
        "floor)"
        if known
        else "share of the mean squared force, at least: part of the rest is noise of the atoms "
        "averaged over",
    )
    if loss.floor_is_bound:
        record.add(
            f"{name}.force_loss.explained_at_most",
            loss.explained_at_most,
            "",
            source=THIS_RUN,
            error=explained_error(loss, loss.floor),
            note="the share where the noise is as high as its upper bound",
        )


def explained_error(loss: ForceLoss, floor: float | None) -> float:
    """Return the standard error of the explained share, from those of loss and floor."""
    least = floor or 0.0
    uncertain = 0.0 if floor is None else loss.floor_error or 0.0
    by_loss = loss.error / (loss.zero - least)
    by_floor = uncertain * (loss.zero - loss.validation) / (loss.zero - least) ** 2
    return float(np.hypot(by_loss, by_floor))
