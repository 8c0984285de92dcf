"""What the relations look at in a program's trace (`docs/programs.md` §4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from parity.cases.model import canonical

__all__ = ["Operation", "final_values", "keys_of", "operations", "same"]

Event = Mapping[str, Any]


@dataclass
class Operation:
    """The events of one operation: what its reader got, how it ended, and its thread as read back after it."""

    index: int
    thread: str = "t"
    chunks: list[Event] = field(default_factory=list)
    ran: list[Event] = field(default_factory=list)
    result: Event | None = None
    error: Event | None = None
    reread: Event | None = None

    @property
    def ended(self) -> str:
        """`well`, or `error:TYPE`. A stream that is read to its end has no result of its own."""
        return "well" if self.error is None else f"error:{self.error.get('type')}"


def operations(body: Event, events: Iterable[Event]) -> list[Operation]:
    """The trace of a program cut into its operations."""
    ops = body["run"]["ops"]
    found: list[Operation] = []
    for event in events:
        kind = event["e"]
        if kind == "op":
            index = int(event["index"])
            found.append(Operation(index, str(ops[index].get("thread", "t"))))
        elif found:
            _add(found[-1], kind, event)
    return found


def _add(operation: Operation, kind: str, event: Event) -> None:
    if kind == "chunk":
        operation.chunks.append(event)
    elif kind == "ran":
        operation.ran.append(event)
    elif kind == "result":
        operation.result = event
    elif kind == "error":
        operation.error = event
    elif kind == "reread" and event.get("thread") == operation.thread:
        operation.reread = event


def keys_of(tagged: Any) -> dict[str, Any]:
    """The members of a tagged dict with names for keys; nothing for any other value."""
    if not isinstance(tagged, Mapping) or tagged.get("t") != "dict":
        return {}
    return {key: value for key, value in tagged["v"] if isinstance(key, str)}


def final_values(body: Event, events: Sequence[Event]) -> dict[str, Any] | None:
    """The values of the last used thread's head as last read back; None if nothing was."""
    heads = [operation.reread for operation in operations(body, events) if operation.reread is not None]
    if not heads or not isinstance(heads[-1].get("head"), Mapping):
        return None
    return keys_of(heads[-1]["head"].get("values"))


def same(left: Any, right: Any) -> bool:
    """Whether two tagged values are the same."""
    return canonical(left) == canonical(right)
