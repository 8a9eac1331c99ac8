import copy
import json
import pickle

import pytest

from molscape.core.note import Code, Note


def test_a_note_is_its_text():
    note = Note("the frames have no box", Code.NO_BOX)
    assert note == "the frames have no box"
    assert "no box" in note
    assert f"{note}" == str(note) == note.message
    assert type(str(note)) is str
    assert json.dumps([note]) == '["the frames have no box"]'
    assert {note, "the frames have no box"} == {note}


def test_its_code_says_what_it_is_about():
    note = Note("the frames have no box", Code.NO_BOX)
    assert note.code == "no_box"
    assert not note.warns
    assert Note("a loop was cut", "my_format.loops").code == "my_format.loops"


def test_a_warning_is_marked_once_and_keeps_its_code():
    note = Note("the system is charged", Code.CHARGED)
    warning = note.as_warning()
    assert warning == "warning: the system is charged"
    assert warning.warns
    assert warning.code == Code.CHARGED
    assert warning.message == note
    assert warning.as_warning() is warning


def test_it_cannot_be_changed():
    note = Note("a", Code.UNITS)
    with pytest.raises(AttributeError, match="a note cannot be changed"):
        note.code = Code.NO_BOX


@pytest.mark.parametrize("again", [copy.deepcopy, lambda note: pickle.loads(pickle.dumps(note))])
def test_copies_keep_everything(again):
    warning = Note("the system is charged", Code.CHARGED).as_warning()
    copied = again(warning)
    assert copied == warning
    assert (copied.code, copied.warns) == (Code.CHARGED, True)
