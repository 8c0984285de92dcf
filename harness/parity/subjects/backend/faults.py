"""Faults planted in the subject `rust`: for the witness to catch, and to be laid at the right door."""

from __future__ import annotations

import sys
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


def _topic_forgets() -> None:
    from langgraph_rs.channels import Topic as Class

    topic: Any = Class
    update = topic.update

    def forgetting(self: Any, values: Any) -> bool:
        changed: bool = update(self, [] if len(values) > 1 else values)
        return changed

    topic.update = forgetting


def _send_dropped() -> None:
    from langgraph_rs.algorithm import tasks

    prepare = tasks.prepare_next_tasks

    def dropping(*args: Any, **kwargs: Any) -> Any:
        made = prepare(*args, **kwargs)
        pushed = [key for key, task in made.items() if task.path[0] == "__pregel_push"]
        return {key: task for key, task in made.items() if key not in pushed[:1]}

    _in_place_of(prepare, dropping)


def _updates_cut() -> None:
    from langgraph_rs.algorithm import io

    output = io.map_output_values

    def cutting(*args: Any, **kwargs: Any) -> Any:
        for chunk in output(*args, **kwargs):
            yield dict(list(chunk.items())[:-1]) if isinstance(chunk, dict) else chunk

    _in_place_of(output, cutting)


def _updated_forgotten() -> None:
    from langgraph_rs.algorithm import checkpoint

    create = checkpoint.create_checkpoint

    def forgetting(*args: Any, **kwargs: Any) -> Any:
        made = create(*args, **kwargs)
        made["updated_channels"] = None
        return made

    _in_place_of(create, forgetting)


def _in_place_of(provider: Any, faulty: Any) -> None:
    """Puts a faulty function wherever LangGraph's modules hold a provider: nowhere, if its part is upstream's."""
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == "langgraph":
            for attribute, value in list(vars(module).items()):
                if value is provider:
                    setattr(module, attribute, faulty)


_PATCHES: dict[str, Callable[[], None]] = {
    "loads_shifted": _loads_shifted,
    "topic_forgets": _topic_forgets,
    "send_dropped": _send_dropped,
    "updates_cut": _updates_cut,
    "updated_forgotten": _updated_forgotten,
    "original_used": _original_used,
    "python_instead": _python_instead,
}
