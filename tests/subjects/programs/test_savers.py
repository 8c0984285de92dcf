"""Savers write down the bytes they store, give every kind of version, and fail when they are told to."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from langgraph.checkpoint.base import empty_checkpoint

from parity.subjects.upstream.programs.loop import VirtualLoop
from parity.subjects.upstream.programs.savers import Book, DatabaseSaver, Fault, Version, next_version, open_saver
from parity.subjects.upstream.programs.trace import CrashError, Trace

PLACE = {"configurable": {"thread_id": "t", "checkpoint_ns": ""}}


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def saver(request: pytest.FixtureRequest) -> Iterator[Any]:
    with tempfile.TemporaryDirectory() as folder:
        made = open_saver(request.param, Book(Trace(), "int"), Path(folder))
        yield made
        if hasattr(made, "close"):
            made.close()


def put(saver: Any) -> dict[str, Any]:
    """Puts a checkpoint with one channel; the config that comes back."""
    checkpoint = {**empty_checkpoint(), "channel_values": {"a": [1]}, "channel_versions": {"a": 1}}
    saved: dict[str, Any] = saver.put(PLACE, checkpoint, {"source": "loop", "step": 0, "parents": {}}, {"a": 1})
    return saved


def test_a_checkpoint_is_told_with_its_bytes(saver: Any) -> None:
    saved = put(saver)
    [event] = saver.book.trace.events
    assert (event["e"], event["thread"], event["ns"], event["step"], event["source"]) == ("put", "t", "", 0, "loop")
    assert event["checkpoint_id"] == saved["configurable"]["checkpoint_id"]
    stored = (event["checkpoint"]["tag"], bytes.fromhex(event["checkpoint"]["hex"]))
    assert saver.serde.loads_typed(stored)["channel_versions"] == {"a": 1}
    assert saver.book.put == [("t", event["checkpoint_id"])]
    if not isinstance(saver, DatabaseSaver):
        assert event["blobs"] == [["a", 1, {"tag": "msgpack", "hex": "9101"}]]


def test_pending_writes_are_told_as_they_are_stored_by_then(saver: Any) -> None:
    saved = put(saver)
    saver.put_writes(saved, [("a", 1), ("b", "x")], "task", "path")
    saver.put_writes(saved, [("a", 2), ("__error__", "late")], "task", "path")
    *_, first, second = saver.book.trace.events
    assert [row[:2] for row in first["writes"]] == [[0, "a"], [1, "b"]]
    assert [row[:2] for row in second["writes"]] == [[0, "a"], [1, "b"], [-1, "__error__"]]
    assert second["writes"][0] == first["writes"][0], "a write that is there already is not replaced"


def test_loading_is_told(saver: Any) -> None:
    assert saver.get_tuple(PLACE) is None
    saved = put(saver)
    found = saver.get_tuple(PLACE)
    assert found.checkpoint["id"] == saved["configurable"]["checkpoint_id"]
    loads = [(event["asked"], event["checkpoint_id"]) for event in saver.book.trace.events if event["e"] == "load"]
    assert loads == [(None, None), (None, found.checkpoint["id"])]


@pytest.mark.parametrize("after", [False, True])
def test_a_saver_fails_once_before_or_after_it_has_stored(saver: Any, after: bool) -> None:
    saver.book.fault = Fault("put", 2, crashes=False, after=after)
    put(saver)
    with pytest.raises(RuntimeError, match="the saver failed at put 2"):
        put(saver)
    assert len(saver.book.put) == (2 if after else 1)
    put(saver)


def test_nothing_reaches_the_saver_of_a_dead_process(saver: Any) -> None:
    saver.book.fault = Fault("put", 1, crashes=True, after=False)
    for _ in range(3):
        with pytest.raises(CrashError):
            put(saver)
    assert saver.book.trace.events == [{"e": "crash"}]
    saver.book.trace.revive()
    assert saver.get_tuple(PLACE) is None


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_the_async_saver_of_a_database_stores_in_the_same_one(kind: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        saver = open_saver(kind, Book(Trace(), "int"), Path(folder))
        saved = put(saver)

        async def read() -> Any:
            async with saver.connected():
                await saver.aput_writes(saved, [("a", 3)], "task")
                return await saver.aget_tuple(PLACE), [found async for found in saver.alist(PLACE)]

        loop = VirtualLoop()
        found, listed = loop.run_until_complete(read())
        loop.close()
        assert found.checkpoint["id"] == saved["configurable"]["checkpoint_id"]
        assert found.pending_writes == saver.get_tuple(PLACE).pending_writes == [("task", "a", 3)]
        assert [each.checkpoint["id"] for each in listed] == [found.checkpoint["id"]]
        saver.close()


@pytest.mark.parametrize(
    ("kind", "first", "second"),
    [
        ("int", 1, 2),
        ("float", 1.0, 2.0),
        ("str", f"{1:032}.00000000000000.5", f"{2:032}.00000000000000.5"),
        ("custom", Version(1), Version(2)),
    ],
)
def test_versions_of_every_kind_grow(kind: str, first: Any, second: Any) -> None:
    assert next_version(kind, None) == first
    assert next_version(kind, first) == second
    assert first < second
    assert type(first)() < first, "upstream makes the smallest version by calling the type"
