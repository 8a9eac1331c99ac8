import json
import shutil

import pytest

from molscape import reference
from molscape.reference import is_reference, open_folder


def test_the_shipped_folder_is_opened_with_what_is_known_of_it():
    data = reference.shipped("spce-300")
    assert is_reference([data])
    assert not is_reference([data, data])
    trajectory, about = open_folder(data)
    assert about == json.loads((data / "reference.json").read_text())
    assert "forces" in trajectory.fields


def test_whether_molecules_were_followed_is_taken_from_the_folder(tmp_path):
    data = tmp_path / "data"
    shutil.copytree(reference.shipped("spce-300"), data)
    about = json.loads((data / "reference.json").read_text())
    for follows in (True, False):
        (data / "reference.json").write_text(json.dumps({**about, "unwrapped": follows}))
        assert open_folder(data)[0][0].unwrapped is follows


def test_another_folder_is_refused(tmp_path):
    assert not is_reference([tmp_path])
    with pytest.raises(FileNotFoundError, match=r"has no reference\.json: give a folder that"):
        open_folder(tmp_path)
