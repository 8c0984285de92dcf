"""Faults planted in the subject `rust`: for the witness to catch, and to be laid at the right door."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["Observe", "plant", "shared"]

Event = dict[str, Any]
Observe = Callable[[str, Mapping[str, Any]], list[Event]]


def plant(name: str) -> None:
    """Breaks one thing in this process for good. LangGraph was imported under the backend. Raises KeyError."""
    _PATCHES[name]()


def shared(observe: Observe) -> Observe:
    """The way to run cases with one thing misread, whoever read it: the same fault in `rust` and in `core`."""

    def run(kind: str, body: Mapping[str, Any]) -> list[Event]:
        return [_one_more(event) if event["e"] == "loads" else event for event in observe(kind, body)]

    return run


def _one_more(event: Event) -> Event:
    value = event.get("value")
    return {**event, "value": value + 1} if type(value) is int else event


def _loads_shifted() -> None:
    from langgraph_rs.serde import JsonPlusSerializer

    original = JsonPlusSerializer.loads_typed

    def loads_typed(self: JsonPlusSerializer, data: tuple[str, bytes]) -> Any:
        value = original(self, data)
        return value + 1 if type(value) is int and self._allowed_msgpack_modules is None else value

    JsonPlusSerializer.loads_typed = loads_typed  # type: ignore[method-assign, assignment]


def _original_used() -> None:
    from langgraph_rs.backend.record import RECORD
    from langgraph_rs.serde import JsonPlusSerializer

    original = RECORD.replaced["langgraph.checkpoint.serde.jsonplus", "JsonPlusSerializer"].value
    rust = JsonPlusSerializer.dumps_typed

    def dumps_typed(self: JsonPlusSerializer, obj: Any) -> tuple[str, bytes]:
        try:
            typed: tuple[str, bytes] = original.dumps_typed(self, obj)
        except AssertionError:
            return rust(self, obj)
        return typed

    JsonPlusSerializer.dumps_typed = dumps_typed  # type: ignore[method-assign, assignment]


def _python_instead() -> None:
    from langgraph_rs.serde import JsonPlusSerializer

    rust = JsonPlusSerializer.dumps_typed

    def dumps_typed(self: JsonPlusSerializer, obj: Any) -> tuple[str, bytes]:
        if type(obj) is int and 0 <= obj <= 0x7F:
            return "msgpack", bytes((obj,))
        return rust(self, obj)

    JsonPlusSerializer.dumps_typed = dumps_typed  # type: ignore[method-assign, assignment]


_PATCHES: dict[str, Callable[[], None]] = {
    "loads_shifted": _loads_shifted,
    "original_used": _original_used,
    "python_instead": _python_instead,
}
