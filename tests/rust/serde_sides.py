"""Upstream's serializer and Rust's on the same thing: what is seen of both."""

from __future__ import annotations

import dataclasses
import enum
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import ormsgpack
from langgraph.checkpoint.serde import jsonplus
from langgraph.checkpoint.serde.event_hooks import register_serde_event_listener
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer as Upstream
from langgraph_rs.serde import JsonPlusSerializer as Rust

SEEN = ("_warned_unregistered_types", "_warned_blocked_types", "_warned_unreconstructable_types")
"""Upstream's memory of what it has warned of."""

Side = Callable[..., Any]


def anatomy(value: Any) -> Any:
    """What a value is made of: classes, order and attributes included, which equality leaves out."""
    kind = type(value)
    if isinstance(value, enum.Enum):
        return (kind, id(value) if value in kind.__members__.values() else repr(value))
    if isinstance(value, dict):
        return (kind, [(anatomy(key), anatomy(item)) for key, item in value.items()], attributes(value))
    if isinstance(value, list | tuple | set | frozenset):
        return (kind, [anatomy(item) for item in value], attributes(value))
    if dataclasses.is_dataclass(kind):
        return (kind, attributes(value))
    return (kind, repr(value))


def attributes(value: Any) -> list[Any]:
    """The attributes of an object in their order, those in slots included."""
    found = list(getattr(value, "__dict__", {}).items())
    for base in type(value).__mro__:
        slots = base.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if not name.startswith("__"):
                found.append((name, getattr(value, name, "(unset)")))
    return [(name, anatomy(item)) for name, item in found]


@contextmanager
def watched(listener: Callable[[Any], None] | None = None) -> Iterator[list[Any]]:
    """Upstream with nothing warned of yet: the events and warnings that come, in their order."""
    told: list[Any] = []

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            told.append(("warning", record.getMessage()))

    handler, logger = Handler(), jsonplus.logger
    kept = {name: set(getattr(jsonplus, name)) for name in SEEN}
    for name in SEEN:
        getattr(jsonplus, name).clear()
    logger.addHandler(handler)
    unregister = register_serde_event_listener(listener) if listener else (lambda: None)
    try:
        yield told
    finally:
        unregister()
        logger.removeHandler(handler)
        for name in SEEN:
            getattr(jsonplus, name).update(kept[name])


def seen(work: Callable[[], Any], listener: Callable[[Any], None] | None = None) -> tuple[Any, list[Any]]:
    """What a piece of work comes to, taken apart, and what was told meanwhile."""
    with watched(listener) as told:
        try:
            result: Any = ("value", anatomy(work()))
        except BaseException as error:
            result = (type(error), str(error))
    return result, told


def loaded_alike(data: bytes, rust: Side = Rust, **options: Any) -> Any:
    """Both read the bytes alike, with events and without; what that comes to."""
    result: Any = None
    for listens in (False, True):
        sides = []
        for side in (Upstream, rust):
            events: list[Any] = []
            read = partial(side(**options).loads_typed, ("msgpack", data))
            sides.append((seen(read, events.append if listens else None), events))
        (expected, _), (actual, _) = sides
        assert actual == expected
        assert sides[1] == sides[0]
        result = expected[0]
    return result


def dumped_alike(value: Any, rust: Side = Rust) -> bytes | None:
    """Both write the value alike; the bytes, if there are any."""
    sides: list[Any] = []
    for side in (Upstream, rust):
        try:
            sides.append(side().dumps_typed(value))
        except BaseException as error:
            sides.append((type(error), str(error)))
    assert sides[1] == sides[0]
    return sides[0][1] if sides[0][0] == "msgpack" else None


def carried_alike(value: Any, rust: Side = Rust, **options: Any) -> Any:
    """Both write the value, and then read it, alike; what it is read as."""
    data = dumped_alike(value, rust)
    assert data is not None
    return loaded_alike(data, rust, **options)


def ext(code: int, *parts: Any) -> ormsgpack.Ext:
    """An extension whose data are an array of these parts."""
    return ormsgpack.Ext(code, packed(list(parts)))


def packed(value: Any) -> bytes:
    """A document; extensions may be anywhere in it."""
    return ormsgpack.packb(value, option=ormsgpack.OPT_NON_STR_KEYS)


def thrice(*items: Any) -> bytes:
    """A document that has each item three times in turn: what was found out at the first is used at the others."""
    return packed([list(items)] * 3)
