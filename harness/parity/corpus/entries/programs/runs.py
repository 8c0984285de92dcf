"""Runs: every way to call a graph, stream modes, durability, caches, stores, contexts, configs, callbacks."""

from __future__ import annotations

from collections.abc import Iterator

from parity.corpus.entries.programs.parts import (
    LAST,
    LOG,
    MESSAGES,
    Told,
    ask,
    call,
    chain,
    command,
    delta,
    fail,
    fan,
    fork,
    get,
    given,
    lit,
    logs,
    message,
    node,
    own,
    program,
    resume,
    run,
    send,
    spoken,
    task,
    update,
    var,
    wait,
    write,
)

__all__ = ["entries"]

_TWO = chain(logs("n"), logs("m"))
_MODES = ("values", "updates", "checkpoints", "tasks", "debug", "messages", "custom")
_STATE = {"a": LAST, "log": LOG, "messages": MESSAGES}
_CHATS = node("chat", {"op": "chat", "text": "one two three", "var": "said", "id": "m1"}, spoken(var("said")))
_RICH = chain(logs("n", {"op": "emit", "value": get("a")}), _CHATS, logs("m"), state=_STATE)


def entries() -> Iterator[Told]:
    """Yields the entries of this part."""
    yield from _apis()
    yield from _streams()
    yield from _messages()
    yield from _durability()
    yield from _around()
    yield from _configs()


def _apis() -> Iterator[Told]:
    for api in ("invoke", "stream", "ainvoke", "astream", "events_v2", "events_v3", "stream_v3"):
        yield Told(f"one graph by {api}", "n chat m", program(_RICH, run(api=api), {"op": "state"}))
        yield Told(
            f"an error and an interrupt by {api}",
            "n ? n m !ValueError",
            program(chain(logs("n", ask()), logs("m", fail())), run(api=api), resume("yes", api=api), {"op": "state"}),
        )
    for api in ("batch", "abatch"):
        op = {"op": "run", "api": api, "inputs": [given(a=1), given(a=2), given(a=3)], "max_concurrency": 1}
        yield Told(f"three inputs by {api}", "n m n m n m", program(_TWO, op))
        yield Told(
            f"three inputs by {api}, of which one fails",
            "n n n",
            program(chain(logs("n", fail(when={"cmp": "eq", "left": get("a"), "right": lit(2)}))), op),
        )
    for version in ("v1", "v2"):
        yield Told(
            f"the output of version {version}",
            "n ? n m",
            program(chain(logs("n", ask()), logs("m")), run(version=version), resume("yes", version=version)),
        )
    yield Told(
        "async nodes side by side",
        "x y z end",
        program(
            fan(*(logs(name, **{"async": True}) for name in "xyz"), last=logs("end", **{"async": True})),
            run(api="astream", stream_mode=["updates", "values"]),
        ),
    )
    yield Told("an async node by a sync call", "!TypeError", program(chain(logs("n", **{"async": True})), run()))


def _streams() -> Iterator[Told]:
    for mode in _MODES:
        yield Told(f"stream mode {mode}", "n chat m", program(_RICH, run(api="stream", stream_mode=mode)))
        yield Told(
            f"stream mode {mode} of version v2, async, with subgraphs",
            "n child.inner child.chat",
            program(
                chain(logs("n"), {"name": "s", "graph": "child"}, state=_STATE),
                run(api="astream", stream_mode=[mode], subgraphs=True, version="v2"),
                children={"child": chain(logs("inner", {"op": "emit", "value": lit("e")}), _CHATS, state=_STATE)},
            ),
        )
    yield Told(
        "all stream modes at once",
        "n chat m",
        program(_RICH, run(api="stream", stream_mode=list(_MODES))),
    )
    yield Told(
        "updates of nodes that write nothing, the same twice, and commands",
        "n x y end",
        program(
            chain(
                node("n", returns="none"),
                node("x"),
                node("y", write("log", lit(["w"])), command(update={"log": lit(["c"]), "a": lit(3)})),
                node("end", returns="update"),
            ),
            run(api="stream", stream_mode=["updates", "values"]),
        ),
    )
    yield Told(
        "a reader who stops after two chunks",
        "n m",
        program(_TWO, run(api="stream", stream_mode=["values", "updates"], take=2), {"op": "state"}, run(None)),
    )
    yield Told(
        "an async reader who stops after one chunk",
        "n m",
        program(_TWO, run(api="astream", stream_mode="updates", take=1), {"op": "state"}, run(None)),
    )
    yield Told(
        "output keys",
        "n m n m",
        program(_TWO, run(output_keys="log"), run(api="stream", stream_mode="values", output_keys=["a"])),
    )
    yield Told(
        "custom events of an async node, a task and a subgraph",
        "n t child.inner",
        program(
            chain(
                node("n", {"op": "emit", "value": lit([1])}, task("t"), wait(), **{"async": True}),
                {"name": "s", "graph": "child"},
                tasks=[{"name": "t", "do": [{"op": "emit", "value": lit("task")}], "async": True}],
            ),
            run(api="astream", stream_mode=["custom", "updates"], subgraphs=True),
            children={"child": chain(node("inner", {"op": "emit", "value": lit("inner")}))},
        ),
    )
    yield Told(
        "a stream through an interrupt",
        "n m ? m o",
        program(
            chain(logs("n"), logs("m", ask()), logs("o")),
            run(api="stream", stream_mode=["values", "updates", "tasks", "checkpoints"]),
            resume("yes", api="stream", stream_mode=["values", "updates", "tasks", "checkpoints"]),
        ),
    )


def _messages() -> Iterator[Told]:
    yield Told(
        "a model in a subgraph and one in a task",
        "n t child.chat n t child.chat",
        program(
            chain(
                node("n", task("t"), wait(), spoken(var("x"))),
                {"name": "s", "graph": "child"},
                state=_STATE,
                tasks=[
                    {"name": "t", "do": [{"op": "chat", "text": "from task", "var": "said"}], "result": var("said")}
                ],
            ),
            run(api="stream", stream_mode="messages", subgraphs=True),
            run(given(a=2), api="stream", stream_mode="messages"),
            children={"child": chain(_CHATS, state=_STATE)},
        ),
    )
    yield Told(
        "messages that are pushed, with and without a key",
        "n",
        program(
            chain(
                node(
                    "n",
                    {"op": "push_message", "text": "one", "id": "p1"},
                    {"op": "push_message", "text": "two", "id": "p2", "key": None},
                ),
                state=_STATE,
            ),
            run(api="stream", stream_mode=["messages", "values"]),
        ),
    )
    yield Told(
        "a pushed message without an id",
        "n !ValueError",
        program(chain(node("n", {"op": "push_message", "text": "one"}), state=_STATE), run()),
    )
    yield Told(
        "messages that a node returns without a model, streamed",
        "n m",
        program(
            chain(
                node("n", spoken(message("ai", "x", "1"), message("ai", "y"))),
                node("m", command(update={"messages": {"list": [message("ai", "z", "1")]}})),
                state=_STATE,
            ),
            run(given(messages=[given(role="user", content="hi", id="0")]), api="stream", stream_mode="messages"),
        ),
    )
    yield Told(
        "a model that calls tools, and the tools",
        "chat look",
        program(
            chain(
                node(
                    "chat",
                    {
                        "op": "chat",
                        "text": "let me see",
                        "var": "said",
                        "tool_calls": [{"name": "look", "arg": lit(3), "id": "c1"}],
                    },
                    spoken(var("said")),
                ),
                {"name": "t", "tools": ["look"]},
                state=_STATE,
                tools=[
                    {"name": "look", "do": [{"op": "emit", "value": var("arg0")}], "result": {"list": [var("arg0")]}}
                ],
            ),
            run(api="stream", stream_mode=["messages", "updates", "custom"]),
        ),
    )
    yield Told(
        "a tool that fails, and one that does not exist",
        "n look !ValueError",
        program(
            chain(
                node(
                    "n",
                    spoken(
                        message(
                            "ai", "", "m1", tool_calls=[{"name": "absent", "id": "c1"}, {"name": "look", "id": "c2"}]
                        )
                    ),
                ),
                {"name": "t", "tools": ["look"]},
                state=_STATE,
                tools=[{"name": "look", "do": [fail()]}],
            ),
            run(),
        ),
    )
    yield Told(
        "a model in an async node of an async run, by events",
        "chat",
        program(chain({**_CHATS, "async": True}, state=_STATE), run(api="events_v2")),
    )


def _durability() -> Iterator[Told]:
    for durability in ("sync", "async", "exit"):
        yield Told(
            f"durability {durability}, over an interrupt and a failure",
            "n m ? m o !ValueError o",
            program(
                chain(
                    logs("n"),
                    logs("m", ask()),
                    logs("o", fail(on_runs=[1])),
                    state={"a": LAST, "log": LOG, "d": delta(2)},
                ),
                run(durability=durability),
                resume("yes", durability=durability),
                run(None, durability=durability),
                {"op": "history"},
            ),
        )
        yield Told(
            f"durability {durability}, parallel writers, a subgraph and a delta channel",
            "child.inner child.after x y end x y child.inner child.after end",
            program(
                fan(
                    logs("x", write("d", lit(["x"]))),
                    {"name": "s", "graph": "child"},
                    logs("y", write("d", lit(["y"]))),
                    state={"a": LAST, "log": LOG, "d": delta(2)},
                ),
                run(durability=durability),
                run(given(a=2), durability=durability, api="ainvoke"),
                {"op": "history"},
                children={"child": chain(logs("inner"), logs("after"))},
            ),
        )


def _around() -> Iterator[Told]:
    for key in ("default", "constant"):
        yield Told(
            f"a cached node with the key {key}, over three threads, and the cache cleared",
            "n m m n m",
            program(
                chain(node("n", write("log", {"list": [get("a")]}), cache={"ttl": None, "key": key}), logs("m")),
                run(),
                run(thread="other"),
                {"op": "clear_cache"},
                run(thread="third"),
                cache=True,
            ),
        )
    yield Told(
        "a cached node is streamed",
        "n",
        program(
            chain(logs("n", cache={})),
            run(api="stream", stream_mode=["updates", "tasks", "debug"]),
            run(api="stream", stream_mode=["updates", "tasks", "debug"], thread="other"),
            cache=True,
        ),
    )
    yield Told(
        "a cached node that fails, and one that asks",
        "x y !ValueError x y ? y end",
        program(
            fan(
                logs("x", fail(on_runs=[1]), cache={}),
                logs("y", ask(), cache={}),
                defaults={"cache": {"ttl": 100}},
            ),
            run(),
            run(None),
            resume("yes"),
            cache=True,
        ),
    )
    space = {"op": "store", "namespace": ["s"], "key": "k"}
    for asynchronous in (False, True):
        api = "ainvoke" if asynchronous else "invoke"
        yield Told(
            f"the store, from nodes, a subgraph and outside ({api})",
            "n child.inner",
            program(
                chain(
                    node(
                        "n",
                        {**space, "do": "put", "value": {"dict": [["v", get("a")]]}},
                        {**space, "do": "get", "var": "x"},
                        write("log", {"list": [var("x")]}),
                        **{"async": asynchronous},
                    ),
                    {"name": "s", "graph": "child"},
                ),
                {**space, "do": "get"},
                run(api=api),
                {"op": "store", "do": "search", "namespace": ["s"]},
                {**space, "do": "delete"},
                {**space, "do": "get"},
                store=True,
                children={
                    "child": chain(
                        node(
                            "inner",
                            {"op": "store", "namespace": ["s"], "do": "search", "var": "x"},
                            write("log", var("x")),
                            **{"async": asynchronous},
                        )
                    )
                },
            ),
        )
    yield Told(
        "the context, with a schema and without, and in a subgraph",
        "n child.inner n child.inner",
        program(
            chain(node("n", write("log", {"list": [{"context": "k"}]})), {"name": "s", "graph": "child"}, context=True),
            run(context=given(k=7)),
            run(),
            children={"child": chain(node("inner", write("log", {"list": [{"context": "k"}]})))},
        ),
    )
    yield Told(
        "everything that a function can be given",
        "n",
        program(
            chain(
                node(
                    "n",
                    {"op": "emit", "value": lit("written")},
                    write("log", {"list": [{"info": "node_attempt"}, {"info": "thread_id"}, {"previous": True}]}),
                    inject=["config", "runtime", "writer", "store", "previous"],
                )
            ),
            run(api="stream", stream_mode=["custom", "values"]),
            store=True,
        ),
    )


def _configs() -> Iterator[Told]:
    bound = {"tags": ["bound"], "metadata": {"m": "bound", "b": 1}, "configurable": {"c": "bound"}, "run_name": "named"}
    given_config = {"tags": ["given"], "metadata": {"m": "given"}, "configurable": {"d": [2]}}
    yield Told(
        "a bound config and one of the run",
        "n child.inner",
        program(
            chain(
                node(
                    "n",
                    write("log", {"list": [{"config": ["configurable", "c"]}, {"config": ["metadata", "m"]}]}),
                    metadata={"node": "n"},
                ),
                {"name": "s", "graph": "child"},
                compile={"config": bound, "name": "outer"},
            ),
            run(config=given_config),
            {"op": "history"},
            children={
                "child": chain(
                    logs("inner"), compile={"config": {"tags": ["inner"], "metadata": {"i": 1}}, "name": "in"}
                )
            },
        ),
    )
    yield Told(
        "callbacks of a run with a subgraph, a model and a failure",
        "n child.chat m !ValueError",
        program(
            chain(logs("n"), {"name": "s", "graph": "child"}, logs("m", fail()), state=_STATE),
            run(callbacks=True, config={"run_name": "top", "tags": ["t"]}),
            children={"child": chain(_CHATS, state=_STATE)},
        ),
    )
    yield Told(
        "callbacks of an async run",
        "n chat m",
        program(_RICH, run(callbacks=True, api="ainvoke")),
    )
    yield Told(
        "callbacks of a run that asks, and of its answer",
        "n ? n",
        program(chain(logs("n", ask())), run(callbacks=True), resume("yes", callbacks=True)),
    )
    yield Told(
        "a run id and a name",
        "n m",
        program(_TWO, run(run_id=3, config={"run_name": "mine"}, api="stream", stream_mode=["debug"])),
    )
    yield Told(
        "sent tasks see their own config",
        "n w w",
        program(
            fork(
                node("n", command(send("w", lit(1)), send("w", lit(2)))),
                node(
                    "w", write("log", {"list": [{"config": ["metadata", "langgraph_path"]}, {"info": "checkpoint_ns"}]})
                ),
            ),
            run(),
        ),
    )
    yield Told(
        "a bound recursion limit in a called graph",
        "n child.inner child.inner !GraphRecursionError",
        program(
            chain(node("n", call("child"))),
            run(),
            children={
                "child": {
                    **fork(logs("inner")),
                    "edges": [["__start__", "inner"], ["inner", "inner"]],
                    "compile": {"config": {"recursion_limit": 2}},
                }
            },
        ),
    )
    yield Told(
        "an update and a run of an entrypoint with a config",
        "main main",
        program(
            own(result={"list": [{"config": ["metadata", "m"]}, {"previous": True}]}, compile={"config": bound}),
            run(1, config=given_config),
            update(5, as_node="main"),
            run(2),
        ),
    )
