"""Two outcomes of one case: the first difference, placed and named."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from operator import is_
from typing import Any

from parity.cases.model import Case, Json
from parity.compare.fingerprint import classify
from parity.compare.graph_cause import Traces
from parity.compare.jsondiff import Point, first_difference, path_text
from parity.compare.msgpack import MsgpackDifference
from parity.compare.rules import THREAD_ORDER, in_thread_order, normalise
from parity.compare.trace import Event
from parity.observe.model import Outcome

__all__ = ["LAYERS", "Comparison", "Difference", "compare"]

LAYERS = ("codec", "channels", "algorithm", "loop", "bridge", "subject")

_SHOWN = 160


@dataclass(frozen=True)
class Difference:
    """The first difference between the oracle and a subject.

    `index` counts events; `last_agreed` is the event before it. `expected` and `actual` are the two events after
    normalisation (None where a side has ended or was never observed), `path` the place inside them. `bytes` is set when
    they part inside a msgpack leaf.
    """

    index: int
    last_agreed: Event | None
    expected: Event | None
    actual: Event | None
    path: str
    layer: str
    aspect: str
    summary: str
    bytes: MsgpackDifference | None = None

    @property
    def fingerprint(self) -> str:
        """``layer/aspect``: equal for differences taken to have one cause."""
        return f"{self.layer}/{self.aspect}"

    @property
    def fingerprint_id(self) -> str:
        """8 base32 characters (lower case) that stand for the fingerprint in names of files."""
        digest = hashlib.sha256(self.fingerprint.encode()).digest()
        return base64.b32encode(digest[:5]).decode("ascii").lower()

    def to_json(self) -> dict[str, Json]:
        """The difference as JSON."""
        return {
            "index": self.index,
            "last_agreed": self.last_agreed,
            "expected": self.expected,
            "actual": self.actual,
            "path": self.path,
            "layer": self.layer,
            "aspect": self.aspect,
            "summary": self.summary,
            "bytes": self.bytes.to_json() if self.bytes is not None else None,
        }

    @classmethod
    def from_json(cls, value: Json) -> Difference:
        """The inverse of `to_json`. Raises `ValueError`, in one line, on anything else."""
        if not isinstance(value, dict):
            raise ValueError(f"a difference is an object, got {type(value).__name__}")
        fields: dict[str, Any] = {name: value.get(name) for name in cls.__dataclass_fields__}
        for name, found in fields.items():
            wanted: tuple[type, ...] = (str,)
            if name == "index":
                wanted = (int,)
            elif name in ("last_agreed", "expected", "actual", "bytes"):
                wanted = (dict, type(None))
            if type(found) not in wanted:
                raise ValueError(f"{name} of a difference: expected {wanted[0].__name__}, got {found!r:.60}")
        if fields["layer"] not in LAYERS:
            raise ValueError(f"unknown layer {fields['layer']!r:.60}")
        if fields["bytes"] is not None:
            fields["bytes"] = MsgpackDifference.from_json(fields["bytes"])
        return cls(**fields)


@dataclass(frozen=True)
class Comparison:
    """The verdict on one case: the difference, or None; how often each rule was needed; whether both sides answered."""

    difference: Difference | None
    applied: dict[str, int] = field(default_factory=dict)
    compared: bool = True


def compare(case: Case, expected: Outcome, actual: Outcome) -> Comparison:
    """Compares a subject's outcome with the oracle's. Not `compared` if either side does not support the case."""
    if "unsupported" in (expected.status, actual.status):
        return Comparison(None, compared=False)
    failed = _failure(expected, actual)
    if failed is not None:
        return Comparison(failed)
    if len(expected.events) == len(actual.events) and all(map(is_, expected.events, actual.events)):
        return Comparison(None)
    used: Counter[str] = Counter()
    sides = (list(expected.events), list(actual.events))
    if first_difference(*sides) is not None:
        threads = (in_thread_order(case, sides[0]), in_thread_order(case, sides[1]))
        used[THREAD_ORDER.name] += threads != sides
        sides = threads
    events = (list(sides[0]), list(sides[1]))
    for index, (left, right) in enumerate(zip(*sides, strict=False)):
        if first_difference(left, right) is None:
            continue
        sides[0][index], sides[1][index], applied = _normalised(case, *events, index)
        used += applied
        point = first_difference(sides[0][index], sides[1][index])
        if point is not None:
            return Comparison(_difference(case, Traces(*sides, index), point), dict(+used))
    common = min(len(sides[0]), len(sides[1]))
    if len(sides[0]) != len(sides[1]):
        longer = sides[0] if len(sides[0]) > common else sides[1]
        what = "missing" if longer is sides[0] else "extra"
        point = Point((), what, *((longer[common], None) if what == "missing" else (None, longer[common])))
        return Comparison(_difference(case, Traces(*sides, common), point), dict(+used))
    return Comparison(None, dict(+used))


def _normalised(
    case: Case, expected: Sequence[Event], actual: Sequence[Event], index: int
) -> tuple[Event, Event, Counter[str]]:
    is_value = case.kind == "value"
    left, used = normalise(case.kind, expected[index], expected[0] if is_value else None)
    right, other_used = normalise(case.kind, actual[index], actual[0] if is_value else None)
    used += other_used
    return left, right, used


def _failure(expected: Outcome, actual: Outcome) -> Difference | None:
    """A side that gave no observation. A failing oracle is named as such: no subject can be judged by it."""
    for side, outcome in (("oracle-", expected), ("", actual)):
        if outcome.status != "observed":
            other = actual if outcome is expected else expected
            texts = [_outcome_text(outcome), _outcome_text(other)]
            if not side:
                texts.reverse()
            return Difference(
                index=0,
                last_agreed=None,
                expected=None,
                actual=None,
                path="",
                layer="subject",
                aspect=f"{side}{outcome.status}",
                summary=f"the case was not answered: oracle: {texts[0]} / subject: {texts[1]}",
            )
    return None


def _outcome_text(outcome: Outcome) -> str:
    if outcome.status == "observed":
        return f"{len(outcome.events)} events"
    return f"{outcome.status}, {_short(outcome.detail or 'no detail')}"


def _difference(case: Case, traces: Traces, point: Point) -> Difference:
    layer, aspect = classify(case, traces, point)
    expected, actual = traces.pair()
    found = Difference(
        index=traces.index,
        last_agreed=traces.expected[traces.index - 1] if traces.index else None,
        expected=expected,
        actual=actual,
        path=path_text(point.steps),
        layer=layer,
        aspect=aspect,
        summary="",
        bytes=point.bytes,
    )
    return replace(found, summary=_summary(found, point))


def _summary(found: Difference, point: Point) -> str:
    name = (found.expected or found.actual or {}).get("e")
    if found.expected is None or found.actual is None or found.expected["e"] != found.actual["e"]:
        where = f"event {found.index}"
        texts = [_event_text(event) for event in (found.expected, found.actual)]
    elif point.bytes is not None:
        inner = f" at {point.bytes.path}" if point.bytes.path else ""
        where = f"event {found.index} ({name}) {found.path}{inner}: {point.bytes.what} of bytes"
        texts = [point.bytes.expected_text, point.bytes.actual_text]
    else:
        where = f"event {found.index} ({name}) {found.path}"
        texts = [_value_text(point.expected, point.what == "extra"), _value_text(point.actual, point.what == "missing")]
    return f"{where.strip()}: oracle: {texts[0]} / subject: {texts[1]}"


def _event_text(event: Event | None) -> str:
    if event is None:
        return "no further event"
    kind = " ".join(str(event[member]) for member in ("mode", "type", "message") if member in event)
    return _short(f"{event['e']} {kind}".strip())


def _value_text(value: Json, absent: bool) -> str:
    if absent:
        return "nothing"
    if isinstance(value, dict) and "message" in value:
        return _short(f"{value.get('type')}: {value['message']}")
    return _short(repr(value))


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else f"{line[: _SHOWN - 1]}…"
