"""The chunks of the lammps engine: a script and a subprocess for each."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from jaxtyping import Float

from molscape.core.ensemble import Ensemble
from molscape.core.record import Progress
from molscape.core.topology import Topology
from molscape.core.units import ANGSTROM, ATMOSPHERE, KILOCALORIE, LAMMPS_REAL
from molscape.export.lammps import head, integrator
from molscape.export.lammps_styles import write_styles
from molscape.io.lammps_binary import read_binary_dump
from molscape.simulate.chunks import OBSERVABLES, Chunk, EngineState
from molscape.simulate.lammps_files import DATA, INCLUDE, STATE, read_only_frame, write_start
from molscape.simulate.lammps_process import LOG, Executable, ScriptEnd, find_lammps, run_script
from molscape.simulate.order import Order, starting_state, suited_velocities
from molscape.simulate.run import Run, run_chunks, timed
from molscape.simulate.schedule import Schedule
from molscape.simulate.watch import (
    TOO_HOT,
    explain_blow_up,
    hottest,
    ideal_pressure,
    not_finite,
)

FRAMES, END = "frames.bin", "end.bin"

RESTART, NEXT = "chunk.restart", "next.restart"
"""LAMMPS' own state, where a thermostat or a barostat has variables: before and after a chunk."""

BROKEN = ("Lost atoms", "Pair distance", "Non-numeric", "atoms missing", "atom missing",
          "Out of range atoms", "Bad FENE", "Bond length", "out of range")  # fmt: skip
"""LAMMPS errors that mean that the beads flew apart, not that the script is wrong."""

LOG_TAIL = 200


def run_scripts(
    order: Order, threads: int, folder: Path | str | None, progress: Progress | None
) -> Run:
    """Run an order in LAMMPS, a script for each chunk; see `lammps_engine.Lammps`.

    Raises:
        FileNotFoundError: if there is no LAMMPS.
        ValueError: if a term has no counterpart in LAMMPS, or arguments do not fit.
        RuntimeError: if LAMMPS fails for another reason than a model that breaks down.
    """
    executable = find_lammps()
    begin = starting_state(order, 1)
    home = tempfile.TemporaryDirectory(prefix="molscape-") if folder is None else Path(folder)
    scratch = Path(home if isinstance(home, Path) else home.name) / "lammps"
    runner = LammpsRunner(order, executable, scratch, threads)
    prepared = False

    def advance(state: EngineState, steps: int, keep: bool, seed: int) -> Chunk:
        nonlocal prepared
        if not prepared:
            scratch.mkdir(parents=True, exist_ok=True)
            write_styles(order.potential, order.topology, scratch / INCLUDE)
            prepared = True
        return runner.advance(state, steps, keep, seed)

    return run_chunks("lammps", advance, begin, order, {}, home, progress)


@dataclass(frozen=True)
class LammpsRunner:
    """Runs chunks in a scratch folder that holds the styles."""

    order: Order
    executable: Executable
    folder: Path
    threads: int

    @property
    def topology(self) -> Topology:
        """The beads."""
        return self.order.topology

    @property
    def ensemble(self) -> Ensemble:
        """What is sampled."""
        return self.order.ensemble

    @property
    def schedule(self) -> Schedule:
        """What is kept."""
        return self.order.schedule

    def advance(self, state: EngineState, steps: int, keep: bool, seed: int) -> Chunk:
        """Run one chunk; its files are removed if it was good."""
        chunk, seconds = timed(lambda: self._advance(state, steps, keep, seed))
        if chunk.blow_up is not None:
            tail = (self.folder / LOG).read_text(errors="replace").splitlines()[-LOG_TAIL:]
            (self.folder / "blow-up.log").write_text("\n".join(tail) + "\n")
        for file in self.folder.glob("chunk.*"):
            file.unlink()
        for name in (STATE, FRAMES, END, NEXT):
            (self.folder / name).unlink(missing_ok=True)
        return replace(chunk, seconds=seconds)

    def _advance(self, state: EngineState, steps: int, keep: bool, seed: int) -> Chunk:
        for name in (FRAMES, END, NEXT):
            (self.folder / name).unlink(missing_ok=True)
        counts = self._prepare(state)
        periodic, resumed = state.box is not None, "restart" in state.extra
        script = self._script(periodic, resumed, steps, keep, seed)
        outcome = run_script(self.executable, script, self.folder, self.threads)
        thermo = outcome.thermo[outcome.thermo[:, 0] > 0]
        good = self._good(thermo)
        complete = outcome.status == 0 and good == len(thermo)
        if not complete and good == len(thermo) and not _broke(outcome):
            raise RuntimeError(
                f"LAMMPS failed: {outcome.error or f'exit status {outcome.status}'}; its log is "
                f"lammps/{LOG} in the folder of the run, if one was given"
            )
        thermo = thermo[:good]
        positions, boxes = np.zeros((0, len(self.topology), 3)), np.zeros((0, 3, 3))
        if keep:
            positions, boxes = self._frames(counts, good)
        thermo = thermo[: len(positions)]
        end = self._end(state, counts, steps) if complete else state
        reason = None if complete else self._reason(outcome, state.step, good)
        first = state.step - self.schedule.equilibration
        volumes = np.linalg.det(boxes) if periodic else np.full(len(boxes), np.nan)
        return Chunk(
            positions=positions[:, None],
            observables=self._observables(thermo, first, volumes),
            state=end,
            seconds=0.0,
            blow_up=reason,
            boxes=boxes[:, None] if self.ensemble.barostat is not None else None,
        )

    def _prepare(self, state: EngineState) -> Float[np.ndarray, "particle 3"]:
        """Write what a chunk starts from; return the box vectors that LAMMPS does not count."""
        if "restart" in state.extra:
            (self.folder / RESTART).write_bytes(state.extra["restart"].tobytes())
            return state.extra["images"].astype(np.float64)
        positions, counts = state.positions[0], 0 * state.positions[0]
        velocities = suited_velocities(self.order, state.velocities)
        box = None if state.box is None else state.box[0]
        if box is not None:
            counts = np.floor(positions @ np.linalg.inv(box))
            positions = positions - counts @ box
        write_start(self.folder, self.topology, positions, velocities[0], box)
        return counts

    def _script(
        self, periodic: bool, resumed: bool, steps: int, keep: bool, seed: int
    ) -> list[str]:
        every = self.schedule.every
        lines = head(periodic, RESTART if resumed else DATA, INCLUDE, resumed)
        if not resumed:
            box = "yes" if periodic else "no"
            lines.append(f"read_dump {STATE} 0 x y z vx vy vz box {box} replace yes")
        lines += integrator(self.ensemble, self.topology, self.schedule.timestep, seed)
        pressure = "press"
        if not self.ensemble.velocities:
            # LAMMPS' velocities are displacements over the time step: nothing to observe.
            lines.append("compute configurational all pressure NULL virial")
            pressure = "c_configurational"
        lines += [
            f"thermo {every}",
            f"thermo_style custom step temp pe etotal {pressure}",
            "thermo_modify format float %.15g flush yes",
        ]
        if keep:
            lines += [f"dump frames all custom {every} {FRAMES} id xu yu zu"]
        lines += [f"run {steps}", f"write_dump all custom {END} id xu yu zu vx vy vz"]
        return [*lines, f"write_restart {NEXT}"] if self._keeps_more else lines

    @property
    def _keeps_more(self) -> bool:
        """Whether thermostat or barostat have variables of their own."""
        return self.ensemble.extended or self.ensemble.barostat is not None

    def _good(self, thermo: np.ndarray) -> int:
        """Number of lines before the first that is not finite or too hot."""
        bad = ~np.isfinite(thermo).all(axis=1) | (thermo[:, 1] > hottest(self.ensemble))
        return int(np.argmax(bad)) if bad.any() else len(thermo)

    def _frames(
        self, counts: np.ndarray, good: int
    ) -> tuple[Float[np.ndarray, "frame particle 3"], Float[np.ndarray, "frame 3 3"]]:
        kept: list[np.ndarray] = []
        boxes: list[np.ndarray] = []
        for frame in read_binary_dump(self.folder / FRAMES):
            if frame.step > 0 and len(kept) < good:
                box = frame.box * ANGSTROM
                kept.append(frame.sorted().take("xu", "yu", "zu") * ANGSTROM + counts @ box)
                boxes.append(box)
        positions = np.array(kept, dtype=np.float64).reshape(-1, len(self.topology), 3)
        return positions, np.array(boxes, dtype=np.float64).reshape(-1, 3, 3)

    def _end(self, state: EngineState, counts: np.ndarray, steps: int) -> EngineState:
        frame = read_only_frame(self.folder / END)
        box, extra = state.box, {}
        if self.ensemble.barostat is not None:
            box = (frame.box * ANGSTROM)[None]
        if self._keeps_more:
            file = (self.folder / NEXT).read_bytes()
            extra = {"restart": np.frombuffer(file, dtype=np.uint8), "images": counts}
        positions = frame.take("xu", "yu", "zu") * ANGSTROM
        return EngineState(
            (positions if box is None else positions + counts @ box[0])[None],
            (frame.take("vx", "vy", "vz") * LAMMPS_REAL.velocity)[None],
            box,
            state.step + steps,
            extra=extra,
        )

    def _observables(
        self, thermo: np.ndarray, first: int, volumes: np.ndarray
    ) -> dict[str, Float[np.ndarray, "frame replica"]]:
        step, temperature, potential_energy, total, pressure = thermo.T[:, :, None]
        if not self.ensemble.velocities:
            ideal = ideal_pressure(self.ensemble, len(self.topology), volumes)
            temperature = total = np.full_like(temperature, np.nan)
            pressure = pressure + ideal[:, None] / ATMOSPHERE
        values = (
            (first + step) * self.schedule.timestep,
            temperature,
            potential_energy * KILOCALORIE,
            total * KILOCALORIE,
            np.where(np.isnan(volumes), np.nan, pressure[:, 0] * ATMOSPHERE)[:, None],
            volumes[:, None],
        )
        return dict(zip(OBSERVABLES, values, strict=True))

    def _reason(self, outcome: ScriptEnd, first: int, good: int) -> str:
        thermo = outcome.thermo[outcome.thermo[:, 0] > 0]
        if good < len(thermo):
            finite = bool(np.isfinite(thermo[good]).all())
            what = TOO_HOT if finite else not_finite("energy or temperature")
        else:
            what = _words(outcome.error)
        every, timestep = self.schedule.every, self.schedule.timestep
        last = first + good * every
        return explain_blow_up(what, last, last + every, timestep)


def _broke(outcome: ScriptEnd) -> bool:
    return outcome.status != 0 and any(text in outcome.error for text in BROKEN)


def _words(error: str) -> str:
    """Say an error of LAMMPS in words, with its own behind."""
    if "Pair distance" in error:
        return f"two beads came closer than the model's table begins (LAMMPS: {error})"
    if "atom" in error and "missing" in error:
        return f"a bond tore (LAMMPS: {error})"
    return f"beads flew out of the box (LAMMPS: {error})"
