"""Two run folders side by side: numbers, model arrays and trajectories."""

from __future__ import annotations

import filecmp
import os
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

import numpy as np

from molscape.core.record import Record
from molscape.report.format import MISSING, format_number
from molscape.report.record_file import Difference, compare_records, read_record

ARRAY_SUFFIXES = (".npz", ".npy")
TRAJECTORY_SUFFIXES = (".trr", ".xtc", ".dcd", ".lammpstrj", ".h5md", ".gro", ".xyz")
IGNORED_FOLDERS = (".*", "__*", "cache*", "checkpoint*", "fit", "scratch*")
"""Folders whose files are means, not results: a resumed run may rightly differ there."""


@dataclass(frozen=True)
class FileDifference:
    """A file that two runs do not share; `what` says how it differs."""

    path: str
    what: str


@dataclass(frozen=True)
class RunComparison:
    """What two runs agree and disagree on.

    `numbers` holds differences and the timings that were not compared, `files` the files that
    differ, `context` what may explain a difference (seeds, versions, inputs), which by itself
    is none. `number_count` and `file_count` say how much was compared.
    """

    folder_a: str
    folder_b: str
    rtol: float
    numbers: list[Difference]
    files: list[FileDifference]
    context: list[str]
    number_count: int
    file_count: int

    @property
    def same(self) -> bool:
        """Whether numbers and files agree, timings aside; where there are none, nothing does."""
        differ = any(difference.matters for difference in self.numbers)
        return not (self.files or differ or self.empty)

    @property
    def empty(self) -> bool:
        """Whether there is nothing that could agree."""
        return not (self.number_count or self.file_count)

    def lines(self) -> list[str]:
        """Return the comparison as lines of text to print."""
        within = "identical" if self.rtol == 0 else f"equal within a relative {self.rtol:g}"
        found = [difference for difference in self.numbers if difference.matters]
        timings = [difference for difference in self.numbers if not difference.matters]
        lines = [
            f"{self.number_count - len({item.name for item in found})} of {self.number_count} "
            f"numbers and {self.file_count - len(self.files)} of {self.file_count} files "
            f"are {within}."
        ]
        lines += [f"differs: {_describe(difference)}" for difference in found]
        lines += [f"differs: {item.path}: {item.what}" for item in self.files]
        lines += [f"not compared (timing): {_describe(difference)}" for difference in timings]
        lines += [f"context: {note}" for note in self.context]
        verdict = "The runs agree." if self.same else "The runs differ."
        nothing = "There is nothing to compare: the runs have no numbers and no results."
        return [*lines, nothing if self.empty else verdict]


def compare_runs(
    folder_a: str | os.PathLike[str], folder_b: str | os.PathLike[str], rtol: float = 0.0
) -> RunComparison:
    """Compare the records, arrays and trajectories of two run folders.

    Arrays (`.npz`, `.npy`) agree if every element does, |a - b| <= rtol max|a| with the
    maximum over the array; trajectories agree if their bytes do. Folders of means
    (`IGNORED_FOLDERS`) are left out.

    Args:
        folder_a: one run folder, with a `record.json`.
        folder_b: the other.
        rtol: relative tolerance; 0 asks for identical numbers.

    Raises:
        FileNotFoundError: if a folder has no record.
        ValueError: if the tolerance is negative.
    """
    a, b = Path(folder_a), Path(folder_b)
    record_a, record_b = read_record(a), read_record(b)
    numbers = compare_records(record_a, record_b, rtol)
    names = {number.name for record in (record_a, record_b) for number in record.numbers}
    timings = {difference.name for difference in numbers if not difference.matters}
    paths = sorted(_result_files(a) | _result_files(b))
    found = ((path, _compare_file(a / path, b / path, rtol)) for path in paths)
    return RunComparison(
        folder_a=str(a),
        folder_b=str(b),
        rtol=rtol,
        numbers=numbers,
        files=[FileDifference(path, what) for path, what in found if what],
        context=_context(record_a, record_b),
        number_count=len(names - timings),
        file_count=len(paths),
    )


def _result_files(folder: Path) -> set[str]:
    """Return the array and trajectory files below a folder, as relative paths."""
    paths = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return {
        path.as_posix()
        for path in paths
        if path.suffix in ARRAY_SUFFIXES + TRAJECTORY_SUFFIXES
        and not path.name.startswith(".")
        and not any(
            fnmatch(part, ignored) for part in path.parts[:-1] for ignored in IGNORED_FOLDERS
        )
    }


def _compare_file(a: Path, b: Path, rtol: float) -> str:
    """Return how two files differ, empty if they agree."""
    if not a.is_file():
        return "only in the second run"
    if not b.is_file():
        return "only in the first run"
    if filecmp.cmp(a, b, shallow=False):
        return ""
    if a.suffix not in ARRAY_SUFFIXES:
        sizes = a.stat().st_size, b.stat().st_size
        return f"bytes differ (sizes {sizes[0]} and {sizes[1]})"
    arrays_a, arrays_b = _load(a), _load(b)
    if arrays_a.keys() != arrays_b.keys():
        return f"arrays on one side only: {', '.join(sorted(arrays_a.keys() ^ arrays_b.keys()))}"
    found = ((name, _compare_array(arrays_a[name], arrays_b[name], rtol)) for name in arrays_a)
    return "; ".join(f"{name} {what}".strip() for name, what in found if what)


def _load(path: Path) -> dict[str, np.ndarray]:
    loaded = np.load(path, allow_pickle=False)
    if isinstance(loaded, np.ndarray):
        return {"": loaded}
    with loaded:
        return {name: loaded[name] for name in loaded.files}


def _compare_array(a: np.ndarray, b: np.ndarray, rtol: float) -> str:
    if a.shape != b.shape:
        return f"shapes {a.shape} and {b.shape}"
    numeric = a.dtype.kind in "biufc" and b.dtype.kind in "biufc"
    if not numeric:
        return "" if np.array_equal(a, b) else "values differ"
    if np.array_equal(a, b, equal_nan=True):
        return ""
    if not np.array_equal(np.isfinite(a), np.isfinite(b)):
        return "finite in different places"
    finite = np.isfinite(a)
    largest = float(np.max(np.abs(a[finite] - b[finite]), initial=0.0))
    scale = float(np.max(np.abs(a[finite]), initial=0.0))
    if np.array_equal(a[~finite], b[~finite], equal_nan=True) and largest <= rtol * scale:
        return ""
    return f"differs by up to {largest:.3g} (largest element {scale:.3g})"


def _context(a: Record, b: Record) -> list[str]:
    """Return what else differs between the runs and may explain their numbers."""
    notes = [] if a.seed == b.seed else [f"seeds {a.seed} and {b.seed}"]
    for name in sorted(a.versions.keys() | b.versions.keys()):
        pair = a.versions.get(name, "none"), b.versions.get(name, "none")
        if pair[0] != pair[1]:
            notes.append(f"{name} {pair[0]} and {pair[1]}")
    if _hashes(a.inputs) != _hashes(b.inputs):
        notes.append("inputs differ")
    if a.recipe != b.recipe:
        notes.append("recipes differ")
    return notes


def _hashes(inputs: Sequence[dict[str, object]]) -> list[str]:
    return sorted(str(item.get("sha256", item.get("path", ""))) for item in inputs)


def _describe(difference: Difference) -> str:
    a, b = (
        (side if isinstance(side, str) else format_number(side, 9))
        for side in (difference.a, difference.b)
    )
    if difference.kind == "missing":
        side = "first" if b == MISSING else "second"
        return f"{difference.name}: only in the {side} run"
    unit = f" {difference.unit}" if difference.unit else ""
    what = "" if difference.kind in ("value", "timing") else f" {difference.kind}"
    return f"{difference.name}{what}: {a} and {b}{unit}"
