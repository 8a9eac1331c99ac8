import numpy as np
import pytest
from pydantic import ValidationError

from molscape.core.block import blocks_in
from molscape.core.frames import Frames
from molscape.core.topology import Topology
from molscape.io.trr import write_trr
from molscape.potentials import HarmonicBonds
from molscape.studies.blocks.atoms import Place
from molscape.studies.blocks.reference import (
    DataSetReference,
    FilesReference,
    FolderReference,
    MadeReference,
    Reference,
    ShippedReference,
    StateBlock,
    StudyReference,
)
from molscape.studies.parts.models import Model, save_model


def opened(folder, **more):
    block = FilesReference(topology="conf.gro", trajectory="traj.trr", temperature=130, **more)
    return block.open(Place(folder))


def test_frames_are_selected(fluid):
    assert len(opened(fluid).trajectory) == 60
    assert len(opened(fluid, frames="::4").trajectory) == 15
    with pytest.raises(ValueError, match="selects none of the 60 frames"):
        opened(fluid, frames="60:")


def test_each_kind_is_told_by_a_key_of_its_own():
    kinds = blocks_in(Reference)
    assert len({kind.key for kind in kinds}) == len(kinds)
    for kind in kinds:
        assert kind.model_fields[kind.key].is_required()


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        (
            FilesReference(topology="a.gro", temperature=300),
            FilesReference(topology="../a.gro", temperature=300),
        ),
        (FolderReference(folder="a", frames="::2"), FolderReference(folder="../a", frames="::2")),
        (StudyReference(study="a", model="m"), StudyReference(study="../a", model="m")),
        (ShippedReference(shipped="spce-300"), ShippedReference(shipped="spce-300")),
        (DataSetReference(data_set="a"), DataSetReference(data_set="a")),
        (
            MadeReference(make={"molecules": {"ethane": 9}}, frames="1:"),
            FolderReference(folder="made", frames="1:"),
        ),
    ],
)
def test_a_reference_is_found_from_another_folder(block, expected):
    assert block.shared(lambda path: f"../{path}", made="made") == expected


def test_a_folder_says_its_temperature_or_is_given_one(tmp_path):
    from molscape import reference

    data = reference.shipped("spce-300")
    plain = ShippedReference(shipped="spce-300").open(Place(tmp_path))
    given = FolderReference(folder=str(data), temperature=310.0).open(Place(tmp_path))
    assert (
        plain.state.temperature
        == FolderReference(folder=str(data)).open(Place(tmp_path)).state.temperature
    )
    assert given.state.temperature == 310.0
    assert plain.files == (data / "conf.gro", data / "traj.trr")


def test_check_opens_what_is_there(fluid):
    block = FilesReference(topology="conf.gro", trajectory="traj.trr", temperature=130)
    (line,) = block.check(Place(fluid), " of state warm")
    assert line.startswith("reference of state warm: files, ")
    assert ", 60 frames, box, forces, positions" in line


def test_check_plans_what_is_to_be_made(tmp_path):
    pytest.importorskip("openmm")
    make = {"molecules": {"methanol": 100, "spce": 200}, "frames": 100, "interval": 1.0}
    first, second = MadeReference(make=make).check(Place(tmp_path))
    assert "reference: 100 methanol, 200 spce are made with OpenMM" in first
    assert "(1200 atoms, 270 ps)" in second
    assert not list(tmp_path.iterdir())
    with pytest.raises(ValueError, match="no molecule 'spec'"):
        list(MadeReference(make={"molecules": {"spec": 100}}).check(Place(tmp_path)))


def test_the_run_of_a_model_is_a_reference_with_its_forces(tmp_path):
    topology = Topology.build(
        ["A", "B"], masses=[1.0, 2.0], molecules=[0, 0], bonds=np.array([[0, 1]])
    )
    bond = HarmonicBonds(types=("A-B",), stiffness=[1000.0], length=[0.2])
    folder = tmp_path / "study" / "models" / "net"
    save_model(Model("net", bond, topology, 310.0, None), folder)
    x = np.zeros((3, 2, 3))
    x[:, 1, 0] = [0.2, 0.21, 0.18]
    write_trr(folder / "trajectory.trr", Frames(positions=x, whole=True))
    block = StudyReference(study="study", model="net")
    atoms = block.open(Place(tmp_path))
    assert atoms.state.temperature == 310.0
    found = atoms.trajectory.load()
    assert np.allclose(found.forces[:, 1, 0], [0, -10.0, 20.0], atol=1e-3)
    assert np.allclose(found.energies, [0, 0.05, 0.2], atol=1e-4)
    wrong = StudyReference(study="study", model="spline")
    with pytest.raises(FileNotFoundError, match="no run of a model 'spline'; it has net"):
        wrong.open(Place(tmp_path))


def test_frames_are_a_slice():
    for good in (":", "10:", ":-5", "::4", "-20:-1:2"):
        FilesReference(topology="a.gro", temperature=300, frames=good)
    with pytest.raises(ValidationError):
        FilesReference(topology="a.gro", temperature=300, frames="all")


def test_a_state_has_a_reference_or_a_temperature():
    with pytest.raises(ValidationError, match="or a `temperature` alone"):
        StateBlock()
    with pytest.raises(ValidationError, match="or a `temperature` alone"):
        StateBlock(temperature=300.0, reference={"shipped": "spce-300"})
