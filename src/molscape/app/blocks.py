"""What every block of a recipe shares."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Strict(BaseModel):
    """A block of a recipe; unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)
