"""What caused the first difference between two traces of a graph program.

The earliest event that differs is often only where an earlier cause becomes visible. Causes are taken in the order in
which data flow inside a superstep: a channel's own state, then versions, then tasks and their writes, then the loop.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from parity.cases.model import Case, Json
from parity.compare.channel_class import channel_named, class_of, is_routing, raising_class
from parity.compare.jsondiff import Point, first_difference
from parity.compare.msgpack import parse
from parity.compare.rules import normalise
from parity.compare.saved import Saved, saved_cause
from parity.compare.trace import Event, leaf_bytes, writes_of

__all__ = ["Traces", "graph_cause"]

Cause = tuple[str, str]


@dataclass(frozen=True)
class Traces:
    """Both event lists and the index of the first event that differs."""

    expected: Sequence[Event]
    actual: Sequence[Event]
    index: int

    def pair(self) -> tuple[Event | None, Event | None]:
        """The two events that differ; None where a side has ended."""
        return _at(self.expected, self.index), _at(self.actual, self.index)


def graph_cause(case: Case, traces: Traces, point: Point) -> Cause:
    """The layer and aspect of the first difference of a graph case."""
    expected, actual = traces.pair()
    if expected is None or actual is None or _shape(expected) != _shape(actual):
        return _misaligned(case, traces)
    name = str(expected["e"])
    if name == "version":
        return "algorithm", "versions"
    if name == "put":
        return _put(case, expected, actual, point)
    if name == "put_writes":
        return _put_writes(case, traces, point)
    if name == "stream":
        return _stream(case, traces, expected, point)
    if name == "state":
        return _state(case, expected, actual, point)
    if name == "error":
        return _errors(case, expected, actual)
    return "loop", name


def _at(events: Sequence[Event], index: int) -> Event | None:
    return events[index] if index < len(events) else None


def _shape(event: Event) -> tuple[Json, ...]:
    """What kind of event it is, so that two different ones are not compared member by member."""
    return event["e"], event.get("mode"), _debug_type(event)


def _debug_type(event: Event) -> Json:
    if event.get("mode") != "debug":
        return None
    data = event.get("data")
    pairs = data.get("v") if isinstance(data, dict) else None
    return next((pair[1] for pair in pairs or [] if isinstance(pair, list) and pair[:1] == ["type"]), None)


def _misaligned(case: Case, traces: Traces) -> Cause:
    expected, actual = traces.pair()
    for event in (expected, actual):
        if event is not None and event["e"] == "error":
            name = raising_class(case, event.get("type"), event.get("message"))
            return ("channels", f"{name}:value") if name else ("loop", "error")
    # An extra or missing bump moves all versions after it, so no later event of the two sides is the same.
    if any(event is not None and event["e"] == "version" for event in (expected, actual)):
        return "algorithm", "versions"
    odd = _odd_event(traces)
    if _debug_type(odd) == "task":
        return "algorithm", "tasks"
    return "loop", str(odd["e"])


def _odd_event(traces: Traces) -> Event:
    """The event that one side has and the other has not; the expected one if both have something else here."""
    expected, actual = traces.pair()
    if expected is None or actual is None:
        return expected or actual or {"e": "events"}
    following = _at(traces.actual, traces.index + 1)
    if following is not None and first_difference(expected, following) is None:
        return actual
    return expected


_ALGORITHMS_OWN = {
    "channel_versions": "versions",
    "versions_seen": "versions_seen",
    "updated_channels": "updated_channels",
}
"""Members of a checkpoint that the algorithm writes, and what a difference in one is called."""


def _put(case: Case, expected: Event, actual: Event, point: Point) -> Cause:
    if point.steps[:1] not in (("checkpoint",), ("blobs",)):
        return "loop", "put:metadata" if point.steps[:1] == ("metadata",) else "put"
    cause = saved_cause(case, Saved.of(expected), Saved.of(actual))
    if cause is not None:
        return "channels", cause
    if point.steps[0] == "blobs":
        return "algorithm", "versions"
    where = point.bytes.path if point.bytes is not None else ""
    if where.startswith("channel_values."):
        name = class_of(case, where.removeprefix("channel_values.").split("[")[0].split("(")[0])
        return ("channels", f"{name}:value") if name else ("loop", "put")
    for member, aspect in _ALGORITHMS_OWN.items():
        if where.startswith(member):
            return "algorithm", aspect
    return "loop", "put"


def _put_writes(case: Case, traces: Traces, point: Point) -> Cause:
    expected, actual = traces.pair()
    if expected is None or actual is None or point.steps[:1] == ("checkpoint_id",):
        return "loop", "put_writes"
    if point.steps[0] != "writes":
        return "algorithm", "tasks:id" if point.steps[0] == "task_id" else "tasks"
    changed = _changed_writes(expected, actual)
    for event in (expected, actual):
        for channel, blob in writes_of(event):
            raised = _error_text(blob) if channel == "__error__" and channel in changed else None
            name = raising_class(case, *_split_repr(raised)) if raised else None
            if name:
                return "channels", f"{name}:value"
    if changed and all(is_routing(channel) for channel in changed):
        cause = _state_of_the_step(case, traces)
        if cause is not None:
            return "channels", cause
        if "__pregel_tasks" in changed:
            return "algorithm", "tasks"
    return "algorithm", "writes"


def _split_repr(text: str) -> tuple[str, str]:
    kind, _, inside = text.partition("(")
    return kind, inside.removesuffix(")").strip("'\"")


def _changed_writes(expected: Event, actual: Event) -> set[str]:
    """The channels whose writes differ."""
    sides = []
    for event in (expected, actual):
        by_channel: dict[str, list[Json]] = {}
        for channel, blob in writes_of(event):
            by_channel.setdefault(channel, []).append(blob)
        sides.append(by_channel)
    left, right = sides
    return {channel for channel in left.keys() | right.keys() if left.get(channel) != right.get(channel)}


def _state_of_the_step(case: Case, traces: Traces) -> str | None:
    """The wrong channel of the step, if its checkpoint shows one that the same writes left in different states.

    Routing follows from state and never the other way round, so where both part the state is the cause.
    """
    ends = [_next_put(events, traces.index) for events in (traces.expected, traces.actual)]
    if ends[0] is None or ends[1] is None:
        return None
    windows = [
        _state_writes(case, events, traces.index, end)
        for events, end in zip((traces.expected, traces.actual), (ends[0], ends[1]), strict=True)
    ]
    if windows[0] != windows[1]:
        return None
    saved = [
        Saved.of(normalise("graph", events[end])[0])
        for events, end in zip((traces.expected, traces.actual), (ends[0], ends[1]), strict=True)
    ]
    return saved_cause(case, saved[0], saved[1], only_state=True)


def _next_put(events: Sequence[Event], start: int) -> int | None:
    for index in range(start, len(events)):
        if events[index]["e"] == "put":
            return index
        if events[index]["e"] == "call":
            return None
    return None


def _state_writes(case: Case, events: Sequence[Event], start: int, end: int) -> dict[str, list[Json]]:
    first = start
    while first > 0 and events[first - 1]["e"] not in ("put", "call"):
        first -= 1
    return {
        str(event.get("task_path")): [write for write in writes_of(event) if write[0] in case.body["state"]]
        for event in events[first:end]
        if event["e"] == "put_writes"
    }


def _stream(case: Case, traces: Traces, event: Event, point: Point) -> Cause:
    inside = point.steps[1:]
    if event.get("mode") == "values" and inside:
        return _told_wrongly(case, traces, inside, point) or _value_of(case, inside, point, "stream")
    if event.get("mode") != "debug" or inside[:1] != ("payload",):
        return "loop", f"stream:{event.get('mode')}"
    kind, member = _debug_type(event), inside[1:2]
    if kind == "checkpoint" and member == ("values",):
        return _value_of(case, inside[2:], point, "stream")
    if (kind == "checkpoint" and member in (("next",), ("tasks",))) or kind == "task":
        return "algorithm", _tasks(traces, point)
    if kind == "task_result" and member in (("result",), ("error",)):
        return "algorithm", "writes"
    return "loop", ".".join(("stream:debug", str(kind), *(str(step) for step in member)))


def _tasks(traces: Traces, point: Point) -> str:
    """What is wrong about the tasks of a step: their ids, the order of the same ones, or which there are."""
    if point.steps[-1:] == ("id",):
        return "tasks:id"
    expected, actual = (_next_of(event) for event in traces.pair())
    if expected is not None and actual is not None and expected != actual and sorted(expected) == sorted(actual):
        return "tasks:order"
    return "tasks"


def _next_of(event: Event | None) -> list[str] | None:
    """The names that a debug checkpoint says are next."""
    data: Json = event
    for key in ("data", "payload", "next"):
        if key == "data":
            data = data.get("data") if isinstance(data, dict) else None
            continue
        pairs = data.get("v") if isinstance(data, dict) else None
        rows = pairs if isinstance(pairs, list) else []
        data = next((row[1] for row in rows if isinstance(row, list) and row[:1] == [key]), None)
    return [str(name) for name in data] if isinstance(data, list) else None


def _told_wrongly(case: Case, traces: Traces, steps: tuple[str | int, ...], point: Point) -> Cause | None:
    """The loop, where a chunk leaves out or adds a channel that the step's checkpoint shows alike on both sides."""
    if point.what not in ("missing", "extra") or len(steps) != 1:
        return None
    ends = [_next_put(events, traces.index) for events in (traces.expected, traces.actual)]
    if ends[0] is None or ends[1] is None:
        return None
    puts = [
        normalise("graph", events[end])[0]
        for events, end in zip((traces.expected, traces.actual), (ends[0], ends[1]), strict=True)
    ]
    same = all(first_difference(puts[0].get(member), puts[1].get(member)) is None for member in ("checkpoint", "blobs"))
    return ("loop", "stream:values") if same else None


def _state(case: Case, expected: Event, actual: Event, point: Point) -> Cause:
    # What `get_state` raises comes out of the pending writes: the channel that refuses them has it.
    if expected.get("error") is not None or actual.get("error") is not None:
        cause = _errors(case, expected.get("error") or {}, actual.get("error") or {})
        return cause if cause[0] == "channels" else ("loop", "state")
    if point.steps[:1] == ("values",):
        return _value_of(case, point.steps[1:], point, "state")
    # What ran showed the same tasks before: it is how they are told when nothing runs.
    if point.steps[:1] in (("next",), ("tasks",)):
        return "loop", "state:tasks"
    return "loop", "state"


def _value_of(case: Case, steps: tuple[str | int, ...], point: Point, event: str) -> Cause:
    name = class_of(case, str(steps[0])) if steps else None
    if name is None or (point.what == "order" and len(steps) == 1):
        return "loop", event
    return "channels", f"{name}:value"


def _errors(case: Case, expected: Event, actual: Event) -> Cause:
    name = raising_class(case, expected.get("type"), expected.get("message"))
    other = raising_class(case, actual.get("type"), actual.get("message"))
    if name is None and other is None:
        return "loop", "error"
    keys = [channel_named(event.get("message")) for event in (expected, actual)]
    if None not in keys and keys[0] != keys[1]:
        # Each refuses another channel: one side has let pass what the other refused first.
        return "channels", f"{name or other}:value"
    same = expected.get("type") == actual.get("type") and expected.get("message") != actual.get("message")
    if expected.get("type") == actual.get("type") and not same:
        return "loop", "error"
    return "channels", f"{name or other}:{'error' if same else 'value'}"


def _error_text(blob: Json) -> str | None:
    """The text of an ``__error__`` write: the error's repr, as upstream encodes an exception."""
    data = leaf_bytes(blob)
    node = parse(data) if data is not None else None
    return node.text() if node is not None and node.kind == "str" else None
