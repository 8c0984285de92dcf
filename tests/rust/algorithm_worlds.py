"""Two worlds made alike, one for upstream's functions and one for ours, and a plain account of what became of each.

The account shows what anyone could see: types, the order of dicts, errors with their notes, log lines, and which
objects are one and the same. Functions are shown by name, because ours are not upstream's.
"""

from __future__ import annotations

import functools
import logging
import operator
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from types import BuiltinMethodType, FunctionType, MethodType
from typing import Any

import langgraph.pregel._algo as upstream
from langgraph._internal._typing import MISSING
from langgraph.channels.any_value import AnyValue
from langgraph.channels.base import BaseChannel
from langgraph.channels.binop import BinaryOperatorAggregate
from langgraph.channels.ephemeral_value import EphemeralValue
from langgraph.channels.last_value import LastValue, LastValueAfterFinish
from langgraph.channels.named_barrier_value import NamedBarrierValue, NamedBarrierValueAfterFinish
from langgraph.channels.topic import Topic
from langgraph.channels.untracked_value import UntrackedValue
from langgraph.errors import EmptyChannelError
from langgraph.types import Send
from langgraph_rs import _core
from langgraph_rs import channels as rust_channels
from langgraph_rs.algorithm import tasks as rust

__all__ = [
    "ALGORITHMS",
    "CLASSES",
    "Recorder",
    "Version",
    "account",
    "channels_of",
    "logged",
    "outcome",
    "rust",
    "upstream",
]

ALGORITHMS = {"upstream": upstream, "rust": rust}
CALLABLES = (FunctionType, MethodType, BuiltinMethodType, _core.NullResume)

CLASSES: dict[str, Callable[[Any], Any]] = {
    "last": lambda of: of.LastValue(int),
    "any": lambda of: of.AnyValue(int),
    "ephemeral": lambda of: of.EphemeralValue(int, False),
    "guarded": lambda of: of.EphemeralValue(int),
    "untracked": lambda of: of.UntrackedValue(int, False),
    "sum": lambda of: of.BinaryOperatorAggregate(int, operator.add),
    "topic": lambda of: of.Topic(int),
    "kept": lambda of: of.Topic(int, True),
    "sends": lambda of: of.Topic(Send),
    "barrier": lambda of: of.NamedBarrierValue(str, {"p", "q"}),
    "deferred": lambda of: of.LastValueAfterFinish(int),
    "late": lambda of: of.NamedBarrierValueAfterFinish(str, {"p", "q"}),
    "custom": lambda of: Recorder(),
}


class _Upstream:
    """Upstream's channel classes, as attributes."""

    AnyValue = AnyValue
    BinaryOperatorAggregate = BinaryOperatorAggregate
    EphemeralValue = EphemeralValue
    LastValue = LastValue
    LastValueAfterFinish = LastValueAfterFinish
    NamedBarrierValue = NamedBarrierValue
    NamedBarrierValueAfterFinish = NamedBarrierValueAfterFinish
    Topic = Topic
    UntrackedValue = UntrackedValue


class Recorder(BaseChannel[Any, Any, Any]):
    """A user's own channel: the last value, and an account of every call that anyone made."""

    def __init__(self, value: Any = MISSING, calls: list[Any] | None = None) -> None:
        super().__init__(Any)
        self.value = value
        self.calls: list[Any] = [] if calls is None else calls

    @property
    def ValueType(self) -> Any:  # noqa: N802
        return Any

    @property
    def UpdateType(self) -> Any:  # noqa: N802
        return Any

    def from_checkpoint(self, checkpoint: Any) -> Recorder:
        self.calls.append(("from_checkpoint", account(checkpoint)))
        return Recorder(checkpoint, self.calls)

    def get(self) -> Any:
        self.calls.append("get")
        if self.value is MISSING:
            raise EmptyChannelError
        return self.value

    def is_available(self) -> bool:
        self.calls.append("is_available")
        return self.value is not MISSING

    def update(self, values: Any) -> bool:
        self.calls.append(("update", type(values).__name__, account(list(values))))
        if values:
            self.value = values[-1]
        return bool(values)

    def consume(self) -> bool:
        self.calls.append("consume")
        return True

    def finish(self) -> bool:
        self.calls.append("finish")
        return self.value is not MISSING


@functools.total_ordering
class Version:
    """A version that only Python code can compare."""

    def __init__(self, number: int = 0) -> None:
        self.number = number

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Version) and self.number == other.number

    def __lt__(self, other: Version) -> bool:
        return self.number < other.number

    __hash__ = None  # type: ignore[assignment]


def channels_of(specs: Mapping[str, str], kind: str) -> dict[str, Any]:
    """Channels by name, each of a class named in CLASSES, in one of three ways.

    `python`: upstream's own in a dict. `map`: upstream's own in a map with an index. `rust`: ours in such a map.
    """
    library: Any = rust_channels if kind == "rust" else _Upstream
    channels: dict[str, Any] = {} if kind == "python" else _core.ChannelMap()
    for name, spec in specs.items():
        channel = CLASSES[spec](library)
        channel.key = name
        channels[name] = channel
    return channels


def outcome(work: Callable[[], Any]) -> tuple[str, Any]:
    """What a call gave, or its error with its notes."""
    try:
        return "value", account(work())
    except Exception as error:
        return "error", (type(error).__name__, str(error), getattr(error, "__notes__", []))


@contextmanager
def logged() -> Iterator[list[tuple[str, str, str]]]:
    """The log lines of LangGraph while the block runs: logger, level and text."""
    lines: list[tuple[str, str, str]] = []

    class Lines(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append((record.name, record.levelname, record.getMessage()))

    handler, logger = Lines(), logging.getLogger("langgraph")
    logger.addHandler(handler)
    try:
        yield lines
    finally:
        logger.removeHandler(handler)


def account(value: Any, seen: dict[int, int] | None = None) -> Any:
    """A value as plain data that compares: types, order and shared identity of containers included."""
    seen = {} if seen is None else seen
    if isinstance(value, BaseException):
        return (type(value).__name__, str(value))
    if value is MISSING:
        return "MISSING"
    if value is None or type(value) in (bool, int, float, str, bytes):
        return value
    if id(value) in seen:
        return ("again", seen[id(value)])
    seen[id(value)] = len(seen)
    if isinstance(value, dict):
        kind = "dict" if isinstance(value, _core.ChannelMap) else type(value).__name__
        return (kind, [(account(key, seen), account(item, seen)) for key, item in value.items()])
    if isinstance(value, functools.partial):
        return ("partial", account(value.func, seen), account(value.args, seen), account(value.keywords, seen))
    if isinstance(value, (list, tuple, deque)):
        return (type(value).__name__, [account(item, seen) for item in value])
    if isinstance(value, (set, frozenset)):
        return (type(value).__name__, sorted(map(repr, value)))
    if isinstance(value, CALLABLES):
        # Ours have names of their own; of a function that closes over something only that it is one.
        name = getattr(value, "__name__", "get_null_resume")
        return ("function", name)
    if is_dataclass(value) and not isinstance(value, type):
        items = [(field.name, account(getattr(value, field.name), seen)) for field in fields(value)]
        return (type(value).__name__, items)
    if isinstance(value, Version):
        return ("Version", value.number)
    if type(value).__name__ in {"".join(name) for name in vars(_Upstream)} | {"Recorder"}:
        return (type(value).__name__, _channel(value))
    if isinstance(value, Mapping):
        return (type(value).__name__, [(account(key, seen), account(item, seen)) for key, item in value.items()])
    return (type(value).__name__,)


def _channel(channel: Any) -> Any:
    if isinstance(channel, Recorder):
        return (account(channel.value), list(channel.calls))
    state = [account(channel.checkpoint()), channel.is_available()]
    state += [account(getattr(channel, name)) for name in ("finished", "seen", "values") if hasattr(channel, name)]
    return state
