"""Recipes that compare mappings of the chain."""

from pathlib import Path

import numpy as np
import yaml

from molscape.app.loading import load_recipe
from molscape.core.curve import Curve
from molscape.core.mapping import Mapping
from molscape.studies.blocks.mapping import MappingBlock
from molscape.studies.mapping_comparison.decoded import Decoded, Decoders
from molscape.studies.mapping_comparison.measures import Kept, Measures, Value
from molscape.studies.mapping_comparison.results import Compared, Learned

MAPPINGS = {
    "learned": {"autoencoder": {"molecule": "CHN", "beads": 2, "epochs": 200, "seeds": 2}},
    "graph": {"graph": {"level": 1}},
    "atoms": {"graph": {"level": 0}},
    "one": {"preset": "com"},
}
CHAIN_FILES = {
    "topology": "conf.gro",
    "trajectory": "traj.trr",
    "temperature": 300,
    "guess_bonds": True,
}


def write_comparison(folder: Path, **changes):
    """Write a comparison into a folder with the chain's files; return recipe and base."""
    plain = {
        "molscape": 1,
        "kind": "mapping_comparison",
        "title": "Chain",
        "reference": CHAIN_FILES,
        "mappings": MAPPINGS,
        "spline_frames": 100,
        **changes,
    }
    (folder / "study.yaml").write_text(yaml.safe_dump(plain, sort_keys=False))
    return load_recipe(str(folder / "study.yaml"))


def measures(beads: int, error: float) -> Measures:
    """Return measures of a mapping with so many beads and this reconstruction error (nm)."""
    kept = Kept(Value(error, 0.001), Value(error / 2, 0.0), Value(0.9, 0.01), Value(0.8, 0.02))
    return Measures(
        beads=beads,
        per_molecule={"CHN": beads},
        kept=kept,
        molecules={"CHN": kept},
        step=Value(0.004, float("nan")),
        speed=Value(12 / beads),
        force=Value(400.0, 4.0),
        noise=Value(100.0, 8.0),
        explained=Value(0.7, 0.01),
    )


def decoded(heavy: float, distance: float | None) -> Decoded:
    """Return atoms from a decoder, their torsion "t" so far from the reference's, or on a line."""
    error = np.full(4, 0.01)
    x, y = np.array([-2.4, -0.8, 0.8, 2.4]), np.array([0.2, 0.1, 0.1, 0.2])
    curve = Curve(x, y, error, "phi", "rad", "p(phi)", "1/rad")
    return Decoded(
        Value(2 * heavy, 0.01),
        Value(heavy, 0.002),
        {} if distance is None else {"t": curve},
        {} if distance is None else {"t": Value(distance, 0.05)},
    )


def compared(mapping: Mapping, name: str, beads: int, learned: bool = False) -> Compared:
    """Return a mapping of the chain with made-up measures and decoders."""
    way = {"autoencoder": {"molecule": "CHN", "beads": beads}} if learned else {"preset": "com"}
    decoders = {"linear": decoded(0.06 / beads, None if beads < 3 else 1.0 / beads)}
    if learned:
        decoders["network"] = decoded(0.03 / beads, 0.5 / beads)
    return Compared(
        name,
        MappingBlock.model_validate(way),
        mapping,
        measures(beads, 0.1 / beads),
        Decoders(decoders, 7.0 if learned else None, ("a note",)),
        Learned((0.05, 0.04), (0.07, 0.06), 3.0) if learned else None,
    )
