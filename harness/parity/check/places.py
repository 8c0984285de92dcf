"""Every place where two observations of one line differ, and what is left when some places do not count."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from parity.cases.model import Json
from parity.check.model import TRACKS, Event
from parity.compare.jsondiff import Step, flat_text, path_text
from parity.compare.msgpack import describe, parts

__all__ = ["Mask", "Place", "View", "all_places", "is_scalar", "leaves", "leaves_below", "places_of"]

View = Mapping[str, Sequence[Event]]
"""The events of a line by track, after rules."""

_SCALARS = frozenset(
    (
        *("int", "float", "bytes", "bytearray", "datetime", "date", "time", "timedelta", "timezone", "uuid", "decimal"),
        *("path", "pattern", "ndarray", "opaque"),
    )
)
"""Tags of values that are one by themselves."""

FRAME = ("e", "mode", "ns")
"""Members that say what an event is: where they differ it is another event."""


@dataclass(frozen=True)
class Mask:
    """A place of an event: the steps to it and, inside serialized bytes, the path there."""

    steps: tuple[Step, ...]
    inside: str | None = None

    def covers(self, place: Mask) -> bool:
        """Whether the other place is this one or in it."""
        if place.steps[: len(self.steps)] != self.steps:
            return False
        if self.inside is None or len(place.steps) > len(self.steps):
            return self.inside is None
        path = place.inside or ""
        return path == self.inside or not self.inside or path.startswith(tuple(self.inside + end for end in ".[({<"))

    def text(self) -> str:
        """As a person reads it."""
        inside = f" at {self.inside}" if self.inside else ""
        return f"{path_text(self.steps)}{inside}"


@dataclass(frozen=True)
class Place:
    """A difference: in event `index` of a track, at `mask`; the whole rest of the track where `mask` is None."""

    track: str
    index: int
    mask: Mask | None
    expected: Json
    actual: Json


def all_places(expected: View, actual: View) -> list[Place]:
    """Every place where the two differ; of a track nothing after an event that one side does not have."""
    return [place for track in TRACKS for place in _of_track(track, expected[track], actual[track])]


def _of_track(track: str, expected: Sequence[Event], actual: Sequence[Event]) -> Iterator[Place]:
    for index, (left, right) in enumerate(zip(expected, actual, strict=False)):
        if any(left.get(name) != right.get(name) for name in FRAME if name != "ns") or left.keys() != right.keys():
            yield Place(track, index, None, left, right)
            return
        for mask, one, other in places_of(left, right):
            yield Place(track, index, mask, one, other)
    common = min(len(expected), len(actual))
    if len(expected) != len(actual):
        rest = [events[common] if len(events) > common else None for events in (expected, actual)]
        yield Place(track, common, None, *rest)


def places_of(expected: Json, actual: Json) -> Iterator[tuple[Mask, Json, Json]]:
    """The smallest places where two trees differ, with what is there; of lists of other lengths the list alone."""
    work: list[tuple[tuple[Step, ...], Json, Json]] = [((), expected, actual)]
    while work:
        steps, left, right = work.pop()
        if type(left) is type(right) and left == right and not isinstance(left, (dict, list)):
            continue
        if isinstance(left, list) and isinstance(right, list) and len(left) == len(right):
            pairs = enumerate(zip(left, right, strict=True))
            work += reversed([((*steps, index), one, other) for index, (one, other) in pairs])
        elif isinstance(left, dict) and isinstance(right, dict) and left.keys() == right.keys():
            if _is_bytes(left):
                yield from _inside(steps, left, right)
                continue
            if is_scalar(left) or left.get("t") != right.get("t"):
                if left != right:
                    yield Mask(steps), left, right
                continue
            below = _pairs(left, right)
            if below is None:
                yield Mask(steps), left, right
            else:
                work += reversed([((*steps, step), one, other) for step, one, other in below])
        else:
            yield Mask(steps), left, right


def _pairs(left: dict[str, Any], right: dict[str, Any]) -> list[tuple[Step, Json, Json]] | None:
    """The members of two objects; those of a tagged dict under its keys; None for dicts with other keys."""
    if left.get("t") == right.get("t") == "dict":
        keys, others = ([flat_text(key) for key, _ in side["v"]] for side in (left, right))
        if keys != others:
            return None
        names: list[Step] = [key if isinstance(key, str) else flat_text(key) for key, _ in left["v"]]
        return [(name, one[1], two[1]) for name, one, two in zip(names, left["v"], right["v"], strict=True)]
    return [(name, value, right[name]) for name, value in left.items()]


def is_scalar(value: Json) -> bool:
    """Whether the value is one by itself: no list and no object, but what a tag makes of one."""
    if isinstance(value, dict):
        return value.get("t") in _SCALARS
    return not isinstance(value, list)


def _is_bytes(value: dict[str, Any]) -> bool:
    return value.keys() == {"tag", "hex"}


def _inside(steps: tuple[Step, ...], left: dict[str, Any], right: dict[str, Any]) -> Iterator[tuple[Mask, Json, Json]]:
    if left == right:
        return
    if left["tag"] != "msgpack" or right["tag"] != "msgpack":
        yield Mask(steps), left, right
        return
    for part in parts(bytes.fromhex(left["hex"]), bytes.fromhex(right["hex"])):
        texts = []
        for node in (part.expected, part.actual):
            texts.append(node.text() if node.kind == "str" else describe(node))
        yield Mask(steps, part.path), texts[0], texts[1]


def leaves(value: Json) -> int:
    """How many single values a tree holds; serialized bytes are one."""
    count, work = 0, [value]
    while work:
        item = work.pop()
        if isinstance(item, list):
            work += item
        elif isinstance(item, dict) and item.get("t") == "dict":
            work += [inner for _, inner in item["v"]]
        elif isinstance(item, dict) and not _is_bytes(item) and not is_scalar(item):
            work += [inner for name, inner in item.items() if name not in ("t", "cls")]
        else:
            count += 1
    return count


def leaves_below(event: Event, masks: Iterable[Mask]) -> int:
    """How many single values of the event lie at or under the masks; one for each mask inside bytes."""
    count = 0
    for mask in masks:
        node: Any = event
        for step in mask.steps:
            if isinstance(node, dict) and node.get("t") == "dict":
                found = [item for key, item in node["v"] if (key if isinstance(key, str) else flat_text(key)) == step]
                node = found[0] if found else None
            else:
                node = node[step]
        count += 1 if mask.inside is not None else max(1, leaves(node))
    return count
