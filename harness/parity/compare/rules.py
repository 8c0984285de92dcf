"""The named normalisations: what upstream itself leaves to chance, field by field, and nothing else.

A rule is tried only where two events differ, so its count says how often it was needed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from parity.cases.model import Json
from parity.compare.jsondiff import flat_text
from parity.compare.msgpack import parse, sort_sets
from parity.compare.trace import Event, leaf_bytes, notes_of, writes_of
from parity.compare.unbuilt import sort_unbuilt_sets

__all__ = ["RACING_ERRORS", "RULES", "SET_ORDER", "SET_REPR", "Rule", "Window", "normalise", "racing_error"]


@dataclass(frozen=True)
class Rule:
    """A normalisation: its name, why it is not a difference, and the fields it may touch, ``kind/event/member``."""

    name: str
    reason: str
    fields: tuple[str, ...]

    def applies(self, kind: str, event: Event, member: str) -> bool:
        """Whether the rule may touch a member of an event of a case of this kind."""
        return any(f"{kind}/{name}/{member}" in self.fields for name in (event["e"], "*"))


SET_ORDER = Rule(
    "set-order",
    "the iteration order of a set of strings follows PYTHONHASHSEED in upstream itself: the items of a set are sorted, "
    "also those of one that upstream reads back as a list because an item came back unhashable",
    (
        "value/dumps/hex",
        "value/loads/value",
        "value/strict/value",
        "channel/*/result",
        "graph/put/checkpoint",
        "graph/put/metadata",
        "graph/put/blobs",
        "graph/put_writes/writes",
        "graph/stream/data",
        "graph/result/value",
        "graph/state/values",
        "graph/state/tasks",
    ),
)
SET_REPR = Rule(
    "set-repr",
    "InvalidUpdateError of a barrier shows a set, in hash order: the items inside its braces are sorted",
    ("channel/*/error", "graph/error/message"),
)
RACING_ERRORS = Rule(
    "racing-errors",
    "when tasks of one superstep failed, upstream raises the error of whichever future a set gives first: "
    "the raised error is replaced by the sorted errors of all failed tasks, if it is one of them",
    ("graph/error/*",),
)
RULES: tuple[Rule, ...] = (SET_ORDER, SET_REPR, RACING_ERRORS)
"""The one table of normalisations."""


@dataclass(frozen=True)
class Window:
    """The events of one side before an event: where the failed tasks of its superstep are looked up."""

    events: Sequence[Event]
    index: int


def normalise(kind: str, event: Event, dumps: Event | None = None) -> tuple[Event, Counter[str]]:
    """The event with ``set-order`` and ``set-repr`` applied, and how often each rule changed something.

    `dumps` is the first event of a value case: its bytes show which lists of a later event were sets.
    """
    used: Counter[str] = Counter()
    written = leaf_bytes(dumps) if dumps is not None and "hex" not in event else None
    changed: Event = {}
    for member, value in event.items():
        if SET_ORDER.applies(kind, event, member):
            rebuilt, lists = sort_unbuilt_sets(written, value) if written is not None else (value, 0)
            changed[member], times = _sort_all(event, member, rebuilt)
            used[SET_ORDER.name] += lists + times
        elif SET_REPR.applies(kind, event, member):
            changed[member], times = _sort_braces(event, value)
            used[SET_REPR.name] += times
    if not +used:
        return event, Counter()
    return {**event, **changed}, +used


def _sort_all(event: Event, member: str, value: Json) -> tuple[Json, int]:
    if member == "hex":
        sorted_hex = _sort_hex(value) if event.get("tag") == "msgpack" else None
        return sorted_hex or (value, 0)
    return _sort_tree(value)


def _sort_hex(text: Json) -> tuple[str, int] | None:
    try:
        data, times = sort_sets(bytes.fromhex(text))
    except (TypeError, ValueError):
        return None
    return (data.hex(), times) if times else None


def _sort_tree(root: Json) -> tuple[Json, int]:
    """A copy of the tree with tagged sets and msgpack leaves sorted, made from the leaves up without recursion."""
    order: list[Json] = []
    stack: list[Json] = [root]
    while stack:
        node = stack.pop()
        order.append(node)
        if isinstance(node, dict):
            stack.extend(node.values())
        elif isinstance(node, list):
            stack.extend(node)
    made: dict[int, Json] = {}
    times = 0
    for node in reversed(order):
        if isinstance(node, list):
            made[id(node)] = [made[id(item)] for item in node]
        elif isinstance(node, dict):
            copy = {key: made[id(item)] for key, item in node.items()}
            times += _sort_node(copy)
            made[id(node)] = copy
        else:
            made[id(node)] = node
    return made[id(root)], times


def _sort_node(node: dict[str, Json]) -> int:
    items = node.get("v")
    if node.get("t") in ("set", "frozenset") and isinstance(items, list):
        node["v"] = sorted(items, key=flat_text)
        return int(any(left is not right for left, right in zip(items, node["v"], strict=True)))
    if node.get("tag") == "msgpack" and (found := _sort_hex(node.get("hex"))) is not None:
        node["hex"], times = found
        return times
    return 0


_LITERAL = r"""(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
_BRACES = re.compile(rf"\{{({_LITERAL}(?:, {_LITERAL})+)\}}")
_BARRIER_ERROR = re.compile(r"At key '.*?': Value .* not in \{.*\}\Z", re.DOTALL)


def _sort_braces(event: Event, value: Json) -> tuple[Json, int]:
    """The error (an object, or the message of an error event) with the sets of strings in its text sorted."""
    if isinstance(value, dict):
        message, times = _sort_braces({**event, "type": value.get("type")}, value.get("message"))
        return {**value, "message": message}, times
    if event.get("type") != "InvalidUpdateError" or not isinstance(value, str) or not _BARRIER_ERROR.match(value):
        return value, 0
    text = _BRACES.sub(lambda found: "{" + ", ".join(sorted(re.findall(_LITERAL, found[1]))) + "}", value)
    return text, int(text != value)


_TASK_NOTE = re.compile(r"During task with name '.*' and id '(.*)'\Z", re.DOTALL)


def racing_error(event: Event, window: Window) -> Event | None:
    """The error event with ``racing-errors`` applied; None where the rule does not hold.

    It holds if at least two tasks failed since the last checkpoint and the error, with the task its note names, is one
    of theirs. Notes of another form stay compared.
    """
    failed = _failed_tasks(window)
    if event["e"] != "error" or len(failed) < 2:
        return None
    kind, message = event.get("type"), event.get("message")
    looks = (f"{kind}({message!r})", f"{kind}({message})")
    owners = {task for task, error in failed if error in looks}
    other_notes: list[Json] = []
    for note in notes_of(event):
        named = _TASK_NOTE.match(note) if isinstance(note, str) else None
        if named is None:
            other_notes.append(note)
        elif named[1] not in owners:
            return None
    if not owners:
        return None
    return {"e": "error", "one_of": sorted(error for _, error in failed), "notes": other_notes}


def _failed_tasks(window: Window) -> list[tuple[str, str]]:
    failed: list[tuple[str, str]] = []
    for event in reversed(window.events[: window.index]):
        if event["e"] in ("put", "call"):
            break
        if event["e"] == "put_writes":
            failed += [
                (str(event.get("task_id")), text)
                for channel, blob in writes_of(event)
                if channel == "__error__" and (text := error_text(blob)) is not None
            ]
    return failed


def error_text(blob: Json) -> str | None:
    """The text of an ``__error__`` write: the error's repr, as upstream encodes an exception."""
    data = leaf_bytes(blob)
    node = parse(data) if data is not None else None
    return node.text() if node is not None and node.kind == "str" else None
