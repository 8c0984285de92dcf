"""Each relation holds on upstream for a program it is about; an implementation with the fault it is for breaks it."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from parity.cases.model import Case
from parity.metamorphic.relations import RELATIONS, Relation
from parity.metamorphic.search import ask
from parity.subjects.process import SubjectProcess
from parity.subjects.protocol import Reply
from parity.subjects.registry import spec_for
from parity.triage.pair import Side

Event = dict[str, Any]
TABLE = {relation.name: relation for relation in RELATIONS}


def tagged(**members: Any) -> dict[str, Any]:
    return {"t": "dict", "v": [[key, value] for key, value in members.items()]}


def log(name: str) -> list[dict[str, Any]]:
    return [{"op": "write", "key": key, "value": {"lit": [name]}} for key in ("log", "twin")]


PLAIN = {"channel": "BinaryOperatorAggregate", "reducer": "add_list", "type": "list"}
PROGRAM = Case(
    "program",
    {
        "graphs": {
            "main": {
                "form": "state",
                "state": {
                    "log": {
                        "channel": "DeltaChannel",
                        "reducer": "fold:add_list",
                        "type": "list",
                        "snapshot_frequency": 2,
                    },
                    "twin": PLAIN,
                },
                "nodes": [{"name": name, "do": log(name)} for name in ("a", "b", "c")],
                "edges": [["__start__", "a"], ["a", "b"], ["b", "c"]],
                "joins": [],
                "branches": [],
            }
        },
        "run": {
            "saver": "memory",
            "ops": [{"op": "run", "api": "invoke", "input": tagged(log=["in"], twin=["in"]), "recursion_limit": 9}],
        },
    },
)


@pytest.fixture(scope="module")
def upstream() -> Iterator[Side]:
    with SubjectProcess(spec_for("upstream"), timeout=60) as side:
        yield side


class Tampered:
    """An implementation that is upstream but for what `tamper` does to the trace of a program."""

    def __init__(self, side: Side, tamper: Callable[[Case, list[Event]], None]) -> None:
        self._side = side
        self._tamper = tamper

    def run_many(self, cases: Sequence[Case]) -> list[Reply]:
        replies = []
        for case, reply in zip(cases, self._side.run_many(cases), strict=False):
            events = copy.deepcopy(reply.events)
            assert events is not None
            self._tamper(case, events)
            replies.append(Reply(reply.status, events, reply.detail, reply.seconds))
        return replies


def ops(case: Case) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = case.body["run"]["ops"]
    return found


def a_stream_forgets_its_last_chunk(case: Case, events: list[Event]) -> None:
    if ops(case)[0]["api"] == "stream":
        del events[max(index for index, event in enumerate(events) if event["e"] == "chunk")]


def async_runs_the_last_node_twice(case: Case, events: list[Event]) -> None:
    if ops(case)[0]["api"] == "ainvoke":
        events.append(next(event for event in events if event["e"] == "ran" and event["what"] == "main.c"))


def spoil_the_head(events: list[Event]) -> None:
    """The last head that was read back has lost the last entry of both lists."""
    reread = [event for event in events if event["e"] == "reread"][-1]
    for pair in reread["head"]["values"]["v"]:
        pair[1] = pair[1][:-1]


def a_crash_loses_a_write(case: Case, events: list[Event]) -> None:
    if any(op["op"] == "restart" for op in ops(case)):
        spoil_the_head(events)


def the_last_checkpoint_lacks_a_write(_: Case, events: list[Event]) -> None:
    spoil_the_head(events)


def a_replay_skips_a_node(case: Case, events: list[Event]) -> None:
    if any("at" in op for op in ops(case)):
        spoil_the_head(events)


def exit_saves_too_early(case: Case, events: list[Event]) -> None:
    if ops(case)[0].get("durability") == "exit":
        spoil_the_head(events)


def a_delta_channel_drops_a_write(_: Case, events: list[Event]) -> None:
    reread = [event for event in events if event["e"] == "reread"][-1]
    values = dict(reread["head"]["values"]["v"])
    values["log"].pop()


FAULTS = {
    "stream-is-invoke": (a_stream_forgets_its_last_chunk, "result"),
    "sync-is-async": (async_runs_the_last_node_twice, "ran"),
    "crash-is-no-crash": (a_crash_loses_a_write, "state:DeltaChannel"),
    "reread-is-live": (the_last_checkpoint_lacks_a_write, "state:DeltaChannel"),
    "replay-is-same": (a_replay_skips_a_node, "state:DeltaChannel"),
    "durability-is-same": (exit_saves_too_early, "state:DeltaChannel"),
    "delta-is-plain": (a_delta_channel_drops_a_write, "log"),
}


@pytest.mark.parametrize("relation", RELATIONS, ids=lambda relation: relation.name)
def test_a_relation_holds_on_upstream(relation: Relation, upstream: Side) -> None:
    asked = ask(relation, PROGRAM, upstream)
    assert asked.applies
    assert asked.observed
    assert asked.broken is None


@pytest.mark.parametrize("name", TABLE)
def test_a_relation_is_broken_by_the_fault_it_is_for(name: str, upstream: Side) -> None:
    tamper, aspect = FAULTS[name]
    asked = ask(TABLE[name], PROGRAM, Tampered(upstream, tamper))
    assert asked.broken is not None
    assert asked.broken.aspect == aspect


def without_saver() -> Case:
    body = copy.deepcopy(PROGRAM.body)
    body["run"]["saver"] = "none"
    return Case("program", body)


@pytest.mark.parametrize("name", [name for name in TABLE if name not in ("sync-is-async", "delta-is-plain")])
def test_what_needs_a_saver_is_not_asked_of_a_program_without(name: str) -> None:
    assert TABLE[name].cases(without_saver()) == []


@pytest.mark.parametrize("relation", RELATIONS, ids=lambda relation: relation.name)
def test_every_variant_is_a_valid_case(relation: Relation) -> None:
    variants = relation.cases(PROGRAM)
    assert variants
    for variant in variants:
        assert Case.from_json(variant.to_json()) == variant
