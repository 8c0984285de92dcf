"""What tells two changes between releases apart: the place, in LangGraph's own names, without what the user named."""

from __future__ import annotations

from typing import Any

import ormsgpack
import pytest
from traces import blob, tagged

from parity.compare.diff import Difference
from parity.compare.jsondiff import first_difference
from parity.compare.place import place

ERROR = {"e": "error", "type": "RuntimeError", "message": "a"}
STREAM = {"e": "stream", "mode": "debug"}


def where(expected: Any, actual: Any, layer: str = "loop", aspect: str = "x") -> str:
    """The place of the first difference of two events."""
    point = first_difference(expected, actual) if expected and actual else None
    inside = point.bytes if point is not None else None
    return place(Difference(3, None, expected, actual, "not looked at", layer, aspect, "summary", inside))


def made(cls: str, **members: Any) -> dict[str, Any]:
    """An object as a trace tells it."""
    return {"t": "object", "code": 2, "cls": f"langgraph.types:{cls}", "payload": tagged(members)}


def packed(cls: str, **members: Any) -> Any:
    """The same as a saver stores it."""
    return ormsgpack.Ext(2, ormsgpack.packb(["langgraph.types", cls, members]))


def put(channel: str = "mine", value: Any = 1, **checkpoint: Any) -> dict[str, Any]:
    return {"e": "put", "checkpoint": blob({"v": 4, **checkpoint}), "blobs": [[channel, 1, blob(value)]]}


def got(value: Any) -> dict[str, Any]:
    return {"e": "get", "result": value}


# Each key is also one of LangGraph's names: as a key of the user's it says nothing.
KEYS = ("id", "name", "type", "values", "mine", "state")


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize(
    ("event", "named"),
    [
        (lambda key, n: got(tagged({key: n})), "get.result"),
        (lambda key, n: got([0, tagged({"a": tagged({key: n})})]), "get.result"),
        (lambda key, n: {"e": "result", "value": tagged({key: n})}, "result.value"),
        (lambda key, n: {"e": "state", "values": tagged({key: [n]}), "next": []}, "state.values"),
        (lambda key, n: {"e": "stream", "mode": "updates", "data": tagged({key: tagged({key: n})})}, "stream:updates"),
        (lambda key, n: {"e": "stream", "mode": "values", "data": tagged({key: n})}, "stream:values"),
        (
            lambda key, n: {**STREAM, "data": tagged({"payload": tagged({"values": tagged({key: n})})})},
            "stream:debug.values",
        ),
        (lambda key, n: put(key, {key: n}), "put.blobs"),
        (lambda key, n: put(channel_values={key: {key: n}}), "put.checkpoint.channel_values"),
        (lambda key, n: put(versions_seen={key: {key: n}}), "put.checkpoint.versions_seen"),
        (lambda key, n: {"e": "put_writes", "writes": [[0, key, blob({key: n})]]}, "put_writes.writes"),
        (lambda key, n: {"e": "ran", "given": tagged({key: n})}, "ran.given"),
        (lambda key, n: {"e": "put", "metadata": blob({"parents": {key: n}})}, "put.metadata.parents"),
        (lambda key, n: {"e": "callback", "tags": [n], "name": key}, "callback.tags"),
    ],
)
def test_keys_and_numbers_of_the_users_data_are_no_part_of_a_place(event: Any, named: str, key: str) -> None:
    assert where(event(key, 1), event(key, 2)) == named


def test_langgraphs_own_members_are() -> None:
    tasks = [
        {"e": "state", "tasks": [{"id": n, "interrupts": [made("Interrupt", value=1, id=m)]}]}
        for n, m in ((1, 1), (2, 1), (1, 2))
    ]
    assert where(tasks[0], tasks[1]) == "state.tasks.id"
    assert where(tasks[0], tasks[2]) == "state.interrupts.id"
    assert (
        where({"e": "put", "metadata": blob({"source": "loop"})}, {"e": "put", "metadata": blob({"source": "fork"})})
        == "put.metadata.source"
    )
    assert (
        where({"e": "put", "metadata": blob({"mine": 1})}, {"e": "put", "metadata": blob({"mine": 2})})
        == "put.metadata"
    )


@pytest.mark.parametrize(("member", "named"), [("id", ".Interrupt.id"), ("value", "")])
def test_an_object_of_langgraphs_among_the_users_data_is_named_by_what_is_not_the_users(
    member: str, named: str
) -> None:
    sides = [{"value": 1, "id": "a", member: text} for text in ("one", "other")]
    rows = [
        {"e": "put_writes", "writes": [[0, "__interrupt__", blob([packed("Interrupt", **side)])]]} for side in sides
    ]
    expected = "put_writes.Interrupt.id" if named else "put_writes.writes"
    assert where(rows[0], rows[1], "algorithm") == expected
    chunks = [
        {"e": "chunk", "data": tagged({"__interrupt__": {"t": "tuple", "v": [made("Interrupt", **side)]}})}
        for side in sides
    ]
    assert where(chunks[0], chunks[1], aspect="chunk:updates") == f"chunk{named}"


def test_a_member_that_one_release_does_not_write_is_named() -> None:
    rows = [
        {"e": "put_writes", "writes": [[0, "x", blob(packed("Overwrite", **members))]]}
        for members in ({"value": 1}, {"value": 1, "type": "t"})
    ]
    assert where(rows[0], rows[1], "algorithm") == where(rows[1], rows[0], "algorithm") == "put_writes.Overwrite.type"


def test_of_a_channel_at_fault_it_does_not_matter_what_it_held() -> None:
    sides = [got(made("Interrupt", value=1, id=text)) for text in ("a", "b")]
    assert where(sides[0], sides[1], "channels") == "get.result"


def test_events_of_different_kinds_are_named_both() -> None:
    assert where(ERROR, STREAM) == "error|stream:debug"
    assert where(STREAM, None) == "stream:debug|end"


def test_errors_are_told_apart_by_their_types() -> None:
    other = {**ERROR, "type": "ValueError"}
    assert where(ERROR, {**ERROR, "message": "b"}) == "error.message:RuntimeError"
    assert where(ERROR, other) == "error.type:RuntimeError|ValueError"
