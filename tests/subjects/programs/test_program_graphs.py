"""Each member of a graph does on LangGraph what docs/programs.md says."""

from typing import Any

import pytest
from langgraph.errors import NodeTimeoutError
from langgraph.types import Command
from program_live import LOG, THREAD, Parts, live, one_node, state_graph, write

from parity.subjects.upstream.objects import describe

LAST = {"channel": "LastValue"}


def keys(**channels: dict[str, Any]) -> dict[str, Any]:
    return {"a": LAST, **channels}


# --- state --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("schema", ["typed_dict", "pydantic", "dataclass"])
def test_the_state_is_an_instance_of_its_schema(schema: str) -> None:
    state = {"a": {"channel": "LastValue"}, "b": {"channel": "LastValue"}}
    if schema != "typed_dict":
        state["b"]["default"] = [1]
    built = live({"main": state_graph({"name": "n", "do": [write("a", {"get": "b"})]}, schema=schema, state=state)})
    result = built.invoke({"a": 1})
    given = built.ran("main.n")[0]["given"]
    if schema == "typed_dict":
        assert given == describe({"a": 1})
    else:
        assert given["cls"] == "parity.subjects.upstream.programs.user:MainState"
        assert given["payload"] == describe({"a": 1, "b": [1]})
    assert result["a"] == (None if schema == "typed_dict" else [1])


@pytest.mark.parametrize("schema", ["pydantic", "dataclass"])
def test_a_key_without_a_default_must_be_there(schema: str) -> None:
    with pytest.raises(Exception, match="b"):
        live({"main": state_graph({"name": "n", "do": []}, schema=schema, state=keys(b=LAST))}).invoke({"a": 1})


def test_pydantic_checks_the_type_of_a_key() -> None:
    state = {"a": {"channel": "LastValue", "type": "int"}}
    with pytest.raises(Exception, match="int_parsing"):
        live({"main": state_graph({"name": "n", "do": []}, schema="pydantic", state=state)}).invoke({"a": "word"})


@pytest.mark.parametrize("schema", ["typed_dict", "pydantic", "dataclass"])
def test_a_node_may_return_an_object_of_what_it_wrote(schema: str) -> None:
    state = {"a": {"channel": "LastValue"}, "log": LOG}
    if schema == "dataclass":
        state = {key: {**channel, "default": []} for key, channel in state.items()}
    main = state_graph({"name": "n", "do": [write("log", [2])], "returns": "object"}, schema=schema, state=state)
    result = live({"main": main}).invoke({"a": 1, "log": [1]})
    assert result["log"] == [1, 2]
    # A dataclass has all of its fields, so that its defaults are written as well.
    assert result["a"] == ([] if schema == "dataclass" else 1)


def test_narrower_schemas_of_input_and_output() -> None:
    main = state_graph({"name": "n", "do": [write("b", {"list": [{"get": "a"}]})]}, input=["a"], output=["b"])
    built = live({"main": main})
    assert built.invoke({"a": 1, "b": 5}) == {"b": [1]}
    assert built.ran("main.n")[0]["given"] == describe({"a": 1, "log": []})


def test_a_private_key_is_seen_by_the_node_that_reads_it_only() -> None:
    nodes = [
        {"name": "n", "do": [write("p", 7)]},
        {"name": "m", "do": [write("b", {"get": "p"})], "reads": ["p"]},
        {"name": "o", "do": []},
    ]
    built = live({"main": state_graph(*nodes, private={"p": LAST})})
    assert built.invoke({"a": 1}) == {"a": 1, "b": 7, "log": []}
    assert built.ran("main.m")[0]["given"] == describe({"p": 7})
    assert built.ran("main.o")[0]["given"] == describe({"a": 1, "b": 7, "log": []})


@pytest.mark.parametrize(
    ("channel", "writes", "value"),
    [
        ({"channel": "LastValue"}, [1, 2], 2),
        ({"channel": "AnyValue"}, [1, 2], 2),
        ({"channel": "Topic"}, [1, [2, 3]], [2, 3]),
        ({"channel": "Topic", "accumulate": True}, [1, [2, 3]], [1, 2, 3]),
        ({"channel": "BinaryOperatorAggregate", "reducer": "add_int", "type": "int"}, [1, 2], 3),
        ({"channel": "BinaryOperatorAggregate", "reducer": "pair", "type": "any"}, [1, 2], [1, 2]),
        ({"channel": "DeltaChannel", "reducer": "fold:add_list", "type": "list"}, [[1], [2]], [1, 2]),
        ({"channel": "DeltaChannel", "reducer": "fold:last_wins", "type": "list"}, [[1], [2]], [2]),
        ({"channel": "UntrackedValue"}, [1, 2], 2),
        ({"channel": "Custom"}, [3, 4], 7),
    ],
    ids=lambda item: item["channel"] if isinstance(item, dict) else "",
)
def test_a_key_of_every_channel(channel: dict[str, Any], writes: list[Any], value: Any) -> None:
    nodes = [{"name": f"n{index}", "do": [write("k", item)]} for index, item in enumerate(writes)]
    main = state_graph(*nodes, {"name": "last", "do": [write("a", {"get": "k"})]}, state=keys(k=channel))
    assert live({"main": main}).invoke({"a": 1})["a"] == value


def test_an_ephemeral_key_is_there_for_one_superstep() -> None:
    nodes = [
        {"name": "n", "do": [write("k", 1)]},
        {"name": "m", "do": [write("log", {"list": [{"get": "k"}]})]},
        {"name": "o", "do": [write("log", {"list": [{"get": "k"}]})]},
    ]
    main = state_graph(*nodes, state={"k": {"channel": "EphemeralValue", "guard": False}, "log": LOG})
    assert live({"main": main}).invoke({"log": []})["log"] == [1, None]


@pytest.mark.parametrize("frequency", [1, 2, 100])
def test_a_delta_channel_is_snapshotted_at_its_cadence(frequency: int) -> None:
    channel = {"channel": "DeltaChannel", "reducer": "fold:add_list", "type": "list", "snapshot_frequency": frequency}
    nodes = [{"name": f"n{index}", "do": [write("k", [index])]} for index in range(3)]
    parts = Parts()
    built = live({"main": state_graph(*nodes, state=keys(k=channel))}, parts=parts)
    assert built.invoke({"a": 1})["k"] == [0, 1, 2]
    stored = [key for key, blob in parts.saver.blobs.items() if key[2] == "k" and blob[0] != "empty"]
    assert len(stored) == {1: 3, 2: 1, 100: 0}[frequency]


@pytest.mark.parametrize(
    "channel", [{"channel": "Messages"}, {"channel": "DeltaChannel", "reducer": "messages", "type": "list"}]
)
def test_messages_are_merged_by_id(channel: dict[str, Any]) -> None:
    said = [
        {"message": {"role": "human", "text": text, "id": key}} for text, key in (("x", "1"), ("y", "2"), ("z", "1"))
    ]
    nodes = [
        {"name": f"n{index}", "do": [write("messages", {"list": [message]})]} for index, message in enumerate(said)
    ]
    result = live({"main": state_graph(*nodes, state=keys(messages=channel))}).invoke({"a": 1})
    assert [(message.id, message.content) for message in result["messages"]] == [("1", "z"), ("2", "y")]


@pytest.mark.parametrize("schema", ["typed_dict", "pydantic", "dataclass"])
def test_managed_values(schema: str) -> None:
    state = {"steps": {"managed": "remaining_steps"}, "last": {"managed": "is_last_step"}, "log": LOG}
    if schema != "typed_dict":
        state["log"] = {**LOG, "default": []}
    seen = {"list": [{"get": "steps"}, {"get": "last"}]}
    nodes = [{"name": name, "do": [write("log", seen)]} for name in ("n", "m")]
    built = live({"main": state_graph(*nodes, state=state, schema=schema)})
    assert built.invoke({"log": []}, {**THREAD, "recursion_limit": 3})["log"] == [2, False, 1, True]


def test_a_channel_of_one_s_own_counts_consume_and_finish() -> None:
    parts = Parts()
    main = state_graph({"name": "n", "do": [write("k", 3)]}, state=keys(k={"channel": "Custom"}))
    live({"main": main}, parts=parts).invoke({"a": 1, "k": 1})
    ((_, blob),) = sorted((key[3], blob) for key, blob in parts.saver.blobs.items() if key[2] == "k")[-1:]
    assert parts.saver.serde.loads_typed(blob) == [4, 0, 1]


# --- nodes, edges, branches ------------------------------------------------------------------------------------------


def test_a_deferred_node_runs_when_nothing_else_is_left() -> None:
    nodes = [
        {"name": "n", "do": []},
        {"name": "m", "do": []},
        {"name": "late", "do": [write("log", ["late"])], "defer": True},
        {"name": "o", "do": [write("log", ["o"])]},
    ]
    edges = [["__start__", "n"], ["n", "late"], ["n", "m"], ["m", "o"]]
    assert live({"main": state_graph(*nodes, edges=edges)}).invoke({"a": 1})["log"] == ["o", "late"]


def test_a_join_waits_for_all() -> None:
    nodes = [{"name": name, "do": [write("log", [name])]} for name in ("n", "m", "o", "end")]
    edges = [["__start__", "n"], ["__start__", "m"], ["m", "o"]]
    built = live({"main": state_graph(*nodes, edges=edges, joins=[{"from": ["n", "o"], "to": "end"}])})
    assert built.invoke({"a": 1})["log"] == ["m", "n", "o", "end"]


@pytest.mark.parametrize("asynchronous", [False, True])
@pytest.mark.parametrize(
    ("path", "log"),
    [
        ({"to": ["m"]}, ["m"]),
        ({"to": ["m", "o"]}, ["m", "o"]),
        ({"to": ["__end__"]}, []),
        ({"to": []}, []),
        ({"to": [{"send": "m", "arg": {"lit": 1}}, "o"]}, ["o", "m"]),
        ({"if": {"has": "a"}, "then": ["o"], "else": ["m"]}, ["o"]),
        ({"each": "a", "node": "m"}, ["m", "m"]),
    ],
    ids=str,
)
def test_a_branch_goes_where_its_path_says(path: dict[str, Any], log: list[str], asynchronous: bool) -> None:
    nodes = [{"name": "n", "do": []}, *({"name": name, "do": [write("log", [name])]} for name in ("m", "o"))]
    branch = {"from": "n", "name": "b", "path": path, "async": asynchronous}
    built = live({"main": state_graph(*nodes, edges=[["__start__", "n"]], branches=[branch])}, sync=not asynchronous)
    assert built.invoke({"a": [1, 2]})["log"] == log
    assert built.order().count("main.n.b") == 1


def test_a_destination_outside_of_ends_fails() -> None:
    nodes = [{"name": name, "do": []} for name in ("n", "m", "o")]
    branch = {"from": "n", "name": "b", "path": {"to": ["o"]}, "ends": ["m"]}
    with pytest.raises(KeyError, match="o"):
        live({"main": state_graph(*nodes, edges=[["__start__", "n"]], branches=[branch])}).invoke({"a": 1})


def test_an_async_node_cannot_be_run_by_a_sync_call() -> None:
    with pytest.raises(TypeError, match="No synchronous function provided"):
        live(one_node(**{"async": True})).invoke({"a": 1})


def test_the_first_retry_policy_that_fits_is_used() -> None:
    retry = [{"attempts": 5, "on": "RuntimeError"}, {"attempts": 2, "on": "all"}]
    built = live(one_node({"op": "raise", "error": "ValueError"}, retry=retry))
    with pytest.raises(ValueError, match="raised"):
        built.invoke({"a": 1})
    assert len(built.ran("main.n")) == 2


@pytest.mark.parametrize(
    ("on", "error", "runs"),
    [
        ("default", "ConnectionError", 2),
        ("default", "ValueError", 1),
        ("RuntimeError", "RuntimeError", 2),
        ("none", "ConnectionError", 1),
    ],
)
def test_what_is_retried(on: str, error: str, runs: int) -> None:
    built = live(one_node({"op": "raise", "error": error}, retry={"attempts": 2, "on": on}))
    with pytest.raises(Exception, match="raised"):
        built.invoke({"a": 1})
    assert len(built.ran("main.n")) == runs


@pytest.mark.parametrize(("key", "runs"), [("default", 2), ("constant", 1)])
def test_a_cached_node_runs_once_for_a_key(key: str, runs: int) -> None:
    built = live(one_node(write("b", {"get": "a"}), cache={"ttl": None, "key": key}))
    results = [built.invoke({"a": given}, {"configurable": {"thread_id": str(given)}})["b"] for given in (1, 2)]
    assert len(built.ran("main.n")) == runs
    assert results == ([1, 2] if key == "default" else [1, 1])


def test_an_error_handler_takes_the_place_of_a_node_that_failed() -> None:
    fails = {"op": "raise", "error": "ValueError"}
    built = live(
        {"main": state_graph({"name": "n", "do": [fails], "on_error": [write("b", "saved")]}, {"name": "m", "do": []})}
    )
    assert built.invoke({"a": 1})["b"] == "saved"
    assert built.order() == ["main.n", "main.n.on_error"]


def test_metadata_of_a_node_and_its_destinations() -> None:
    built = live(
        {"main": state_graph({"name": "n", "do": [], "metadata": {"k": [1]}, "ends": ["m"]}, {"name": "m", "do": []})}
    )
    built.invoke({"a": 1})
    assert ["k", [1]] in built.ran("main.n")[0]["seen"]["metadata"]["v"]
    assert built.graphs["main"].builder.nodes["n"].ends == ("m",)


def test_a_graph_may_be_a_node() -> None:
    child = state_graph({"name": "inner", "do": [write("log", ["inner"])]})
    built = live({"main": state_graph({"name": "n", "graph": "child"}), "child": child})
    assert built.invoke({"a": 1, "log": ["x"]})["log"] == ["x", "x", "inner"]


@pytest.mark.parametrize("sync", [True, False])
def test_a_node_of_tools_calls_them(sync: bool) -> None:
    call = {"name": "look", "arg": {"lit": 4}, "id": "c1"}
    nodes = [
        {
            "name": "n",
            "do": [write("messages", {"list": [{"message": {"role": "ai", "id": "m", "tool_calls": [call]}}]})],
        },
        {"name": "t", "tools": ["look"]},
    ]
    tools = [
        {
            "name": "look",
            "do": [{"op": "let", "var": "x", "value": {"var": "arg0"}}],
            "result": {"list": [{"var": "x"}]},
            "async": not sync,
        }
    ]
    built = live({"main": state_graph(*nodes, state=keys(messages={"channel": "Messages"}), tools=tools)}, sync=sync)
    result = built.invoke({"a": 1})["messages"][-1]
    assert (result.type, result.content, result.tool_call_id) == ("tool", "[4]", "c1")
    assert built.ran("main.look")[0]["given"] == 4


def test_a_tool_may_interrupt() -> None:
    call = {"name": "look", "id": "c1"}
    nodes = [
        {
            "name": "n",
            "do": [write("messages", {"list": [{"message": {"role": "ai", "id": "m", "tool_calls": [call]}}]})],
        },
        {"name": "t", "tools": ["look"]},
    ]
    tools = [{"name": "look", "do": [{"op": "interrupt", "value": {"lit": "?"}, "var": "x"}], "result": {"var": "x"}}]
    built = live({"main": state_graph(*nodes, state=keys(messages={"channel": "Messages"}), tools=tools)})
    assert built.invoke({"a": 1})["__interrupt__"][0].value == "?"
    assert built.invoke(Command(resume="yes"))["messages"][-1].content == "yes"


def test_defaults_are_those_of_all_nodes() -> None:
    fails = {"op": "raise", "error": "ValueError", "on_runs": [1, 2]}
    main = state_graph(
        {"name": "n", "do": [fails]},
        {"name": "m", "do": [{"op": "raise", "error": "ValueError"}], "retry": {"attempts": 1}},
        defaults={"retry": {"attempts": 3, "on": "all"}, "on_error": [write("b", {"error": "node"})]},
    )
    built = live({"main": main})
    assert built.invoke({"a": 1})["b"] == "m"
    assert built.order() == ["main.n"] * 3 + ["main.m", "main.on_error"]


def test_a_default_time_out_and_a_default_cache() -> None:
    hangs = {"name": "n", "do": [{"op": "hang"}], "async": True}
    with pytest.raises(NodeTimeoutError):
        live({"main": state_graph(hangs, defaults={"timeout": {"run": 0.05}})}, sync=False).invoke({"a": 1})
    built = live({"main": state_graph({"name": "n", "do": []}, defaults={"cache": {"key": "constant"}})})
    for thread in ("x", "y"):
        built.invoke({"a": 1}, {"configurable": {"thread_id": thread}})
    assert len(built.ran("main.n")) == 1


# --- compile -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("member", "ran"), [("interrupt_before", ["main.n"]), ("interrupt_after", ["main.n", "main.m"])]
)
@pytest.mark.parametrize("names", [["m"], "*"])
def test_static_interrupts(member: str, names: Any, ran: list[str]) -> None:
    if names == "*":
        ran = ran[:-1]
    built = live({"main": state_graph({"name": "n", "do": []}, {"name": "m", "do": []}, compile={member: names})})
    built.invoke({"a": 1})
    assert built.order() == ran


def test_a_bound_config_and_a_name() -> None:
    config = {"tags": ["x"], "metadata": {"k": [1]}, "configurable": {"mine": 5}, "recursion_limit": 7}
    main = state_graph(
        {"name": "n", "do": [write("b", {"config": ["configurable", "mine"]})]},
        compile={"config": config, "name": "named"},
    )
    built = live({"main": main})
    assert built.invoke({"a": 1})["b"] == 5
    assert built.graphs["main"].name == "named"
    seen = built.ran("main.n")[0]["seen"]
    assert (seen["tags"], seen["recursion_limit"]) == (["x"], 7)
    assert ["k", [1]] in seen["metadata"]["v"]


@pytest.mark.parametrize(("checkpointer", "runs"), [(None, [[1], [1]]), (True, [[1], [1, 1]]), (False, [[1], [1]])])
def test_the_checkpointer_of_a_subgraph(checkpointer: bool | None, runs: list[list[int]]) -> None:
    child = state_graph(
        {"name": "inner", "do": [write("mine", [1])]}, state=keys(mine=LOG), compile={"checkpointer": checkpointer}
    )
    call = {"op": "call", "graph": "child", "input": {"dict": [["a", {"lit": 1}]]}, "var": "x"}
    built = live({**one_node(call, write("b", {"index": [{"var": "x"}, {"lit": "mine"}]})), "child": child})
    assert [built.invoke({"a": 1})["b"] for _ in range(2)] == runs


def test_what_upstream_refuses_to_build_is_its_own_error() -> None:
    with pytest.raises(ValueError, match="only supported for async nodes"):
        live(one_node(timeout={"run": 1}))


# --- the functional API and Pregel -----------------------------------------------------------------------------------


def entrypoint(**members: Any) -> dict[str, Any]:
    return {"main": {"form": "entrypoint", "do": [], **members}}


@pytest.mark.parametrize("how", ["def", "async def"])
def test_an_entrypoint_runs_tasks_at_the_same_time(how: str) -> None:
    asynchronous = how == "async def"
    do = [{"op": "task", "name": "t", "args": [{"lit": index}], "var": f"f{index}"} for index in range(3)]
    do += [{"op": "result", "of": f"f{index}", "var": f"x{index}"} for index in range(3)]
    tasks = [{"name": "t", "result": {"add": [{"var": "arg0"}, {"lit": 10}]}, "async": asynchronous}]
    result = {"list": [{"input": True}, *({"var": f"x{index}"} for index in range(3))]}
    built = live(entrypoint(do=do, tasks=tasks, result=result, **{"async": asynchronous}), sync=not asynchronous)
    assert built.invoke("in") == ["in", 10, 11, 12]


def test_what_an_entrypoint_saves_may_differ_from_what_it_gives() -> None:
    built = live(entrypoint(result={"lit": "given"}, save={"list": [{"previous": True}]}))
    assert [built.invoke(1) for _ in range(2)] == ["given", "given"]
    assert built.ran("main")[1]["seen"]["previous"] == [None]


def test_a_task_and_an_entrypoint_have_policies() -> None:
    fails = {"op": "raise", "error": "ValueError", "on_runs": [1]}
    tasks = [{"name": "t", "do": [fails], "retry": {"attempts": 2, "on": "all"}, "cache": {"key": "constant"}}]
    do = [{"op": "task", "name": "t", "var": "f"}, {"op": "result", "of": "f"}, fails]
    built = live(entrypoint(do=do, tasks=tasks, retry={"attempts": 2, "on": "all"}))
    built.invoke(1)
    assert built.order() == ["main", "main.t", "main.t", "main"]


def test_two_tasks_of_one_graph_do_not_share_their_cache() -> None:
    tasks = [{"name": name, "result": {"lit": name}, "cache": {}} for name in ("t", "u")]
    do = [{"op": "task", "name": name, "var": name} for name in ("t", "u")]
    do += [{"op": "result", "of": name, "var": name} for name in ("t", "u")]
    assert live(entrypoint(do=do, tasks=tasks, result={"list": [{"var": "t"}, {"var": "u"}]})).invoke(1) == ["t", "u"]


def test_time_outs_of_tasks_and_entrypoints() -> None:
    hang = {"do": [{"op": "hang"}], "async": True, "timeout": {"run": 0.05}}
    with pytest.raises(NodeTimeoutError):
        live(entrypoint(**hang), sync=False).invoke(1)
    do = [{"op": "task", "name": "t", "var": "f"}, {"op": "result", "of": "f"}]
    with pytest.raises(NodeTimeoutError):
        live(entrypoint(do=do, tasks=[{"name": "t", **hang}], **{"async": True}), sync=False).invoke(1)


def raw(nodes: list[dict[str, Any]], channels: dict[str, Any], **members: Any) -> dict[str, Any]:
    return {"main": {"form": "pregel", "nodes": nodes, "channels": channels, **members}}


def test_a_node_of_pregel_is_given_its_channels_and_writes_others() -> None:
    both = write("o", {"list": [{"get": "i"}, {"get": "r"}]})
    first = {"name": "n", "subscribe": ["i"], "read": ["r"], "do": [both], "writes": ["o", "p"]}
    second = {"name": "m", "only": "o", "do": [write("p", {"input": True})], "writes": ["p"], "tags": ["x"]}
    nodes = [first, {**second, "metadata": {"k": 1}}]
    channels = dict.fromkeys(("i", "r", "o", "p"), LAST)
    built = live(raw(nodes, channels, input=["i", "r"], output="p"))
    assert built.invoke({"i": 1, "r": 2}) == [1, 2]
    assert built.ran("main.n")[0]["given"] == describe({"i": 1, "r": 2})
    assert built.ran("main.m")[0]["given"] == [1, 2]
    assert ["k", 1] in built.ran("main.m")[0]["seen"]["metadata"]["v"]


@pytest.mark.parametrize("kind", ["NamedBarrierValue", "NamedBarrierValueAfterFinish"])
def test_a_barrier_channel_wakes_its_node_when_all_have_come(kind: str) -> None:
    nodes = [
        {"name": "n", "only": "i", "do": [write("w", "n"), write("j", 1)], "writes": ["w", "j"]},
        {"name": "m", "only": "j", "do": [write("w", "m")], "writes": ["w"]},
        {"name": "o", "only": "w", "do": [write("out", 9)], "writes": ["out"]},
    ]
    channels = {"i": LAST, "j": LAST, "out": LAST, "w": {"channel": kind, "names": ["n", "m"]}}
    built = live(raw(nodes, channels, input="i", output="out"))
    assert built.invoke(0) == 9
    assert built.order() == ["main.n", "main.m", "main.o"]


def test_stream_channels_and_eager_streaming() -> None:
    nodes = [{"name": "n", "only": "i", "do": [write("o", 1)], "writes": ["o"]}]
    channels = {"i": LAST, "o": LAST, "late": {"channel": "LastValueAfterFinish"}}
    built = live(
        raw(nodes, channels, input="i", output="o", stream_channels=["i", "o"], eager=True, compile={"name": "x"})
    )
    assert built.stream(0, stream_mode="values") == [{"i": 0, "o": 1}]
    assert built.graphs["main"].stream_channels == ["i", "o"]
    assert built.graphs["main"].stream_eager


def test_retries_of_a_node_of_pregel() -> None:
    do = [{"op": "raise", "error": "ValueError", "on_runs": [1]}, write("o", 1)]
    nodes = [{"name": "n", "only": "i", "do": do, "writes": ["o"], "retry": [{"attempts": 2, "on": "ValueError"}]}]
    assert live(raw(nodes, {"i": LAST, "o": LAST}, input="i", output="o")).invoke(0) == 1


def test_a_task_that_interrupts_is_answered() -> None:
    tasks = [{"name": "t", "do": [{"op": "interrupt", "value": {"lit": "?"}, "var": "x"}], "result": {"var": "x"}}]
    do = [{"op": "task", "name": "t", "var": "f"}, {"op": "result", "of": "f", "var": "y"}]
    built = live(entrypoint(do=do, tasks=tasks, result={"var": "y"}))
    built.invoke(1)
    assert built.invoke(Command(resume="yes")) == "yes"
