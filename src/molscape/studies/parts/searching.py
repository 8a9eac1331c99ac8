"""Options of a model chosen by cross-validation, stage by stage."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from molscape.studies.blocks.keys import set_key
from molscape.studies.blocks.model import ModelBlock
from molscape.studies.parts.fits import cross_validate
from molscape.studies.parts.models import ModelTask

if TYPE_CHECKING:
    from molscape.core.potential import Potential


def search_model(
    block: ModelBlock,
    task: ModelTask,
    build: Callable[[ModelBlock], Potential],
    folder_of: Callable[[ModelBlock], Path],
) -> tuple[ModelBlock, dict[str, float]]:
    """Return the block with the values that were best, and the loss of everything tried.

    In each stage all combinations of its values are cross-validated with what earlier stages
    chose; the smallest mean loss on frames held out wins.

    Args:
        block: a model with a `search`.
        task: what fits need; its potential and folder are those of each candidate.
        build: makes the potential of a block.
        folder_of: where the folds of a block are kept, so that they are trained once.

    Raises:
        ValueError: if the fit is not a training, or a key does not exist.
    """
    chosen, told = block.model_copy(update={"search": []}), {}
    for number, stage in enumerate(block.search, start=1):
        losses, candidates = [], []
        for values in product(*stage.values()):
            plain = chosen.model_dump(mode="json", by_alias=True)
            for key, value in zip(stage, values, strict=True):
                set_key(plain, key, value)
            candidate = ModelBlock.model_validate(plain)
            found = None
            if candidate.fit is not None:
                one = replace(task, potential=build(candidate), folder=folder_of(candidate))
                found = cross_validate(candidate.fit, one)
            if found is None:
                raise ValueError(
                    f"{task.name}: a `search` compares trainings: use a fit by `kind: gradient`"
                )
            name = ", ".join(f"{k}={_short(v)}" for k, v in zip(stage, values, strict=True))
            told[f"search.{number}.{name}"] = found.loss
            told[f"search.{number}.{name}.error"] = found.error
            losses.append(found.loss)
            candidates.append(candidate)
        chosen = candidates[int(np.argmin(losses))]
    return chosen, told


def _short(value: Any) -> str:
    return "-".join(map(str, value)) if isinstance(value, list) else str(value)
