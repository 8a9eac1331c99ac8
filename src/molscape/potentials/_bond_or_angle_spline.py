"""What splines of bonds and angles share: free ends, walls on both sides."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np

from molscape.potentials._bonded_spline import BondedSpline


class BondOrAngleSpline(BondedSpline):
    """A spline with free ends: intervals + degree parameters a row, walls on both sides."""

    ends: ClassVar[Literal["cutoff", "free", "periodic"]] = "free"

    def _size(self, intervals: int) -> int:
        return intervals + self.degree

    @property
    def intervals(self) -> int:
        """Number of knot intervals between start and end."""
        return int(self.parameters.shape[1]) - self.degree

    def _terms(self, interval: Any) -> Any:
        return interval[..., None] + np.arange(self.degree + 1, dtype=np.int32)

    def _differences(self, order: int) -> np.ndarray:
        return np.asarray(np.diff(np.eye(self.parameters.shape[1]), n=order, axis=0))

    def _room(self) -> tuple[int, int]:
        """Return how many intervals may be added before the start and after the end."""
        wanted = self.degree - 2
        return min(wanted, int(self.start / self.spacing + 1e-9)), wanted

    def _floors(self, first: int, last: int, stiffness: float) -> tuple[float, float]:
        """Return the least curvature of the walls on both sides of a sampled range."""
        return stiffness, stiffness

    def _supported(self, own: np.ndarray, low: int, high: int) -> tuple[int, int]:
        """Return the outermost coefficients of a sampled range that are kept."""
        outer = min(self.degree - 2, (high - low - self.degree) // 2)
        for _ in range(outer):
            low += int(own[low] < np.min(own[low + 1 : high]))
            high -= int(own[high] < np.min(own[low + 1 : high]))
        return low, high

    def _close(self, own: np.ndarray, last: int) -> None:
        """Change the coefficients beyond a sampled range that ends with interval `last`."""

    def extrapolated(self, first: np.ndarray, last: np.ndarray, stiffness: float) -> BondedSpline:
        """Return the spline with walls on both sides of the sampled range of each type.

        Outside intervals `first[type]` to `last[type]` the second derivative of the energy goes
        on as it is there, but never below `stiffness` (kJ/mol/nm^2 or kJ/mol/rad^2): the
        coefficients of u'' are replaced by the larger of the last sampled one and the
        stiffness. Neither slope nor curvature of a wall are less than those of the parabola
        that comes closest to the sampled range: there noise can bend the ends of a narrow well
        outwards, into wells that nothing supports. Coefficients whose B-splines lie mostly
        outside the sampled range are replaced too where they are lower than all inside: data say
        least about them, and a range does not end where beads come most. The spline grows by up to
        degree - 2 intervals on both sides, so that the walls also stand where the ends are well
        sampled. The lowest energy becomes zero.
        """
        before, after = self._room()
        full = np.array(self.parameters, dtype=np.float64)
        full = np.pad(full, ((0, 0), (before, after)))
        first, last = np.asarray(first), np.asarray(last)
        h2 = self.spacing**2
        for row, (begin, stop) in enumerate(zip(first, last, strict=True)):
            least = self._floors(int(begin), int(stop), stiffness)
            # Each sampled interval holds degree + 1 coefficients: those of the range stay.
            low, high = int(begin) + before, int(stop) + before + self.degree
            own = full[row]
            low, high = self._supported(own, low, high)
            bend, rises = nearest_parabola(own[low : high + 1])
            wall = max((own[low] - 2 * own[low + 1] + own[low + 2]) / h2, least[0], bend / h2)
            rise = max(own[low] - own[low + 1], rises[0])
            for j in range(low - 1, -1, -1):
                rise += h2 * wall
                own[j] = own[j + 1] + rise
            wall = max((own[high] - 2 * own[high - 1] + own[high - 2]) / h2, least[1], bend / h2)
            rise = max(own[high] - own[high - 1], rises[1])
            for j in range(high + 1, len(own)):
                rise += h2 * wall
                own[j] = own[j - 1] + rise
            self._close(own, int(stop) + before)
        changed = {
            **self.settings(),
            "types": self.types,
            "start": self.start - before * self.spacing,
            "end": self.end + after * self.spacing,
            "intervals": self.intervals + before + after,
            "parameters": full,
        }
        grown = type(self)(**changed)
        return grown._zeroed(first + before, last + before)


def nearest_parabola(values: np.ndarray) -> tuple[float, tuple[float, float]]:
    """Return the second difference, and the rises outwards at both ends, of the nearest parabola.

    Where it opens downwards, as over a barrier, it says nothing: zero and minus infinity.
    """
    x = np.arange(len(values), dtype=np.float64)
    a, b, _ = np.polyfit(x, values, 2)
    if a <= 0:
        return 0.0, (-np.inf, -np.inf)
    last = x[-1]
    return 2 * a, (-(a + b), a * (2 * last - 1) + b)
