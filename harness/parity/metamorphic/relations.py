"""The table of relations: what must hold between two programs that do the same thing, or within one.

They stand beside the oracle for the faults that it shares with a subject: each is asked of one implementation alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from parity.cases.model import Case
from parity.metamorphic.reading import Event, Operation, final_values, keys_of, operations, same
from parity.metamorphic.variants import (
    asynchronous,
    crashed,
    durable,
    has_chance,
    invoked,
    is_repeatable,
    replayed,
    single,
    streamed,
    written_alike,
)

__all__ = ["RELATIONS", "Broken", "Relation"]

Body = Mapping[str, Any]
Bodies = Sequence[Body]
Traces = Sequence[Sequence[Event]]


@dataclass(frozen=True)
class Broken:
    """A relation that does not hold: `aspect` groups by cause, `says` tells what differs."""

    aspect: str
    says: str


@dataclass(frozen=True)
class Relation:
    """One relation.

    `variants` gives the bodies to run, none where the relation says nothing about the program; `judge` gets these and
    their traces, in the same order, and says what is broken.
    """

    name: str
    holds: str
    variants: Callable[[Body], Sequence[Body] | None]
    judge: Callable[[Bodies, Traces], Broken | None]

    def cases(self, case: Case) -> list[Case]:
        """The programs to run for a program; none where the relation says nothing about it."""
        return [Case("program", dict(body)) for body in self.variants(case.body) or ()]


def _pair(left: Body | None, right: Body | None) -> Sequence[Body] | None:
    return None if left is None or right is None else (left, right)


def _same_runs(bodies: Bodies, traces: Traces) -> Broken | None:
    """Both ended alike operation by operation, with the same results, the same runs of nodes, the same final state."""
    left, right = (operations(body, trace) for body, trace in zip(bodies, traces, strict=True))
    for first, second in zip(left, right, strict=False):
        where = f"operation {first.index}"
        if first.ended != second.ended:
            return Broken(f"ended:{first.ended}:{second.ended}", f"{where}: {first.ended} / {second.ended}")
        if first.result is not None and second.result is not None and not same(_value(first), _value(second)):
            return Broken("result", f"{where}: {_text(_value(first))} / {_text(_value(second))}")
        if _names(first) != _names(second):
            return Broken("ran", f"{where}: ran {dict(_names(first))} / {dict(_names(second))}")
    return _same_end(bodies, traces)


def _same_end(bodies: Bodies, traces: Traces) -> Broken | None:
    """The thread that was used last holds the same after all of them; the aspect names the channel that does not."""
    ends = [final_values(body, trace) for body, trace in zip(bodies, traces, strict=True)]
    first = ends[0]
    for other in ends[1:]:
        if first is None or other is None:
            continue
        for key in sorted({*first, *other}):
            if not same(first.get(key), other.get(key)):
                says = f"state key {key}: {_text(first.get(key))} / {_text(other.get(key))}"
                return Broken(f"state:{_channel(bodies[0], key)}", says)
    return None


def _channel(body: Body, key: str) -> str:
    return str(body["graphs"]["main"].get("state", {}).get(key, {}).get("channel", "other"))


def _value(operation: Operation) -> Any:
    """The result, its interrupts without their ids: these follow from the ids of checkpoints, which are counted."""
    return None if operation.result is None else _unnumbered(operation.result.get("value"))


def _unnumbered(value: Any) -> Any:
    if isinstance(value, Mapping):
        if value.get("cls") == "langgraph.types:Interrupt":
            return {**value, "payload": {"t": "dict", "v": [pair for pair in value["payload"]["v"] if pair[0] != "id"]}}
        return {key: _unnumbered(item) for key, item in value.items()}
    return [_unnumbered(item) for item in value] if isinstance(value, list) else value


def _names(operation: Operation) -> Counter[str]:
    return Counter(str(event.get("what")) for event in operation.ran)


def _text(value: Any) -> str:
    text = " ".join(repr(value).split())
    return text if len(text) <= 120 else f"{text[:119]}…"


def _stream_is_invoke(bodies: Bodies, traces: Traces) -> Broken | None:
    """The last chunk of values, with the interrupts told of after it, is what `invoke` returns."""
    left, right = (operations(body, trace) for body, trace in zip(bodies, traces, strict=True))
    for first, second in zip(left, right, strict=False):
        where = f"operation {first.index}"
        if first.ended != second.ended:
            return Broken(f"ended:{first.ended}:{second.ended}", f"{where}: {first.ended} / {second.ended}")
        value, seen = _listed(keys_of(_value(first))), _listed(_unnumbered(_last_values(second)))
        if value and not same(value, seen):
            return Broken("result", f"{where}: invoke {_text(value)} / stream {_text(seen)}")
    return _same_end(bodies, traces)


def _listed(values: dict[str, Any]) -> dict[str, Any]:
    """The interrupts as a list: a chunk has a tuple of them, `invoke` gathers them in a list."""
    interrupts = values.get("__interrupt__")
    return {**values, "__interrupt__": interrupts["v"]} if isinstance(interrupts, dict) else values


def _last_values(operation: Operation) -> dict[str, Any]:
    """What the chunks of a stream of values come to: the last state, and the interrupts told of after it."""
    values: dict[str, Any] = {}
    interrupts: dict[str, Any] = {}
    for chunk in operation.chunks:
        members = keys_of(chunk.get("data"))
        if "__interrupt__" in members:
            told = members.pop("__interrupt__")
            before = interrupts.get("__interrupt__", {"v": []})["v"]
            interrupts = {"__interrupt__": {"t": "tuple", "v": [*before, *told.get("v", ())]}}
        if members or not interrupts:
            values = members
    return {**values, **interrupts}


def _reread_is_live(bodies: Bodies, traces: Traces) -> Broken | None:
    for operation in operations(bodies[0], traces[0]):
        live = keys_of(_value(operation))
        head = (operation.reread or {}).get("head")
        if operation.result is None or "__interrupt__" in live or not isinstance(head, Mapping):
            continue
        values = keys_of(head.get("values"))
        for key in sorted(live.keys() & values.keys()):
            if not same(live[key], values[key]):
                says = f"operation {operation.index}, key {key}: live {_text(live[key])} / read {_text(values[key])}"
                return Broken(f"state:{_channel(bodies[0], key)}", says)
    return None


_TWINS = (("log", "twin"), ("messages", "plain_messages"))
_TWIN_KINDS = (("DeltaChannel", "BinaryOperatorAggregate"), ("DeltaChannel", "Messages"))


def _twins(bodies: Bodies, traces: Traces) -> Broken | None:
    state = bodies[0]["graphs"]["main"]["state"]
    asked = [pair for pair in _TWINS if _are_twins(bodies[0], state, *pair)]
    for values in _all_values(traces[0]):
        for delta, plain in asked:
            if delta in values and plain in values and not same(values[delta], values[plain]):
                return Broken(delta, f"{delta} {_text(values[delta])} / {plain} {_text(values[plain])}")
    return None


def _all_values(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, Mapping):
        if value.get("t") == "dict":
            yield keys_of(value)
        for item in value.values():
            yield from _all_values(item)
    elif isinstance(value, list):
        for item in value:
            yield from _all_values(item)


def _twinned(body: Body) -> Sequence[Body] | None:
    """Not where a node changes one of both in place, or messages get ids that say how many were made before them."""
    if has_chance(body, "mutate"):
        return None
    state = body["graphs"]["main"].get("state", {})
    return [body] if any(_are_twins(body, state, *pair) for pair in _TWINS) else None


def _are_twins(body: Body, state: Body, delta: str, plain: str) -> bool:
    kinds = (state.get(delta, {}).get("channel"), state.get(plain, {}).get("channel"))
    return kinds in _TWIN_KINDS and written_alike(body, delta, plain)


def _after_crash(body: Body) -> Sequence[Body] | None:
    if not is_repeatable(body):
        return None
    places = [
        ("put", 2, "before"),
        ("put", 2, "after"),
        ("put", 3, "before"),
        ("put_writes", 1, "after"),
        ("put_writes", 2, "before"),
    ]
    made = [single(body), *(crashed(body, *place) for place in places)]
    return [one for one in made if one is not None] if made[0] is not None else None


def _undisturbed(bodies: Bodies, traces: Traces) -> bool:
    """The whole run, the first of the variants, came to its end without stopping for an answer."""
    whole = operations(bodies[0], traces[0])
    head = (whole[0].reread or {}).get("head") if whole else None
    return isinstance(head, Mapping) and whole[0].result is not None and not head.get("next")


def _crash_agrees(bodies: Bodies, traces: Traces) -> Broken | None:
    if not _undisturbed(bodies, traces):
        return None
    for body, trace in zip(bodies[1:], traces[1:], strict=True):
        if not any(event["e"] == "crash" for event in trace):
            continue
        ended = operations(body, trace)[-1].ended
        if ended != "well":
            return Broken(f"ended:{ended}", f"after the crash: {ended}")
        broken = _same_end((bodies[0], body), (traces[0], trace))
        if broken is not None:
            return broken
    return None


def _replays(body: Body) -> Sequence[Body] | None:
    if not is_repeatable(body):
        return None
    made = [single(body), *(replayed(body, nth) for nth in (0, 1, 2))]
    return [one for one in made if one is not None] if made[0] is not None else None


def _replay_agrees(bodies: Bodies, traces: Traces) -> Broken | None:
    if not _undisturbed(bodies, traces):
        return None
    for body, trace in zip(bodies[1:], traces[1:], strict=True):
        if operations(body, trace)[-1].ended == "well":
            broken = _same_end((bodies[0], body), (traces[0], trace))
            if broken is not None:
                return broken
    return None


def _durabilities(body: Body) -> Sequence[Body] | None:
    if not is_repeatable(body) or any("at" in op for op in body["run"]["ops"]):
        return None
    made = [durable(body, durability) for durability in ("sync", "async", "exit")]
    return [one for one in made if one is not None] or None


def _durabilities_agree(bodies: Bodies, traces: Traces) -> Broken | None:
    """Where no run fails: what an error leaves behind is what the modes differ in."""
    if any(operation.ended != "well" for operation in operations(bodies[0], traces[0])):
        return None
    for body, trace in zip(bodies[1:], traces[1:], strict=True):
        broken = _same_runs((bodies[0], body), (traces[0], trace))
        if broken is not None:
            return broken
    return None


def _has_saver(body: Body) -> bool:
    return bool(body["run"].get("saver", "memory") != "none")


RELATIONS: tuple[Relation, ...] = (
    Relation(
        "stream-is-invoke",
        "the last value that a stream of values gives is what invoke returns, and both leave the same state",
        lambda body: _pair(invoked(body), streamed(body)) if _has_saver(body) else None,
        _stream_is_invoke,
    ),
    Relation(
        "sync-is-async",
        "the async API gives the same results, runs the same nodes and leaves the same state as the sync one",
        lambda body: _pair(asynchronous(body, False), asynchronous(body, True)),
        _same_runs,
    ),
    Relation(
        "crash-is-no-crash",
        "a run that a crash ended and a new process finished leaves the state of one that was not disturbed",
        _after_crash,
        _crash_agrees,
    ),
    Relation(
        "reread-is-live",
        "what invoke returned is what the thread's head holds when it is read back",
        lambda body: [made] if _has_saver(body) and is_repeatable(body) and (made := invoked(body)) else None,
        _reread_is_live,
    ),
    Relation(
        "replay-is-same",
        "running on from an earlier checkpoint leads to the same state",
        _replays,
        _replay_agrees,
    ),
    Relation(
        "durability-is-same",
        "the three durability modes lead to the same results and the same state",
        _durabilities,
        _durabilities_agree,
    ),
    Relation(
        "delta-is-plain",
        "a DeltaChannel holds what a channel with the plain reducer holds that got the same writes",
        _twinned,
        _twins,
    ),
)
"""Every relation, in the order in which they are asked."""
