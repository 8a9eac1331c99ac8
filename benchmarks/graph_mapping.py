"""Graph mapping of molecules of 10,000 united atoms to the last level: seconds and peak memory.

Each molecule is mapped in a process of its own; seconds are those of the mapping, memory is that
of the whole process, beside a process that only imports. The leading eigenvector of the first
level is compared with scipy's `eigsh` (shift and invert, the shift just above the eigenvalue,
which it is told).
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time

import numpy as np
from common import machine, median, save
from scipy.sparse import csr_matrix, diags
from scipy.sparse.linalg import eigsh

from molscape.mapping import MolecularGraph, coarsen
from molscape.mapping.perron import leading_pair

SIZE = 10_000
REPEATS = 5


def polyethylene() -> tuple[list[float], list[tuple[int, int]]]:
    masses = [15.035, *[14.027] * (SIZE - 2), 15.035]
    return masses, [(k, k + 1) for k in range(SIZE - 1)]


def polystyrene() -> tuple[list[float], list[tuple[int, int]]]:
    """Monomers of eight: CH2, CH, and a ring on the latter."""
    masses, edges = [], []
    for first in range(0, SIZE, 8):
        masses += [14.027, 13.019, 12.011, *[13.019] * 5]
        edges += [(first + a, first + a + 1) for a in range(7)] + [(first + 2, first + 7)]
        edges += [(first + 1, first + 8)] if first + 8 < SIZE else []
    return masses, edges


def copolymer() -> tuple[list[float], list[tuple[int, int]]]:
    """A chain of random heavy atoms: ranks fall by thousands of powers of e."""
    masses = np.random.default_rng(0).choice([14.027, 15.999, 28.085, 32.06], SIZE)
    return masses.tolist(), [(k, k + 1) for k in range(SIZE - 1)]


def branched() -> tuple[list[float], list[tuple[int, int]]]:
    """A random tree with at most four bonds an atom."""
    random = np.random.default_rng(1)
    degree, edges, free = [0] * SIZE, [], [0]
    for k in range(1, SIZE):
        place = int(random.integers(len(free)))
        parent = free[place]
        edges.append((parent, k))
        degree[parent] += 1
        degree[k] += 1
        if degree[parent] == 4:
            free[place] = free[-1]
            free.pop()
        free.append(k)
    return random.choice([13.019, 14.027, 15.035, 15.999], SIZE).tolist(), edges


MOLECULES = {
    "polyethylene": polyethylene,
    "polystyrene": polystyrene,
    "copolymer": copolymer,
    "branched": branched,
}


def graph_of(name: str) -> MolecularGraph:
    masses, edges = MOLECULES[name]()
    return MolecularGraph(
        masses=np.array(masses),
        names=("X",) * SIZE,
        elements=(("X",),) * SIZE,
        edges=np.unique(np.sort(np.array(edges), axis=1), axis=0),
        atoms=tuple((k,) for k in range(SIZE)),
        label=name,
    )


def measure(name: str) -> dict[str, object]:
    """Map once; return seconds, peak memory, levels, and how an eigensolver compares."""
    result: dict[str, object] = {}
    if name != "imports only":
        graph = graph_of(name)
        begin = time.perf_counter()
        levels = coarsen(graph)
        result["seconds"] = time.perf_counter() - begin
        result["beads"] = [len(level) for level in levels]
    result["peak_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    if name != "imports only":
        result |= compared(graph)
    return result


def compared(graph: MolecularGraph) -> dict[str, object]:
    """Time the leading eigenvector of the first level, own and scipy's."""
    a, b = graph.edges.T
    diagonal = graph.masses / graph.masses.max()
    adjacency = csr_matrix((np.ones(len(a)), (a, b)), shape=(SIZE, SIZE))
    matrix = (adjacency + adjacency.T + diags(diagonal)).tocsc()
    begin = time.perf_counter()
    value, logarithm = leading_pair(diagonal, graph.edges)
    own = time.perf_counter() - begin
    begin = time.perf_counter()
    theirs, vector = eigsh(matrix, k=1, sigma=value + 1e-6, which="LM")
    peer = time.perf_counter() - begin
    vector = np.abs(vector[:, 0]) / np.abs(vector).max()
    large = logarithm > np.log(1e-3)
    with np.errstate(divide="ignore"):
        apart = np.abs(np.log(vector) - logarithm)
    return {
        "eigenvalue_difference": abs(value - float(theirs[0])),
        "largest_relative_difference_of_entries_above_0.001": float(apart[large].max()),
        "share_of_entries_that_differ_by_more_than_1e-9": float(np.mean(apart > 1e-9)),
        "smallest_entry_as_power_of_ten": float(logarithm.min() / np.log(10)),
        "own_seconds": own,
        "eigsh_seconds": peer,
    }


def main() -> None:
    """Measure each molecule in processes of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--one", choices=[*MOLECULES, "imports only"], help="measure this, once")
    parser.add_argument("--repeats", type=int, default=REPEATS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure(options.one)))
        return
    results: dict[str, object] = {"machine": machine()}
    for name in ("imports only", *MOLECULES):
        command = [sys.executable, __file__, "--one", name]
        runs = [
            json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
            for _ in range(options.repeats)
        ]
        found = {
            key: value if isinstance(value, list) else median([run[key] for run in runs])
            for key, value in runs[0].items()
        }
        results[name] = found
        print(name, json.dumps(found, indent=1))
    save("graph_mapping", results)


if __name__ == "__main__":
    main()
