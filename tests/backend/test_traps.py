"""Each of the 31 traps of upstream-loop.md §5 on upstream and on Rust: equal, and what the trap is about."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from interpreters import Interpreter, said

PROGRAMS = Path(__file__).parent / "trap_programs.py"

OBSERVED: dict[str, Any] = {
    "trap_01_pending_sends_do_not_hold_deferred_nodes_back": [["a"], ["late", "z"]],
    "trap_02_live_order_is_by_name_and_state_order_by_declaration": {"live": ["a", "z"], "state": ["z", "a"]},
    "trap_03_sends_are_listed_first_and_applied_last": {
        "listed": [["a"], ["sent", "zz"]],
        "applied": ["zz", "sent"],
        "texts": ["0000000007", "0000000001", "~", "~x, 0000000012, ~0000000000"],
    },
    "trap_04_seen_versions_are_those_before_the_step": {
        "first": {"__input__": {}},
        "last": {"__input__": {}, "__start__": {"__start__": 1}, "a": {"branch:to:a": 2}},
        "versions": {"__start__": 2, "log": 3, "branch:to:a": 3},
    },
    "trap_05_one_version_is_asked_for_per_step_whatever_changes": {
        "run": [None, 1, 2, 3],
        "unknown": [41],
        "versions": {"gone": 41},
    },
    "trap_06_a_consumed_barrier_moves_but_is_not_updated": {"version": 4, "updated": ["log"]},
    "trap_07_a_cleared_ephemeral_moves_but_is_not_updated": {
        "updated": ["last"],
        "available": False,
        "versions": {"ephemeral": 2, "last": 2},
        "last": 2,
    },
    "trap_08_a_fresh_read_copies_all_channels_and_reduces_again": {
        "calls": [[0, 1], [1, 1], [1, 1]],
        "seen": [{"items": [1, 2]}],
    },
    "trap_09_a_first_overwrite_is_stored_raw": {"bare": "Overwrite(value=[1], type='__overwrite__')", "full": [9]},
    "trap_10_every_copy_calls_the_type_and_delta_differs": {
        "made": 3,
        "overwritten": [9],
        "same": False,
        "emptied": [],
    },
    "trap_11_a_checkpoint_may_be_the_live_container": {"barrier": ["a", "b"], "topic": [1, 2], "same": True},
    "trap_12_errors_name_the_key_and_none_is_a_value": {
        "texts": [
            "At key '': Can receive only one value per step. Use an Annotated key to handle multiple values.\n"
            "For troubleshooting, visit: "
            "https://docs.langchain.com/oss/python/langgraph/errors/INVALID_CONCURRENT_GRAPH_UPDATE",
            "At key 'other': Can receive only one value per step. Use an Annotated key to handle multiple values.\n"
            "For troubleshooting, visit: "
            "https://docs.langchain.com/oss/python/langgraph/errors/INVALID_CONCURRENT_GRAPH_UPDATE",
            "At key '': EphemeralValue(guard=True) can receive only one value per step. Use guard=False if you want "
            "to store any one of multiple values.",
            "At key 'other': EphemeralValue(guard=True) can receive only one value per step. Use guard=False if you "
            "want to store any one of multiple values.",
        ],
        "none": None,
        "available": True,
    },
    "trap_13_interrupts_compare_with_the_first_versions_null": [
        ["a"],
        ["b"],
        [],
        ["a"],
        "'>' not supported between instances of 'str' and 'int'",
        [],
    ],
    "trap_13_seen_by_interrupts_advances_on_resume_only": {
        "before": [None, None, None],
        "after": [None, None, None, {"log": 3, "__start__": 2, "branch:to:a": 3, "branch:to:b": 3}],
    },
    "trap_14_a_node_that_never_ran_needs_no_newer_version": [["n"], [], ["n"], [], []],
    "trap_15_the_resume_list_is_kept_across_questions": {
        "kept": [[["__resume__", "x"], ["__resume__", ["x"]]], [["__resume__", "y"], ["__resume__", ["x", "y"]]]],
        "log": ["ask0=x", "ask1=y", "ask2=z"],
    },
    "trap_15_the_resume_list_is_the_pending_write": {"same": True, "answers": ["mapped"], "without": []},
    "trap_16_consuming_an_answer_compares_and_removes_from_the_captured_list": {
        "answers": ["answer", "answer", None],
        "left": 1,
        "compared": ["other", "other"],
        "tasks": "__pregel_tasks",
    },
    "trap_17_special_writes_dedupe_and_come_last": [["log", "__resume__"], ["__resume__", "log"]],
    "trap_17_message_ids_are_stamped_into_the_tasks_writes": {"stamped": True, "same": True},
    "trap_18_partial_writes_of_a_failed_node_are_shown": [[{"a": {"log": ["a"]}}, "no way"], ["at once"]],
    "trap_19_exiting_saves_one_checkpoint_a_run": {"sync": [[None, 1, 3], 6], "exit": [[None, 1, 3], 3]},
    "trap_20_between_exits_ids_move_and_values_stay": {
        "values": [{"log": []}, {"log": []}, {"log": ["a"]}, {"log": ["a", "b"]}],
        "ids differ": True,
        "stored": [True],
        "steps": [-1, 0, 1, 2],
    },
    "trap_20_previous_is_read_from_the_last_values_that_were_made": {"sync": [None, "written"], "exit": [None, None]},
    "trap_21_out_of_steps_still_prepares_and_shows": [
        ["checkpoint", -1, ["__start__"]],
        ["checkpoint", 0, ["a"]],
        ["task", 1, None],
        ["task_result", 1, None],
        ["checkpoint", 1, ["a"]],
        ["task", 2, None],
        ["task_result", 2, None],
        ["checkpoint", 2, ["a"]],
        "Recursion limit of 2 reached without hitting a stop condition. You can increase the limit by setting the "
        "`recursion_limit` config key.",
    ],
    "trap_22_an_interrupt_shows_values_after_the_exit_save": {
        "chunks": [{"log": []}, "values", {"log": ["fast"]}],
        "stored": [[]],
    },
    "trap_23_a_retried_parent_schedules_its_calls_again": {
        "value": 7,
        "ran": ["parent", "child 7", "parent", "child 7"],
    },
    "trap_24_a_lone_task_runs_in_the_callers_thread": {"left": False, "lone": True, "right": False},
    "trap_25_an_error_handler_is_told_of_the_failed_task": {
        "log": ["a: broken"],
        "same info": True,
        "namespace": ["a", "__error_handler__a"],
        "path": ["__pregel_pull", "a", "node_error_handler", False],
    },
    "trap_26_an_error_with_partial_output_reads_as_finished": {
        "ends": ["no way", {"log": ["a"]}],
        "ran": ["a", "route"],
        "finished": {"t": True, "u": False},
    },
    "trap_27_a_retry_clears_writes_and_reads_as_before": {
        "log": ["in", "attempt 2"],
        "seen": [[["in", "attempt 0"], True], [["in", "attempt 1"], False], [["in", "attempt 2"], False]],
    },
    "trap_28_only_a_list_of_modes_gives_pairs": {
        "list": [["values", {"log": []}], ["values", {"log": ["a"]}]],
        "tuple": [{"log": []}, {"log": ["a"]}],
        "both": [{"log": []}, {"a": {"log": ["a"]}}, {"log": ["a"]}],
    },
    "trap_29_the_second_task_gets_a_shallow_copy_of_the_input": {"same state": False, "same list": True},
    "trap_30_the_same_run_id_resumes": [["one", "a"], ["one", "a"], ["one", "a", "two", "a"]],
    "trap_31_a_state_read_from_an_open_superstep_clears_ephemerals": {"values": {"log": ["a"]}, "next": ["b"]},
    "local_reads_leave_the_channels_alone": {"fresh": 2, "live": 1, "copy": 1},
}


@pytest.fixture(scope="module")
def upstream(python: Interpreter) -> dict[str, Any]:
    return said(python, PROGRAMS)


@pytest.fixture(scope="module")
def rust(python: Interpreter) -> dict[str, Any]:
    return said(python, PROGRAMS, LANGGRAPH_BACKEND="rust", LANGGRAPH_RS_WITNESS="1")


@pytest.mark.parametrize("name", OBSERVED)
def test_upstream_does_what_the_trap_says(name: str, upstream: dict[str, Any]) -> None:
    assert upstream["observed"][name] == OBSERVED[name]


@pytest.mark.parametrize("name", OBSERVED)
def test_rust_does_the_same(name: str, rust: dict[str, Any]) -> None:
    assert rust["observed"][name] == OBSERVED[name]


def test_every_program_and_every_trap_is_expected(upstream: dict[str, Any], rust: dict[str, Any]) -> None:
    assert upstream["observed"].keys() == rust["observed"].keys() == OBSERVED.keys()
    assert {int(name.split("_")[1]) for name in OBSERVED if name.startswith("trap_")} == set(range(1, 32))


def test_upstream_ran_without_the_backend_and_rust_under_the_witness(
    upstream: dict[str, Any], rust: dict[str, Any]
) -> None:
    assert upstream["witness"] is None
    assert (rust["witness"]["caught"], rust["witness"]["captured"]) == ({}, [])
    assert rust["witness"]["counters"]["algorithm"]["supersteps"] > 50
