"""Each expression of a program has its value on LangGraph (docs/programs.md §2), and every run is written down."""

from typing import Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage
from program_live import LOG, THREAD, Live, live, one_node, state_graph, write

from parity.subjects.upstream.objects import describe


def value_of(expr: dict[str, Any], *do: dict[str, Any], config: dict[str, Any] | None = None, **members: Any) -> Any:
    """What a node sees in an expression."""
    built = live(one_node(*do, write("b", {"list": [expr]}), **members))
    return built.invoke({"a": 1}, config)["b"][0]


@pytest.mark.parametrize(
    ("expr", "value"),
    [
        ({"var": "nothing"}, None),
        ({"run": True}, 1),
        ({"previous": True}, None),
        ({"context": "k"}, None),
        ({"config": ["configurable", "thread_id"]}, "t"),
        ({"config": ["metadata", "langgraph_node"]}, "n"),
        ({"config": ["metadata", "nothing", "deeper"]}, None),
        ({"config": ["recursion_limit"]}, None),
        ({"info": "node_attempt"}, 1),
        ({"info": "thread_id"}, "t"),
        ({"index": [{"lit": [1, 2]}, {"lit": 1}]}, 2),
        ({"index": [{"lit": [1, 2]}, {"lit": 5}]}, None),
        ({"index": [{"lit": [1, 2]}, {"lit": "k"}]}, None),
        ({"index": [{"lit": 5}, {"lit": 0}]}, None),
        ({"index": [{"dict": [["k", {"lit": 3}]]}, {"lit": "k"}]}, 3),
        ({"dict": [["k", {"get": "a"}], ["l", {"list": []}]]}, {"k": 1, "l": []}),
        ({"concat": [{"lit": [1]}, {"lit": 2}, {"list": [{"get": "a"}]}]}, [1, 1]),
        ({"input": True}, {"a": 1, "log": []}),
    ],
    ids=str,
)
def test_an_expression_has_its_value(expr: dict[str, Any], value: Any) -> None:
    assert value_of(expr) == value


@pytest.mark.parametrize("inject", [[], ["config"], ["runtime"], ["config", "runtime", "writer", "store", "previous"]])
def test_what_is_injected_is_what_the_context_variables_give(inject: list[str]) -> None:
    parts = {"list": [{"config": ["configurable", "thread_id"]}, {"info": "task_id"}, {"previous": True}]}
    built = live(one_node({"op": "emit", "value": {"lit": 1}}, write("b", parts), inject=inject))
    thread, task, previous = built.invoke({"a": 1})["b"]
    assert (thread, previous) == ("t", None)
    assert task == built.ran("main.n")[0]["ns"].partition(":")[2]


@pytest.mark.parametrize("schema", [True, False])
def test_the_context_is_what_the_run_was_given(schema: bool) -> None:
    program = one_node(write("b", {"context": "k"}))
    program["main"]["context"] = schema
    assert live(program).invoke({"a": 1}, context={"k": 7})["b"] == 7


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"role": "human", "text": "x", "id": "1"}, HumanMessage("x", id="1")),
        ({"role": "system"}, SystemMessage("")),
        ({"role": "tool", "text": "x", "tool_call_id": "c"}, ToolMessage("x", tool_call_id="c")),
        (
            {"role": "ai", "tool_calls": [{"name": "look", "arg": {"get": "a"}, "id": "c"}]},
            AIMessage("", tool_calls=[{"name": "look", "args": {"arg0": 1}, "id": "c"}]),
        ),
    ],
    ids=lambda item: item["role"] if isinstance(item, dict) else "",
)
def test_a_message_is_made_anew(spec: dict[str, Any], message: Any) -> None:
    assert value_of({"message": spec}) == message
    first, second = value_of({"list": [{"message": spec}, {"message": spec}]})
    assert first == second
    assert first is not second


def test_remove_takes_a_message_away() -> None:
    said = [{"message": {"role": "human", "text": text, "id": text}} for text in ("x", "y")]
    main = state_graph(
        {"name": "n", "do": [write("messages", {"list": said})]},
        {"name": "m", "do": [write("messages", {"list": [{"remove": "x"}]})]},
        state={"messages": {"channel": "Messages"}, "a": {"channel": "LastValue"}},
    )
    assert [message.id for message in live({"main": main}).invoke({"a": 1})["messages"]] == ["y"]


def test_overwrite_replaces_what_a_reducer_would_join() -> None:
    nodes = [{"name": "n", "do": [write("log", [1])]}, {"name": "m", "do": [write("log", {"overwrite": {"lit": [9]}})]}]
    assert live({"main": state_graph(*nodes)}).invoke({"a": 1, "log": [0]})["log"] == [9]


def test_an_error_handler_knows_the_error_and_the_node() -> None:
    told = {"list": [{"error": "message"}, {"error": "type"}, {"error": "node"}]}
    fails = {"op": "raise", "error": "ValueError", "message": "bad"}
    result = live(one_node(fails, on_error=[write("b", told)])).invoke({"a": 1})
    assert result["b"] == ["bad", "ValueError", "n"]


def test_a_previous_result_is_the_entrypoint_s() -> None:
    total = {"add": [{"previous": True}, {"input": True}]}
    built = live({"main": {"form": "entrypoint", "do": [], "result": total}})
    assert [built.invoke(1), built.invoke(2)] == [1, 3]


def the_run(built: Live, what: str) -> dict[str, Any]:
    (event,) = built.ran(what)
    return event


def test_a_run_is_written_down_with_what_it_was_given_and_sees() -> None:
    program = one_node(write("a", 5), metadata={"color": "red"})
    built = live(program)
    config = {**THREAD, "tags": ["tag"], "metadata": {"m": 1}, "recursion_limit": 9}
    config["configurable"] = {"thread_id": "t", "mine": [2]}
    built.invoke({"a": 1}, config, context={"k": 7})
    event = the_run(built, "main.n")
    assert (event["e"], event["run"], event["ns"][:2]) == ("ran", 1, "n:")
    assert event["given"] == describe({"a": 1, "log": []})
    seen = event["seen"]
    assert seen["tags"] == ["tag"]
    assert seen["recursion_limit"] == 9
    assert seen["context"] == describe({"k": 7})
    metadata, configurable, info = (dict(seen[part]["v"]) for part in ("metadata", "configurable", "execution_info"))
    assert (metadata["m"], metadata["color"], metadata["langgraph_step"]) == (1, "red", 1)
    assert configurable["mine"] == [2]
    assert not any(key.startswith("__pregel") for key in configurable)
    assert (info["thread_id"], info["node_attempt"]) == ("t", 1)


def test_what_was_given_is_written_down_before_the_function_changes_it() -> None:
    built = live(one_node({"op": "mutate", "key": "a", "value": {"lit": 2}}))
    built.invoke({"a": [1]})
    assert the_run(built, "main.n")["given"] == describe({"a": [1], "log": []})


def test_every_kind_of_function_has_its_name_in_the_trace() -> None:
    fails = {"op": "raise", "error": "ValueError"}
    calls = [{"op": "task", "name": "t", "var": "f"}, {"op": "call", "graph": "raw"}, {"op": "call", "graph": "point"}]
    main = {
        "form": "state",
        "state": {"a": {"channel": "LastValue"}, "log": LOG},
        "nodes": [
            {"name": "n", "do": [*calls, fails], "on_error": []},
            {"name": "m", "do": [fails]},
        ],
        "branches": [{"from": "__start__", "name": "b", "path": {"to": ["n", "m"]}}],
        "tasks": [{"name": "t"}],
        "defaults": {"on_error": []},
    }
    raw = {
        "form": "pregel",
        "channels": {"a": {"channel": "LastValue"}},
        "nodes": [{"name": "r", "subscribe": ["a"], "do": []}],
        "input": ["a"],
        "output": ["a"],
    }
    built = live({"main": main, "raw": raw, "point": {"form": "entrypoint", "do": []}})
    built.invoke({"a": 1})
    assert sorted(built.order()) == [
        "main.__start__.b",
        "main.m",
        "main.n",
        "main.n.on_error",
        "main.on_error",
        "main.t",
        "point",
        "raw.r",
    ]
