"""Names of a package that load when they are first used, so that importing it stays light."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from typing import Any, TypeVar

Value = TypeVar("Value")


def load(package: str, names: Mapping[str, str], name: str) -> Any:
    """Return an attribute for a package's `__getattr__`.

    Args:
        package: the package's `__name__`.
        names: for each public name "module" or "module.attribute" below the package, where the
            attribute has another name than the public one.
        name: what is asked for.

    Raises:
        AttributeError: if the name is not one of them.
    """
    if name not in names:
        raise AttributeError(f"module {package!r} has no attribute {name!r}")
    module, _, attribute = names[name].partition(".")
    return getattr(importlib.import_module(f"{package}.{module}"), attribute or name)


def defer(package: str, names: Mapping[str, str]) -> Callable[[str], Any]:
    """Return a module's `__getattr__` that loads these names of a package; see `load`."""
    return lambda name: load(package, names, name)


class LazyTable(MutableMapping[str, Value]):
    """A table whose values load when they are first asked for; its names load nothing.

    Values can be added and replaced as in any mapping, then as they are.

    Args:
        package: the `__name__` of the package that the table is of.
        places: for each name "module.attribute" below the package.
    """

    def __init__(self, package: str, places: Mapping[str, str]) -> None:
        self._package, self._places = package, dict(places)
        self._values: dict[str, Value] = {}

    def __getitem__(self, name: str) -> Value:
        if name not in self._values and name in self._places:
            self._values[name] = load(self._package, self._places, name)
        return self._values[name]

    def __setitem__(self, name: str, value: Value) -> None:
        self._values[name] = value

    def __delitem__(self, name: str) -> None:
        if name not in self:
            raise KeyError(name)
        self._places.pop(name, None)
        self._values.pop(name, None)

    def __contains__(self, name: object) -> bool:
        return name in self._places or name in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys([*self._places, *self._values]))

    def __len__(self) -> int:
        return len({*self._places, *self._values})
