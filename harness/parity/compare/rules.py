"""The named normalisations: what upstream itself leaves to chance, field by field, and nothing else.

A rule is tried only where two events differ, so its count says how often it was needed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from parity.cases.model import Case, Json, canonical
from parity.compare.jsondiff import flat_text
from parity.compare.msgpack import sort_sets
from parity.compare.trace import Event, leaf_bytes
from parity.compare.unbuilt import sort_unbuilt_sets

__all__ = ["RULES", "SET_ORDER", "SET_REPR", "THREAD_ORDER", "Rule", "in_thread_order", "normalise", "sort_tree"]


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
        "program/put/checkpoint",
        "program/put/metadata",
        "program/put/blobs",
        "program/put_writes/writes",
        "program/ran/given",
        "program/ran/seen",
        "program/chunk/data",
        "program/result/value",
        "program/callback/given",
        "program/store/result",
        "program/state/values",
        "program/state/tasks",
        "program/state/interrupts",
        "program/history/states",
        "program/reread/head",
        "program/reread/held",
        "program/reread/history",
    ),
)
SET_REPR = Rule(
    "set-repr",
    "InvalidUpdateError of a barrier shows a set, in hash order: the items inside its braces are sorted",
    ("channel/*/error", "graph/error/message"),
)
THREAD_ORDER = Rule(
    "thread-order",
    "under the schedule `threads` upstream's pool decides in which order the tasks of a superstep run and end: the "
    "events of one operation, up to its result, are compared as a multiset",
    tuple(
        f"program/{name}/*"
        for name in (
            *("ran", "load", "load_delta", "version", "put", "put_writes", "chunk", "callback", "store", "sleep"),
            "warning",
        )
    ),
)
RULES: tuple[Rule, ...] = (SET_ORDER, SET_REPR, THREAD_ORDER)
"""The one table of normalisations."""


def in_thread_order(case: Case, events: Sequence[Event]) -> list[Event]:
    """The events, of a program with threads sorted between two that the threads' order cannot move."""
    if case.kind != "program" or case.body["run"].get("schedule") != "threads":
        return list(events)
    ordered: list[Event] = []
    moved: list[Event] = []
    for event in events:
        if f"program/{event['e']}/*" in THREAD_ORDER.fields:
            moved.append(event)
            continue
        ordered += [*sorted(moved, key=canonical), event]
        moved = []
    return ordered + sorted(moved, key=canonical)


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
    return sort_tree(value)


def _sort_hex(text: Json) -> tuple[str, int] | None:
    try:
        data, times = sort_sets(bytes.fromhex(text))
    except (TypeError, ValueError):
        return None
    return (data.hex(), times) if times else None


def sort_tree(root: Json) -> tuple[Json, int]:
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
