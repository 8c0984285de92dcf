"""What a model that was read is made of: a dict and a set like any others, copied from the reader's own."""

from __future__ import annotations

import gc
import pickle
import random
import sys
from collections.abc import Callable
from typing import Any

import pytest
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer as Upstream
from langgraph_rs.serde import JsonPlusSerializer, counters
from pydantic import BaseModel, ConfigDict, create_model

VALUES: dict[str, tuple[Any, Any]] = {
    "int": (int, 300_000),
    "str": (str, "text"),
    "none": (int | None, None),
    "empty list": (list[int], []),
    "empty dict": (dict[str, int], {}),
    "tuple": (tuple[int, ...], (1, 2)),
    "empty tuple": (tuple[int, ...], ()),
}

Model = type[BaseModel]


def model_of(count: int, kind: str = "int", **config: Any) -> Model:
    """A class of so many fields, the last of which is of a kind, the others numbers; importable from this module."""
    name = f"Of{count}{kind.title().replace(' ', '')}{''.join(config)}"
    kinds = [VALUES["int"]] * (count - 1) + [VALUES[kind]]
    fields: Any = {f"field_{place}": kinds[place] for place in range(count)}
    made = create_model(name, __module__=__name__, __config__=ConfigDict(**config), **fields)
    globals()[name] = made
    return made


def pair(model: BaseModel) -> list[Any]:
    """A model as upstream reads it, and as Rust does, which takes it as it is."""
    typed = Upstream().dumps_typed(model)
    upstream = Upstream().loads_typed(typed)
    before = counters()["decoded"]["python"]
    JsonPlusSerializer().loads_typed(typed)
    ours = JsonPlusSerializer().loads_typed(typed)
    after = counters()["decoded"]["python"]
    assert {reason: count - before[reason] for reason, count in after.items() if count != before[reason]} in (
        {},
        {"event and warning of the allowlist": 1},
    )
    return [upstream, ours]


def memory(model: BaseModel) -> list[Any]:
    """What can be known of a model's memory."""
    parts = [model.__dict__, model.__pydantic_fields_set__, model.__pydantic_extra__]
    sizes = [sys.getsizeof(part) for part in parts]
    tracked = [gc.is_tracked(part) for part in (model, *parts)]
    order = [list(part) if part is not None else None for part in parts]
    return [sizes, tracked, order, pickle.dumps(model)]


def changed(model: BaseModel, seed: int) -> list[Any]:
    """What some random changes of the dict and of the set come to, step by step."""
    rng, seen = random.Random(seed), []
    names = [f"field_{place}" for place in range(40)]
    for _ in range(60):
        name, fields, given = rng.choice(names), model.__dict__, model.__pydantic_fields_set__
        changes: list[Callable[[], Any]] = [
            lambda name=name, fields=fields: fields.__setitem__(name, [name]),
            lambda name=name, fields=fields: fields.pop(name, None),
            lambda fields=fields: fields.popitem() if fields else None,
            lambda name=name, given=given: given.add(name),
            lambda name=name, given=given: given.discard(name),
            lambda fields=fields: fields.update(dict(fields)),
        ]
        seen.append(rng.choice(changes)())
        seen.append([list(fields.items()), list(given), sys.getsizeof(fields), sys.getsizeof(given)])
    fields.clear()
    given.clear()
    return seen


@pytest.mark.parametrize("count", [1, 2, 4, 5, 6, 7, 10, 11, 12, 20, 21, 22, 40, 200])
def test_dicts_and_sets_of_every_size(count: int) -> None:
    upstream, ours = pair(model_of(count)())
    assert memory(ours) == memory(upstream)
    assert changed(ours, count) == changed(upstream, count)


@pytest.mark.parametrize("kind", sorted(VALUES))
@pytest.mark.parametrize("count", [1, 3, 9])
def test_the_garbage_collector_looks_at_what_it_has_to(kind: str, count: int) -> None:
    upstream, ours = pair(model_of(count, kind)())
    assert memory(ours) == memory(upstream)


def test_a_model_that_keeps_what_it_has_no_field_for() -> None:
    upstream, ours = pair(model_of(3, extra="allow")())
    assert memory(ours) == memory(upstream)


@pytest.mark.parametrize("count", [3, 12])
def test_one_model_is_nothing_to_the_next(count: int) -> None:
    typed = Upstream().dumps_typed(model_of(count)())
    fresh = memory(JsonPlusSerializer().loads_typed(typed))
    for seed in range(20):
        one, other = (JsonPlusSerializer().loads_typed(typed) for _ in range(2))
        changed(one, seed)
        assert memory(other) == fresh
        assert memory(JsonPlusSerializer().loads_typed(typed)) == fresh


def test_references_are_neither_lost_nor_kept() -> None:
    typed = Upstream().dumps_typed(model_of(12, "str")())
    [names, *_] = [list(JsonPlusSerializer().loads_typed(typed).__dict__)]
    shared: list[Any] = [*names, None]
    gc.collect()
    before = [sys.getrefcount(one) for one in shared]
    for _ in range(1000):
        JsonPlusSerializer().loads_typed(typed)
    gc.collect()
    after = [sys.getrefcount(one) for one in shared]
    # Of None other parts of the interpreter may take or drop some meanwhile.
    assert after[:-1] == before[:-1]
    assert abs(after[-1] - before[-1]) < 100


def shares_its_dict(model: BaseModel, other: BaseModel) -> None:
    object.__setattr__(model, "__dict__", other.__dict__)


def has_a_set_that_python_copied(model: BaseModel, other: BaseModel) -> None:
    # Its table has another size, and so it may have another order.
    object.__setattr__(model, "__pydantic_fields_set__", set(other.__pydantic_fields_set__))


def has_a_dict_of_another_size(model: BaseModel, other: BaseModel) -> None:
    fields = model.__dict__
    fields.update({f"other_{place}": place for place in range(100)})
    for place in range(100):
        del fields[f"other_{place}"]


@pytest.mark.parametrize("plant", [has_a_set_that_python_copied, has_a_dict_of_another_size])
def test_a_planted_fault_in_the_memory_is_seen(plant: Callable[[BaseModel, BaseModel], None]) -> None:
    upstream, ours = pair(model_of(7)())
    plant(ours, upstream)
    assert memory(ours) != memory(upstream)


def test_a_planted_dict_that_is_shared_is_seen() -> None:
    one, other = pair(model_of(7)())
    fresh = memory(other)
    shares_its_dict(other, one)
    changed(one, 1)
    assert memory(other) != fresh
