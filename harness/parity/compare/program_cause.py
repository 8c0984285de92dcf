"""What caused the first difference between two traces of a program (`docs/programs.md`), as far as it can be seen
there.

One aspect per kind of event and member: coarse enough that one bug is one row, fine enough that two bugs seldom share
one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from parity.cases.model import Case, Json
from parity.compare.jsondiff import Point, first_difference
from parity.compare.trace import Event

__all__ = ["program_cause"]

Cause = tuple[str, str]

_AT_KEY = re.compile(r"At key '(.*?)': ", re.DOTALL)
_STATES = ("state", "history", "reread")
_METADATA = frozenset(("source", "step", "parents", "writes", "run_id", "counters_since_delta_snapshot"))
"""Members of a checkpoint's metadata that are LangGraph's own."""


def program_cause(case: Case, expected: Sequence[Event], actual: Sequence[Event], index: int, point: Point) -> Cause:
    """The layer and aspect of the first difference, which lies at `point` in the events at `index` of both sides."""
    sides = [events[index] if index < len(events) else None for events in (expected, actual)]
    op = next((event for event in reversed(expected[: index + 1]) if event["e"] == "op"), None)
    if sides[0] is None or sides[1] is None or sides[0]["e"] != sides[1]["e"]:
        return _misaligned(case, expected, actual, index, op)
    return _inside(case, sides[0], sides[1], point, op)


def _inside(case: Case, expected: Event, actual: Event, point: Point, op: Event | None) -> Cause:
    """For two events of one kind."""
    name = str(expected["e"])
    step = str(point.steps[0]) if point.steps else ""
    if name == "version":
        return "algorithm", "versions"
    if name == "put":
        return _put(case, expected, point)
    if name == "put_writes":
        if step in ("task_id", "path"):
            return "algorithm", "tasks"
        return ("algorithm", "writes") if step in ("writes", "given") else ("loop", f"put_writes:{step}")
    if name == "ran":
        return _ran(point)
    if name == "chunk":
        return "loop", f"chunk:{_mode(case, expected, op)}"
    if name == "error":
        return _error(case, expected, actual, step)
    if name in _STATES:
        return _state(case, expected, actual, point)
    if name == "result":
        return _value(case, point, "result")
    return "loop", f"{name}:{step}" if step else name


def _misaligned(case: Case, expected: Sequence[Event], actual: Sequence[Event], index: int, op: Event | None) -> Cause:
    """For two events of different kinds, or where one side has ended: the event that the other side has not counts."""
    sides = [events[index] if index < len(events) else None for events in (expected, actual)]
    for event in sides:
        if event is not None and event["e"] == "error" and (name := _raising(case, event)) is not None:
            return "channels", f"{name}:value"
    odd = _odd(expected, actual, index) or next(event for event in sides if event is not None)
    names = [str(event["e"]) for event in sides if event is not None]
    for name in ("hang", "endless", "error"):
        if name in names:
            return "loop", name
    if odd["e"] == "version":
        return "algorithm", "versions"
    if odd["e"] == "ran":
        return "algorithm", "tasks"
    return ("loop", f"chunk:{_mode(case, odd, op)}") if odd["e"] == "chunk" else ("loop", f"order:{odd['e']}")


def _odd(expected: Sequence[Event], actual: Sequence[Event], index: int) -> Event | None:
    """The event that one side has more than the other; None if it is not so simple."""
    for longer, other in ((expected, actual), (actual, expected)):
        if index >= len(longer):
            continue
        if index >= len(other):
            return longer[index]
        if index + 1 < len(longer) and first_difference(longer[index + 1], other[index]) is None:
            return longer[index]
    return None


def _put(case: Case, expected: Event, point: Point) -> Cause:
    step = str(point.steps[0]) if point.steps else ""
    if step == "blobs":
        index = point.steps[1] if len(point.steps) > 1 else None
        if isinstance(index, int) and len(point.steps) > 2 and point.steps[2] == 2:
            return _of_channel(case, str(expected["blobs"][index][0]), "put:blobs")
        return "algorithm", "versions"
    where = point.bytes.path if point.bytes is not None else ""
    if step == "checkpoint":
        member, _, rest = where.partition(".")
        if member == "channel_values" and rest:
            return _of_channel(case, _name(rest), "put:channel_values")
        if member in ("channel_versions", "versions_seen", "updated_channels"):
            return "algorithm", "versions"
        return "loop", f"put:{_name(member) or 'checkpoint'}"
    if step == "metadata":
        # The other members are those of the user's config: one row, whatever they are called.
        member = _name(where)
        return "loop", f"put:metadata:{member}" if member in _METADATA else "put:metadata"
    return "loop", f"put:{step}"


def _name(path: str) -> str:
    """The first member that a path inside msgpack goes through."""
    return re.split(r"[\[(.]", path)[0]


def _ran(point: Point) -> Cause:
    step = str(point.steps[0]) if point.steps else ""
    if step in ("what", "run", "ns"):
        return "algorithm", "tasks"
    if step == "given":
        return "algorithm", "given"
    return "loop", ":".join(["ran", *(str(part) for part in point.steps[:2])])


def _mode(case: Case, event: Event, op: Event | None) -> str:
    """The stream mode of a chunk, or the API that gave it."""
    index = op.get("index") if op is not None else None
    ops = case.body["run"]["ops"]
    run = ops[index] if isinstance(index, int) and index < len(ops) else {}
    api = str(run.get("api", "invoke"))
    if "stream" not in api or "v3" in api:
        return api
    modes = run.get("stream_mode")
    if isinstance(modes, str):
        return modes
    return next((item for item in _strings(event["data"]) if item in (modes or ())), "default")


def _strings(data: Json) -> Iterator[str]:
    """The strings that stand beside the payload in a chunk: among them its mode."""
    rows = data.get("v") if isinstance(data, dict) and data.get("t") == "tuple" else []
    yield from (item for item in rows or () if isinstance(item, str))


def _state(case: Case, expected: Event, actual: Event, point: Point) -> Cause:
    name = str(expected["e"])
    member = str(point.steps[0]) if point.steps else ""
    if member in ("held", "history", "states") and _ids(expected.get(member)) != _ids(actual.get(member)):
        return "loop", f"{name}:checkpoints"
    steps = [
        step for step in point.steps if step not in ("head", "held", "history", "states") and not isinstance(step, int)
    ]
    if not steps:
        return "loop", f"{name}:states"
    first = str(steps[0])
    if first == "values":
        return _value(case, point, f"{name}:values")
    if first in ("next", "tasks"):
        return "algorithm", "tasks" if first == "next" or len(steps) == 1 else f"tasks:{steps[1]}"
    return "loop", f"{name}:{first}"


def _ids(states: Json) -> list[Json]:
    """Where each state of a list says that it comes from."""
    rows = states if isinstance(states, list) else []
    return [row.get("same") or row.get("config") for row in rows if isinstance(row, dict)]


def _value(case: Case, point: Point, otherwise: str) -> Cause:
    """By the class of the channel whose value differs, where the tree shows which."""
    keys = [str(pair) for pair in point.steps if isinstance(pair, str)]
    for key in keys:
        if key in _channels(case):
            return _of_channel(case, key, otherwise)
    return "loop", otherwise


def _error(case: Case, expected: Event, actual: Event, step: str) -> Cause:
    name = _raising(case, expected) or _raising(case, actual)
    if name is not None:
        return "channels", f"{name}:{'error' if expected.get('type') == actual.get('type') else 'value'}"
    return "loop", "error" if step in ("type", "message") else f"error:{step}"


def _raising(case: Case, event: Event) -> str | None:
    """The class of the channel whose update raised; None if no channel did."""
    message = event.get("message")
    if event.get("type") != "InvalidUpdateError" or not isinstance(message, str):
        return None
    if (named := _AT_KEY.match(message)) is not None:
        layer, aspect = _of_channel(case, named[1], "")
        return aspect.removesuffix(":value") if layer == "channels" else None
    return "BinaryOperatorAggregate" if "only one Overwrite value" in message else None


def _of_channel(case: Case, name: str, otherwise: str) -> Cause:
    spec = _channels(case).get(name)
    if spec is not None:
        return "channels", f"{spec.get('channel', spec.get('managed', 'value'))}:value"
    for prefix, cls in (
        ("__pregel_tasks", "Topic"),
        ("__start__", "EphemeralValue"),
        ("branch:to:", "EphemeralValue"),
        ("join:", "NamedBarrierValue"),
    ):
        if name.startswith(prefix):
            return "channels", f"{cls}:value"
    return "loop", otherwise


def _channels(case: Case) -> dict[str, Mapping[str, Any]]:
    """Every declared channel by name; of two graphs' the first one's."""
    found: dict[str, Mapping[str, Any]] = {}
    for graph in case.body["graphs"].values():
        for member in ("state", "private", "channels"):
            for name, spec in graph.get(member, {}).items():
                found.setdefault("__root__" if graph.get("schema") == "value" else name, spec)
    return found
