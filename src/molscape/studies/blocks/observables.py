"""What a recipe may ask to be measured, and what it may judge."""

from __future__ import annotations

from typing import Literal

Observable = Literal[
    "rdf",
    "centres",
    "gyration",
    "angles",
    "bonds",
    "bond_angles",
    "dihedrals",
    "coordination",
    "pressure",
    "density",
    "diffusion",
    "velocity",
    "maps",
]


Judged = Literal[
    "rdf",
    "centres",
    "gyration",
    "angles",
    "bonds",
    "bond_means",
    "bond_angles",
    "dihedrals",
]
"""What `tolerances` can judge."""
