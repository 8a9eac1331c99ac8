import io

import pytest
from rich.console import Console

from molscape.app.display import Terminal


@pytest.fixture
def terminal():
    return Terminal(Console(file=io.StringIO(), force_terminal=True, width=100))


def drawn(display):
    with display.running():
        pass
    return display.console.file.getvalue()


def test_a_bar_shows_how_far_its_work_is(terminal):
    terminal("mapping", 1, 4)
    terminal("mapping", 3, 4)
    text = drawn(terminal)
    assert "mapping" in text
    assert "3/4" in text
    assert "1/4" not in text


def test_a_bar_goes_when_its_work_is_done(terminal):
    terminal("mapping", 1, 4)
    terminal("fit", 2, 9)
    terminal("mapping", 4, 4)
    text = drawn(terminal)
    assert "2/9" in text
    assert "mapping" not in text


def test_lines_are_printed():
    out = io.StringIO()
    Terminal(Console(file=out)).say("done in 2 s")
    assert out.getvalue() == "done in 2 s\n"
