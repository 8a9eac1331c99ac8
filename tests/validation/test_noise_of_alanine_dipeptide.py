"""Alanine dipeptide: less noise under the same mean force, and the floor that shows it."""

import numpy as np
import pytest

BEADS = {
    "C1": {"molecule": "*", "atoms": "C", "residues": "ACE"},
    "N1": {"molecule": "*", "atoms": "N", "residues": "ALA"},
    "CA": {"molecule": "*", "atoms": "CA"},
    "C2": {"molecule": "*", "atoms": "C", "residues": "ALA"},
    "N2": {"molecule": "*", "atoms": "N", "residues": "NME"},
}


@pytest.mark.slow
def test_variance_falls_and_the_mean_force_stays(tmp_path):
    pytest.importorskip("openmm")
    from molscape.io import open as open_files
    from molscape.mapping import by_hand, force_variance, minimise_noise
    from molscape.objectives import noise_floor
    from molscape.reference import MakingOptions, make_reference

    folder = make_reference(
        {"alanine-dipeptide": 1},
        tmp_path,
        MakingOptions(phase="vacuum", frames=6000, interval=0.2),
    )
    atoms = open_files(folder / "conf.gro", folder / "traj.trr")
    name = str(atoms.topology.molecule_names[0])
    beads = {key: {**bead, "molecule": name} for key, bead in BEADS.items()}
    plain = by_hand(atoms.topology, beads)
    least = minimise_noise(atoms, plain)
    variances = [
        float(np.mean([value for value, _ in force_variance(atoms, m).values()]))
        for m in (plain, least)
    ]
    floors = [noise_floor(mapping(atoms)) for mapping in (plain, least)]
    print(variances, floors)
    assert variances[1] < 0.65 * variances[0]
    assert floors[1].value < 0.3 * floors[0].value
    # What is not noise is the mean force, whichever weights project it.
    explained = [v - f.value for v, f in zip(variances, floors, strict=True)]
    assert explained[0] == pytest.approx(explained[1], rel=0.05)
