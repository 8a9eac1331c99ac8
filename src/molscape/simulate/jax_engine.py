"""The `jax` engine: any potential, replicas side by side, the whole loop compiled."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from molscape.core.frames import Frames
from molscape.core.record import Progress
from molscape.core.topology import Topology
from molscape.simulate.engine import Engine, Evaluation

if TYPE_CHECKING:
    from molscape.core.potential import Potential
    from molscape.simulate.order import Order
    from molscape.simulate.run import Run
    from molscape.simulate.tempering import Tempering


@dataclass(frozen=True)
class Jax(Engine):
    """Dynamics in JAX, in any ensemble.

    NVE is velocity Verlet; Langevin is BAOAB (Leimkuhler and Matthews, Appl. Math. Res.
    Express 2013, 34), whose configurational averages are exact for harmonic wells; Brownian is
    its limit of infinite friction, without velocities and temperature; NoseHoover is velocity
    Verlet between two halves of the chain (`nose_hoover`). A barostat is Monte
    Carlo with any of them (`volume_moves`): 20 attempts in its `time`, molecules moved as wholes,
    the step in volume adapted during equilibration only. A run is refused also if an Ewald sum
    has too few wave vectors for its box, later under a barostat too.

    Args:
        precision: "single" or "double"; frames are always evaluated in double precision.
        replicas: independent copies run side by side by `vmap`; default one per start frame.
        tempering: temperatures that exchange configurations, each with so many replicas; the
            run that is returned is that at the ensemble's, and its `ladder` has all.

    Raises:
        ValueError: if there is no such precision.
    """

    name: ClassVar[str] = "jax"
    citation: ClassVar[str] = (
        "B. Leimkuhler and C. Matthews, Appl. Math. Res. Express 2013, 34 (the BAOAB Langevin "
        "integrator of the jax engine)."
    )

    precision: str = "single"
    replicas: int | None = None
    tempering: Tempering | None = None

    def __post_init__(self) -> None:
        if self.precision not in ("single", "double"):
            raise ValueError(f"precision {self.precision!r}: use 'single' or 'double'")

    def carry_out(self, order: Order, folder: Path | str | None, progress: Progress | None) -> Run:
        """Run an order in one compiled loop."""
        from molscape.simulate.jax_runner import run_compiled

        return run_compiled(
            order, self.replicas, self.tempering, self.precision, folder=folder, progress=progress
        )

    def evaluate(self, potential: Potential, topology: Topology, frames: Frames) -> Evaluation:
        """Return energies, forces and pressures in double precision."""
        from molscape.core.trajectory import Trajectory
        from molscape.simulate.evaluation import evaluate

        return evaluate(potential, Trajectory.from_frames(topology, frames))
