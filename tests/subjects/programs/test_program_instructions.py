"""Each instruction of a program does on LangGraph what docs/programs.md says: in `def` and in `async def`."""

from typing import Any

import pytest
from langchain_core.messages import AIMessage, AIMessageChunk
from langgraph.errors import NodeCancelledError, NodeTimeoutError
from langgraph.runtime import RunControl
from langgraph.types import Command, Interrupt
from program_live import Live, live, one_node, state_graph, write

from parity.subjects.upstream.programs.errors import BaseError, CustomError

Do = dict[str, Any]


@pytest.fixture(params=["def", "async def", "def in an async run"])
def how(request: pytest.FixtureRequest) -> str:
    """How the node is written and called."""
    return str(request.param)


def run(how: str, *do: Do, given: Any = None, graphs: dict[str, Any] | None = None, **members: Any) -> tuple[Any, Live]:
    """The result of one run of a program of one node `n`, and the program."""
    program = one_node(*do, **members)
    if how == "async def":
        program["main"]["nodes"][0]["async"] = True
    built = live({**program, **(graphs or {})}, sync=how == "def")
    return built.invoke({"a": 1} if given is None else given), built


def var(name: str) -> Do:
    return {"var": name}


def test_a_later_write_to_a_key_replaces_an_earlier_one(how: str) -> None:
    result, _ = run(how, write("a", 2), write("b", 3), write("a", {"add": [{"get": "a"}, {"lit": 10}]}))
    assert result == {"a": 11, "b": 3, "log": []}


def test_let_gives_a_variable_and_what_has_no_value_is_null(how: str) -> None:
    result, _ = run(
        how,
        {"op": "let", "var": "x", "value": {"lit": 7}},
        write("a", {"list": [var("x"), var("nothing"), {"get": "b"}]}),
    )
    assert result["a"] == [7, None, None]


@pytest.mark.parametrize(("given", "written"), [(1, "then"), (5, "else")])
def test_if_runs_one_of_two_lists(how: str, given: int, written: str) -> None:
    cond = {"cmp": "lt", "left": {"get": "a"}, "right": {"lit": 3}}
    branch = {"op": "if", "cond": cond, "then": [write("b", "then")], "else": [write("b", "else")]}
    assert run(how, branch, given={"a": given})[0]["b"] == written


def test_if_without_else_does_nothing_when_it_is_false(how: str) -> None:
    result, _ = run(how, {"op": "if", "cond": {"has": "b"}, "then": [write("a", 9)]})
    assert result["a"] == 1


@pytest.mark.parametrize(
    ("name", "cls", "text"),
    [
        ("ValueError", ValueError, "it"),
        ("RuntimeError", RuntimeError, "it"),
        ("KeyError", KeyError, "'it'"),
        ("TimeoutError", TimeoutError, "it"),
        ("ConnectionError", ConnectionError, "it"),
        ("CustomError", CustomError, "('it', 2)"),
        ("BaseError", BaseError, "it"),
        ("CancelledError", NodeCancelledError, "Node 'n' raised asyncio.CancelledError"),
    ],
)
def test_raise_raises_that_error(how: str, name: str, cls: type[BaseException], text: str) -> None:
    with pytest.raises(cls) as caught:
        run(how, {"op": "raise", "error": name, "message": "it"})
    assert str(caught.value) == text


def test_a_note_is_added_to_the_error(how: str) -> None:
    with pytest.raises(ValueError, match="raised") as caught:
        run(how, {"op": "raise", "error": "ValueError", "note": "written on it"})
    assert caught.value.__notes__[0] == "written on it"


def test_raise_when_a_condition_holds_and_on_chosen_runs_only(how: str) -> None:
    never = {"op": "raise", "error": "ValueError", "when": {"has": "b"}}
    first = {"op": "raise", "error": "ValueError", "on_runs": [1, 2]}
    result, built = run(how, never, first, write("b", {"run": True}), retry={"attempts": 3, "on": "ValueError"})
    assert result["b"] == 3
    assert [event["run"] for event in built.ran("main.n")] == [1, 2, 3]


def test_a_command_goes_somewhere_and_updates(how: str) -> None:
    nodes = [
        {
            "name": "n",
            "async": how == "async def",
            "do": [{"op": "command", "goto": ["m"], "update": {"a": {"lit": 2}}}],
        },
        {"name": "m", "do": [write("b", {"get": "a"})]},
    ]
    graph = state_graph(*nodes, edges=[["__start__", "n"]])
    built = live({"main": graph}, sync=how == "def")
    assert built.invoke({"a": 1}) == {"a": 2, "b": 2, "log": []}
    assert built.order() == ["main.n", "main.m"]


def test_an_update_and_several_commands_are_returned_as_a_list_with_the_update_first() -> None:
    go = [{"op": "command", "goto": ["m"]}, {"op": "command", "goto": [{"send": "m", "arg": {"lit": 5}}]}]
    nodes = [
        {"name": "n", "do": [*go, write("a", 2)]},
        {"name": "m", "do": [write("log", {"list": [{"input": True}]})]},
    ]
    built = live({"main": state_graph(*nodes, edges=[["__start__", "n"]])})
    assert built.invoke({"a": 1})["log"] == [{"a": 2, "log": []}, 5]


@pytest.mark.parametrize(
    ("returns", "written", "result"),
    [("dict", True, 2), ("none", True, 1), ("update", False, 1), ("object", True, 2)],
)
def test_what_a_node_returns(returns: str, written: bool, result: int) -> None:
    assert run("def", *([write("a", 2)] if written else []), returns=returns)[0]["a"] == result


def test_a_node_that_returns_a_list_is_refused() -> None:
    with pytest.raises(Exception, match="Expected dict, got"):
        run("def", write("a", 2), returns="list")


def test_a_command_to_the_parent_leaves_the_subgraph() -> None:
    leave = {"op": "command", "graph": "parent", "goto": ["m"], "update": {"a": {"lit": 3}}}
    main = state_graph(
        {"name": "n", "graph": "child"},
        {"name": "m", "do": [write("b", {"get": "a"})]},
        edges=[["__start__", "n"]],
    )
    built = live({"main": main, "child": state_graph({"name": "inner", "do": [leave]})})
    assert built.invoke({"a": 1})["b"] == 3


def test_interrupt_stops_and_then_gives_the_answer(how: str) -> None:
    ask = {"op": "interrupt", "value": {"list": [{"get": "a"}]}, "var": "answer"}
    result, built = run(how, ask, write("b", var("answer")))
    (interrupt,) = result["__interrupt__"]
    assert isinstance(interrupt, Interrupt)
    assert interrupt.value == [1]
    assert built.invoke(Command(resume="yes"))["b"] == "yes"
    assert len(built.ran("main.n")) == 2


@pytest.mark.parametrize(
    ("schema", "shown"), [("int", {"type": "integer"}), ("str", {"type": "string"}), ("json", {"type": "object"})]
)
def test_an_interrupt_has_its_response_schema(schema: str, shown: dict[str, Any]) -> None:
    result, _ = run("def", {"op": "interrupt", "value": {"lit": "?"}, "schema": schema})
    assert result["__interrupt__"][0].response_schema.items() >= shown.items()


def test_an_answer_that_the_schema_refuses_fails_the_run_and_the_next_one_may_answer_again() -> None:
    ask = {"op": "interrupt", "value": {"lit": "?"}, "schema": "int", "var": "x"}
    _, built = run("def", ask, write("b", var("x")))
    with pytest.raises(Exception, match="int_parsing"):
        built.invoke(Command(resume="word"))
    assert built.invoke(Command(resume="12"))["b"] == 12


@pytest.mark.parametrize("inject", [(), ("writer",), ("runtime", "config")])
def test_emit_writes_to_the_custom_stream(how: str, inject: tuple[str, ...]) -> None:
    program = one_node({"op": "emit", "value": {"get": "a"}}, inject=list(inject))
    program["main"]["nodes"][0]["async"] = how == "async def"
    assert live(program, sync=how == "def").stream({"a": 4}, stream_mode="custom") == [4]


MESSAGES = {"messages": {"channel": "Messages"}, "a": {"channel": "LastValue"}}


def test_push_message_streams_a_message_and_writes_it_into_its_key(how: str) -> None:
    do = [
        {"op": "push_message", "text": "hello", "id": "m1"},
        {"op": "push_message", "text": "b", "id": "m2", "key": None},
    ]
    main = state_graph({"name": "n", "do": do, "async": how == "async def"}, state=MESSAGES)
    chunks = live({"main": main}, sync=how == "def").stream({"a": 1}, stream_mode=["messages", "values"])
    assert [chunk[0].content for mode, chunk in chunks if mode == "messages"] == ["hello", "b"]
    assert [message.id for message in chunks[-1][1]["messages"]] == ["m1"]


def test_a_message_without_an_id_cannot_be_pushed() -> None:
    with pytest.raises(ValueError, match="Message ID is required"):
        live({"main": state_graph({"name": "n", "do": [{"op": "push_message", "text": "x"}]}, state=MESSAGES)}).invoke(
            {"a": 1}
        )


def test_chat_streams_word_by_word_and_gives_the_message(how: str) -> None:
    call = {"name": "look", "arg": {"lit": [1]}, "id": "c1"}
    do = [
        {"op": "chat", "text": "one two three", "var": "said", "id": "m", "tool_calls": [call]},
        write("messages", var("said")),
    ]
    main = state_graph({"name": "n", "do": do, "async": how == "async def"}, state=MESSAGES)
    chunks = live({"main": main}, sync=how == "def").stream({"a": 1}, stream_mode=["messages", "values"])
    words = [chunk[0] for mode, chunk in chunks if mode == "messages" and isinstance(chunk[0], AIMessageChunk)]
    assert [chunk.content for chunk in words if chunk.content] == ["one", " two", " three"]
    (message,) = chunks[-1][1]["messages"]
    assert (message.content, message.id) == ("one two three", "m")
    assert message.tool_calls == [{"name": "look", "args": {"arg0": [1]}, "id": "c1", "type": "tool_call"}]


def test_chat_says_the_same_when_nobody_streams() -> None:
    main = state_graph(
        {"name": "n", "do": [{"op": "chat", "text": "a b", "var": "m"}, write("messages", var("m"))]}, state=MESSAGES
    )
    (message,) = live({"main": main}).invoke({"a": 1})["messages"]
    assert isinstance(message, AIMessage)
    assert message.content == "a b"


TASKS = [
    {
        "name": "double",
        "do": [
            {"op": "task", "name": "same", "args": [var("arg0")], "var": "f"},
            {"op": "result", "of": "f", "var": "x"},
        ],
        "result": {"list": [var("x"), var("arg1")]},
    },
    {"name": "same", "result": var("arg0")},
]


def test_a_task_gives_a_future_and_result_waits_for_it(how: str) -> None:
    do = [
        {"op": "task", "name": "double", "args": [{"lit": 3}, {"lit": 4}], "var": "f"},
        {"op": "result", "of": "f", "var": "x"},
        write("b", var("x")),
    ]
    tasks = [{**task, "async": how == "async def"} for task in TASKS]
    main = state_graph({"name": "n", "do": do, "async": how == "async def"}, tasks=tasks)
    built = live({"main": main}, sync=how == "def")
    assert built.invoke({"a": 1})["b"] == [3, 4]
    assert built.order() == ["main.n", "main.double", "main.same"]
    assert built.ran("main.double")[0]["given"] == [3, 4]


def test_what_is_no_future_is_its_own_result(how: str) -> None:
    result, _ = run(how, {"op": "result", "of": "nothing", "var": "x"}, write("b", {"list": [var("x")]}))
    assert result["b"] == [None]


CHILD = state_graph({"name": "inner", "do": [write("b", {"add": [{"get": "a"}, {"lit": 100}]})]})


@pytest.mark.parametrize("hidden", [False, True])
def test_call_invokes_a_graph(how: str, hidden: bool) -> None:
    call = {"op": "call", "graph": "child", "input": {"dict": [["a", {"lit": 5}]]}, "var": "x", "hidden": hidden}
    result, built = run(how, call, write("b", var("x")), graphs={"child": CHILD})
    assert result["b"] == {"a": 5, "b": 105, "log": []}
    assert built.order() == ["main.n", "child.inner"]
    assert built.ran("child.inner")[0]["ns"].count("|") == 1


def test_only_a_graph_that_is_not_hidden_is_found_by_upstream() -> None:
    for hidden in (False, True):
        call = {"op": "call", "graph": "child", "hidden": hidden}
        _, built = run("def", call, graphs={"child": CHILD})
        assert [name for name, _ in built.graphs["main"].get_subgraphs()] == ([] if hidden else ["n"])


def test_a_call_without_input_passes_on_what_the_node_was_given(how: str) -> None:
    result, _ = run(how, {"op": "call", "graph": "child", "var": "x"}, write("b", var("x")), graphs={"child": CHILD})
    assert result["b"]["b"] == 101


@pytest.mark.parametrize(("stream", "chunks"), [(True, 2), ("updates", 1)])
def test_a_streamed_call_gives_its_chunks(how: str, stream: Any, chunks: int) -> None:
    call = {"op": "call", "graph": "child", "stream": stream, "var": "x"}
    assert run(how, call, write("b", {"len": var("x")}), graphs={"child": CHILD})[0]["b"] == chunks


def test_a_call_may_have_its_own_thread(how: str) -> None:
    counting = {
        "form": "entrypoint",
        "do": [],
        "result": {"list": [{"previous": True}, {"config": ["configurable", "thread_id"]}]},
    }
    call = {"op": "call", "graph": "child", "thread": "own", "var": "x"}
    result, _ = run(how, call, write("b", var("x")), graphs={"child": counting})
    assert result["b"] == [None, "own"]


def test_mutate_changes_the_given_value_in_place(how: str) -> None:
    shared: dict[str, Any] = {"a": [1], "b": {"k": 1}}
    mutations = [{"op": "mutate", "key": key, "value": {"lit": 2}} for key in ("a", "b")]
    result, _ = run(how, *mutations, given=shared)
    assert (result["a"], result["b"]) == ([1, 2], {"k": 1, "m": 2})


def test_the_store_is_used(how: str) -> None:
    space = {"op": "store", "namespace": ["s"], "key": "k"}
    do = [
        {**space, "do": "put", "value": {"dict": [["v", {"get": "a"}]]}},
        {**space, "do": "get", "var": "x"},
        {"op": "store", "namespace": ["s"], "do": "search", "var": "y"},
        {**space, "do": "delete"},
        {**space, "do": "get", "var": "z"},
        write("b", {"list": [var("x"), var("y"), var("z")]}),
    ]
    result, built = run(how, *do)
    assert result["b"] == [{"v": 1}, [["k", {"v": 1}]], None]
    assert [event["do"] for event in built.events if event["e"] == "store"] == ["put", "get", "search", "delete", "get"]


@pytest.mark.parametrize("inject", [(), ("runtime",)])
def test_drain_stops_the_run_after_the_superstep(how: str, inject: tuple[str, ...]) -> None:
    nodes = [
        {"name": "n", "do": [{"op": "drain"}], "async": how == "async def", "inject": list(inject)},
        {"name": "m", "do": [write("a", 2)]},
    ]
    built = live({"main": state_graph(*nodes)}, sync=how == "def")
    with pytest.raises(Exception, match="shutdown"):
        built.invoke({"a": 1}, control=RunControl())
    assert built.order() == ["main.n"]


def test_drain_without_a_control_does_nothing(how: str) -> None:
    assert run(how, {"op": "drain"}, write("a", 2))[0]["a"] == 2


def test_a_hang_ends_in_the_time_out_of_the_node() -> None:
    with pytest.raises(NodeTimeoutError, match="run timeout"):
        run("async def", {"op": "hang"}, timeout={"run": 0.05})


def test_a_heartbeat_keeps_an_idle_node_alive_and_a_hang_after_it_does_not() -> None:
    with pytest.raises(NodeTimeoutError, match="idle timeout"):
        run("async def", {"op": "heartbeat"}, {"op": "hang"}, timeout={"idle": 0.05, "refresh_on": "heartbeat"})


def test_a_step_time_out_ends_a_hang() -> None:
    main = state_graph({"name": "n", "do": [{"op": "hang"}], "async": True}, compile={"step_timeout": 0.05})
    with pytest.raises(TimeoutError):
        live({"main": main}, sync=False).invoke({"a": 1})


@pytest.mark.parametrize("sync", [True, False])
def test_a_barrier_lets_tasks_go_on_together(sync: bool) -> None:
    nodes = [
        {"name": name, "async": not sync, "do": [{"op": "barrier", "name": "b", "parties": 2}, write("log", [name])]}
        for name in ("x", "y")
    ]
    main = state_graph(*nodes, edges=[["__start__", "x"], ["__start__", "y"]])
    assert live({"main": main}, sync=sync, schedule="threads").invoke({"a": 1})["log"] == ["x", "y"]


def test_a_barrier_that_nobody_else_comes_to_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("parity.subjects.upstream.programs.gate.BARRIER_SECONDS", 0.01)
    main = state_graph({"name": "n", "do": [{"op": "barrier", "name": "b", "parties": 2}]})
    with pytest.raises(TimeoutError, match="barrier b"):
        live({"main": main}, schedule="threads").invoke({"a": 1})
