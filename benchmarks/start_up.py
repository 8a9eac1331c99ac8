"""Start-up time of `import molscape` and `molscape --help`: median of ten processes."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from common import machine, median, save

COMMANDS = {
    "python -c pass": [sys.executable, "-c", "pass"],
    "import molscape": [sys.executable, "-c", "import molscape"],
    "molscape --help": [str(Path(sys.executable).with_name("molscape")), "--help"],
}


def main() -> None:
    """Time each command ten times, in turn."""
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(10):
        for name, command in COMMANDS.items():
            begin = time.perf_counter()
            subprocess.run(command, check=True, capture_output=True)
            times[name].append(time.perf_counter() - begin)
    result = {name: median(values) for name, values in times.items()}
    for name, value in result.items():
        print(f"{name}: {value:.3f} s")
    save("start_up", {"machine": machine(), "seconds": result})


if __name__ == "__main__":
    main()
