"""What both serializers make of pydantic models, down to what `==` does not look at."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import ormsgpack
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer as Upstream
from langgraph_rs.serde import JsonPlusSerializer, counters
from pydantic import BaseModel

Typed = tuple[str, bytes]


class Records(logging.Handler):
    """The texts of what is logged."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keeps one."""
        self.texts.append(record.getMessage())


def outcome(work: Callable[[], Any]) -> tuple[Any, list[str]]:
    """What comes of it, an exception as its type and text, and what was warned of and logged meanwhile."""
    records = Records()
    logging.getLogger().addHandler(records)
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                result = work()
            except Exception as error:
                result = (type(error), str(error))
    finally:
        logging.getLogger().removeHandler(records)
    return result, [f"{one.category.__name__}: {one.message}" for one in caught] + records.texts


def anatomy(value: Any) -> Any:
    """All of a value: types, the order of dicts and sets, and the four parts of a model."""
    if isinstance(value, BaseModel):
        parts = []
        for name in ("__dict__", "__pydantic_fields_set__", "__pydantic_extra__", "__pydantic_private__"):
            try:
                parts.append(anatomy(object.__getattribute__(value, name)))
            except AttributeError:
                parts.append("missing")
        return type(value), parts
    if isinstance(value, dict):
        return type(value), [(anatomy(key), anatomy(item)) for key, item in value.items()]
    if isinstance(value, list | tuple | set | frozenset):
        return type(value), [anatomy(item) for item in value]
    return type(value), repr(value)


def shared(value: Any) -> list[int]:
    """For every part of a value, the place of the first part that is the same object: what is shared with what."""
    seen: list[Any] = []
    places = []

    def visit(part: Any) -> None:
        places.append(next((place for place, one in enumerate(seen) if one is part), len(seen)))
        seen.append(part)
        if isinstance(part, BaseModel):
            visit(part.__dict__)
            visit(getattr(part, "__pydantic_fields_set__", None))
        elif isinstance(part, dict):
            for item in part.values():
                visit(item)
        elif isinstance(part, list | tuple):
            for item in part:
                visit(item)

    visit(value)
    return places


def read(typed: Typed, **options: Any) -> list[Any]:
    """What upstream reads, and what Rust does. Upstream reads it once before: some things are told only once."""
    found: list[Any] = []
    for one in (Upstream, Upstream, JsonPlusSerializer):
        result, told = outcome(lambda one=one: one(**options).loads_typed(typed))
        found.append((anatomy(result), shared(result), told))
    return found[1:]


def written(make: Callable[[], Any]) -> list[Any]:
    """What upstream writes of a value, and what Rust does of another that is made in the same way."""
    found = []
    for one in (Upstream, JsonPlusSerializer):
        value = make()
        found.append(outcome(lambda one=one, value=value: one().dumps_typed(value)))
    return found


def envelope(cls: type, fields: Any) -> Typed:
    """A model as it is stored, with these fields."""
    parts = (cls.__module__, cls.__qualname__, fields, "model_validate_json")
    inner = ormsgpack.packb(parts, option=ormsgpack.OPT_NON_STR_KEYS)
    return "msgpack", ormsgpack.packb(ormsgpack.Ext(5, inner))


def calls(direction: str) -> dict[str, int]:
    """How often Python code was called in one direction, by reason."""
    found = counters()[direction]["python"]
    assert isinstance(found, dict)
    return found


def called(direction: str, work: Callable[[], Any]) -> dict[str, int]:
    """For what Python code was called meanwhile."""
    before = calls(direction)
    work()
    return {reason: count - before[reason] for reason, count in calls(direction).items() if count != before[reason]}


def paths(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every part of nested dicts and lists."""
    if path:
        yield path
    if isinstance(data, dict):
        for key, item in data.items():
            yield from paths(item, (*path, key))
    elif isinstance(data, list):
        for place, item in enumerate(data):
            yield from paths(item, (*path, place))


def replaced(data: Any, path: tuple[Any, ...], value: Any) -> Any:
    """A copy with another value at the end of a way."""
    if not path:
        return value
    copy = data.copy()
    copy[path[0]] = replaced(data[path[0]], path[1:], value)
    return copy


def variants(data: dict[str, Any], values: list[Any]) -> Iterator[Any]:
    """The data with each of the values in each place, and its dicts with a key less, a key more, in other orders."""
    yield data
    for path in paths(data):
        for value in values:
            yield replaced(data, path, value)
    for path in [(), *paths(data)]:
        part: Any = data
        for key in path:
            part = part[key]
        if not isinstance(part, dict):
            continue
        changed: list[Any] = [dict(reversed(part.items())), part | {"more": 1}, {"more": 1} | part]
        changed += [{one: item for one, item in part.items() if one != key} for key in part]
        changed += [{5 if one == key else one: item for one, item in part.items()} for key in part]
        for one in changed:
            yield replaced(data, path, one)
