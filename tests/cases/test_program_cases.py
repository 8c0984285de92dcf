"""A program over the whole of LangGraph is checked by its schema and by what a schema cannot say."""

import copy
import json
from typing import Any

import pytest

from parity.cases.model import Case, CaseError

LIT: dict[str, Any] = {"lit": 1}

PROGRAM: dict[str, Any] = {
    "schema": "parity/case/1",
    "kind": "program",
    "graphs": {
        "main": {
            "form": "state",
            "state": {
                "a": {"channel": "LastValue", "type": "int"},
                "log": {"channel": "DeltaChannel", "reducer": "fold:add_list", "type": "list", "snapshot_frequency": 2},
                "messages": {"channel": "Messages"},
                "steps": {"managed": "remaining_steps"},
            },
            "private": {"p": {"channel": "EphemeralValue", "guard": False}},
            "nodes": [
                {
                    "name": "one",
                    "do": [
                        {"op": "let", "var": "x", "value": {"index": [{"get": "a"}, LIT]}},
                        {"op": "if", "cond": {"has": "a"}, "then": [{"op": "write", "key": "a", "value": LIT}]},
                        {"op": "raise", "error": "CustomError", "on_runs": [1], "note": "n"},
                        {"op": "command", "goto": ["two", {"send": "two", "arg": LIT}], "update": {"a": LIT}},
                        {"op": "call", "graph": "child", "input": {"input": True}, "var": "y"},
                        {"op": "task", "name": "t", "args": [LIT], "var": "f"},
                    ],
                    "on_error": [{"op": "write", "key": "a", "value": {"error": "message"}}],
                    "retry": {"attempts": 2, "on": "all"},
                },
                {"name": "two", "graph": "child", "reads": ["a", "p"]},
                {"name": "three", "async": True, "timeout": {"run": 0.1}, "do": [{"op": "hang"}]},
                {"name": "four", "tools": ["look"]},
            ],
            "edges": [["__start__", "one"], ["one", "__end__"]],
            "joins": [{"from": ["one", "two"], "to": "three"}],
            "branches": [{"from": "two", "name": "b", "path": {"each": "log", "node": "three"}}],
            "tasks": [
                {"name": "t", "do": [{"op": "task", "name": "u", "var": "f"}], "result": {"var": "arg0"}},
                {"name": "u"},
            ],
            "tools": [{"name": "look", "do": [{"op": "interrupt", "value": LIT, "var": "v"}], "result": {"var": "v"}}],
            "compile": {"interrupt_before": ["two"], "interrupt_after": "*"},
        },
        "child": {
            "form": "entrypoint",
            "do": [{"op": "call", "graph": "raw"}],
            "result": {"previous": True},
            "compile": {"checkpointer": True},
        },
        "raw": {
            "form": "pregel",
            "channels": {"i": {"channel": "LastValue"}, "o": {"channel": "NamedBarrierValue", "names": ["x"]}},
            "nodes": [
                {
                    "name": "n",
                    "only": "i",
                    "do": [{"op": "write", "key": "o", "value": {"lit": "x"}}],
                    "writes": ["o"],
                }
            ],
            "input": "i",
            "output": ["o"],
        },
    },
    "run": {
        "saver": "sqlite",
        "store": True,
        "ops": [
            {"op": "run", "input": {"t": "dict", "v": [["a", 1]]}},
            {"op": "run", "input": {"command": {"resume_by_id": [[0, 1]], "goto": ["one"]}}, "at": {"nth": 0}},
            {"op": "update", "values": None, "as_node": "__copy__", "at": {"nth": 1, "sub": "two"}},
            {"op": "run", "fault": {"at": "put", "nth": 1, "kind": "crash", "when": "after"}},
            {"op": "restart"},
            {"op": "store", "do": "put", "namespace": ["n"], "key": "k", "value": {"t": "dict", "v": []}},
        ],
    },
}


def changed(where: str, value: Any) -> dict[str, Any]:
    """The program with the member at a JSON pointer replaced, or a new one put there."""
    program = copy.deepcopy(PROGRAM)
    *path, last = where.strip("/").split("/")
    holder: Any = program
    for part in path:
        holder = holder[int(part)] if isinstance(holder, list) else holder[part]
    if isinstance(holder, list):
        holder[int(last) : int(last) + 1] = [value]
    else:
        holder[last] = value
    return program


@pytest.mark.parametrize(
    ("where", "value"),
    [
        ("/graphs/main/nodes/0/do/3/goto/0", "nowhere"),
        ("/graphs/main/nodes/0/do/1/then/0/key", "nowhere"),
        ("/graphs/main/branches/0/path/node", "nowhere"),
        ("/run/ops/0/thread", 5),
        ("/run/ops/1/input/command/goto", ["nowhere"]),
    ],
)
def test_what_is_nowhere_may_be_tried(where: str, value: Any) -> None:
    Case.from_json(changed(where, value))


def test_a_program_survives_its_own_json_in_its_order() -> None:
    case = Case.from_json(PROGRAM)
    again = Case.from_json(json.loads(json.dumps(case.to_json())))
    assert again == case
    assert list(again.body["graphs"]) == ["main", "child", "raw"]


MAIN = "/graphs/main"


@pytest.mark.parametrize(
    ("where", "value", "what"),
    [
        ("/graphs", {"child": PROGRAM["graphs"]["child"], "main": PROGRAM["graphs"]["main"]}, "first graph"),
        (f"{MAIN}/form", "poem", "poem"),
        (f"{MAIN}/state/a", {"channel": "Nothing"}, "Nothing"),
        (f"{MAIN}/state/a/default", 1, "defaults"),
        (f"{MAIN}/state/a/channel", "NamedBarrierValue", "names"),
        (f"{MAIN}/private/a", {"channel": "LastValue"}, "also a state key"),
        (f"{MAIN}/input", ["z"], "no state key is named 'z'"),
        (f"{MAIN}/output", ["p"], "no state key is named 'p'"),
        (f"{MAIN}/nodes/0/name", "two", "a second 'two'"),
        (f"{MAIN}/nodes/0/name", "a", "also a state key"),
        (f"{MAIN}/nodes/0/name", "nowhere", "a second 'nowhere'"),
        (f"{MAIN}/state/nowhere", {"channel": "LastValue"}, "no key may have this name"),
        (f"{MAIN}/nodes/0/do/1/then/0/value", {"get": 5}, "5 is not of type 'string'"),
        ("/run/ops/0/thread", "T", "does not match"),
        (f"{MAIN}/nodes/0/do/3/goto/0", "absent", "no node is named 'absent'"),
        (f"{MAIN}/nodes/0/do/3/goto/1/send", "absent", "no node is named 'absent'"),
        (f"{MAIN}/nodes/0/do/3/update", {"z": LIT}, "no state key is named 'z'"),
        (f"{MAIN}/nodes/0/do/1/then/0/key", "z", "no state key is named 'z'"),
        (f"{MAIN}/nodes/0/do/0/value", {"error": "message"}, "only an error handler"),
        (f"{MAIN}/nodes/0/do/0/value", {"list": [{"error": "message"}]}, "only an error handler"),
        (f"{MAIN}/nodes/0/do/0/value", {"config": ["configurable", "__pregel_send"]}, "__pregel_send"),
        (f"{MAIN}/nodes/0/do/4/graph", "main", "no later graph"),
        (f"{MAIN}/nodes/0/do/5/name", "v", "no task"),
        (f"{MAIN}/nodes/0/do/5", {"op": "store", "do": "get", "namespace": ["n"]}, "missing for get"),
        (f"{MAIN}/nodes/0/do/5", {"op": "barrier", "name": "b", "parties": 2}, "schedule threads"),
        (f"{MAIN}/nodes/0/do/5", {"op": "hang"}, "may hang"),
        (f"{MAIN}/nodes/0/do/5", {"op": "sleep", "seconds": 1}, "only an async function may sleep"),
        (f"{MAIN}/nodes/0/do/5", {"op": "sleep", "seconds": 0}, "0"),
        (f"{MAIN}/nodes/0/do/5", {"op": "sing"}, "sing"),
        (f"{MAIN}/nodes/0/do/5", {"op": "let", "var": "x"}, "value"),
        (f"{MAIN}/nodes/1/returns", "dict", "only a node with instructions"),
        (f"{MAIN}/nodes/1/graph", "none", "no later graph"),
        (f"{MAIN}/nodes/1/reads", ["z"], "no state or private key"),
        (f"{MAIN}/nodes/2/async", False, "may hang"),
        (f"{MAIN}/nodes/3/tools", ["saw"], "no tool is named 'saw'"),
        (f"{MAIN}/edges/1", ["one", "nowhere"], "no node is named 'nowhere'"),
        (f"{MAIN}/edges", [["one", "__end__"]], "leaves __start__"),
        (f"{MAIN}/joins/0/from", ["one", "z"], "no node is named 'z'"),
        (f"{MAIN}/branches/0/name", "on_error", "handler"),
        (f"{MAIN}/branches/0/path/each", "z", "no state key is named 'z'"),
        (f"{MAIN}/branches/0/ends", ["z"], "no node is named 'z'"),
        (f"{MAIN}/tasks/1/do", [{"op": "task", "name": "t"}], "no task that may be called here"),
        (f"{MAIN}/tasks/1/do", [{"op": "write", "key": "a", "value": LIT}], "no meaning in a task"),
        (f"{MAIN}/compile/interrupt_before", ["z"], "no node is named 'z'"),
        (f"{MAIN}/compile/checkpointer", True, "saver of the run"),
        ("/graphs/child/do/0/graph", "main", "no later graph"),
        ("/graphs/child/do/0", {"op": "command"}, "no meaning in a entrypoint"),
        ("/graphs/raw/nodes/0/only", "z", "no channel is named 'z'"),
        ("/graphs/raw/nodes/0/do/0/key", "i", "no channel of the node is named 'i'"),
        ("/graphs/raw/nodes/0/read", ["o"], "reads no others"),
        ("/graphs/raw/input", "z", "no channel is named 'z'"),
        ("/run/ops", [], "non-empty"),
        ("/run/ops/0/api", "batch", "missing for batch"),
        ("/run/ops/0/take", 1, "no reader"),
        ("/run/ops/0/interrupt_before", ["z"], "no node is named 'z'"),
        ("/run/ops/0/output_keys", ["z"], "no key is named 'z'"),
        ("/run/ops/1/input/command/goto", ["z"], "no node is named 'z'"),
        ("/run/ops/1/input/command/resume", 1, "resume"),
        ("/run/ops/2/as_node", "z", "no node is named 'z'"),
        ("/run/ops/2/at/sub", "z", "no node is named 'z'"),
        ("/run/ops/4", {"op": "state"}, "after a crash"),
        ("/run/ops/4", {"op": "clear_cache"}, "after a crash"),
        ("/run/ops/5", {"op": "clear_cache"}, "no cache"),
        ("/run/ops/5", {"op": "restart", "main": "z"}, "no graph is named 'z'"),
        ("/run/ops/1/input/command/graph", "child", "parent"),
        ("/run/saver", "none", "no saver"),
        ("/run/store", False, "no store"),
        ("/run/ops/5", {"op": "schemas", "async": True}, "async"),
        ("/run/ops/5", {"op": "channels", "at": {"nth": 0, "sub": "z"}}, "no node is named 'z'"),
        ("/run/ops/5", {"op": "attempt", "node": "z", "input": 1}, "no node is named 'z'"),
        ("/run/ops/5", {"op": "attempt", "node": "one"}, "input"),
        (f"{MAIN}/schema", "value", "has one key"),
        (f"{MAIN}/schema", "values", "values"),
        (f"{MAIN}/again", {"z": {"channel": "LastValue"}}, "no state key is named 'z'"),
        (f"{MAIN}/again", {"a": {"channel": "NamedBarrierValue", "names": ["x"]}}, "cannot be a NamedBarrierValue"),
    ],
)
def test_a_malformed_program_is_refused_with_what_is_wrong(where: str, value: Any, what: str) -> None:
    with pytest.raises(CaseError) as caught:
        Case.from_json(changed(where, value))
    assert what in caught.value.what
    assert "\n" not in str(caught.value)


WHOLE: dict[str, Any] = {
    "schema": "parity/case/1",
    "kind": "program",
    "graphs": {
        "main": {
            "form": "state",
            "schema": "value",
            "state": {"all": {"channel": "LastValue", "type": "int"}},
            "nodes": [{"name": "one", "do": [{"op": "write", "key": "all", "value": {"get": "all"}}]}],
            "edges": [["__start__", "one"]],
        }
    },
    "run": {"saver": "none", "ops": [{"op": "run", "input": 1}]},
}


@pytest.mark.parametrize(
    ("where", "value", "what"),
    [
        (f"{MAIN}/state/more", {"channel": "LastValue"}, "has one key"),
        (f"{MAIN}/state/all/type", "any", "has a type"),
        (f"{MAIN}/state/all/default", 1, "defaults"),
        (f"{MAIN}/private", {"p": {"channel": "LastValue"}}, "has no keys"),
        (f"{MAIN}/again", {"all": {"channel": "AnyValue"}}, "has no keys"),
        (f"{MAIN}/input", ["all"], "has no keys"),
        (f"{MAIN}/output", ["all"], "has no keys"),
        (f"{MAIN}/tools", [], "has no keys"),
        (f"{MAIN}/nodes/0/reads", ["all"], "has no keys"),
        (f"{MAIN}/nodes/0/returns", "list", "has no keys"),
        ("/run/ops/0/output_keys", "all", "has no keys"),
        ("/run/ops/0", {"op": "channels"}, "needs a saver"),
    ],
)
def test_a_state_that_is_one_value_has_no_keys(where: str, value: Any, what: str) -> None:
    Case.from_json(WHOLE)
    program = copy.deepcopy(WHOLE)
    *path, last = where.strip("/").split("/")
    holder: Any = program
    for part in path:
        holder = holder[int(part)] if isinstance(holder, list) else holder[part]
    holder[int(last) if isinstance(holder, list) else last] = value
    with pytest.raises(CaseError) as caught:
        Case.from_json(program)
    assert what in caught.value.what
