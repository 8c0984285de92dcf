"""Small traces and cases, made by hand."""

from __future__ import annotations

from typing import Any

import ormsgpack

from parity.cases.model import Case
from parity.compare import Comparison, Difference, compare
from parity.observe.model import Outcome

Event = dict[str, Any]


def blob(value: Any) -> dict[str, str]:
    """A value's bytes as a saver stores them."""
    return {"tag": "msgpack", "hex": ormsgpack.packb(value).hex()}


def raw(data: bytes) -> dict[str, str]:
    """Given bytes as a saver would store them."""
    return {"tag": "msgpack", "hex": data.hex()}


def a_set(items: list[Any]) -> bytes:
    """The envelope upstream writes for a set."""
    return bytes(ormsgpack.packb(ormsgpack.Ext(0, ormsgpack.packb(["builtins", "set", items]))))


def tagged(value: dict[str, Any]) -> dict[str, Any]:
    """A tagged dict."""
    return {"t": "dict", "v": [[key, item] for key, item in value.items()]}


def graph_case(**state: dict[str, Any]) -> Case:
    """A program with two nodes (`d` deferred) and the given channels."""
    nodes: list[Event] = [{"name": name, "defer": name == "d", "do": [], "returns": "dict"} for name in ("a", "b", "d")]
    body = {
        "state": state or {"x": {"channel": "LastValue"}},
        "nodes": nodes,
        "edges": [],
        "joins": [],
        "branches": [],
        "run": {"recursion_limit": 5, "versions": "int", "calls": [{"input": None}]},
    }
    return Case("graph", body)


def channel_case(name: str = "LastValue", **parameters: Any) -> Case:
    """A sequence on one channel; its ops do not matter to a comparison."""
    return Case("channel", {"channel": {"class": name, "key": "k", **parameters}, "ops": []})


VALUE_CASE = Case("value", {"value": None})
BYTES_CASE = Case("bytes", {"hex": "c0"})


def compared(case: Case, expected: list[Event], actual: list[Event]) -> Comparison:
    """The comparison of two observed event lists."""
    return compare(case, Outcome("observed", tuple(expected)), Outcome("observed", tuple(actual)))


def differing(case: Case, expected: list[Event], actual: list[Event]) -> Difference:
    """The difference between two event lists that do differ."""
    found = compared(case, expected, actual).difference
    assert found is not None
    assert Difference.from_json(found.to_json()) == found
    return found


def put(versions: dict[str, int], blobs: list[list[Any]], *, updated: list[str] | None = None, **changes: Any) -> Event:
    """A checkpoint event with channel versions, updated channels and blobs."""
    checkpoint = {
        "v": 4,
        "id": "i",
        "channel_versions": versions,
        "versions_seen": {},
        "updated_channels": updated or [],
    }
    return {
        "e": "put",
        "checkpoint_id": "i",
        "parent_id": None,
        "step": 0,
        "checkpoint": blob(checkpoint),
        "metadata": blob({"step": 0}),
        "blobs": blobs,
        **changes,
    }


def writes(*pairs: tuple[str, Any], task: str = "t1") -> Event:
    """The pending writes of a task."""
    return {
        "e": "put_writes",
        "checkpoint_id": "i",
        "task_id": task,
        "task_path": "~__pregel_pull, a",
        "writes": [[channel, blob(value)] for channel, value in pairs],
    }


def stream(mode: str, data: dict[str, Any]) -> Event:
    """A stream chunk."""
    return {"e": "stream", "mode": mode, "data": tagged(data)}


def debug(kind: str, payload: dict[str, Any]) -> Event:
    """A debug chunk."""
    return stream("debug", {"step": 1, "timestamp": "t", "type": kind, "payload": tagged(payload)})
