"""Radial distribution function of 1,000 particles: molscape against freud.

    python benchmarks/rdf.py [--frames 100] [--repeats 5] [--threads 1]

Both get the same frames in memory, the same 180 bins up to 0.9 nm (3 diameters of a
Lennard-Jones fluid with sigma = 0.3 nm at reduced density 0.9, about the number density of
water, 33.4 per nm^3), and alternate. molscape's time includes its block errors. Printed is the
median of the wall times and of the processor times; results go to benchmarks/results/rdf.json.
"""

import argparse
import os
import time

import numpy as np
from common import machine, median, save

from molscape.analysis import rdf
from molscape.core.frames import Frames
from molscape.core.topology import Topology
from molscape.core.trajectory import ArraySource, Trajectory

PARTICLES, DENSITY, CUTOFF, BINS = 1000, 33.4, 0.9, 180


def fluid(frames: int) -> Trajectory:
    """Return frames of a disordered lattice, as dense as water, without overlaps."""
    edge = (PARTICLES / DENSITY) ** (1 / 3)
    lattice = np.stack(np.meshgrid(*[np.arange(10)] * 3), -1).reshape(-1, 3) * edge / 10
    noise = np.random.default_rng(0).normal(size=(frames, PARTICLES, 3)) * 0.05
    positions = lattice + noise
    box = np.repeat(edge * np.eye(3)[None], frames, axis=0)
    topology = Topology.build(["W"] * PARTICLES, masses=np.full(PARTICLES, 18.0))
    return Trajectory(topology, ArraySource(Frames(positions, box)))


def molscape_rdf(trajectory: Trajectory) -> np.ndarray:
    return rdf(trajectory, ("W", "W"), maximum=CUTOFF, spacing=CUTOFF / BINS).y


def freud_rdf(trajectory: Trajectory) -> np.ndarray:
    import freud

    frames = trajectory.load()
    found = freud.density.RDF(bins=BINS, r_max=CUTOFF)
    for box, positions in zip(frames.box, frames.positions, strict=True):
        found.compute((freud.box.Box.from_matrix(box.T), positions), reset=False)
    return found.rdf


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--frames", type=int, default=100)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, default=0, help="threads of freud, 0 for all")
    options = parser.parse_args()
    try:
        import freud
    except ImportError:
        print("skipped: freud is not installed (pip install freud-analysis)")
        return
    threads = options.threads or os.cpu_count()
    freud.parallel.set_num_threads(threads)
    trajectory = fluid(options.frames)
    contenders = {"molscape": molscape_rdf, "freud": freud_rdf}
    curves = {name: run(trajectory[:2]) for name, run in contenders.items()}
    # freud divides by N squared, molscape by N (N - 1)
    expected = curves["freud"] * PARTICLES / (PARTICLES - 1)
    worst = float(np.abs(curves["molscape"] - expected).max())
    here = machine()
    wall: dict[str, list[float]] = {name: [] for name in contenders}
    processor: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(options.repeats):
        for name, run in contenders.items():
            begin, used = time.perf_counter(), time.process_time()
            run(trajectory)
            wall[name].append(1e3 * (time.perf_counter() - begin) / options.frames)
            processor[name].append(1e3 * (time.process_time() - used) / options.frames)
    results = {
        "particles": PARTICLES,
        "frames": options.frames,
        "bins": BINS,
        "cutoff_nm": CUTOFF,
        "freud": freud.__version__,
        "freud_threads": threads,
        "machine": here,
        "largest_difference": worst,
        "wall_ms_per_frame": {name: median(t) for name, t in wall.items()},
        "processor_ms_per_frame": {name: median(t) for name, t in processor.items()},
    }
    for kind in ("wall", "processor"):
        times = results[f"{kind}_ms_per_frame"]
        results[f"{kind}_ratio"] = times["molscape"] / times["freud"]
        print(
            f"{kind} time per frame: molscape {times['molscape']:.2f} ms, "
            f"freud {times['freud']:.2f} ms, ratio {results[f'{kind}_ratio']:.2f}"
        )
    print(f"largest difference of g(r): {worst:.1e}; load {here['load']:.1f}")
    save("rdf", results)


if __name__ == "__main__":
    main()
