"""The verdict on each line of input."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from parity.check.model import TRACKS, Event, Line, Observation
from parity.check.places import Mask, Place, View, all_places, leaves, leaves_below, places_of
from parity.check.rules import Knowledge, learn, view
from parity.compare.msgpack import MsgpackDifference, diff
from parity.compare.rules import sort_tree

__all__ = ["Difference", "LineVerdict", "Status", "judge_line", "proof_missing"]

Status = Literal["same", "differs", "witness", "undecided", "vacuous"]
"""`witness`: nobody can show that Rust did the work. `undecided`: upstream itself gave no answer in time. `vacuous`:
nothing of the line's outcome could be compared."""

_FRAME = 2
"""Single values of every event that only say what it is: `e`, and `mode` or another."""


@dataclass(frozen=True)
class Difference:
    """The first difference of a line: the events in which the sides part, the one before, and the place inside."""

    track: str
    index: int
    last_agreed: Event | None
    expected: Event | None
    actual: Event | None
    where: str
    bytes: MsgpackDifference | None = None


@dataclass(frozen=True)
class LineVerdict:
    """The verdict on a line.

    `events` counts the events compared by track, `values` the single values compared in them, `skipped` those that
    could not be; `rules` how often each rule was needed; `blind` the places that are not comparable, in words. `runs`
    says in how many runs of the other side the difference showed, and of how many. `end` is how the line ended:
    ``result``, the type of its error, or how its process ended."""

    line: Line
    status: Status
    end: str
    events: Mapping[str, int] = field(default_factory=dict)
    values: int = 0
    skipped: int = 0
    rules: Mapping[str, int] = field(default_factory=dict)
    blind: tuple[str, ...] = ()
    difference: Difference | None = None
    runs: tuple[int, int] = (1, 1)
    detail: str = ""


def judge_line(
    line: Line, upstream: Sequence[Observation], others: Sequence[Observation], *, witnessed: bool, counted: int
) -> LineVerdict:
    """The verdict from all runs of the line: upstream's (two or more), and the other side's (one or more)."""
    first = upstream[0]
    end = _end(first)
    late = [run for run in upstream if run.timed_out]
    if late:
        return LineVerdict(line, "undecided", end, detail=f"upstream gave {late[0].ended}")
    verdicts = [_compare(line, end, upstream, other) for other in others]
    wrong = [verdict for verdict in verdicts if verdict.difference is not None]
    if wrong:
        return replace(wrong[0], runs=(len(wrong), len(others)))
    for other in others if witnessed else ():
        missing = proof_missing(other, counted=counted)
        if missing:
            return replace(verdicts[0], status="witness", detail=missing)
    return verdicts[0]


def _compare(line: Line, end: str, upstream: Sequence[Observation], other: Observation) -> LineVerdict:
    verdict = _with(line, end, learn(upstream), upstream[0], other)
    if verdict.difference is not None and verdict.difference.track == "stream":
        # Which of two parallel tasks ends first is upstream's own chance, seen in these few runs or not.
        forgiving = _with(line, end, learn(upstream, order=True), upstream[0], other)
        if forgiving.difference is None or forgiving.difference.track != "stream":
            return forgiving
    return verdict


def _with(line: Line, end: str, known: Knowledge, one: Observation, two: Observation) -> LineVerdict:
    expected, actual = (view(side, ids=known.ids, order=known.order) for side in (one, two))
    rules: Counter[str] = Counter()
    sides: dict[str, tuple[list[Event], list[Event]]] = {t: (list(expected[t]), list(actual[t])) for t in TRACKS}
    left: list[Place] = []
    for place in all_places(expected, actual):
        rule = known.rule_for(place)
        if rule is None and place.mask is not None and _same_but_for_sets(known, place, sides[place.track]):
            rule = "set-order"
        if rule is None:
            left.append(place)
        elif rule != "not-comparable":
            rules[rule] += 1
    for name, needed in (("ids", known.ids), ("task-order", known.order)):
        if needed:
            rules[name] += 1
    events, values, skipped = _counts(expected, known)
    blind = _blind(expected, known)
    if blind:
        rules["not-comparable"] = len(blind)
    found = _difference(left[0], expected, actual) if left else None
    status: Status = "differs" if found else "same" if _outcome_compared(expected, known) else "vacuous"
    detail = "" if status != "vacuous" else "nothing of its outcome is the same in two runs of upstream"
    return LineVerdict(line, status, end, events, values, skipped, dict(rules), blind, found, detail=detail)


def _same_but_for_sets(known: Knowledge, place: Place, sides: tuple[list[Event], list[Event]]) -> bool:
    """Whether the two events of the place, their sets sorted, differ only where it does not count."""
    one, other = (sort_tree(side[place.index])[0] for side in sides)
    return all(known.rule_for(replace(place, mask=mask)) for mask, _, _ in places_of(one, other))


def _difference(place: Place, expected: View, actual: View) -> Difference:
    one, other = (
        side[place.track][place.index] if place.index < len(side[place.track]) else None for side in (expected, actual)
    )
    before = expected[place.track][place.index - 1] if place.index else None
    found = Difference(place.track, place.index, before, one, other, place.mask.text() if place.mask else "")
    if place.mask is not None and place.mask.inside is not None:
        leaf, other_leaf = (_at(event, place.mask) for event in (one, other))
        found = replace(found, bytes=diff(bytes.fromhex(leaf["hex"]), bytes.fromhex(other_leaf["hex"])))
    return found


def _at(event: Event | None, mask: Mask) -> dict[str, str]:
    node = event
    for step in mask.steps:
        node = node[step]  # type: ignore[index]
    assert node is not None
    return node


def _counts(expected: View, known: Knowledge) -> tuple[dict[str, int], int, int]:
    events: dict[str, int] = {}
    values = skipped = 0
    for track in TRACKS:
        rest = known.rests.get(track, len(expected[track]))
        events[track] = min(rest, len(expected[track]))
        for index, event in enumerate(expected[track]):
            size = max(leaves(event) - _FRAME, 0)
            gone = size if index >= rest else leaves_below(event, known.masks.get((track, index), ()))
            skipped += gone
            values += size - gone
    return events, values, skipped


def _outcome_compared(expected: View, known: Knowledge) -> bool:
    """Whether anything of the result or the error of the line was compared."""
    if known.rests.get("end", 1) == 0 or not expected["end"]:
        return False
    event = expected["end"][0]
    masks = known.masks.get(("end", 0), ())
    return leaves({k: v for k, v in event.items() if k != "e"}) > leaves_below(event, masks) or not masks


def _blind(expected: View, known: Knowledge) -> tuple[str, ...]:
    told: list[str] = []
    order = {track: number for number, track in enumerate(TRACKS)}
    for (track, index), masks in sorted(known.masks.items(), key=lambda item: (order[item[0][0]], item[0][1])):
        name = expected[track][index].get("mode", expected[track][index]["e"])
        told += [f"{name} {index}: {mask.text()}" for mask, rule in masks.items() if rule == "not-comparable"]
    for track, index in sorted(known.rests.items()):
        told.append(f"{track}: everything from event {index} on")
    return tuple(told)


def _end(observation: Observation) -> str:
    if observation.ended:
        return observation.ended
    event = observation.tracks["end"][-1] if observation.tracks["end"] else None
    if event is None:
        return "no end"
    return "result" if event["e"] == "result" else f"{event['type']}: {event['message']}"


def proof_missing(observation: Observation, *, counted: int) -> str:
    """What the witness misses, "" if nothing: the least that Rust must have done for these events to come out."""
    if observation.used:
        return f"{observation.used[0]} of upstream was used in place of Rust"
    if observation.work is None:
        return "the counters of the backend were not read"
    if observation.ended:
        # The counters are those of the last event, which is told before a saver in memory has it.
        counted = min(counted, 1)
    stream, saver = observation.tracks["stream"], observation.tracks["saver"]
    tasks = sum(1 for event in stream if event["mode"] == "tasks" and _begins(event))
    demanded = {
        "supersteps": sum(1 for event in saver if event["e"] == "put" and (event["step"] or 0) > 0),
        "tasks": tasks,
        "encodings": counted * sum(_leaves_of(event) for event in saver),
    }
    for name, least in demanded.items():
        if observation.work.get(name, 0) < least:
            return f"{name} in Rust: {observation.work.get(name, 0)}, and the run shows {least}"
    return ""


def _begins(event: Event) -> bool:
    data = event["data"]
    return isinstance(data, dict) and any(key == "triggers" for key, _ in data.get("v", ()))


def _leaves_of(event: Event) -> int:
    held = [event.get("checkpoint"), event.get("metadata")]
    held += [row[-1] for row in (*event.get("blobs", ()), *event.get("writes", ()))]
    return sum(1 for leaf in held if isinstance(leaf, dict) and leaf.get("tag") == "msgpack")
