from molscape.app.console import console, print_notes


def test_notes_are_printed_as_they_are_written():
    with console.capture() as captured:
        print_notes(["units [real] guessed", "no box"])
    assert captured.get() == "note: units [real] guessed\nnote: no box\n"
