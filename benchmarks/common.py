"""What the benchmarks share: the machine, medians, and where results go."""

from __future__ import annotations

import json
import os
import statistics
from pathlib import Path


def machine() -> dict[str, object]:
    """Return the processor, the number of CPUs and the load before the benchmark."""
    processor = "unknown"
    if Path("/proc/cpuinfo").exists():
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                processor = line.partition(":")[2].strip()
                break
    return {"processor": processor, "cpus": os.cpu_count(), "load": os.getloadavg()[0]}


def median(values: list[float]) -> float:
    """Return the median."""
    return float(statistics.median(values))


def save(name: str, results: dict[str, object]) -> Path:
    """Write results as JSON beside the benchmarks."""
    folder = Path(__file__).parent / "results"
    folder.mkdir(exist_ok=True)
    file = folder / f"{name}.json"
    file.write_text(json.dumps(results, indent=1))
    return file
