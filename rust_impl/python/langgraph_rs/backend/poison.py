"""Python functions made to raise through every reference that exists: their code is swapped, not their name.

A partial, a bound method, a subclass, a default argument or a closure that took hold of the function before keeps the
same function object, and that object now raises.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from types import CodeType, FunctionType
from typing import Any

__all__ = ["functions_of", "poison"]

_PARAMETERS = "*args, **kwargs"


def poison(value: Any, namespace: dict[str, Any], label: str) -> int:
    """Makes every Python function of a function, class, descriptor or partial raise WitnessError when it is called.

    Only functions whose globals are `namespace`, the defining module's, are touched: a class may carry others that
    Python itself put there. Returns how many there were.
    """
    functions = {id(function): function for function in functions_of(value, namespace)}
    for function in functions.values():
        name = f"{label.partition(':')[0]}:{function.__qualname__}"
        function.__code__ = _raiser(name, len(function.__code__.co_freevars))
    return len(functions)


def functions_of(value: Any, namespace: dict[str, Any]) -> Iterator[FunctionType]:
    """The functions of that namespace that a call of `value`, or of anything defined on it, would run."""
    seen: set[int] = set()
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if id(item) in seen:
            continue
        seen.add(id(item))
        if isinstance(item, FunctionType):
            if item.__globals__ is namespace:
                yield item
        elif isinstance(item, (staticmethod, classmethod)):
            waiting.append(item.__func__)
        elif isinstance(item, property):
            waiting += [item.fget, item.fset, item.fdel]
        elif isinstance(item, (functools.partial, functools.partialmethod, functools.cached_property)):
            waiting.append(item.func)
        elif isinstance(item, type) and item.__module__ == namespace.get("__name__"):
            waiting += vars(item).values()
        # What a decorator made (a context manager, a cache) leads to what it was made of.
        if not isinstance(item, type) and (inner := getattr(item, "__wrapped__", None)) is not None:
            waiting.append(inner)


def _raiser(name: str, free_variables: int) -> CodeType:
    """Code that raises and closes over as many variables: a function takes no code with another number of them.

    It finds its way by import: the globals that it will run with are those of upstream's module.
    """
    cells = [f"cell{number}" for number in range(free_variables)]
    lines = (
        f"def around({', '.join(cells)}):",
        f"  def poisoned({_PARAMETERS}):",
        f"    __import__('langgraph_rs.backend.record', fromlist=('caught',)).caught({name!r})",
        # Never reached: what is named here is closed over.
        f"    return ({''.join(f'{cell}, ' for cell in cells)})",
    )
    module = compile("\n".join(lines), f"<witness: {name}>", "exec", dont_inherit=True)
    return _code_named("poisoned", _code_named("around", module))


def _code_named(name: str, code: CodeType) -> CodeType:
    return next(item for item in code.co_consts if isinstance(item, CodeType) and item.co_name == name)
