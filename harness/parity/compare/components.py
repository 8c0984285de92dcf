"""Which part of LangGraph a difference lies in, for readers who ask what changed rather than who is at fault."""

from __future__ import annotations

from parity.compare.diff import Difference
from parity.compare.trace import Event

__all__ = ["component"]

_BY_LAYER = {"codec": "codec", "channels": "channels", "algorithm": "algorithm", "subject": "no answer"}
_BY_EVENT = {
    "put": "checkpoints",
    "put_writes": "checkpoints",
    "load": "checkpoints",
    "version": "checkpoints",
    "stream": "stream",
    "chunk": "stream",
    "state": "state and history",
    "history": "state and history",
    "reread": "state and history",
    "error": "errors",
    "result": "results",
}
"""The component of an event in which two runs of a graph part. Any other event: the layer that is at fault."""

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
