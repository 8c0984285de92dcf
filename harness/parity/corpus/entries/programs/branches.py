"""Programs for branches of upstream that no other entry takes (`parity coverage`), each for one or a few of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from parity.corpus.entries.programs.parts import (
    LAST,
    LOG,
    Part,
    Told,
    ask,
    branch,
    call,
    chain,
    command,
    custom,
    delta,
    fail,
    fan,
    fork,
    get,
    given,
    lit,
    logs,
    node,
    own,
    program,
    raw,
    resume,
    run,
    send,
    task,
    update,
    var,
    wait,
    write,
)

__all__ = ["entries"]

_HANG: Part = {"op": "hang"}
_BEAT: Part = {"op": "heartbeat"}
_RARELY = delta(100)
"""A DeltaChannel that is rebuilt from stored writes in every program here."""


def entries() -> Iterator[Told]:
    """Yields the entries of this part."""
    yield from _tasks()
    yield from _commands()
    yield from _inputs()
    yield from _types()
    yield from _exits()
    yield from _bumps()
    yield from _replays()
    yield from _versions()
    yield from _async_loop()
    yield from _timed()
    yield from _calls()
    yield from _failures()


def _later(name: str, *do: Part, **members: Any) -> Part:
    """An async node."""
    return {"name": name, "async": True, "do": list(do), **members}


def _tasks() -> Iterator[Told]:
    yield Told(
        "a node that is sent to has metadata and a cache of its own",
        "n x x n x",
        program(
            fork(
                node("n", command(send("x", lit(given(a=5))), send("x", lit(given(a=5))))),
                logs("x", metadata={"m": 1}, cache={"ttl": None}),
            ),
            run(),
            run(),
            cache=True,
        ),
    )
    yield Told(
        "an untracked key, and a Send whose argument is no dict",
        "n x",
        program(
            fork(
                node("n", command(send("x", lit(5)))),
                node("x", returns="none"),
            )
            | {"state": {"a": LAST, "log": LOG, "u": {"channel": "UntrackedValue"}}},
            run(given(a=1, u=2)),
            {"op": "history"},
        ),
    )
    yield Told(
        "a branch reads a managed value",
        "n n.route x n n.route",
        program(
            fork(
                logs("n"),
                logs("x"),
                branches=[
                    {
                        "from": "n",
                        "name": "route",
                        "path": {
                            "if": {"cmp": "ge", "left": get("left"), "right": lit(5)},
                            "then": ["x"],
                            "else": ["__end__"],
                        },
                    }
                ],
            )
            | {"state": {"a": LAST, "log": LOG, "left": {"managed": "remaining_steps"}}},
            run(),
            run(recursion_limit=3),
        ),
    )
    yield Told(
        "a Send with a time-out to a node that is not async",
        "n !ValueError",
        program(fork(node("n", command(send("x", lit(given(a=5)), timeout=1))), logs("x")), run()),
    )
    for mode in ("values", "updates"):
        for sink in ("out", ["out", "x"]):
            yield Told(
                f"a channel that only the last step shows, as one of {1 if sink == 'out' else 2} outputs, {mode}",
                "n m n m",
                program(
                    raw(
                        {"in_": LAST, "x": LAST, "out": {"channel": "LastValueAfterFinish"}},
                        [
                            node("n", write("out", lit(1)), write("x", lit(2)), only="in_", writes=["out", "x"]),
                            node("m", only="x"),
                        ],
                        "in_",
                        sink,
                    ),
                    run(7, api="stream", stream_mode=[mode]),
                    run(8),
                ),
            )


def _commands() -> Iterator[Told]:
    yield Told(
        "what is no Send among the pending sends is not run",
        "n",
        program(fork(logs("n"), logs("m")), run(), custom({"update": given(__pregel_tasks=5)}), {"op": "state"}),
    )
    yield Told(
        "a command sends from outside",
        "n m n",
        program(
            fork(logs("n"), logs("m")),
            run(),
            custom({"goto": [{"send": "m", "arg": given(a=4)}, "n"]}),
        ),
    )
    yield Told("a command of nothing", "n !UnboundLocalError", program(fork(logs("n")), run(), custom({})))
    yield Told(
        "an answer by the id of a task's first interrupt, when it has had that answer",
        "n ? n !ValueError n",
        program(
            chain(logs("n", ask(1, "p"), fail(on_runs=[2]), ask(2, "q"))),
            run(),
            resume("a"),
            custom({"resume_by_id": [[0, "b"]]}),
        ),
    )
    yield Told(
        "an answer without a saver",
        "n ? !RuntimeError",
        program(fork(logs("n", ask())), run(), resume("yes"), saver="none"),
    )
    yield Told(
        "a command that updates an older checkpoint",
        "n m m",
        program(
            chain(logs("n"), logs("m")),
            run(),
            custom({"update": given(log=["c"])}, at={"nth": 1}),
            {"op": "history"},
        ),
    )
    yield Told(
        "a handled Send that failed is replaced by one from outside",
        "n x y x.on_error ? y y ?",
        program(
            fork(
                node("n", command(send("x", lit(given(a=5))), "y")),
                logs("x", fail(), on_error=[write("log", lit(["handled"]))]),
                logs("y", ask()),
            ),
            run(),
            custom({"resume": "yes", "goto": [{"send": "y", "arg": given(a=6)}]}),
        ),
    )


def _inputs() -> Iterator[Told]:
    channels: Part = {"p": LAST, "q": LAST, "d": _RARELY}
    nodes = [node("n", write("q", get("p")), subscribe=["p"], read=["d"], writes=["q"])]
    yield Told(
        "an input that is no dict, and one with an unknown channel",
        "!TypeError n",
        program(raw(channels, nodes, ["p", "d"], ["q", "d"]), run(5), run(given(p=1, z=2))),
    )
    for durability in ("sync", "exit"):
        yield Told(
            f"a delta channel among the inputs, {durability}",
            "n n n",
            program(
                raw(channels, nodes, ["p", "d"], ["q", "d"]),
                run(given(p=1, d=[1]), durability=durability),
                run(given(p=2, d=[2]), durability=durability),
                run(given(p=3, d=[3]), durability=durability, at={"nth": 1}),
            ),
        )
    idle: Part = {"name": "idle", "only": "q"}
    yield Told(
        "a node without a function, which is also sent to",
        "n",
        program(
            raw({"p": LAST, "q": LAST}, [node("n", write("q", lit(1)), only="p", writes=["q"]), idle], "p", "q"),
            run(1),
            custom({"goto": [{"send": "idle", "arg": 5}]}),
        ),
    )
    yield Told("a thread whose id is false", "n n", program(fork(logs("n")), run(thread=0), run(thread=0)))
    yield Told(
        "a subgraph that is called with nothing while its caller resumes",
        "n ? n",
        program(
            chain(logs("n", ask(), call("child", input=lit(None)))),
            run(),
            resume("yes"),
            children={"child": chain(logs("inner"))},
        ),
    )


def _types() -> Iterator[Told]:
    for name, value, more in (
        ("sequence", [1], [2]),
        ("abstract_set", {"t": "set", "v": [1]}, {"t": "set", "v": [2]}),
        ("mapping", given(b=1), given(c=2)),
        ("required_list", [1], [2]),
    ):
        fold = (
            "fold:merge_dict" if name == "mapping" else "fold:add_list" if name != "abstract_set" else "fold:last_wins"
        )
        binary = {"channel": "BinaryOperatorAggregate", "reducer": fold.removeprefix("fold:"), "type": name}
        channels = {"p": LAST, "b": binary, "d": {**_RARELY, "reducer": fold, "type": name}}
        yield Told(
            f"channels of the type {name}",
            "n n",
            program(
                raw(
                    channels,
                    [node("n", write("b", lit(more)), write("d", lit(more)), only="p", writes=["b", "d"])],
                    ["p", "b", "d"],
                    ["b", "d"],
                ),
                run(given(p=1)),
                run(given(p=2, b=value, d=value)),
            ),
        )
    yield Told(
        "a delta channel that is not told its type, and a reducer without a name, in two schemas",
        "n",
        program(
            chain(
                node("n", write("d", lit([1])), write("b", lit(5))),
                state={
                    "a": LAST,
                    "log": LOG,
                    "d": {"channel": "DeltaChannel", "reducer": "fold:add_list"},
                    "b": {"channel": "BinaryOperatorAggregate", "reducer": "lambda", "type": "int"},
                },
                output=["d", "b"],
            ),
            run(),
        ),
    )
    yield Told(
        "a delta channel that would never be stored",
        "<built:ValueError>",
        program(chain(logs("n"), state={"a": LAST, "log": LOG, "d": delta(0)}), run()),
    )


def _exits() -> Iterator[Told]:
    writes_delta = chain(
        logs("n", write("d", lit(["n"]))),
        logs("m", write("d", lit(["m"]))),
        state={"a": LAST, "log": LOG, "d": _RARELY},
    )
    yield Told(
        "exit-durable runs over a delta channel, one after the other, and one that an older checkpoint begins",
        "n m n m n m",
        program(
            writes_delta,
            run(durability="exit"),
            run(durability="exit"),
            run(durability="exit", at={"nth": 1}),
            custom({"update": given(d=["c"])}, durability="exit"),
        ),
    )
    yield Told(
        "a command begins an exit-durable thread",
        "n m",
        program(writes_delta, custom({"update": given(d=["c"])}, durability="exit")),
    )
    yield Told(
        "an exit-durable run without a saver", "n m", program(writes_delta, run(durability="exit"), saver="none")
    )
    yield Told(
        "an exit-durable run goes on beside writes of the one before",
        "x y !ValueError y !ValueError y end",
        program(
            fan(
                logs("x", write("d", lit(["x"]))),
                logs("y", fail(on_runs=[1, 2])),
                state={"a": LAST, "log": LOG, "d": _RARELY},
            ),
            run(durability="sync"),
            run(None, durability="exit"),
            run(None, durability="exit"),
        ),
    )
    yield Told(
        "an exit-durable run that fails before its first step",
        "n !TypeError",
        program(chain(logs("n")), run(), custom({"update": given(log=5)}, durability="exit"), {"op": "state"}),
    )
    yield Told(
        "an exit-durable run that has nothing to do",
        "n",
        program(chain(logs("n")), run(durability="exit"), run(None, durability="exit")),
    )


def _bumps() -> Iterator[Told]:
    nodes = [
        node("w", write("d", lit(["w"])), write("q", lit(1)), only="p", writes=["d", "q"]),
        node("y", fail(on_runs=[1]), write("q", lit(2)), only="p", writes=["q"]),
        node("r", write("s", {"len": get("d")}), subscribe=["d"], writes=["s"]),
    ]
    channels: Part = {"p": LAST, "q": {"channel": "AnyValue"}, "s": LAST, "d": _RARELY}
    yield Told(
        "new input beside a pending write to a delta channel that nothing has written yet",
        "w y !ValueError !InvalidUpdateError w y r w y r",
        program(
            raw(channels, nodes, "p", ["q", "s", "d"]),
            run(1),
            run(2, interrupt_before="*"),
            update(given(p=4)),
            run(None),
            {"op": "history"},
            run(3),
        ),
    )
    state: Part = {"a": LAST, "log": LOG, "d": delta(2)}
    yield Told(
        "forks that store a delta channel anew, and updates as nobody after them",
        "n m o !ValueError m o o !ValueError o",
        program(
            chain(
                logs("n", write("d", lit(["n"]))),
                logs("m"),
                logs("o", fail(on_runs=[1, 3])),
                state={"a": LAST, "log": LOG, "d": _RARELY},
                compile={"interrupt_before": ["m"]},
            ),
            run(),
            run(None),
            run(None, at={"nth": 1}),
            update(given(log=["u"])),
            run(None, at={"nth": 2}),
            update(given(log=["v"])),
            run(None),
        ),
    )
    yield Told(
        "an exit-durable run reaches the cadence of a delta channel in a step that skips it",
        "n m o p n m o p",
        program(
            chain(
                logs("n", write("d", lit(["n"]))),
                logs("m", write("d", lit(["m"]))),
                logs("o"),
                logs("p"),
                state=state,
                compile={"interrupt_before": ["o"]},
            ),
            run(),
            run(None, durability="exit"),
            update(given(log=["u"])),
            run(durability="exit"),
            run(None, durability="exit"),
            update(given(log=["u"])),
        ),
    )
    slow: Part = {"channel": "DeltaChannel", "reducer": "fold:add_list", "type": "list", "snapshot_frequency": 100}
    yield Told(
        "a delta channel that triggers, stored again and again by the bound of supersteps",
        "w r x y w r x y x y w r x y",
        program(
            raw(
                {"p": LAST, "q": LAST, "d": slow, "c": {"channel": "Topic"}},
                [
                    node("w", write("d", lit(["w"])), only="p", writes=["d"]),
                    node("r", write("q", lit(1)), subscribe=["d"], writes=["q"]),
                    node("x", write("c", lit(1)), subscribe=["q"], writes=["c"]),
                    node("y", subscribe=["c"], read=["d"]),
                ],
                "p",
                ["q", "d"],
            ),
            run(1),
            run(2, interrupt_before="*"),
            run(None),
            update(given(q=5), as_node="r"),
            run(None, durability="exit"),
            update(given(q=5)),
            run(3, durability="exit"),
            delta_bound=2,
        ),
    )


def _replays() -> Iterator[Told]:
    handled = [write("log", lit(["handled"]))]
    for form in ("invoke", "ainvoke"):
        later = form == "ainvoke"
        yield Told(
            f"a handled error in a replay, {form}",
            "m n n.on_error n n.on_error",
            program(
                chain(logs("m"), logs("n", fail(), on_error=handled), logs("o")),
                run(api=form),
                run(None, api=form, at={"nth": 1}),
            ),
        )
        yield Told(
            f"an error is handled without a saver, and exit-durable, {form}",
            "n o n.on_error !EmptyInputError",
            program(
                fan(logs("n", fail(), on_error=handled), logs("o")), run(api=form), run(None, api=form), saver="none"
            ),
        )
        yield Told(
            f"a replay of a fork by an update that the thread has moved past, {form}",
            "n child.inner child.after o o child.inner child.after o",
            program(
                chain(logs("n"), {"name": "s", "graph": "child"}, logs("o")),
                run(api=form),
                {"op": "update", "values": given(log=["u"]), "as_node": "n", "async": later},
                run(None, api=form),
                run(None, api=form, at={"nth": 2}),
                {"op": "history"},
                children={"child": chain(logs("inner"), logs("after"), compile={"checkpointer": True})},
            ),
        )
        yield Told(
            f"tasks of an entrypoint in a replay, {form}",
            "main t ? main main t ? main t ?",
            program(
                own(task("t", lit(1)), wait(), ask(), tasks=[{"name": "t", "do": [], "result": var("arg0")}]),
                run(1, api=form),
                resume("yes", api=form),
                run(None, api=form, at={"nth": 1}),
                run(None, api=form, at={"nth": 2}),
            ),
        )
        yield Told(
            f"a checkpoint that has been deleted is addressed, {form}",
            "n n !EmptyInputError",
            program(
                chain(logs("n")),
                run(api=form),
                {"op": "delete_thread"},
                run(api=form, at={"put": 0}),
                run(None, api=form, at={"put": 0}),
            ),
        )
        yield Told(
            f"a run addresses the state of a subgraph, {form}",
            "child.inner ? child.inner ? child.inner m",
            program(
                chain({"name": "s", "graph": "child"}, logs("m")),
                run(api=form),
                run(None, api=form, at={"nth": 0, "sub": "s"}),
                resume("yes", api=form),
                children={"child": chain(logs("inner", ask()))},
            ),
        )


def _versions() -> Iterator[Told]:
    state: Part = {"a": LAST, "log": LOG}
    yield Told(
        "a node that failed and was handled has no handler in the next version of its graph",
        "n n.on_error ? second.n !ValueError",
        program(
            chain(logs("n", fail(on_runs=[1]), on_error=[ask()]), state=state),
            run(),
            {"op": "restart", "main": "second"},
            run(None),
            children={"second": chain(logs("n", fail(on_runs=[1])), state=state)},
        ),
    )


def _async_loop() -> Iterator[Told]:
    state: Part = {"a": LAST, "log": LOG, "left": {"managed": "remaining_steps"}}
    yield Told(
        "an async run without a saver, with a managed value",
        "n",
        program(chain(node("n", write("log", {"list": [get("left")]})), state=state), run(api="ainvoke"), saver="none"),
    )
    yield Told(
        "async runs with a cache",
        "n m n m n m",
        program(
            chain(logs("n", cache={"ttl": None}), logs("m")),
            run(api="ainvoke"),
            run(api="ainvoke"),
            run(given(a=2), api="ainvoke"),
            cache=True,
        ),
    )
    yield Told(
        "an async entrypoint with a cached task",
        "main t main",
        program(
            own(
                task("t", lit(1)),
                wait(),
                task("t", lit(1), into="g"),
                wait("g"),
                tasks=[{"name": "t", "do": [], "result": lit(1), "cache": {"ttl": None}, "async": True}],
                **{"async": True},
            ),
            run(1, api="ainvoke"),
            run(2, api="ainvoke"),
            cache=True,
        ),
    )
    yield Told(
        "a cached Send is found while an error is handled",
        "n z x x z z.on_error !NodeTimeoutError",
        program(
            fork(
                node("n", command(send("x", lit(given(a=1))), send("x", lit(given(a=2))), "z")),
                _later(
                    "x",
                    {
                        "op": "if",
                        "cond": {"cmp": "eq", "left": get("a"), "right": lit(2)},
                        "then": [_HANG],
                        "else": [],
                    },
                    write("log", lit(["x"])),
                    cache={"ttl": None, "key": "constant"},
                    timeout={"run": 30},
                ),
                _later("z", fail(), retry={"attempts": 2, "on": "all"}, on_error=[write("log", lit(["handled"]))]),
            ),
            run(api="ainvoke"),
            cache=True,
        ),
    )


def _timed() -> Iterator[Told]:
    both: Part = {"run": 5, "idle": 1}
    sub = {"child": chain(logs("inner"), logs("after"))}
    policies: tuple[tuple[str, Part], ...] = (
        ("a time-out of the run", {"run": 5}),
        ("one of idleness", {"idle": 1}),
        ("one of idleness that only heartbeats refresh", {"idle": 1, "refresh_on": "heartbeat"}),
    )
    for name, policy in policies:
        yield Told(
            f"what a node with {name} does is told to observers",
            "n child.inner child.after t",
            program(
                fork(
                    _later(
                        "n",
                        _BEAT,
                        _BEAT,
                        {"op": "emit", "value": lit(1)},
                        call("child"),
                        task("t"),
                        wait(),
                        write("log", lit(["n"])),
                        timeout=policy,
                    ),
                    tasks=[{"name": "t", "async": True, "do": []}],
                ),
                run(api="astream", subgraphs=True, stream_mode=["updates", "custom"], callbacks=True),
                children=sub,
            ),
        )
        yield Told(
            f"events of a node with {name}",
            "n",
            program(
                fork(
                    _later("n", {"op": "chat", "text": "a b", "var": "said"}, write("log", lit(["n"])), timeout=policy)
                ),
                run(api="events_v2", callbacks=True),
            ),
        )
    yield Told(
        "an observer is told how attempts with a time-out end",
        "n n !ValueError n m ? m !NodeCancelledError",
        program(
            fork(
                _later("n", fail(on_runs=[1, 2]), command("m"), timeout=both, retry={"attempts": 2, "on": "all"}),
                _later("m", ask(), fail("CancelledError"), timeout=both),
            ),
            run(api="ainvoke", callbacks=True),
            run(None, api="ainvoke", callbacks=True),
            resume("yes", api="ainvoke", callbacks=True),
        ),
    )
    yield Told(
        "a graph that is called after its caller's time-out streams to nobody",
        "y x child.inner x.on_error child.after",
        program(
            fan(
                _later("x", {"op": "hang", "stubborn": True}, call("child"), timeout={"run": 0.5}, on_error=[]),
                _later("y", {"op": "sleep", "seconds": 5}),
                last=_later("end"),
            ),
            run(api="astream", subgraphs=True, stream_mode=["updates"]),
            children=sub,
        ),
    )
    yield Told(
        "a failing node stops one that hangs within its time-out",
        "y x y !NodeTimeoutError",
        program(
            fan(
                _later("x", _HANG, timeout=both),
                _later("y", fail(on_runs=[1, 2]), retry={"attempts": 2, "on": "all"}),
                last=_later("end"),
            ),
            run(api="ainvoke", callbacks=True),
        ),
    )
    yield Told(
        "an async node retries what its second policy names, and then gives up",
        "n n !KeyError",
        program(
            chain(
                _later(
                    "n",
                    fail(on_runs=[1]),
                    fail("KeyError"),
                    retry=[{"attempts": 3, "on": "RuntimeError"}, {"attempts": 3, "on": "ValueError"}],
                )
            ),
            run(api="ainvoke"),
        ),
    )
    yield Told(
        "a step exceeds its time-out, async",
        "x y !TimeoutError x y !TimeoutError",
        program(
            fan(_later("x", _HANG), _later("y"), last=_later("end"), compile={"step_timeout": 0.5}),
            run(api="ainvoke"),
            run(api="astream", stream_mode=["updates"], durability="sync"),
        ),
    )
    yield Told(
        "an async step of one node exceeds its time-out",
        "x !TimeoutError",
        program(chain(_later("x", _HANG), compile={"step_timeout": 0.5}), run(api="ainvoke")),
    )


def _calls() -> Iterator[Told]:
    leave = command("y", graph="parent")
    rest = [logs("x"), logs("y")]
    for form in ("invoke", "ainvoke"):
        yield Told(
            f"a graph that is called twice leaves for the parent the second time, {form}",
            "n child.inner child.inner y",
            program(
                fork(
                    node("n", call("child", "one"), call("child", "two"))
                    if form == "invoke"
                    else _later("n", call("child", "one"), call("child", "two")),
                    *rest,
                ),
                run(api=form),
                children={
                    "child": fork(
                        node(
                            "inner",
                            {
                                "op": "if",
                                "cond": {"cmp": "eq", "left": {"run": True}, "right": lit(2)},
                                "then": [leave],
                                "else": [],
                            },
                        )
                    )
                },
            ),
        )
        yield Told(
            f"a command leaves two levels at once by way of a middle one, {form}",
            "within.inner child.out y",
            program(
                fork({"name": "n", "graph": "child"}, *rest),
                run(api=form),
                children={
                    "child": fork({"name": "deep", "graph": "within"}, node("out", leave)),
                    "within": chain(node("inner", command("out", graph="parent"))),
                },
            ),
        )
        yield Told(
            f"a command to a parent that is not there, {form}",
            "n !ParentCommand",
            program(fork(node("n", leave), *rest), run(api=form)),
        )


def _failures() -> Iterator[Told]:
    asynchronous: Part
    for form, asynchronous in (("invoke", {}), ("ainvoke", {"async": True})):
        tasks = [
            {"name": "good", "do": [], "result": lit(1), **asynchronous},
            {"name": "bad", "do": [fail()], **asynchronous},
        ]
        yield Told(
            f"an entrypoint fails after a task, {form}",
            "main good !ValueError main",
            program(
                own(task("good"), wait(), fail(on_runs=[1]), tasks=tasks, **asynchronous),
                run(1, api=form),
                run(None, api=form),
            ),
        )
        yield Told(
            f"an entrypoint leaves a task alone that fails, {form}",
            "main bad good",
            program(own(task("bad"), task("good", into="g"), wait("g"), tasks=tasks, **asynchronous), run(1, api=form)),
        )
        for what, do in (("after a task", [task("good"), wait(), fail()]), ("with its task", [task("bad"), wait()])):
            for handler in ({"on_error": [write("log", lit(["handled"]))]}, {}):
                yield Told(
                    f"a node {'with a handler' if handler else 'without one'} fails {what}, {form}",
                    f"n {'good' if what == 'after a task' else 'bad'} {'n.on_error' if handler else '!ValueError'}",
                    program(fork({**node("n", *do), **handler, **asynchronous}, tasks=tasks), run(api=form)),
                )
        yield Told(
            f"two handled errors at once, {form}",
            "x y x.on_error y.on_error !KeyError",
            program(
                fan(
                    {**node("x", fail(), on_error=[]), **asynchronous},
                    {**node("y", fail(), on_error=[fail("KeyError")]), **asynchronous},
                ),
                run(api=form),
            ),
        )
        yield Told(
            f"the answers of a task that asks, {form}",
            "main t good ? main t",
            program(
                own(
                    task("t"),
                    task("good", into="g"),
                    wait(),
                    wait("g"),
                    tasks=[{"name": "t", "do": [ask()], "result": var("answer"), **asynchronous}, *tasks],
                    **asynchronous,
                ),
                run(1, api=form),
                resume("yes", api=form),
            ),
        )
    yield Told(
        "a sync node of an async run calls a task",
        "n t",
        program(
            fork(node("n", task("t"), wait()), tasks=[{"name": "t", "do": [], "result": lit(1)}]),
            run(api="ainvoke"),
        ),
    )
    yield Told(
        "an async task cannot be called in a sync run",
        "main !RuntimeError",
        program(own(task("t"), wait(), tasks=[{"name": "t", "async": True, "do": []}]), run(1)),
    )
    yield Told(
        "a branch that fails after its node, beside a node that streams",
        "n n.route !KeyError",
        program(
            fork(logs("n"), logs("x"), branches=[branch("n", "nowhere", ends=["x"])]),
            run(api="stream", stream_mode=["values", "messages", "custom"], subgraphs=True),
        ),
    )
