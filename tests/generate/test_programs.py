"""Random programs are valid cases, use what was drawn, and every feature of the inventory is reached."""

from __future__ import annotations

import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from parity.cases.model import Case
from parity.cases.programs import NO_KEY
from parity.generate.programs import FEATURES, THEMES, executed, features, impossible_pairs, make, pairs_of
from parity.generate.programs.themes import draw_features
from parity.generate.swarm import Choices

SEED = 20261121


RECORDED = Path(__file__).parents[2] / "fixtures" / "corpus" / "programs" / "programs.json"


def recorded() -> list[tuple[Case, list[dict[str, Any]]]]:
    """The recorded programs, with what the oracle's trace was."""
    entries = json.loads(RECORDED.read_text("utf-8"))["entries"]
    return [(Case.from_json(entry["case"]), entry["events"]) for entry in entries]


def drawn(count: int) -> list[Case]:
    """So many programs of one seed."""
    source = random.Random(SEED)
    return [make(Choices(source.randbytes(source.choice((0, 40, 120, 240, 480))))) for _ in range(count)]


def test_every_program_is_a_valid_case_and_every_feature_is_reached() -> None:
    seen: Counter[str] = Counter()
    for case in drawn(1200):
        assert Case.from_json(case.to_json()) == case
        found = features(case)
        assert found <= set(FEATURES)
        seen.update(found)
    assert not set(FEATURES) - set(seen)


def test_no_program_has_two_features_that_contradict_each_other() -> None:
    held: Counter[str] = Counter()
    for case in drawn(1200):
        held.update(pairs_of(features(case)))
    assert not impossible_pairs() & set(held)
    everything = set(pairs_of(FEATURES))
    assert impossible_pairs() < everything
    assert len(held) > len(everything - impossible_pairs()) / 3


def test_the_same_choices_make_the_same_program() -> None:
    assert [case.case_id for case in drawn(60)] == [case.case_id for case in drawn(60)]


def test_without_choices_the_program_is_the_simplest() -> None:
    case = make(Choices(b""))
    assert [node["name"] for node in case.body["graphs"]["main"]["nodes"]] == ["n0", "last"]
    assert features(case) <= {"stream_list", "second_input"}


def test_an_example_uses_few_groups_and_at_least_one_feature_of_each() -> None:
    source = random.Random(SEED)
    for _ in range(200):
        allowed = draw_features(Choices(source.randbytes(16)))
        assert allowed <= set(FEATURES)
        assert len(allowed) < len(FEATURES) / 3


def test_every_feature_belongs_to_a_group() -> None:
    assert set(FEATURES) == {name for names in THEMES.values() for name in names}


CASE = Case(
    "program",
    {
        "graphs": {
            "main": {
                "form": "state",
                "state": {"log": {"channel": "LastValue"}},
                "nodes": [
                    {"name": "a", "do": [{"op": "emit", "value": {"lit": 1}}]},
                    {"name": "b", "do": [{"op": "interrupt", "value": {"lit": 1}, "var": "x"}]},
                ],
                "edges": [["__start__", "a"], ["a", "b"]],
                "joins": [],
                "branches": [],
            }
        },
        "run": {"saver": "memory", "ops": [{"op": "run", "api": "invoke", "input": {"t": "dict", "v": []}}]},
    },
)


@pytest.mark.parametrize(
    ("ran", "expected"),
    [((), set()), (("main.a",), {"emit"}), (("main.a", "main.b"), {"emit", "interrupt"})],
)
def test_only_what_ran_counts_as_executed(ran: tuple[str, ...], expected: set[str]) -> None:
    assert executed(CASE, [{"e": "ran", "what": name} for name in ran]) == expected


OPERATIONS = Case(
    "program",
    {
        "graphs": {
            "main": {
                "form": "state",
                "state": {"log": {"channel": "LastValue"}},
                "nodes": [
                    {"name": "a", "do": [], "on_error": [{"op": "raise", "error": "ValueError", "message": "x"}]},
                    {"name": "b", "do": []},
                ],
                "edges": [["__start__", "a"]],
                "joins": [],
                "branches": [{"from": "a", "name": "go", "path": {"to": ["b"]}}],
            }
        },
        "run": {
            "ops": [
                {"op": "update", "values": {"t": "dict", "v": []}},
                {"op": "run", "input": None, "fault": {"at": "put", "nth": 9, "kind": "crash", "when": "before"}},
            ]
        },
    },
)
BOTH = [{"e": "op", "index": 0, "op": "update"}, {"e": "op", "index": 1, "op": "run"}]


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        (BOTH[:1], {"update"}),
        ([BOTH[0], {"e": "unresolved", "what": "checkpoint"}], set()),
        (BOTH, {"update"}),
        ([*BOTH, {"e": "crash"}], {"update", "crash"}),
        ([*BOTH, {"e": "ran", "what": "main.a"}], {"update", "error_handler"}),
        ([*BOTH, {"e": "ran", "what": "main.a.on_error"}], {"update", "error_handler", "handler_fails"}),
        (
            [*BOTH, {"e": "ran", "what": "main.a"}, {"e": "ran", "what": "main.a.go"}],
            {"update", "error_handler", "branch"},
        ),
        ([*BOTH, {"e": "error", "type": "ValueError", "message": NO_KEY}], {"update", "cache_key_fails"}),
        ([*BOTH, {"e": "error", "type": "ValueError", "message": "another"}], {"update"}),
    ],
)
def test_an_operation_a_crash_a_handler_and_a_branch_count_when_they_came_to_be(
    events: list[dict[str, object]], expected: set[str]
) -> None:
    assert executed(OPERATIONS, events) == expected


def test_recorded_programs_execute_every_feature_but_these() -> None:
    # A feature that nothing executes is asked for in vain: one that is new and not here cannot be, or is not, seen.
    executed_ones = set().union(*(executed(case, events) for case, events in recorded()))
    assert set(FEATURES) - executed_ones == {
        *("bad_return", "cache_ttl", "call_streamed", "interrupt_all", "retry_never"),
    }


def test_pairs_name_each_two_features_once() -> None:
    assert pairs_of({"b", "a", "c"}) == Counter({"a+b": 1, "a+c": 1, "b+c": 1})
