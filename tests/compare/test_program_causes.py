"""Where a difference between two traces of a program is laid, and what threads may change."""

from __future__ import annotations

from typing import Any

import pytest
from traces import Event, blob, compared, tagged

from parity.cases.model import Case

OP = {"e": "op", "index": 0, "op": "run"}


def program(schedule: str = "inline", **op: Any) -> Case:
    """A program with the channels `x` and `log`, and one operation."""
    state = {
        "x": {"channel": "LastValue"},
        "log": {"channel": "BinaryOperatorAggregate", "reducer": "add_list", "type": "list"},
    }
    graph = {"form": "state", "state": state, "nodes": [{"name": "a", "do": []}], "edges": [["__start__", "a"]]}
    run = {"schedule": schedule, "ops": [{"op": "run", **op}]}
    return Case("program", {"graphs": {"main": graph}, "run": run})


def put(**members: Any) -> Event:
    """A put of two channels."""
    checkpoint = {"v": 4, "id": "1", "channel_versions": {"x": 1}, "versions_seen": {}, "updated_channels": ["x"]}
    inside = {**checkpoint, **members.pop("inside", {})}
    metadata = {"source": "loop", "step": 1, **members.pop("metadata", {})}
    blobs = [["x", 1, blob(members.pop("x", 1))]]
    event: Event = {"e": "put", "thread": "t", "ns": "", "checkpoint_id": "1", "parent_id": None, "step": 1}
    return {**event, "checkpoint": blob(inside), "metadata": blob(metadata), "blobs": blobs, **members}


def writes(*rows: Any, **members: Any) -> Event:
    """Pending writes of one task."""
    event: Event = {"e": "put_writes", "thread": "t", "ns": "", "checkpoint_id": "1", "task_id": "i", "path": "p"}
    return {**event, "writes": [list(row) for row in rows], **members}


def chunk(data: Any) -> Event:
    """A chunk as the reader got it."""
    return {"e": "chunk", "data": data}


def state(**members: Any) -> Event:
    """What `get_state` gave."""
    event: Event = {"e": "state", "values": tagged({"x": 1}), "next": ["a"], "tasks": [{"id": "1", "name": "a"}]}
    return {**event, "metadata": tagged({"step": 1}), **members}


def pair(mode: str, value: Any) -> Any:
    """A chunk's data where several modes are asked for."""
    return {"t": "tuple", "v": [mode, tagged({"x": value})]}


@pytest.mark.parametrize(
    ("expected", "actual", "fingerprint"),
    [
        ({"e": "version", "current": 1, "next": 2}, {"e": "version", "current": 2, "next": 3}, "algorithm/versions"),
        (put(), put(x=2), "channels/LastValue:value"),
        (put(), put(inside={"channel_versions": {"x": 2}}), "algorithm/versions"),
        (put(), put(inside={"versions_seen": {"a": {}}}), "algorithm/versions"),
        (put(), put(inside={"v": 3}), "loop/put:v"),
        (put(), put(metadata={"step": 2}), "loop/put:metadata:step"),
        (put(metadata={"mine": 1}), put(metadata={"mine": 2}), "loop/put:metadata"),
        (put(), put(metadata={"yours": 2}), "loop/put:metadata"),
        (put(), put(ns="child"), "loop/put:ns"),
        (writes((0, "x", blob(1))), writes((0, "x", blob(2))), "algorithm/writes"),
        (writes(), writes(path="q"), "algorithm/tasks"),
        ({"e": "ran", "what": "main.a", "run": 1}, {"e": "ran", "what": "main.b", "run": 1}, "algorithm/tasks"),
        ({"e": "ran", "what": "a", "given": 1}, {"e": "ran", "what": "a", "given": 2}, "algorithm/given"),
        (
            {"e": "ran", "what": "a", "seen": {"tags": ["x"]}},
            {"e": "ran", "what": "a", "seen": {"tags": ["x", "x"]}},
            "loop/ran:seen:tags",
        ),
        (
            {"e": "result", "value": tagged({"log": [1]})},
            {"e": "result", "value": tagged({"log": []})},
            "channels/BinaryOperatorAggregate:value",
        ),
        (state(), state(values=tagged({"x": 2})), "channels/LastValue:value"),
        (state(), state(next=[]), "algorithm/tasks"),
        (state(), state(tasks=[{"id": "1", "name": "b"}]), "algorithm/tasks:name"),
        (state(), state(metadata=tagged({"step": 2})), "loop/state:metadata"),
        ({"e": "ran", "what": "a"}, {"e": "result", "value": None}, "algorithm/tasks"),
        ({"e": "result", "value": None}, {"e": "hang", "what": "nothing moves"}, "loop/hang"),
        ({"e": "warning", "category": "A", "message": "m"}, {"e": "op", "index": 1, "op": "run"}, "loop/order:warning"),
        (
            {"e": "error", "type": "InvalidUpdateError", "message": "At key 'x': Can receive only one value"},
            {"e": "result", "value": None},
            "channels/LastValue:value",
        ),
        ({"e": "error", "type": "A", "notes": []}, {"e": "error", "type": "A", "notes": ["n"]}, "loop/error:notes"),
    ],
)
def test_a_difference_is_laid_to_its_cause(expected: Event, actual: Event, fingerprint: str) -> None:
    found = compared(program(), [OP, expected], [OP, actual]).difference
    assert found is not None
    assert found.fingerprint == fingerprint


def test_a_chunk_is_named_by_its_mode_or_its_api() -> None:
    def named(data: Any, other: Any, **op: Any) -> str:
        found = compared(program(**op), [OP, chunk(data)], [OP, chunk(other)]).difference
        assert found is not None
        return found.fingerprint

    both = {"api": "stream", "stream_mode": ["updates", "custom"]}
    assert named(pair("updates", 1), pair("updates", 2), **both) == "loop/chunk:updates"
    assert named(pair("custom", 1), pair("custom", 2), **both) == "loop/chunk:custom"
    assert named(1, 2, api="astream", stream_mode="custom") == "loop/chunk:custom"
    assert named(1, 2, api="stream") == "loop/chunk:default"
    assert named(1, 2, api="events_v2") == "loop/chunk:events_v2"


class TestThreadOrder:
    """With upstream's own threads the order of what tasks do is chance; everything else is not."""

    A, B = {"e": "ran", "what": "main.a", "run": 1}, {"e": "ran", "what": "main.b", "run": 1}
    END = {"e": "result", "value": 1}  # noqa: RUF012

    def test_what_tasks_do_has_no_order_under_threads(self) -> None:
        result = compared(program("threads"), [OP, self.A, self.B, self.END], [OP, self.B, self.A, self.END])
        assert (result.difference, result.applied) == (None, {"thread-order": 1})

    def test_it_has_one_without_threads(self) -> None:
        assert compared(program(), [OP, self.A, self.B], [OP, self.B, self.A]).difference is not None

    def test_nothing_moves_over_the_end_of_an_operation(self) -> None:
        left, right = [OP, self.A, self.END, self.B], [OP, self.B, self.END, self.A]
        assert compared(program("threads"), left, right).difference is not None

    def test_one_more_or_one_less_is_a_difference(self) -> None:
        left, right = [OP, self.A, self.A, self.B], [OP, self.A, self.B, self.B]
        assert compared(program("threads"), left, right).difference is not None

    def test_it_is_not_counted_where_nothing_differs(self) -> None:
        same = [OP, self.B, self.A, self.END]
        assert compared(program("threads"), same, same).applied == {}
