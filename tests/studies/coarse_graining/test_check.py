import pytest

from molscape.app.loading import load_recipe
from molscape.studies.coarse_graining.check import check_study
from support.comparisons import CHAIN_FILES
from support.peptide import BEADS, MAKE, MOLECULE, write_peptide
from support.studies import write_recipe


def check(folder, *changes):
    return list(check_study(*load_recipe(str(folder / "study.yaml"), list(changes))))


def test_a_good_study_is_told_line_by_line(fluid):
    lines = "\n".join(check(fluid))
    assert "216 atoms, 60 frames" in lines
    assert "216 beads from 216 atoms" in lines
    assert "model pair: pair_spline, reach 0.85 nm fits the box" in lines
    assert not (fluid / "run").exists()


def test_problems_are_found_without_running(fluid):
    with pytest.raises(ValueError, match="exceeds half the box"):
        check(fluid, "models.pair.potential.0.cutoff=1.25")
    with pytest.raises(ValueError, match="no bead type"):
        check(fluid, "models.pair.potential.0.pairs=[[W, W]]")
    with pytest.raises(FileNotFoundError, match=r"other\.gro"):
        check(fluid, "reference.topology=other.gro")
    write_recipe(fluid, reference={"topology": "conf.gro", "temperature": 130})
    with pytest.raises(ValueError, match="needs forces"):
        check(fluid)


def test_a_reference_still_to_be_made_is_told(fluid):
    pytest.importorskip("openmm")
    lines = check(fluid, "reference={make: {molecules: {spce: 300}}}")
    assert "300 spce are made with OpenMM" in lines[-3]
    assert "900 atoms" in lines[-2]
    assert "300 beads from 900 atoms" in lines[-1]


def test_splines_that_do_not_fit_their_range_are_told_before_a_file_is_opened(fluid):
    for file in fluid.glob("*.trr"):
        file.unlink()
    told = r"16.9697 spacings .* use cutoff 0.818 or 0.851, or spacing 0.0329411765 or 0.035"
    with pytest.raises(ValueError, match=told):
        check(fluid, "models.pair.potential.0.spacing=0.033")
    for change in ("cutoff=0.818", "cutoff=0.851", "spacing=0.0329411765", "spacing=0.035"):
        spacing = "models.pair.potential.0.spacing=0.033"
        with pytest.raises(FileNotFoundError, match=r"traj\.trr"):
            check(fluid, spacing, f"models.pair.potential.0.{change}")
    with pytest.raises(ValueError, match=r"start 0\.9 nm is not below the cutoff of 0\.85 nm"):
        check(fluid, "models.pair.potential.0.start=0.9")
    with pytest.raises(ValueError, match=r"use cutoff 1\.29, or spacing 0\.56"):
        check(fluid, "models.pair.potential.0.spacing=1.0")


def test_lines_come_as_they_become_known(fluid):
    lines = check_study(*load_recipe(str(fluid / "study.yaml"), []))
    assert next(lines) == "recipe: Lennard-Jones fluid"
    (fluid / "traj.trr").unlink()
    assert next(lines) == "engine: jax"
    with pytest.raises(FileNotFoundError):
        next(lines)


def test_references_of_further_states_are_opened_and_mapped(fluid):
    reference = "topology: conf.gro, trajectory: traj.trr, temperature: 140"
    told = check(
        fluid, f"states={{warm: {{reference: {{{reference}}}}}, hot: {{temperature: 200}}}}"
    )
    assert any(line.startswith("reference of state warm: files, 216 atoms") for line in told)
    assert any(line.startswith("mapping of state warm: 216 beads") for line in told)
    assert "state hot: 200 K, in the box of the main reference" in told
    with pytest.raises(FileNotFoundError, match=r"warm\.gro"):
        check(fluid, "states={warm: {reference: {topology: warm.gro, temperature: 140}}}")
    without = "topology: conf.gro, temperature: 140"
    with pytest.raises(ValueError, match="the reference of state warm has none"):
        check(fluid, f"states={{warm: {{reference: {{{without}}}}}}}")
    assert check(fluid, f"states={{warm: {{fit: false, reference: {{{without}}}}}}}")
    other = (fluid / "conf.gro").read_text().replace("AR", "NE")
    (fluid / "other.gro").write_text(other)
    with pytest.raises(ValueError, match=r"different bead types \(AR; NE\)"):
        check(fluid, "states={neon: {reference: {topology: other.gro, temperature: 140}}}")


def test_check_maps_what_is_still_to_be_made(tmp_path):
    pytest.importorskip("openmm")
    lines = "\n".join(check_study(*write_peptide(tmp_path, MAKE)))
    assert "5 beads from 22 atoms" in lines
    solvated = {"molecules": {"alanine-dipeptide": 1, "tip3p": 220}, "frames": 5}
    lines = "\n".join(check_study(*write_peptide(tmp_path, solvated)))
    assert "5 beads from 682 atoms" in lines
    assert "682 atoms, 195 ps" in lines
    with pytest.raises(ValueError, match="no multiple of the time step"):
        list(check_study(*write_peptide(tmp_path, {**MAKE, "interval": 0.0011})))
    wrong = {**BEADS, "CA": {"molecule": MOLECULE, "atoms": ["CX"]}}
    with pytest.raises(ValueError, match="CX"):
        list(check_study(*write_peptide(tmp_path, MAKE, mapping={"beads": wrong})))


def test_check_says_what_will_be_learned_and_learns_nothing(chain, monkeypatch):
    monkeypatch.setattr("molscape.fit.mapping_search.learn_beads", None)
    learned = {"autoencoder": {"molecule": "CHN", "beads": 2, "epochs": 200, "seeds": 2}}
    write_recipe(chain, reference=CHAIN_FILES, mapping=learned, observables=["bonds"])
    lines = "\n".join(check(chain))
    assert (
        "mapping: 2 beads of molecule CHN (6 atoms) will be learned from 300 frames: 2 seeds of "
        "200 epochs" in lines
    )
    assert "models are checked when the mapping is learned" in lines
