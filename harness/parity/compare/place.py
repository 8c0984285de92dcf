"""Where in an event two runs part: what tells two changes of one layer and aspect apart.

Between releases nobody is at fault, so what differs is all that can name a change. A place is made of LangGraph's own
names alone and ends where the user's data begin: a key of a state, the name of a node or a member of a value says
which program showed a change, not which change it is.
"""

from __future__ import annotations

import re

from parity.cases.model import Json
from parity.compare.diff import Difference
from parity.compare.jsondiff import Step, first_difference
from parity.compare.msgpack import MsgpackDifference
from parity.compare.msgpack.tree import Node, label, parse, type_name, walk
from parity.compare.trace import Event

__all__ = ["place"]

_FIELDS = frozenset(
    (
        *("type", "message", "notes", "cause", "context", "error", "next", "tasks", "task", "id", "name", "ns", "path"),
        *("interrupts", "response_schema", "metadata", "config", "parent_config", "step", "source", "writes", "blobs"),
        *("checkpoint", "checkpoint_id", "parent_id", "task_id", "task_path", "recursion_limit", "seen", "runtime"),
        *("execution_info", "current", "run_id", "thread", "state", "subgraphs", "created_at"),
    )
)
"""Names that say what part of LangGraph's data it is. Others say nothing: the forms of tagged values, nodes."""

_USERS = frozenset(
    (
        *("value", "values", "result", "input", "output", "chunk", "given", "args", "content", "additional_kwargs"),
        *("tool_calls", "response_metadata", "tags", "configurable", "parents", "channel_values", "channel_versions"),
        *("versions_seen", "updated_channels", "counters_since_delta_snapshot"),
    )
)
"""Names behind which the user's data begin: values, and maps by the user's channels, nodes and namespaces."""

_TOLD = frozenset(("debug", "tasks", "checkpoints", "messages", "astream_events", "events_v3", "stream_v3"))
"""What is streamed as LangGraph tells it. All else that a stream gives is the user's: values, updates, custom."""

_PARTS_OF_OURS = _USERS | {"node", "arg", "update", "goto", "resume", "graph", "payload"}
"""Members of LangGraph's classes that hold what the user gave."""


def place(difference: Difference) -> str:
    """The place of a difference: the kind of the event, and the last two of LangGraph's names on the way there."""
    expected, actual = difference.expected, difference.actual
    if expected is None or actual is None or _shape(expected) != _shape(actual):
        return f"{_shape(expected)}|{_shape(actual)}"
    where = ".".join((_shape(expected), *_names(difference, expected, actual)[-2:]))
    if expected.get("e") != "error":
        return where
    kinds = {str(event.get("type")) for event in (expected, actual)}
    return f"{where}:{'|'.join(sorted(kinds))}"


def _shape(event: Event | None) -> str:
    if event is None:
        return "end"
    return ":".join(str(event[member]) for member in ("e", "mode") if isinstance(event.get(member), str))


def _names(difference: Difference, expected: Event, actual: Event) -> list[str]:
    """LangGraph's names on the way to the difference, up to the user's data, and what they hold of LangGraph's."""
    point = first_difference(expected, actual)
    if point is None:
        return []
    steps = point.steps
    if point.bytes is not None and point.steps[-1:] in (("checkpoint",), ("metadata",)):
        steps += tuple(label(key) for key, _ in _keys(point.bytes))
    names, users = _up_to_the_users(steps, _told(difference.aspect, expected))
    if not users or difference.layer == "channels":
        # Of a channel at fault it does not matter what it held.
        return names
    ours = _of_ours(expected, point.steps) if point.bytes is None else _of_ours_in_bytes(point.bytes)
    return [*names, *ours]


def _told(aspect: str, event: Event) -> bool:
    """Whether the data of a chunk are as LangGraph tells them."""
    if event.get("e") not in ("stream", "chunk"):
        return True
    return str(event.get("mode") or aspect.partition(":")[2]) in _TOLD


def _up_to_the_users(steps: tuple[Step, ...], told: bool) -> tuple[list[str], bool]:
    """LangGraph's names on a way, and whether it goes into the user's data."""
    names: list[str] = []
    for step in steps:
        if step in _USERS:
            return [*names, str(step)], True
        if (step == "data" and not told) or (names[-1:] == ["metadata"] and step not in _FIELDS):
            # Beside LangGraph's own metadata there are those of the user's config.
            return names, True
        if step in _FIELDS:
            names.append(str(step))
    return names, names[-1:] in (["blobs"], ["writes"])


def _of_ours(event: Event, steps: tuple[Step, ...]) -> list[str]:
    """The innermost object of LangGraph's on a way, and its member, unless that is what the user gave."""
    found: list[str] = []
    at: Json = event
    cls: str | None = None
    for step in steps:
        if isinstance(at, dict) and at.get("t") == "object":
            module, _, name = str(at.get("cls")).partition(":")
            cls = name if _is_ours(module) else None
        if cls is not None and isinstance(step, str) and step not in ("payload", "v"):
            found = [] if step in _PARTS_OF_OURS else [cls, step]
            cls = None
        at = _inside(at, step)
    return found


def _inside(at: Json, step: Step) -> Json:
    """What a step of a `Point` leads to: a member, an item, or of a tagged dict the value of a key."""
    if isinstance(at, list):
        return at[step] if isinstance(step, int) and step < len(at) else None
    if not isinstance(at, dict):
        return None
    if at.get("t") == "dict" and isinstance(at.get("v"), list):
        return next((pair[1] for pair in at["v"] if isinstance(pair, list) and pair[:1] == [step]), None)
    return at.get(str(step))


def _of_ours_in_bytes(difference: MsgpackDifference) -> list[str]:
    """The same in msgpack."""
    found: list[str] = []
    for key, above in _keys(difference):
        name = label(key)
        named = type_name(above) if above is not None else None
        if named is not None and _is_ours(named[0]):
            found = [] if name in _PARTS_OF_OURS else [named[1], name]
    return found


def _is_ours(module: str) -> bool:
    return re.match(r"langgraph(\.|$)", module) is not None


def _keys(difference: MsgpackDifference) -> list[tuple[Node, Node | None]]:
    """The keys of maps on the way to a difference; with each the extension whose members the map is, if it is one."""
    side = difference.actual_hex if difference.what == "extra key" else difference.expected_hex
    offset = difference.offset_actual if difference.what == "extra key" else difference.offset_expected
    node: Node | None = next((node for _, node in walk(parse(bytes.fromhex(side))) if node.offset == offset), None)
    found: list[tuple[Node, Node | None]] = []
    while node is not None and node.parent is not None:
        parent = node.parent
        if parent.kind == "map":
            key = parent.children[node.position - node.position % 2]
            found.append((key, _object_of(parent)))
        node = parent
    return found[::-1]


def _object_of(members: Node) -> Node | None:
    """The extension of an object whose members by name are this map: module, name, members."""
    envelope = members.parent
    if envelope is None or envelope.kind != "array" or members.position != 2:
        return None
    return envelope.parent if envelope.parent is not None and envelope.parent.kind == "ext" else None
