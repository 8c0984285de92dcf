"""Which part of LangGraph a difference lies in, for readers who ask what changed rather than who is at fault."""

from __future__ import annotations

import re

from parity.compare.diff import Difference
from parity.compare.trace import Event

__all__ = ["component", "place"]

_BY_LAYER = {"codec": "codec", "channels": "channels", "algorithm": "algorithm", "subject": "no answer"}
_BY_EVENT = {
    "put": "checkpoints",
    "put_writes": "checkpoints",
    "load": "checkpoints",
    "version": "checkpoints",
    "stream": "stream",
    "state": "state and history",
    "history": "state and history",
    "error": "errors",
    "result": "results",
}
"""The component of an event in which two runs of a graph part. Any other event: the layer that is at fault."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_FIELDS = frozenset(
    (
        *(
            "type",
            "message",
            "notes",
            "cause",
            "context",
            "error",
            "result",
            "value",
            "values",
            "next",
            "tasks",
            "task",
        ),
        *("id", "name", "ns", "path", "interrupts", "response_schema", "metadata", "config", "parent_config", "step"),
        *("source", "parents", "writes", "blobs", "checkpoint", "checkpoint_id", "parent_id", "task_id", "task_path"),
        *("channel_versions", "versions_seen", "channel_values", "updated_channels", "counters_since_delta_snapshot"),
        *("tags", "configurable", "recursion_limit", "seen", "given", "runtime", "execution_info", "current", "run_id"),
        *(
            "thread",
            "state",
            "subgraphs",
            "created_at",
            "content",
            "additional_kwargs",
            "tool_calls",
            "response_metadata",
        ),
    )
)
"""Names in a path that say what part of LangGraph's data it is; others are of the case: keys, nodes, channels."""

_LAST = ("error", "result")
"""Events that end a call: where one side is at such an end and the other is not, the other's event is the change."""


def component(difference: Difference) -> str:
    """The component that a difference belongs to."""
    if difference.layer in _BY_LAYER:
        return _BY_LAYER[difference.layer]
    return _BY_EVENT.get(_event(difference.expected, difference.actual), difference.layer)


def _event(expected: Event | None, actual: Event | None) -> str:
    names = [str(event["e"]) for event in (expected, actual) if event is not None and "e" in event]
    return next((name for name in names if name not in _LAST), names[0] if names else "")


def place(difference: Difference) -> str:
    """Where in an event a difference lies, without numbers: what tells two changes of one layer and aspect apart.

    Between releases nobody is at fault, so what differs is all that can name a change.
    """
    expected, actual = difference.expected, difference.actual
    if expected is None or actual is None or _shape(expected) != _shape(actual):
        return f"{_shape(expected)}|{_shape(actual)}"
    path = difference.path + ("" if difference.bytes is None else f".{difference.bytes.path}")
    names = [name for name in _NAME.findall(path) if name in _FIELDS]
    where = ".".join((_shape(expected), *names[-2:]))
    if expected.get("e") != "error":
        return where
    kinds = {str(event.get("type")) for event in (expected, actual)}
    return f"{where}:{'|'.join(sorted(kinds))}"


def _shape(event: Event | None) -> str:
    if event is None:
        return "end"
    return ":".join(str(event[member]) for member in ("e", "mode") if isinstance(event.get(member), str))
