"""What this process's LangGraph offers: `python -m parity.subjects.upstream.surface` prints it as JSON.

Each public class and function, each of their parameters with its default, each public method, and the members of
literal types: so that two releases can be held against each other without a list of features that somebody must keep.
"""

from __future__ import annotations

import enum
import importlib
import inspect
import json
import os
import pkgutil
import re
import sys
import warnings
from collections.abc import Iterator
from types import ModuleType
from typing import Any, get_args

import langgraph

__all__ = ["main", "surface"]

_ADDRESS = re.compile(r" at 0x[0-9a-f]+")
_SHOWN = 120
_NO_DEFAULT = "required"
_NEEDED = ("langgraph.graph", "langgraph.pregel", "langgraph.types")
"""Where one of these cannot be imported there is no LangGraph to describe."""


def main() -> int:
    """Prints the surface as one JSON object; returns the exit code."""
    # Only the object may reach standard output: a module may print when it is imported.
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in _NEEDED:
            importlib.import_module(name)
        found = surface()
    json.dump(found, out, sort_keys=True)
    out.close()
    return 0


def surface() -> dict[str, str]:
    """What is public, by its shortest dotted name; the value says what it is, of a parameter its default."""
    places: dict[tuple[str, str], tuple[str, Any]] = {}
    for module in _modules():
        for name, member in _public(module):
            place = f"{module.__name__}.{name}"
            key = _identity(place, member)
            if key not in places or (len(place), place) < (len(places[key][0]), places[key][0]):
                places[key] = (place, member)
    found: dict[str, str] = {}
    for place, member in places.values():
        found.update(_described(place, member))
    return found


def _identity(place: str, member: Any) -> tuple[str, str]:
    """What a class or function is called where it was made, so that it counts once; of anything else, where it is."""
    if inspect.isclass(member) or inspect.isfunction(member):
        return member.__module__, member.__qualname__
    return place, ""


def _modules() -> Iterator[ModuleType]:
    for info in pkgutil.walk_packages(langgraph.__path__, "langgraph.", onerror=lambda _: None):
        if any(part.startswith("_") for part in info.name.split(".")):
            continue
        try:
            yield importlib.import_module(info.name)
        except Exception:
            # An optional part, whose own requirement is not installed.
            continue


def _public(module: ModuleType) -> Iterator[tuple[str, Any]]:
    names = getattr(module, "__all__", None)
    for name in names if names is not None else vars(module):
        member = getattr(module, name, None)
        own = names is not None or getattr(member, "__module__", None) == module.__name__
        if own and member is not None and not name.startswith("_") and not inspect.ismodule(member):
            yield name, member


def _described(place: str, member: Any) -> Iterator[tuple[str, str]]:
    if inspect.isclass(member):
        yield place, "class"
        yield from _parameters(place, member)
        yield from _members(place, member)
    elif callable(member) and hasattr(member, "__name__"):
        yield place, "function"
        yield from _parameters(place, member)
    else:
        yield place, "value"
        for item in get_args(member):
            if isinstance(item, str):
                yield f"{place}[{item!r}]", "member"


def _members(place: str, cls: type) -> Iterator[tuple[str, str]]:
    if issubclass(cls, enum.Enum):
        yield from ((f"{place}.{name}", "member") for name in cls.__members__)
        return
    for key in getattr(cls, "__required_keys__", ()) or ():
        yield f"{place}[{key!r}]", "required key"
    for key in getattr(cls, "__optional_keys__", ()) or ():
        yield f"{place}[{key!r}]", "optional key"
    for name, member in vars(cls).items():
        function = getattr(member, "__func__", member)
        if not name.startswith("_") and inspect.isfunction(function):
            yield f"{place}.{name}", "method"
            yield from _parameters(f"{place}.{name}", function)


def _parameters(place: str, member: Any) -> Iterator[tuple[str, str]]:
    try:
        signature = inspect.signature(member)
    except (TypeError, ValueError):
        return
    for name, parameter in signature.parameters.items():
        if name in ("self", "cls") or parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        yield f"{place}({name})", _default(parameter.default)


def _default(value: Any) -> str:
    if value is inspect.Parameter.empty:
        return _NO_DEFAULT
    text = getattr(value, "__qualname__", None) or _ADDRESS.sub("", repr(value))
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"


if __name__ == "__main__":
    sys.exit(main())
