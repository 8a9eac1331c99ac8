"""The `openmm` engine: on processors and GPUs, the model's terms as OpenMM forces."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from molscape.core.frames import Frames
from molscape.core.record import Progress
from molscape.core.topology import Topology
from molscape.export.openmm_platform import Platform, choose_platform
from molscape.simulate.engine import Engine, Evaluation

if TYPE_CHECKING:
    from molscape.core.potential import Potential
    from molscape.simulate.order import Order
    from molscape.simulate.run import Run

USUAL = 1000
"""Particles for which `auto` chooses a platform where there is no system yet."""


@dataclass(frozen=True)
class OpenMM(Engine):
    """Dynamics in OpenMM, from one frame.

    NVE is velocity Verlet, Langevin the middle scheme (temperatures are those half a step
    behind), Nosé-Hoover chains and the Monte Carlo barostat are OpenMM's own. The pressure is
    found by straining the box a little both ways; it is not a number where the energy jumps.
    Where a term of a model has no counterpart, such as a network, molscape computes all forces
    (`openmm_callback`). A run is refused also if a barostat makes the box smaller than twice the
    cutoff.

    Args:
        platform: "auto", "Reference", "CPU", "CUDA", "OpenCL" or "HIP"; with "auto" frames are
            evaluated on the Reference platform, in double precision.
        threads: for the CPU platform.
        precision: "single", "mixed" or "double"; double on a CPU is the Reference platform.
    """

    name: ClassVar[str] = "openmm"
    citation: ClassVar[str] = "P. Eastman et al., J. Phys. Chem. B 128, 109 (2024) (OpenMM)."
    relative_speed: ClassVar[float] = 0.5

    platform: str = "auto"
    threads: int = 1
    precision: str = "mixed"

    def carry_out(self, order: Order, folder: Path | str | None, progress: Progress | None) -> Run:
        """Run an order, each chunk in a context of its own."""
        from molscape.simulate.openmm_runner import run_in_contexts

        return run_in_contexts(order, self._chosen(len(order.topology)), folder, progress)

    def evaluate(self, potential: Potential, topology: Topology, frames: Frames) -> Evaluation:
        """Return energies, forces and pressures as OpenMM computes them.

        What has no counterpart in OpenMM is evaluated by `PythonForce`. Pressures are found by
        differences; they are not numbers without a box, or where the energy jumps.
        """
        from molscape.simulate.openmm_evaluation import evaluate_in_openmm

        platform = "Reference" if self.platform.lower() == "auto" else self.platform
        chosen = choose_platform(platform, self.precision, self.threads, len(topology))
        return evaluate_in_openmm(potential, topology, frames, chosen)

    def available(self) -> str | None:
        """Return why OpenMM or its platform is not there; None if it is."""
        try:
            self._chosen()
        except (ImportError, ValueError) as error:
            return str(error)
        return None

    def describe(self) -> str:
        """Return the engine, its platform and its precision."""
        platform = self._chosen()
        return f"{self.name}, platform {platform.name}, {platform.precision} precision"

    def _chosen(self, particles: int = USUAL) -> Platform:
        return choose_platform(self.platform, self.precision, self.threads, particles)
