import io

from rich.console import Console

from molscape.app.display import Display


def test_bars_appear_move_and_go_when_done():
    display = Display(Console(file=io.StringIO()))
    display("mapping", 1, 4)
    (task,) = display._bars.tasks
    assert (task.description, task.completed, task.total) == ("mapping", 1, 4)
    display("mapping", 3, 4)
    assert task.completed == 3
    display("mapping", 4, 4)
    assert not display._bars.tasks


def test_lines_are_printed():
    out = io.StringIO()
    Display(Console(file=out)).say("done in 2 s")
    assert out.getvalue() == "done in 2 s\n"
