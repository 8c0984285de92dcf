"""The first difference between two JSON trees, bytes compared as structure. Never recurses on its input."""

from __future__ import annotations

import marshal
from dataclasses import dataclass
from typing import Any

from parity.cases.model import Json
from parity.compare.msgpack import MsgpackDifference, diff

__all__ = ["Point", "Step", "first_difference", "flat_text", "path_text"]

Step = str | int


@dataclass(frozen=True)
class Point:
    """Where two trees part.

    `steps` lead there: member names, list indexes, and for a tagged ``dict`` its keys (a key that is no string as its
    text). `what` is ``value``, ``type``, ``missing``, ``extra``, ``order`` or ``bytes``; `holder` the nearest tagged
    value around it on the expected side (`t`), if any; `bytes` the difference inside a msgpack leaf.
    """

    steps: tuple[Step, ...]
    what: str
    expected: Json
    actual: Json
    holder: str | None = None
    bytes: MsgpackDifference | None = None


# A path under construction: the step and what is above it, shared between siblings.
_Trail = tuple[Any, Step] | None
_Pair = tuple[_Trail, Json, Json, str | None]
_Work = _Pair | Point


def first_difference(expected: Json, actual: Json) -> Point | None:
    """The first difference in the expected side's order; None if the trees are the same.

    Stricter than ``==``: 1, 1.0 and true differ. The order of an object's members does not count.
    """
    if _surely_same(expected, actual):
        return None
    work: list[_Work] = [(None, expected, actual, None)]
    while work:
        item = work.pop()
        if isinstance(item, Point):
            return item
        found = _step(*item)
        if isinstance(found, Point):
            return found
        work.extend(reversed(found))
    return None


def _surely_same(expected: Json, actual: Json) -> bool:
    """Most events are the same: their serialized forms agree, which C code finds far sooner than a walk."""
    try:
        # Version 0 of the format has no references and no mark of interned strings, so equal trees give equal bytes.
        return marshal.dumps(expected, 0) == marshal.dumps(actual, 0)
    except ValueError:  # nested too deeply, or no JSON at all
        return False


def path_text(steps: tuple[Step, ...]) -> str:
    """Steps as a person reads them: ``blobs[2][2]``, ``data.payload["a b"]``."""
    parts: list[str] = []
    for step in steps:
        if isinstance(step, int):
            parts.append(f"[{step}]")
        elif step and all(letter.isalnum() or letter in "_-:" for letter in step):
            parts.append(f".{step}")
        else:
            parts.append(f"[{step!r}]")
    return "".join(parts).removeprefix(".")


def flat_text(value: Json) -> str:
    """A text that is equal exactly for equal JSON (member order aside) and orders it totally."""
    parts: list[str] = []
    work: list[Any] = [(value,)]
    while work:
        item = work.pop()
        if isinstance(item, str):
            parts.append(item)
            continue
        (inner,) = item
        if isinstance(inner, dict):
            work.append("}")
            for key in sorted(inner, reverse=True):
                work += [(inner[key],), f"{key!r}:"]
            parts.append("{")
        elif isinstance(inner, list):
            work.append("]")
            work += [(member,) for member in reversed(inner)]
            parts.append("[")
        else:
            parts.append(f"{inner!r},")
    return "".join(parts)


def _point(
    trail: _Trail,
    what: str,
    expected: Json,
    actual: Json,
    holder: str | None,
    *,
    difference: MsgpackDifference | None = None,
) -> Point:
    steps: list[Step] = []
    while trail is not None:
        trail, step = trail
        steps.append(step)
    return Point(tuple(reversed(steps)), what, expected, actual, holder, difference)


def _step(trail: _Trail, expected: Json, actual: Json, holder: str | None) -> Point | list[_Work]:
    if type(expected) is not type(actual):
        return _point(trail, "type", expected, actual, holder)
    if isinstance(expected, dict):
        return _objects(trail, expected, actual, holder)
    if isinstance(expected, list):
        work: list[_Work] = [
            ((trail, index), left, right, holder)
            for index, (left, right) in enumerate(zip(expected, actual, strict=False))
        ]
        return work + _lengths(trail, expected, actual, holder)
    return [] if expected == actual else _point(trail, "value", expected, actual, holder)


def _lengths(trail: _Trail, expected: list[Json], actual: list[Json], holder: str | None) -> list[_Work]:
    common = min(len(expected), len(actual))
    if len(expected) > common:
        return [_point((trail, common), "missing", expected[common], None, holder)]
    if len(actual) > common:
        return [_point((trail, common), "extra", None, actual[common], holder)]
    return []


def _objects(
    trail: _Trail, expected: dict[str, Json], actual: dict[str, Json], holder: str | None
) -> Point | list[_Work]:
    if "tag" in expected and "hex" in expected and "tag" in actual and "hex" in actual:
        found = _byte_leaves(trail, expected, actual, holder)
        if found is not None:
            return found
    tag = expected.get("t")
    holder = tag if isinstance(tag, str) else holder
    pairs, other_pairs = _tagged_pairs(expected), _tagged_pairs(actual)
    if pairs is not None and other_pairs is not None:
        return _tagged_dicts(trail, pairs, other_pairs, holder)
    work: list[_Work] = []
    for key, value in expected.items():
        if key in actual:
            work.append(((trail, key), value, actual[key], holder))
        else:
            work.append(_point((trail, key), "missing", value, None, holder))
    work += [_point((trail, key), "extra", None, value, holder) for key, value in actual.items() if key not in expected]
    return work


def _byte_leaves(trail: _Trail, expected: dict[str, Json], actual: dict[str, Json], holder: str | None) -> Point | None:
    if expected["tag"] != "msgpack" or actual["tag"] != "msgpack":
        return None
    try:
        difference = diff(bytes.fromhex(expected["hex"]), bytes.fromhex(actual["hex"]))
    except (TypeError, ValueError):
        return None
    if difference is None:
        return None
    return _point(trail, "bytes", expected, actual, holder, difference=difference)


def _tagged_pairs(value: dict[str, Json]) -> list[list[Json]] | None:
    pairs = value.get("v")
    if value.get("t") != "dict" or not isinstance(pairs, list):
        return None
    return pairs if all(isinstance(pair, list) and len(pair) == 2 for pair in pairs) else None


def _tagged_dicts(
    trail: _Trail, expected: list[list[Json]], actual: list[list[Json]], holder: str | None
) -> list[_Work]:
    keys = [flat_text(key) for key, _ in expected]
    other_keys = [flat_text(key) for key, _ in actual]
    work: list[_Work] = []
    for index, ((key, value), (other_key, other_value)) in enumerate(zip(expected, actual, strict=False)):
        if keys[index] == other_keys[index]:
            work.append(((trail, _label(key)), value, other_value, holder))
        elif keys[index] not in other_keys:
            return [*work, _point((trail, _label(key)), "missing", value, None, holder)]
        elif other_keys[index] not in keys:
            return [*work, _point((trail, _label(other_key)), "extra", None, other_value, holder)]
        else:
            return [*work, _point((trail, _label(key)), "order", key, other_key, holder)]
    for key, value in expected[len(actual) :]:
        return [*work, _point((trail, _label(key)), "missing", value, None, holder)]
    for key, value in actual[len(expected) :]:
        return [*work, _point((trail, _label(key)), "extra", None, value, holder)]
    return work


def _label(key: Json) -> str:
    return key if isinstance(key, str) else flat_text(key)
