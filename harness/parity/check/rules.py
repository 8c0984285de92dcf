"""What a graph's difference from itself teaches, as named rules.

Upstream runs the same lines twice or more. Where it differs from itself, nothing can be said of Rust: a rule takes the
difference away if it is of a known kind (ids, the order of parallel tasks, times of day), and what is left is a place
that is not comparable. Each is counted and told."""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from parity.cases.model import Json
from parity.check.model import TRACKS, Event, Observation
from parity.check.places import Mask, Place, View, all_places
from parity.compare.jsondiff import flat_text
from parity.compare.msgpack import parse, walk

__all__ = ["REASONS", "Knowledge", "learn", "view"]

REASONS: Mapping[str, str] = {
    "ids": "random ids (UUIDs) of your graph are other ones in every run: they are renamed by their first appearance",
    "task-order": "tasks that run at once end in any order: the chunks of a superstep are compared task by task",
    "set-order": "the order of a set's items is not determined: they are sorted",
    "timestamps": "times of day are other ones in every run: that there is a time is compared, not which",
    "not-comparable": "your graph differs from itself here",
}
"""The one table of rules, and why each is right."""

_ID = re.compile(
    r"(?<![0-9a-f])(?!00000000)[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}(?![0-9a-f])"
)
_ID_LENGTH = 32
_TIMES = ("datetime", "date", "time")
_NUMBER = re.compile(r"(?:float|int) (\d{10,13}(?:\.\d+)?) \(..\)")
_YEAR_2001 = 1e9
_DAY = 86_400.0


@dataclass(frozen=True)
class Knowledge:
    """What runs of upstream have taught about one line: which rules are needed, which places do not count.

    `rests` says of a track from which event on nothing can be compared.
    """

    ids: bool
    order: bool
    masks: Mapping[tuple[str, int], Mapping[Mask, str]]
    rests: Mapping[str, int]

    def rule_for(self, place: Place) -> str | None:
        """The rule by which a place does not count; None if it counts."""
        if place.index >= self.rests.get(place.track, place.index + 1):
            return "not-comparable"
        if place.mask is None:
            return None
        for mask, rule in self.masks.get((place.track, place.index), {}).items():
            if mask.covers(place.mask):
                return rule
        return None


def learn(runs: Sequence[Observation], *, order: bool = False) -> Knowledge:
    """What these runs of one line on upstream teach. A rule is taken only where it takes away differences.

    `order`: the rule for parallel tasks is taken anyway.
    """
    ids = False
    count = _differing(runs, ids, order)
    for rule in ("order", "ids"):
        wanted = {"order": order or rule == "order", "ids": ids or rule == "ids"}
        if count and (fewer := _differing(runs, wanted["ids"], wanted["order"])) < count:
            count, ids, order = fewer, wanted["ids"], wanted["order"]
    masks: dict[tuple[str, int], dict[Mask, str]] = {}
    rests: dict[str, int] = {}
    first = view(runs[0], ids=ids, order=order)
    for run in runs[1:] if count else ():
        for place in all_places(first, view(run, ids=ids, order=order)):
            if place.mask is None:
                rests[place.track] = min(place.index, rests.get(place.track, place.index))
            else:
                rule = "timestamps" if _is_time(place.expected, place.actual) else "not-comparable"
                masks.setdefault((place.track, place.index), {})[place.mask] = rule
    return Knowledge(ids, order, masks, rests)


def _differing(runs: Sequence[Observation], ids: bool, order: bool) -> int:
    first = view(runs[0], ids=ids, order=order)
    total = 0
    for run in runs[1:]:
        for place in all_places(first, view(run, ids=ids, order=order)):
            # The rest of a track weighs more than any number of places in it.
            total += 1 if place.mask is not None else 1000 * (len(first[place.track]) - place.index + 1)
    return total


def view(observation: Observation, *, ids: bool, order: bool) -> View:
    """The observation with the rules applied that change a whole trace."""
    tracks: dict[str, Sequence[Event]] = dict(observation.tracks)
    if order:
        tracks["stream"] = _ordered(tracks["stream"])
    return _renamed(tracks) if ids else tracks


# --- task-order ---


def _ordered(events: Sequence[Event]) -> list[Event]:
    """The chunks of each superstep task by task, and of a task mode by mode; a subgraph's stay together."""
    out: list[Event] = []
    for is_boundary, group in groupby(events, lambda event: not event["ns"] and _is_boundary(event)):
        chunks = list(group)
        out += chunks if is_boundary else _by_namespace(chunks)
    return out


def _by_namespace(events: Sequence[Event]) -> list[Event]:
    """The chunks of one superstep of the whole graph; of each subgraph in it superstep by superstep again."""
    out: list[Event] = []
    for _, inside in groupby(sorted(events, key=_namespace), _namespace):
        for is_boundary, group in groupby(inside, _is_boundary):
            chunks = list(group)
            out += chunks if is_boundary else sorted(chunks, key=_lane)
    return out


def _namespace(event: Event) -> list[str]:
    ns: list[str] = event["ns"]
    return ns


def _is_boundary(event: Event) -> bool:
    """Whether the chunk is of a whole graph, and so between two of its supersteps."""
    if event["mode"] == "debug":
        return bool(_member(event["data"], "type") == "checkpoint")
    return event["mode"] in ("values", "checkpoints")


def _lane(event: Event) -> tuple[str, ...]:
    data, mode = event["data"], event["mode"]
    text = _ID.sub("#", flat_text(data))
    if mode == "updates":
        pairs = data.get("v") if isinstance(data, dict) else None
        return str(pairs[0][0]) if pairs else "", mode, text
    if mode == "messages" and isinstance(data, dict) and len(data.get("v", ())) == 2:
        metadata = data["v"][1]
        place = str(_member(metadata, "langgraph_checkpoint_ns"))
        return str(_member(metadata, "langgraph_node")), mode, place
    if mode in ("tasks", "debug"):
        task = _member(data, "payload") if mode == "debug" else data
        # A task's beginning comes before its result.
        return (
            str(_member(task, "name")),
            mode,
            str(_member(task, "id")),
            str(_member(task, "result") is not None),
            text,
        )
    return "", mode, text


def _member(tagged: Any, name: str) -> Any:
    if isinstance(tagged, dict) and tagged.get("t") == "dict":
        return next((value for key, value in tagged["v"] if key == name), None)
    return None


# --- ids ---


def _renamed(tracks: View) -> dict[str, list[Event]]:
    names: dict[str, str] = {}

    def name(found: str) -> str:
        plain = found.replace("-", "")
        number = names.setdefault(plain, f"{len(names) + 1:032x}")
        return (
            number
            if found == plain
            else "-".join((number[:8], number[8:12], number[12:16], number[16:20], number[20:]))
        )

    def text(value: str) -> str:
        return _ID.sub(lambda match: name(match.group()), value)

    def data(value: str) -> str:
        raw = bytearray.fromhex(value)
        for _, node in walk(parse(bytes(raw))):
            if node.kind == "str" and node.length >= _ID_LENGTH and isinstance(node.value, bytes):
                # Latin-1 keeps every byte, and so the length, whatever the text is.
                raw[node.offset + node.header : node.end] = text(node.value.decode("latin-1")).encode("latin-1")
        return raw.hex()

    def tree(value: Json) -> Json:
        if isinstance(value, str):
            return text(value)
        if isinstance(value, list):
            return [tree(item) for item in value]
        if isinstance(value, dict):
            if value.get("tag") == "msgpack":
                return {**value, "hex": data(value["hex"])}
            return {key: tree(item) for key, item in value.items()}
        return value

    return {track: [tree(event) for event in tracks[track]] for track in TRACKS}


# --- timestamps ---


def _is_time(one: Json, other: Json) -> bool:
    if isinstance(one, dict) and isinstance(other, dict) and one.get("t") == other.get("t") in _TIMES:
        return True
    if isinstance(one, str) and isinstance(other, str) and _is_iso(one) and _is_iso(other):
        return True
    seconds, others = _seconds(one), _seconds(other)
    return seconds is not None and others is not None and abs(seconds - others) < _DAY


def _seconds(value: Json) -> float | None:
    """Seconds (or milliseconds) since 1970, as a number, a tagged float, or msgpack's ``float 1763715000.5 (cb)``."""
    if isinstance(value, dict) and value.get("t") == "float":
        (number,) = struct.unpack(">d", bytes.fromhex(value["bits"]))
    elif isinstance(value, str):
        match = _NUMBER.fullmatch(value)
        number = float(match[1]) if match else 0.0
    else:
        number = float(value) if type(value) is int else 0.0
    if number > _YEAR_2001 * 1000:
        number /= 1000
    return number if _YEAR_2001 < number < _YEAR_2001 * 3 else None


def _is_iso(text: str) -> bool:
    if len(text) < 19 or text[4] != "-":
        return False
    try:
        datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return False
    return True
