"""What the source tree looks like, counted, and held against limits that only improve.

    python tools/structure.py                 print a table
    python tools/structure.py --list NAME     print the places behind a count
    python tools/structure.py --check         fail where a count is worse than its limit
    python tools/structure.py --write         make the present counts the limits

Every count but `docstring_lines` is better the smaller it is. Files are read, never imported.
The rules are simple on purpose: each is stated by the function that applies it.
"""

from __future__ import annotations

import argparse
import ast
import io
import json
import re
import statistics
import sys
import tokenize
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "molscape"

LIMITS = Path(__file__).with_suffix(".json")
"""The counts that must not become worse."""

MINIMA = frozenset({"docstring_lines"})
"""Counts that are better the larger they are."""

ARGUMENTS = 7
FUNCTION_LINES = 60

COMMAND_ROOMS = ("app", "studies")
"""Folders that hold the recipes, the pipeline and the command line."""

BLOCK_ROOTS = frozenset({"BaseModel"})
CLASS_ROOTS = frozenset({"Potential", "Optimiser"})
KIND_FILES = frozenset({"core/terms.py", "core/ensemble.py", "fit/schedules.py"})
"""Files all of whose classes are kinds: terms, ensembles and schedules."""

STORE_HOMES = frozenset({"core/store.py"})
JACKKNIFE_HOMES = frozenset({"analysis/statistics.py", "core/statistics.py"})
"""Files where machinery may be written, because the others take it from there."""

Function = ast.FunctionDef | ast.AsyncFunctionDef
Places = list[str]


@dataclass(frozen=True, eq=False)
class Module:
    """One source file; `path` is relative to the package's folder, with slashes."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """The parsed file."""
        return ast.parse(self.text, self.path)

    @cached_property
    def nodes(self) -> list[ast.AST]:
        """Every node of the file, in the order of its lines."""
        return sorted(ast.walk(self.tree), key=lambda node: getattr(node, "lineno", 0))

    @property
    def is_package(self) -> bool:
        """Whether the file is the `__init__` of a folder."""
        return self.path.rsplit("/", 1)[-1] == "__init__.py"

    @property
    def name(self) -> str:
        """The name it is imported by; a package's is that of its folder."""
        parts = [PACKAGE, *self.path.removesuffix(".py").split("/")]
        return ".".join(parts[:-1] if self.is_package else parts)

    @property
    def functions(self) -> list[Function]:
        """Every function and method, nested ones too."""
        return [node for node in self.nodes if isinstance(node, Function)]

    @property
    def classes(self) -> list[ast.ClassDef]:
        """Every class, nested ones too."""
        return [node for node in self.nodes if isinstance(node, ast.ClassDef)]

    def place(self, node: ast.AST, note: str = "") -> str:
        """Return where a node is, as a line to print."""
        return f"{self.path}:{getattr(node, 'lineno', 1)}" + (f"  {note}" if note else "")


def read(folder: Path) -> list[Module]:
    """Return the modules below a package's folder, sorted by path."""
    files = sorted(folder.rglob("*.py"))
    return [Module(f.relative_to(folder).as_posix(), f.read_text(encoding="utf-8")) for f in files]


# Imports


def imported(module: Module, known: frozenset[str]) -> set[str]:
    """Return the modules of the package that a file imports by a statement.

    Statements inside functions and under TYPE_CHECKING count. `from a.b import c` means a.b.c
    where that is a module and a.b where it is not. A package means its `__init__`; the packages
    above an imported module do not count, nor do names of modules that are only text.
    """
    found = set()
    for node in module.nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = _base(module, node)
            for alias in node.names:
                inner = f"{base}.{alias.name}"
                found.add(inner if inner in known else base)
    return (found & known) - {module.name}


def _base(module: Module, node: ast.ImportFrom) -> str:
    """Return the absolute name of what is imported from."""
    if not node.level:
        return node.module or ""
    parts = module.name.split(".")
    kept = len(parts) - node.level + module.is_package
    return ".".join([*parts[:kept], *([node.module] if node.module else [])])


def circles(modules: list[Module]) -> list[list[str]]:
    """Return the sets of more than one module that all import each other, the largest first."""
    known = frozenset(module.name for module in modules)
    edges = {module.name: imported(module, known) for module in modules}
    found = [sorted(part) for part in _components(edges) if len(part) > 1]
    return sorted(found, key=lambda part: (-len(part), part))


def _components(edges: dict[str, set[str]]) -> Iterator[set[str]]:
    """Yield the strongly connected components of a graph (Tarjan's algorithm)."""
    order: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    parts: list[set[str]] = []

    def visit(node: str) -> None:
        order[node] = lowest[node] = len(order)
        stack.append(node)
        for target in sorted(edges[node]):
            if target not in order:
                visit(target)
                lowest[node] = min(lowest[node], lowest[target])
            elif target in stack:
                lowest[node] = min(lowest[node], order[target])
        if lowest[node] == order[node]:
            at = stack.index(node)
            parts.append(set(stack[at:]))
            del stack[at:]

    for node in sorted(edges):
        if node not in order:
            visit(node)
    yield from parts


# Functions


def argument_count(function: Function, *, method: bool) -> int:
    """Return how many arguments a function takes.

    A fixed tuple of several elements counts as its elements: it hides as many arguments. The
    `self` or `cls` of a method does not count, nor do `*args` and `**kwargs`.
    """
    own = [*function.args.posonlyargs, *function.args.args]
    if method and own and own[0].arg in ("self", "cls"):
        own = own[1:]
    return sum(_elements(each.annotation) for each in [*own, *function.args.kwonlyargs])


def _elements(annotation: ast.expr | None) -> int:
    """Return the elements of a fixed tuple, of the longest one in a union; else one."""
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        try:
            return _elements(ast.parse(annotation.value, mode="eval").body)
        except SyntaxError:
            return 1
    if isinstance(annotation, ast.BinOp):
        return max(_elements(annotation.left), _elements(annotation.right))
    if not isinstance(annotation, ast.Subscript):
        return 1
    inner = annotation.slice
    parts = inner.elts if isinstance(inner, ast.Tuple) else [inner]
    name = _last(annotation.value)
    if name in ("Optional", "Union", "Annotated"):
        return max(_elements(part) for part in (parts[:1] if name == "Annotated" else parts))
    open_ended = any(isinstance(part, ast.Constant) and part.value is ... for part in parts)
    return len(parts) if name in ("tuple", "Tuple") and not open_ended else 1


def _is_command(function: Function) -> bool:
    """Whether a function is a command: its arguments are options of the command line."""
    calls = [each.func if isinstance(each, ast.Call) else each for each in function.decorator_list]
    return any(isinstance(e, ast.Attribute) and e.attr in ("command", "callback") for e in calls)


def many_arguments(modules: list[Module]) -> Places:
    """Return the functions with more than `ARGUMENTS` arguments, commands excepted."""
    found = []
    for module in modules:
        methods = {id(node) for each in module.classes for node in each.body}
        for function in module.functions:
            count = argument_count(function, method=id(function) in methods)
            if count > ARGUMENTS and not _is_command(function):
                found.append(module.place(function, f"{function.name} takes {count}"))
    return found


def function_lines(function: Function) -> int:
    """Return the lines of a function from `def` to its end, without the docstring."""
    assert function.end_lineno is not None
    total = function.end_lineno - function.lineno + 1
    first = function.body[0]
    return total - (len(_lines(first)) if _is_text(first) else 0)


def long_functions(modules: list[Module]) -> Places:
    """Return the functions of more than `FUNCTION_LINES` lines."""
    return [
        module.place(function, f"{function.name} has {function_lines(function)} lines")
        for module in modules
        for function in module.functions
        if function_lines(function) > FUNCTION_LINES
    ]


# Tests


def untested(modules: list[Module], tests: Path, *, anywhere: bool = False) -> Places:
    """Return the modules without a test of their name in the folder that mirrors theirs.

    `a/_b.py` is tested by `a/test_b.py` below the tests; with `anywhere` by a `test_b.py` in any
    folder. `__init__` and `__main__` need no test.
    """
    files = [file.relative_to(tests) for file in tests.rglob("test_*.py")]
    present = {file.name if anywhere else file.as_posix() for file in files}
    found = []
    for module in modules:
        folder, _, name = module.path.rpartition("/")
        if name in ("__init__.py", "__main__.py"):
            continue
        test = f"test_{name.lstrip('_')}"
        wanted = test if anywhere or not folder else f"{folder}/{test}"
        if wanted not in present:
            found.append(f"{module.path}  has no tests/{'**/' if anywhere else ''}{wanted}")
    return found


# Lines


def _is_text(node: ast.AST) -> bool:
    """Whether a statement is a string alone: a docstring, or what describes a constant."""
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _lines(node: ast.AST) -> set[int]:
    """Return the numbers of the lines of a statement."""
    return set(range(node.lineno, (node.end_lineno or node.lineno) + 1))  # type: ignore[attr-defined]


def _docstrings(module: Module) -> set[int]:
    """Return the numbers of the lines of docstrings: of the module, classes and functions."""
    owners = [module.tree, *module.classes, *module.functions]
    first = [owner.body[0] for owner in owners if owner.body]
    return {line for node in first if _is_text(node) for line in _lines(node)}


_LAYOUT = frozenset(
    {
        tokenize.COMMENT,
        tokenize.NL,
        tokenize.NEWLINE,
        tokenize.INDENT,
        tokenize.DEDENT,
        tokenize.ENDMARKER,
    }
)


def code_lines(module: Module) -> int:
    """Return the number of lines that hold code: no docstring, comment or blank line.

    The strings below constants that describe them count as code.
    """
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(module.text).readline):
        if token.type not in _LAYOUT:
            lines |= set(range(token.start[0], token.end[0] + 1))
    return len(lines - _docstrings(module))


def docstring_lines(module: Module) -> int:
    """Return the number of lines of docstrings, the blank ones inside them included."""
    return len(_docstrings(module))


# Questions about kinds


def _last(node: ast.AST) -> str:
    """Return the last part of a dotted name, "" where there is no name."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def kinds(modules: list[Module]) -> dict[str, set[str]]:
    """Return the classes that are kinds of something, each with the files that define it.

    These are, by name: what derives from `BaseModel` (recipes, their blocks and methods), from
    `Potential` or from `Optimiser`, however indirectly; all classes of `KIND_FILES`; and the
    classes of `mapping` that are called decoders.
    """
    classes = [(module.path, node) for module in modules for node in module.classes]
    names = {
        node.name
        for path, node in classes
        if path in KIND_FILES or (path.startswith("mapping/") and node.name.endswith("Decoder"))
    }
    names |= CLASS_ROOTS & {node.name for _, node in classes}
    before = -1
    while before != len(names):
        before = len(names)
        parents = names | BLOCK_ROOTS
        names |= {node.name for _, node in classes if parents & set(map(_last, node.bases))}
    return {name: {path for path, node in classes if node.name == name} for name in names}


def _alternatives(node: ast.AST) -> Iterator[str]:
    """Yield the names in a class, a tuple or union of classes, or a sum of tuples."""
    if isinstance(node, ast.BinOp):
        yield from _alternatives(node.left)
        yield from _alternatives(node.right)
    elif isinstance(node, ast.Tuple):
        for each in node.elts:
            yield from _alternatives(each)
    elif isinstance(node, ast.Subscript) and _last(node.value) == "Annotated":
        inner = node.slice
        yield from _alternatives(inner.elts[0] if isinstance(inner, ast.Tuple) else inner)
    elif name := _last(node):
        yield name


def _aliases(modules: list[Module], known: Iterable[str]) -> dict[str, dict[str, set[str]]]:
    """Return for each file its names of unions and tuples of kinds, its own and imported."""
    known = set(known)
    by_module: dict[str, dict[str, set[str]]] = {module.name: {} for module in modules}
    for _ in range(3):
        for module in modules:
            own = by_module[module.name]
            for node in module.tree.body:
                if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
                    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                    meant: set[str] = set()
                    for name in _alternatives(node.value):
                        meant |= {name} & known | own.get(name, set())
                    own.update({_last(target): meant for target in targets if meant})
            for node in module.nodes:
                if isinstance(node, ast.ImportFrom):
                    theirs = by_module.get(_base(module, node), {})
                    for alias in node.names:
                        if alias.name in theirs:
                            own[alias.asname or alias.name] = theirs[alias.name]
    return {module.path: by_module[module.name] for module in modules}


def _asked(node: ast.AST) -> ast.AST | None:
    """Return the class or classes that an `isinstance` or a case of a `match` asks for."""
    if isinstance(node, ast.Call) and _last(node.func) == "isinstance" and len(node.args) == 2:
        return node.args[1]
    return node.cls if isinstance(node, ast.MatchClass) else None


def isinstance_on_kinds(modules: list[Module]) -> Places:
    """Return the questions after a kind outside the file that defines it.

    A question is an `isinstance` or a class pattern of a `match`; it counts once, however many
    classes it names. Names of unions and tuples of kinds are followed.
    """
    known = kinds(modules)
    aliases = _aliases(modules, known)
    found = []
    for module in modules:
        for node in module.nodes:
            asked = _asked(node)
            if asked is None:
                continue
            meant: set[str] = set()
            for name in _alternatives(asked):
                meant |= {name} & set(known) | aliases[module.path].get(name, set())
            foreign = sorted(name for name in meant if module.path not in known[name])
            if foreign:
                found.append(module.place(node, ", ".join(foreign)))
    return found


# Machinery written twice


def stores(modules: list[Module]) -> Places:
    """Return the files that put a finished temporary file in the place of another themselves.

    They call `os.replace` or `os.rename`, or `replace` or `rename` of a path: with one argument
    that has no name, which texts, topologies and frames never take.
    """
    found = []
    for module in modules:
        calls = [node for node in module.nodes if isinstance(node, ast.Call) and _moves(node)]
        if calls and module.path not in STORE_HOMES:
            found.append(module.place(min(calls, key=lambda call: call.lineno)))
    return found


def _moves(call: ast.Call) -> bool:
    """Whether a call moves a file."""
    if not isinstance(call.func, ast.Attribute) or call.func.attr not in ("replace", "rename"):
        return False
    if _last(call.func.value) == "os":
        return True
    return len(call.args) == 1 and not isinstance(call.args[0], ast.Starred) and not call.keywords


def training_loops(modules: list[Module]) -> Places:
    """Return the outermost functions with a `scan` whose steps are those of an optimiser.

    A step is a call of `update` or `step` of something called an optimiser, or of
    `optax.apply_updates`.
    """
    found = []
    for module in modules:
        inner = {id(n) for f in module.functions for n in ast.walk(f) if n is not f}
        for function in module.functions:
            calls = [n.func for n in ast.walk(function) if isinstance(n, ast.Call)]
            scans = any(_last(call) == "scan" for call in calls)
            if id(function) not in inner and scans and any(map(_is_step, calls)):
                found.append(module.place(function, function.name))
    return found


def _is_step(call: ast.expr) -> bool:
    """Whether what is called is a step of an optimiser."""
    if _last(call) == "apply_updates":
        return True
    named = isinstance(call, ast.Attribute) and "optimiser" in _last(call.value)
    return named and _last(call) in ("update", "step")


def jackknives(modules: list[Module]) -> Places:
    """Return the functions that are called a jackknife or hold its formula.

    The formula is the square root of a product or quotient that begins with `something - 1`:
    sqrt((n - 1) / n sum(...)) or sqrt((n - 1) mean(...)).
    """
    found = []
    for module in modules:
        for function in [] if module.path in JACKKNIFE_HOMES else module.functions:
            roots = [n for n in ast.walk(function) if isinstance(n, ast.Call) and n.args]
            formula = any(_last(n.func) == "sqrt" and _begins_less_one(n.args[0]) for n in roots)
            if formula or "jackknife" in function.name:
                found.append(module.place(function, function.name))
    return found


def _begins_less_one(node: ast.expr) -> bool:
    """Whether a product or quotient begins with `something - 1`."""
    product = False
    while isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Div):
        product, node = True, node.left
    less = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub)
    return product and less and isinstance(node.right, ast.Constant) and node.right.value == 1


def blow_up_texts(modules: list[Module]) -> Places:
    """Return the texts of `simulate` that tell how a run broke down, without docstrings."""
    found = []
    for module in modules:
        if not module.path.startswith("simulate/"):
            continue
        documentation = {id(node.value) for node in module.nodes if _is_text(node)}
        for node in module.nodes:
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                told = re.search(r"hotter than|\bbroke\b", node.value)
                if told and id(node) not in documentation:
                    found.append(module.place(node))
    return found


def values_with_error(modules: list[Module]) -> Places:
    """Return the classes whose first two fields are `value` and `error`."""
    found = []
    for module in modules:
        for node in module.classes:
            fields = [_last(each.target) for each in node.body if isinstance(each, ast.AnnAssign)]
            if fields[:2] == ["value", "error"]:
                found.append(module.place(node, node.name))
    return found


MACHINERY: dict[str, Callable[[list[Module]], Places]] = {
    "stores": stores,
    "training_loops": training_loops,
    "jackknives": jackknives,
    "blow_up_texts": blow_up_texts,
    "values_with_error": values_with_error,
}


# All together


@dataclass(frozen=True)
class Measured:
    """The counts, and for those that count places, where these are."""

    counts: dict[str, int]
    places: dict[str, Places]


def measure(root: Path) -> Measured:
    """Return every count of a source tree with `src/molscape` and `tests`."""
    modules = read(root / "src" / PACKAGE)
    rings = circles(modules)
    machinery = {name: rule(modules) for name, rule in MACHINERY.items()}
    places = {
        "circles": [f"{len(ring)} files: {' '.join(ring)}" for ring in rings],
        "files_in_circles": [name for ring in rings for name in ring],
        "many_arguments": many_arguments(modules),
        "long_functions": long_functions(modules),
        "untested": untested(modules, root / "tests"),
        "untested_anywhere": untested(modules, root / "tests", anywhere=True),
        "isinstance_on_kinds": isinstance_on_kinds(modules),
        "machinery": [f"{name}: {line}" for name, lines in machinery.items() for line in lines],
        **machinery,
    }
    lines = {module.path: code_lines(module) for module in modules}
    in_app = sum(n for path, n in lines.items() if path.split("/")[0] in COMMAND_ROOMS)
    counts = {name: len(found) for name, found in places.items()} | {
        "code_lines": sum(lines.values()),
        "app_code_lines": in_app,
        "docstring_lines": sum(map(docstring_lines, modules)),
        "modules": len(modules),
        "median_lines": statistics.median_high(len(m.text.splitlines()) for m in modules),
    }
    return Measured(counts, places)


UNLIMITED = frozenset({"modules", "median_lines"})
"""Counts that are told and not held against a limit: neither way is better."""


def worse(counts: dict[str, int], limits: dict[str, int]) -> list[str]:
    """Return a sentence for every count that is worse than its limit or has none."""
    told = [
        f"{name} has no limit: use --write" for name in counts if name not in UNLIMITED | {*limits}
    ]
    told += [
        f"{name} has a limit but is not counted: use --write" for name in set(limits) - {*counts}
    ]
    for name in [name for name in counts if name in limits]:
        count, limit = counts[name], limits[name]
        if count < limit if name in MINIMA else count > limit:
            way = "at least" if name in MINIMA else "at most"
            hint = "" if name in MINIMA else f"; see --list {name}"
            told.append(f"{name} is {count}, must be {way} {limit}{hint}")
    return told


WORDS = {
    "circles": "import circles",
    "files_in_circles": "files in import circles",
    "many_arguments": f"functions of more than {ARGUMENTS} arguments",
    "long_functions": f"functions of more than {FUNCTION_LINES} lines",
    "untested": "modules without a test in the folder that mirrors theirs",
    "untested_anywhere": "modules without a test of their name anywhere",
    "isinstance_on_kinds": "questions after a kind outside its file",
    "machinery": "machinery written more than once, places:",
    "stores": "  files that put a temporary file in place",
    "training_loops": "  training loops",
    "jackknives": "  jackknives",
    "blow_up_texts": "  texts of a run that broke down",
    "values_with_error": "  classes of a value with its error",
    "code_lines": "lines of code",
    "app_code_lines": f"lines of code in {' and '.join(COMMAND_ROOMS)}",
    "docstring_lines": "lines of docstrings (a minimum)",
    "modules": "modules",
    "median_lines": "median lines of a module",
}


def table(counts: dict[str, int], limits: dict[str, int]) -> str:
    """Return the counts beside their limits."""
    rows = [("name", "what", "now", "limit")]
    rows += [
        (k, WORDS[k], f"{n:,}", f"{limits[k]:,}" if k in limits else "") for k, n in counts.items()
    ]
    wide = [max(len(row[k]) for row in rows) for k in range(4)]
    return "\n".join(
        f"{a:<{wide[0]}}  {b:<{wide[1]}}  {c:>{wide[2]}}  {d:>{wide[3]}}" for a, b, c, d in rows
    )


def main(arguments: list[str] | None = None) -> int:
    """Measure, print and check; return the exit status."""
    parser = argparse.ArgumentParser(description="what the source tree looks like, in numbers")
    parser.add_argument("--check", action="store_true", help="fail where a count became worse")
    parser.add_argument("--write", action="store_true", help="make the present counts the limits")
    parser.add_argument("--list", metavar="NAME", help="print the places behind a count")
    asked = parser.parse_args(arguments)
    measured = measure(ROOT)
    if asked.list is not None:
        if asked.list not in measured.places:
            parser.error(
                f"no places behind {asked.list!r}: use one of {', '.join(measured.places)}"
            )
        print("\n".join(measured.places[asked.list]))
        return 0
    if asked.write:
        kept = {name: count for name, count in measured.counts.items() if name not in UNLIMITED}
        LIMITS.write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")
    limits = json.loads(LIMITS.read_text(encoding="utf-8")) if LIMITS.exists() else {}
    print(table(measured.counts, limits))
    told = worse(measured.counts, limits) if asked.check else []
    for line in told:
        print(line, file=sys.stderr)
    return 1 if told else 0


if __name__ == "__main__":
    sys.exit(main())
