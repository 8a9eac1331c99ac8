"""The source tree does not become worse, and the tool that says so finds what it looks for."""

import ast
import importlib.util
import json
import sys
from pathlib import Path

import pytest

TOOL = Path(__file__).parents[1] / "tools" / "structure.py"


@pytest.fixture(scope="module")
def structure():
    spec = importlib.util.spec_from_file_location("structure_tool", TOOL)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


@pytest.fixture
def tree(structure, tmp_path):
    """Return a function that writes files of a package and reads them as modules."""

    def write(**files):
        for name, text in files.items():
            path = tmp_path / "src" / "molscape" / (name.replace("__", "/") + ".py")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return structure.read(tmp_path / "src" / "molscape")

    return write


def function(text):
    return ast.parse(text).body[0]


def test_no_count_is_worse_than_its_limit(structure):
    limits = json.loads(structure.LIMITS.read_text(encoding="utf-8"))
    assert structure.worse(structure.measure(structure.ROOT).counts, limits) == []


def test_a_maximum_a_minimum_and_a_missing_limit_are_told(structure):
    counts = {"modules": 3, "docstring_lines": 4, "circles": 1}
    assert structure.worse(counts, counts) == []
    assert structure.worse(counts, {"modules": 4, "docstring_lines": 3, "circles": 2}) == []
    told = structure.worse(counts, {"modules": 2, "docstring_lines": 5, "stores": 1})
    assert [line.split()[0] for line in told] == ["circles", "stores", "modules", "docstring_lines"]


def test_a_circle_through_an_import_for_types_is_found(structure, tree):
    modules = tree(
        a="from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from molscape.b import B\n",
        b="def f():\n    import molscape.c\n",
        c="from molscape import a\n",
        d="from molscape.a import A\n",
    )
    assert structure.circles(modules) == [["molscape.a", "molscape.b", "molscape.c"]]


def test_a_package_is_its_init(structure, tmp_path):
    folder = tmp_path / "molscape" / "io"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text("from . import boxes\n")
    (folder / "boxes.py").write_text("")
    gro = folder / "gro.py"
    gro.write_text("from molscape.io import boxes\n")
    assert structure.circles(structure.read(tmp_path / "molscape")) == []
    (folder / "boxes.py").write_text("from molscape.io import read\n")
    found = structure.circles(structure.read(tmp_path / "molscape"))
    assert found == [["molscape.io", "molscape.io.boxes"]]


@pytest.mark.parametrize(
    ("arguments", "count"),
    [
        ("a, b, c, d, e, f, g, h", 8),
        ("a, /, b, *c, d, **e", 3),
        ("a: tuple[int, float], b", 3),
        ("a: tuple[int, float, str] | None = None", 3),
        ("a: 'tuple[int, float]'", 2),
        ("a: tuple[int, ...], b: tuple[int]", 2),
        ("a: dict[str, int]", 1),
    ],
)
def test_arguments_count_with_those_that_tuples_hide(structure, arguments, count):
    assert structure.argument_count(function(f"def f({arguments}): ..."), method=False) == count


def test_self_is_no_argument_and_commands_are_excepted(structure, tree):
    eight = "a, b, c, d, e, f, g, h"
    modules = tree(
        a=f"class A:\n    def seven(self, {eight[:-3]}): ...\n    def eight(self, {eight}): ...\n",
        b=f"@app.command('run')\ndef run({eight}): ...\n@wraps\ndef other({eight}): ...\n",
    )
    assert structure.many_arguments(modules) == ["a.py:3  eight takes 8", "b.py:4  other takes 8"]


def test_the_docstring_is_no_part_of_the_length_of_a_function(structure, tree):
    body = "    x = 1\n" * 59
    modules = tree(a=f'def f():\n    """One.\n\n    Two."""\n{body}\n\ndef g():\n    x = 2\n{body}')
    assert structure.long_functions(modules) == ["a.py:66  g has 61 lines"]


def test_a_module_without_a_test_is_found(structure, tree, tmp_path):
    modules = tree(io__gro="", io___boxes="", fit__mixing="", io__lone="")
    modules += [structure.Module("io/__init__.py", ""), structure.Module("__main__.py", "")]
    for name in ("io/test_gro.py", "io/test_boxes.py", "io/test_mixing.py"):
        path = tmp_path / "tests" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    found = structure.untested(modules, tmp_path / "tests")
    assert [line.split()[0] for line in found] == ["fit/mixing.py", "io/lone.py"]
    loose = structure.untested(modules, tmp_path / "tests", anywhere=True)
    assert [line.split()[0] for line in loose] == ["io/lone.py"]


def test_lines_of_code_and_of_docstrings(structure):
    text = '"""What.\n\nMore."""\n\n# why\nX = [\n    1,  # one\n\n]\n\ndef f():\n    """Do."""\n'
    module = structure.Module("a.py", text)
    assert structure.code_lines(module) == 4
    assert structure.docstring_lines(module) == 4


def test_questions_after_kinds_are_found_outside_their_file(structure, tree):
    modules = tree(
        core__terms="class A: ...\nclass B: ...\nTerm = A | B\ndef f(x): return isinstance(x, A)\n",
        app__blocks="class Block(BaseModel): ...\nclass Study(Block): ...\n",
        app__recipe="class Recipe(Study): ...\n",
        potentials__pair="import molscape.core.potential\nclass Pair(potential.Potential): ...\n",
        core__potential="class Potential: ...\n",
        simulate__use=(
            "from molscape.core import terms\n"
            "from molscape.core.terms import Term\n"
            "BOTH = (terms.A, terms.B)\n"
            "one = isinstance(x, terms.A | terms.B)\n"
            "two = isinstance(x, Term)\n"
            "three = isinstance(x, BOTH + (int,))\n"
            "four = isinstance(x, Recipe)\n"
            "match x:\n"
            "    case Pair(): pass\n"
            "none = isinstance(x, int | str)\n"
        ),
    )
    found = structure.isinstance_on_kinds(modules)
    assert [line.split()[0] for line in found] == [
        f"simulate/use.py:{line}" for line in (4, 5, 6, 7, 9)
    ]


@pytest.mark.parametrize(
    ("rule", "path", "yes", "no"),
    [
        ("stores", "a", "os.replace(part, file)", "text.replace('a', 'b')"),
        ("stores", "a", "part.replace(file)", "frames.replace(box=box)"),
        ("stores", "a", "part.rename(file)", "topology.replace(**changes)"),
        (
            "training_loops",
            "a",
            "def f():\n def g(): optimiser.update(x)\n jax.lax.scan(g, x)",
            "def f():\n jax.lax.scan(g, x)\n digest.update(x)",
        ),
        ("jackknives", "a", "def f(): return sqrt((n - 1) * x.var())", "def f(): return n - 1"),
        (
            "jackknives",
            "a",
            "def f(): return np.sqrt((len(x) - 1) / len(x) * s)",
            "def f(): return np.sqrt(n / (n - 1) * s)",
        ),
        ("jackknives", "a", "def jackknife(): ...", "def other(): jackknife()"),
        (
            "blow_up_texts",
            "simulate__a",
            "x = f'beads are hotter than {HOT}'",
            "def f():\n '''It broke.'''\n return told['broken']",
        ),
        (
            "values_with_error",
            "a",
            "class A:\n value: float\n error: float\n unit: str",
            "class A:\n name: str\n value: float\n error: float",
        ),
    ],
)
def test_machinery_is_found_and_nothing_else(structure, tree, rule, path, yes, no):
    assert len(structure.MACHINERY[rule](tree(**{path: yes}))) == 1
    assert structure.MACHINERY[rule](tree(**{path: no})) == []


def test_machinery_may_be_written_at_its_home(structure, tree):
    modules = tree(core__store="part.replace(file)", analysis__statistics="def jackknife(): ...")
    assert structure.stores(modules) == structure.jackknives(modules) == []
