"""What is known of a class is known of that class alone, and of the state that it was looked at in."""

from __future__ import annotations

import collections
import gc
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer as Upstream
from langgraph_rs import recognition
from langgraph_rs.serde import JsonPlusSerializer
from model_sides import anatomy, called
from passing_modules import NAME, SOURCE, module_of

Calls = dict[str, int]

# A class that changes more often is not looked at every time: `CHANGES` and `PATIENCE` of `serde/changes.rs`.
CHANGES = 16
PATIENCE = 256

# Modules with a `Model` and a value of it; what a load and a dump of that call once the class is known.
KINDS: dict[str, tuple[str, Calls, Calls]] = {
    "model": (f"{SOURCE}value = Model()", {}, {}),
    "dataclass": (
        "from dataclasses import dataclass\n@dataclass\nclass Model:\n    a: int = 1\nvalue = Model()",
        {},
        {},
    ),
    "named tuple": ("from typing import NamedTuple\nclass Model(NamedTuple):\n    a: int = 1\nvalue = Model()", {}, {}),
    "enum": (
        "from enum import Enum\nclass Model(Enum):\n    a = 1\nvalue = Model.a",
        {},
        {"attribute of an object": 1},
    ),
}


@pytest.fixture
def collected() -> Iterator[None]:
    """Everything that was there before is left alone by the garbage collector, which so has little to look at."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


def second_calls(value: Any) -> tuple[Calls, Calls]:
    """What the second load of a value calls, and the second dump."""
    typed = Upstream().dumps_typed(value)
    load, dump = (lambda: JsonPlusSerializer().loads_typed(typed)), (lambda: JsonPlusSerializer().dumps_typed(value))
    load(), dump()
    return called("decoded", load), called("encoded", dump)


def one_after_the_other(source: str, least: int) -> list[tuple[Calls, Calls]]:
    """What modules come to of which each is gone before the next is made, until so many classes were at one address."""
    came: collections.Counter[int] = collections.Counter()
    found = []
    while max(came.values(), default=0) < least:
        assert came.total() < 100 * least, "classes that are gone leave their places to others"
        module = module_of(source)
        try:
            came[id(module.Model)] += 1
            found.append(second_calls(module.value))
        finally:
            del sys.modules[NAME], module
        gc.collect()
    return found


@pytest.mark.usefixtures("collected")
@pytest.mark.parametrize("kind", KINDS)
def test_a_class_is_not_taken_for_one_that_is_gone(kind: str) -> None:
    source, load, dump = KINDS[kind]
    found = one_after_the_other(source, 2 * CHANGES)
    assert [one for one in found if one != (load, dump)] == []


def changing(change: Callable[[type, int], Any], times: int) -> tuple[list[Calls], list[Calls], bool]:
    """What loads call while a class changes before each, then while it rests; whether they gave what upstream gives."""
    module = module_of()
    typed = Upstream().dumps_typed(module.Model())
    found: list[Any] = []
    load = lambda: found.append(anatomy(JsonPlusSerializer().loads_typed(typed)))  # noqa: E731
    try:
        load()
        changed = []
        for time in range(times):
            change(module.Model, time)
            changed.append(called("decoded", load))
        rested = [called("decoded", load) for _ in range(2 * PATIENCE)]
        right = anatomy(Upstream().loads_typed(typed))
    finally:
        del sys.modules[NAME]
    return changed, rested, all(one == right for one in found)


def test_a_class_that_changed_a_little_is_looked_at_every_time() -> None:
    changed, rested, is_right = changing(lambda model, time: setattr(model, "changed", time), CHANGES)
    assert is_right
    assert [one for one in changed + rested if one] == []


def test_a_class_that_changed_often_is_looked_at_again_once_it_rests() -> None:
    changed, rested, is_right = changing(lambda model, time: setattr(model, "changed", time), 3 * CHANGES)
    assert is_right
    # The fault that the tests above guard against looks like this: what nobody looks at is made by its constructor.
    assert changed == [{}] * CHANGES + [{"constructor": 1}] * (2 * CHANGES)
    waited = rested.index({})
    assert 0 < waited <= PATIENCE
    assert rested == [{"constructor": 1}] * waited + [{}] * (len(rested) - waited)


NESTED = """
from pydantic import BaseModel
class Inner(BaseModel):
    b: int = 1
class Model(BaseModel):
    a: Inner = Inner()
value = Model()
"""


def loud_init(model: Any, noted: list[str]) -> None:
    def init(self: Any, **fields: Any) -> None:
        noted.append("init")
        super(model, self).__init__(**fields)

    model.__init__ = init


def loud_new(model: Any, noted: list[str]) -> None:
    def new(cls: type, *_: Any, **__: Any) -> Any:
        noted.append("new")
        return object.__new__(cls)

    model.__new__ = new


def loud_dump(model: Any, noted: list[str]) -> None:
    def dump(self: Any, **options: Any) -> Any:
        noted.append("dump")
        return super(model, self).model_dump(**options)

    model.model_dump = dump


def noted_of(side: type, module: Any, noted: list[str]) -> Any:
    """What a serializer writes and reads, and what is noted meanwhile."""
    noted.clear()
    typed = side().dumps_typed(module.value)
    return typed, anatomy(side().loads_typed(typed)), noted.copy()


CHANGED: list[tuple[str, Callable[[Any, list[str]], None]]] = [
    ("Model", loud_init),
    ("Model", loud_new),
    ("Model", loud_dump),
    ("Inner", loud_new),
]


@pytest.mark.parametrize("function", ["dumper", "constructor", "is_made_as_objects"])
@pytest.mark.parametrize(("name", "change"), CHANGED)
def test_a_class_that_changes_while_it_is_looked_at(
    function: str, name: str, change: Callable[[Any, list[str]], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other threads run while a look calls Python: what one would do is done here, once the look has its answer."""
    module = module_of(NESTED)
    noted: list[str] = []
    asked, changed = getattr(recognition, function), []

    def meanwhile(cls: type) -> Any:
        found = asked(cls)
        if not changed:
            changed.append(cls)
            change(getattr(module, name), noted)
        return found

    try:
        before = noted_of(Upstream, module, noted)
        with monkeypatch.context() as patch:
            patch.setattr(recognition, function, meanwhile)
            during = noted_of(JsonPlusSerializer, module, noted)
        assert len(changed) == 1
        after = [noted_of(side, module, noted) for side in (Upstream, JsonPlusSerializer, JsonPlusSerializer)]
    finally:
        del sys.modules[NAME]
    assert after == [after[0]] * 3
    assert during in (before, after[0])
    assert after[0] != before
