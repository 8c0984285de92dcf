"""What upstream's own tests never do, on upstream and on Rust: equal, and what each case is about."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from interpreters import Interpreter, said

PROGRAMS = Path(__file__).parent / "never_exercised_programs.py"

ALL_WAYS = ["pickle 2", "pickle 3", "pickle 4", "pickle 5", "copy.copy", "copy.deepcopy"]

FACTS: dict[str, dict[str, Any]] = {
    "a_channel_class_of_ones_own": {
        "first.x": 5,
        "asynchronous.x": 5,
        "updated.x": 50,
        # 200 empties it, then the chain runs again.
        "again.x": 5,
        "is a channel": True,
        "class": "Largest",
        "key": "x",
    },
    "a_channel_class_of_ones_own_hears_what_upstream_tells_it": {"result.log": ["None", "1", "5", "5"]},
    "subclasses_of_built_in_channels_are_asked_by_their_methods": {
        "LastValue.result": {"x": 1},
        "LastValue.is": True,
        "BinaryOperatorAggregate.result": {"x": 4},
        # The last step writes nothing that is shown: the values shown last are those of the step before.
        "Topic.result": {"x": [1]},
        "EphemeralValue.is": True,
    },
    "a_subclass_of_a_built_in_channel_has_the_last_word": {"result.x": 4, "stored": ["kept", 4]},
    "channels_are_pickled_and_copied": {
        "BinaryOperatorAggregate filled.as the original": ALL_WAYS,
        "DeltaChannel filled.as the original": ALL_WAYS,
        "NamedBarrierValue empty.as the original": ALL_WAYS,
        "Topic filled.equal": ALL_WAYS,
        "LastValue empty.as the original": ["copy.copy"],
    },
    "a_deep_copy_is_independent": {
        "Topic.0.values": "['item']",
        "Topic.1.values": "['item', 'more']",
        "NamedBarrierValue.0.seen": ["a"],
        "NamedBarrierValue.1.seen": ["a", "b"],
    },
    "a_graph_with_copied_channels_runs": {"0.x": ["0", "1", "2", "3"], "1.x": ["0", "1", "2", "3"]},
    "any_value_takes_the_last_of_several_and_is_cleared": {
        "chunks": [{"x": 0, "log": []}, {"x": 2, "log": []}, {"log": ["c 2"]}, {"log": ["c 2", "d None"]}],
        "updated.x": 9,
    },
    "an_eager_stream_shows_what_happens_inside_a_running_task": {
        "True.3": ["outer", {"__end__": "shown"}],
        "False.3": ["outer", {"__end__": "not shown"}],
    },
    "an_entrypoint_streams_eagerly_what_it_writes_itself": {"1": ["updates", {"flow": "shown"}]},
    "a_submit_function_of_ones_own_runs_the_tasks": {
        "result.log": ["a", "b", "c"],
        # A task alone in its superstep is run without it.
        "told": [["run_with_retry", name, ["__reraise_on_exit__"]] for name in ("a", "b")],
    },
    "the_loops_checkpoint_and_channels_can_be_looked_at": {
        "result.x": 2,
        "seen.0.updated": ["branch:to:a", "log", "x"],
        "seen.0.written": ["__start__", "x", "log", "branch:to:a"],
        "seen.1.x": 1,
        "seen.1.dict": True,
        "seen.1.classes": True,
    },
    "the_loops_channels_can_be_changed_from_outside": {
        "result.log": ["70", "1", "5", "2"],
        # An ephemeral value that was put in from outside is cleared by the next step.
        "available.0": ["x", "log", "branch:to:a", "passing"],
        "available.1": ["x", "log", "branch:to:b"],
    },
    "versions_may_be_floats": {
        "asked": ["question", ["end"]],
        "resumed": ["0", "1", "40", "answer"],
        "versions.log": "2.0",
        "calls": ["None", "0.5", "0.75", "1.0", "1.25", "1.5", "1.75", "1.75"],
    },
    "versions_may_be_of_any_ordered_class": {
        "resumed": ["0", "1", "40", "answer"],
        "seen.a": {"branch:to:a": "Decimal('1.210')"},
    },
    "a_tuple_of_stream_modes_yields_bare_chunks": {
        "('values', 'updates') False.0": [{"log": []}, {"sub": {"log": ["in"]}}, {"log": ["in"]}],
        "['values', 'updates'] False.1.0": ["values", {"log": []}],
        "('values',) True.1.1": [["sub"], {"log": []}],
    },
}


@pytest.fixture(scope="module")
def upstream(python: Interpreter) -> dict[str, Any]:
    return said(python, PROGRAMS)


@pytest.fixture(scope="module")
def rust(python: Interpreter) -> dict[str, Any]:
    return said(python, PROGRAMS, LANGGRAPH_BACKEND="rust", LANGGRAPH_RS_WITNESS="1")


def at(told: Any, path: str) -> Any:
    """What stands at `key.key.index`; a key may hold dots of its own, then the longest one that is there counts."""
    if not path:
        return told
    if isinstance(told, list):
        index, _, rest = path.partition(".")
        return at(told[int(index)], rest)
    key = max((key for key in told if path == key or path.startswith(f"{key}.")), key=len)
    return at(told[key], path[len(key) + 1 :])


@pytest.mark.parametrize("name", FACTS)
def test_upstream_does_what_the_case_says(name: str, upstream: dict[str, Any]) -> None:
    observed = upstream["observed"][name]
    assert {path: at(observed, path) for path in FACTS[name]} == FACTS[name]


@pytest.mark.parametrize("name", FACTS)
def test_rust_does_the_same(name: str, upstream: dict[str, Any], rust: dict[str, Any]) -> None:
    assert rust["observed"][name] == upstream["observed"][name]


def test_every_program_is_expected_and_ran_under_the_witness(upstream: dict[str, Any], rust: dict[str, Any]) -> None:
    assert upstream["observed"].keys() == rust["observed"].keys() == FACTS.keys()
    assert upstream["witness"] is None
    assert (rust["witness"]["caught"], rust["witness"]["captured"]) == ({}, [])
    counters = rust["witness"]["counters"]
    assert counters["algorithm"]["supersteps"] > 50
    assert counters["algorithm"]["mapping"]["done"]["checkpoints created"] > 50
    # Custom classes and subclasses are called in Python, and counted there.
    assert counters["channel"]["python"]["update"] > 20
