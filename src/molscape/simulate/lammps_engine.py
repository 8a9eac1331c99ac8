"""The `lammps` engine: classical terms at LAMMPS' speed, and through it any potential."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from molscape.core.frames import Frames
from molscape.core.record import Progress
from molscape.core.topology import Topology
from molscape.simulate.engine import Engine, Evaluation
from molscape.simulate.lammps_process import find_lammps

if TYPE_CHECKING:
    from molscape.core.potential import Potential
    from molscape.simulate.order import Order
    from molscape.simulate.run import Run


@dataclass(frozen=True)
class Lammps(Engine):
    """Dynamics in LAMMPS, from one frame.

    NVE is velocity Verlet; Langevin is velocity Verlet with LAMMPS' `fix langevin`, and `fix
    nph` with a barostat; NoseHoover is `fix nvt`, or `fix npt` with a barostat; Brownian is `fix
    brownian`, Euler's step. State passes between the processes as binary numbers, with the
    variables of chains and barostats in LAMMPS' own restart file, so nothing is lost between
    chunks. Where a term of a model has no counterpart, such as a network, molscape computes all
    forces for LAMMPS' steps (`lammps_bridge`). If a run breaks down, the end of LAMMPS' log stays
    in `lammps/blow-up.log` of its folder.

    Args:
        threads: OpenMP threads; sameness after a kill is promised for one.
        precision: of forces that only molscape can compute, "single" or "double"; LAMMPS itself
            is double.
    """

    name: ClassVar[str] = "lammps"
    citation: ClassVar[str] = (
        "A. P. Thompson et al., Comput. Phys. Commun. 271, 108171 (2022) (LAMMPS)."
    )
    relative_speed: ClassVar[float] = 1.2

    threads: int = 1
    precision: str = "double"

    def carry_out(self, order: Order, folder: Path | str | None, progress: Progress | None) -> Run:
        """Run an order, in a subprocess for each chunk or through the bridge."""
        from molscape.export.lammps_coulomb import check_excluded
        from molscape.simulate.force_callback import is_opaque
        from molscape.simulate.lammps_bridge import run_bridged
        from molscape.simulate.lammps_runner import run_scripts

        check_excluded(order.potential, order.topology, order.start)
        if is_opaque(order.potential):
            return run_bridged(order, self.precision, folder, progress)
        return run_scripts(order, self.threads, folder, progress)

    def evaluate(self, potential: Potential, topology: Topology, frames: Frames) -> Evaluation:
        """Return energies, forces and pressures as LAMMPS computes them.

        What has no counterpart in LAMMPS is evaluated by `fix external`.
        """
        from molscape.simulate.lammps_evaluation import evaluate_in_lammps

        return evaluate_in_lammps(potential, topology, frames, self.precision)

    def available(self) -> str | None:
        """Return why there is no LAMMPS; None if there is one."""
        try:
            find_lammps()
        except FileNotFoundError as error:
            return str(error)
        return None
