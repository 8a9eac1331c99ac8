"""What an analysis returns: a curve with its standard error and units."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float


@dataclass(frozen=True, eq=False)
class Curve:
    """A function of one variable with error bars.

    `x` and `y` carry the units `x_unit` and `y_unit`; `error` is the standard error of `y`
    (NaN where it could not be estimated). `samples` counts what fell in each bin, if binned.
    """

    x: Float[np.ndarray, " bin"]
    y: Float[np.ndarray, " bin"]
    error: Float[np.ndarray, " bin"]
    x_label: str
    x_unit: str
    y_label: str
    y_unit: str
    samples: Float[np.ndarray, " bin"] | None = None

    def to_dict(self) -> dict[str, object]:
        """Return plain lists and strings, ready for JSON."""
        return {
            "x": self.x.tolist(),
            "y": self.y.tolist(),
            "error": self.error.tolist(),
            "x_label": self.x_label,
            "x_unit": self.x_unit,
            "y_label": self.y_label,
            "y_unit": self.y_unit,
            "samples": None if self.samples is None else self.samples.tolist(),
        }
