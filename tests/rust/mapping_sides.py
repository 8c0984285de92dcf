"""One call on both sides, upstream's function and ours, on arguments made anew for each, and all that it leaves."""

from __future__ import annotations

import inspect
import types
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timezone
from itertools import count
from typing import Any
from uuid import UUID

import langgraph.pregel._checkpoint as upstream_checkpoint
from langgraph_rs._core import ChannelMap

__all__ = ["Both", "Call", "controlled", "shape"]

Log = list[Any]
"""What instrumented arguments saw, in order."""

PLAIN = (type(None), bool, int, float, complex, str, bytes)


@dataclass(frozen=True)
class Call:
    """Arguments for one side. `log` is what they tell about the call; it is compared too."""

    args: tuple[Any, ...]
    kwargs: dict[str, Any] = field(default_factory=dict)
    log: Log = field(default_factory=list)


def shape(*roots: Any) -> Any:
    """Objects as plain tuples: types, contents, orders, and which of them are one and the same."""
    numbers: dict[int, int] = {}
    kept: list[Any] = []

    def walk(item: Any) -> Any:
        if type(item) in PLAIN:
            return (type(item).__name__, repr(item))
        if isinstance(item, type | types.FunctionType | types.BuiltinFunctionType | types.ModuleType):
            return ("named", getattr(item, "__module__", ""), getattr(item, "__qualname__", repr(item)))
        if type(item) is object:
            return ("sentinel", id(item))
        if id(item) in numbers:
            return ("again", numbers[id(item)])
        numbers[id(item)] = len(numbers)
        kept.append(item)
        # Loaded channels are in a dict of ours.
        cls = dict if type(item) is ChannelMap else type(item)
        name = (cls.__module__, cls.__qualname__)
        if isinstance(item, BaseException):
            return ("error", *name, walk(item.args))
        if isinstance(item, dict):
            return ("dict", *name, [(walk(key), walk(value)) for key, value in item.items()], attributes(item))
        if isinstance(item, list | tuple | deque):
            return ("items", *name, [walk(value) for value in item], attributes(item))
        if isinstance(item, set | frozenset):
            return ("set", *name, sorted((walk(value) for value in item), key=repr))
        if isinstance(item, Iterator):
            return ("iterator", *name)
        return ("object", *name, attributes(item))

    def attributes(item: Any) -> Any:
        names = dict.fromkeys(getattr(item, "__dict__", ()))
        for base in type(item).__mro__:
            slots = base.__dict__.get("__slots__", ())
            names.update(dict.fromkeys((slots,) if isinstance(slots, str) else slots))
        names.pop("__weakref__", None)
        return [(name, walk(getattr(item, name))) for name in names if hasattr(item, name)]

    return walk(list(roots))


def _error(error: BaseException) -> tuple[Any, ...]:
    return ("raised", type(error), str(error), type(error.__cause__), type(error.__context__))


def _outcome(work: Callable[[], Any]) -> tuple[Any, ...]:
    try:
        result = work()
    except BaseException as error:
        return _error(error)
    return ("returned", result)


def _drained(made: Any, log: Log) -> tuple[Any, ...]:
    """A generator item by item, and what the arguments had told by then."""
    steps: list[Any] = [("made", inspect.isgenerator(made), len(log))]
    while True:
        try:
            steps.append(("item", next(made), len(log)))
        except StopIteration:
            steps.append(("end", len(log)))
            return ("drained", steps)
        except BaseException as error:
            steps.append((*_error(error), len(log)))
            steps.append(_outcome(lambda: next(made, "nothing more")))
            return ("drained", steps)


def _run(coroutine: Any) -> tuple[Any, ...]:
    """A coroutine that waits for nothing outside itself."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        return ("returned", stop.value)
    except BaseException as error:
        return _error(error)
    raise AssertionError("waits for something")


@contextmanager
def controlled() -> Iterator[Log]:
    """Ids and times of checkpoints counted, through the names that upstream's module reads; yields the calls."""
    calls: Log = []
    numbers = count(1)

    class Clock:
        @staticmethod
        def now(zone: Any) -> datetime:
            calls.append(("now", zone))
            return datetime(2026, 1, 1, second=next(numbers) % 60, tzinfo=timezone.utc)

    def uuid6(*args: Any, **kwargs: Any) -> UUID:
        calls.append(("uuid6", args, kwargs))
        return UUID(int=next(numbers))

    before = (upstream_checkpoint.uuid6, upstream_checkpoint.datetime)
    upstream_checkpoint.uuid6, upstream_checkpoint.datetime = uuid6, Clock  # type: ignore[assignment, misc]
    try:
        yield calls
    finally:
        upstream_checkpoint.uuid6, upstream_checkpoint.datetime = before  # type: ignore[misc]


@dataclass(frozen=True)
class Both:
    """Upstream's function and ours."""

    upstream: Callable[..., Any]
    ours: Callable[..., Any]

    def observe(self, function: Callable[..., Any], make: Callable[[], Call]) -> Any:
        call = make()
        with controlled() as clock:
            result = _outcome(lambda: function(*call.args, **call.kwargs))
            if inspect.isgeneratorfunction(self.upstream) and result[0] == "returned":
                result = _drained(result[1], call.log)
            elif inspect.iscoroutinefunction(self.upstream) and result[0] == "returned":
                result = _run(result[1])
        return shape(result, call.args, call.kwargs, call.log, clock)

    def agree(self, make: Callable[[], Call]) -> Any:
        """Both sides do the same; what they did, as a shape."""
        expected, actual = self.observe(self.upstream, make), self.observe(self.ours, make)
        assert actual == expected, f"{self.upstream.__qualname__}\n  upstream: {expected}\n  ours:     {actual}"
        return expected
