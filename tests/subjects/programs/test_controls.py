"""Every source of chance in upstream is found, replaced while a case runs, and put back."""

from __future__ import annotations

import importlib
import random
import sys
import uuid
from datetime import datetime
from typing import Any

import pytest
from langchain_core.callbacks import BaseCallbackHandler, CallbackManager
from langgraph.pregel import _loop, _retry
from langgraph.store.memory import InMemoryStore

from parity.subjects.upstream.controls import FROZEN_NOW
from parity.subjects.upstream.programs.controls import CLOCKS, Controls, controlled

Event = dict[str, Any]


def nothing(event: Event) -> None:
    """Records nothing."""


def test_the_oracle_has_every_name_that_is_controlled() -> None:
    assert all(hasattr(importlib.import_module(module), name) for module, name in CLOCKS)
    replaced = {(getattr(owner, "__name__", ""), name) for owner, name, _ in Controls(nothing, "inline", 3).replaced()}
    assert replaced >= {
        ("langgraph.pregel._checkpoint", "uuid6"),
        ("langgraph.pregel._messages", "uuid4"),
        ("langchain_core.callbacks.manager", "uuid7"),
        ("langgraph.pregel._checkpoint", "DELTA_MAX_SUPERSTEPS_SINCE_SNAPSHOT"),
        ("langgraph.stream._mux", "time"),
        ("langgraph.stream._convert", "time"),
        ("langgraph.cache.memory", "datetime"),
        ("langgraph.pregel._loop", "BackgroundExecutor"),
        ("langgraph.pregel._loop", "AsyncBackgroundExecutor"),
        ("langchain_core.runnables.base", "get_executor_for_config"),
    }


def test_no_maker_of_ids_in_these_packages_is_left_out() -> None:
    made = {
        (owner.__name__, name)
        for owner, name, _ in Controls(nothing, "inline", None).replaced()
        if name in ("uuid4", "uuid7")
    }
    held = {
        (name, kind)
        for name, module in list(sys.modules.items())
        if name.split(".")[0] in ("langgraph", "langchain_core")
        for kind in ("uuid4", "uuid7")
        if callable(getattr(module, kind, None))
    }
    assert held <= made
    assert len(held) > 5


def test_ids_count_from_one_in_each_case() -> None:
    for _ in range(2):
        with controlled(nothing, "inline"):
            manager = importlib.import_module("langchain_core.callbacks.manager")
            assert [str(uuid.uuid4()), str(uuid.uuid4()), str(manager.uuid7())] == [
                "00000000-0000-4000-8000-000000000001",
                "00000000-0000-4000-8000-000000000002",
                "00000000-0000-7000-8000-000000000001",
            ]


def test_chance_and_clocks_stand_still() -> None:
    with controlled(nothing, "inline"):
        assert (random.random(), random.uniform(0, 1), random.uniform(2, 4)) == (0.5, 0.5, 3.0)
        store = InMemoryStore()
        store.put(("n",), "k", {"v": 1})
        item = store.get(("n",), "k")
        assert item is not None
        assert item.created_at == FROZEN_NOW


def test_merged_callbacks_keep_their_order() -> None:
    one, two = CallbackManager([BaseCallbackHandler() for _ in range(9)]), CallbackManager([BaseCallbackHandler()])
    with controlled(nothing, "inline"):
        assert one.merge(two).handlers == [*one.handlers, *two.handlers]
        assert one.merge(one).handlers == one.handlers


def test_a_retry_tells_its_sleep_and_does_not_sleep() -> None:
    events: list[Event] = []
    retry: Any = _retry
    with controlled(events.append, "inline"):
        retry.time.sleep(600.0)
    assert events == [{"e": "sleep", "seconds": 600.0}]


@pytest.mark.parametrize("schedule", ["inline", "threads"])
def test_everything_is_put_back_also_after_an_error(schedule: str) -> None:
    before = [(owner, name, getattr(owner, name, None)) for owner, name, _ in Controls(nothing, schedule, 3).replaced()]

    def fail() -> None:
        with controlled(nothing, schedule, 3):
            raise RuntimeError("inside")

    with pytest.raises(RuntimeError, match="inside"):
        fail()
    assert all(getattr(owner, name, None) is value for owner, name, value in before)
    assert getattr(_loop, "datetime") is datetime  # noqa: B009
