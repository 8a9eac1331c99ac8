"""How long a run is and what it keeps."""

from dataclasses import dataclass, field

from molscape.core.identity import absent


@dataclass(frozen=True)
class Schedule:
    """Steps, time step (ps) and what is kept of them.

    `equilibration` steps are run first and not kept; then a frame is kept `every` so many
    steps. State is saved, and read back, after each of about `chunks` parts, so that a run
    that is stopped goes on with the same numbers. `seed` fixes every random number. A run ends
    early where more than the share `outside_stop` of a chunk's frames has a feature outside
    the range of a learned potential's training data; None lets it go on.

    Raises:
        ValueError: if a count is not positive, or `steps` is not a multiple of `every`.
    """

    steps: int
    timestep: float = 0.005
    every: int = 200
    equilibration: int = 0
    chunks: int = 10
    seed: int = 0
    outside_stop: float | None = field(default=None, metadata=absent(None))

    def __post_init__(self) -> None:
        for name in ("steps", "timestep", "every", "chunks"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} must be positive, got {getattr(self, name)}")
        if self.outside_stop is not None and not 0 <= self.outside_stop <= 1:
            raise ValueError(f"outside_stop is a share between 0 and 1, got {self.outside_stop}")
        if self.equilibration < 0:
            raise ValueError(f"equilibration cannot be negative, got {self.equilibration}")
        if self.steps % self.every:
            raise ValueError(
                f"steps ({self.steps}) is not a multiple of every ({self.every}): frames are kept "
                f"every so many steps, use {self.steps // self.every * self.every or self.every}"
            )

    def parts(self) -> list[tuple[int, bool]]:
        """Return (steps, kept) of each chunk, in order: first equilibration, then production."""
        frames = self.steps // self.every
        count = min(self.chunks, frames)
        sizes = [frames // count + (k < frames % count) for k in range(count)]
        parts = [(size * self.every, True) for size in sizes]
        return ([(self.equilibration, False)] if self.equilibration else []) + parts

    def pieces(self, steps: int) -> list[int]:
        """Return the steps from frame to frame of a chunk; the last of them may be fewer."""
        rest = steps % self.every
        return [self.every] * (steps // self.every) + ([rest] if rest else [])
