"""Recipes of series of mappings of the chain."""

from pathlib import Path

import yaml

from molscape.app.loading import load_recipe
from support.comparisons import CHAIN_FILES

ENDS = {"A": ["C1", "C2", "C3"], "B": ["C4", "C5", "C6"]}


def write_series(folder: Path, **changes):
    """Write a series into a folder with the chain's files; return recipe and base."""
    plain = {
        "molscape": 1,
        "kind": "mapping_series",
        "title": "Chain",
        "reference": CHAIN_FILES,
        "mappings": {
            "three": {"graph": {"beads": 3}},
            "two": {"beads": {end: {"molecule": "CHN", "atoms": ENDS[end]} for end in ENDS}},
        },
        "models": {
            "forces": {
                "potential": [{"kind": "bonded_splines", "intervals": 8}],
                "fit": {
                    "objective": "force_matching",
                    "method": {"kind": "linear", "minimum_samples": 5},
                },
            }
        },
        "simulate": {
            "timestep": 0.002,
            "steps": 2000,
            "every": 40,
            "equilibration": 200,
            "replicas": 4,
            "thermostat": {"kind": "langevin", "friction": 5.0},
        },
        "observables": ["bonds", "gyration"],
        "noise_floor": "none",
        "tolerances": {"gyration": 0.5},
        **changes,
    }
    (folder / "study.yaml").write_text(yaml.safe_dump(plain, sort_keys=False))
    return load_recipe(str(folder / "study.yaml"))
