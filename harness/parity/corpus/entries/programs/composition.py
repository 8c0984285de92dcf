"""Composition: subgraphs, the functional API, raw Pregel programs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from parity.corpus.entries.programs.parts import (
    ADD,
    LAST,
    LOG,
    Told,
    ask,
    branch,
    call,
    chain,
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

_SUB = {"op": "state", "subgraphs": True}


def entries() -> Iterator[Told]:
    """Yields the entries of this part."""
    yield from _subgraphs()
    yield from _checkpointers()
    yield from _functional()
    yield from _raw()


def _subgraphs() -> Iterator[Told]:
    child = chain(logs("inner"), logs("after"))
    yield Told(
        "a subgraph shares a key, and has one of its own",
        "n child.inner child.after m",
        program(
            chain(logs("n"), {"name": "s", "graph": "child"}, logs("m")),
            run(),
            _SUB,
            children={
                "child": chain(
                    logs("inner", write("mine", lit(1))), logs("after"), state={"log": LOG, "mine": LAST, "a": LAST}
                )
            },
        ),
    )
    yield Told(
        "a subgraph with a delta channel, over two runs",
        "child.inner child.inner",
        program(
            chain({"name": "s", "graph": "child"}, state={"a": LAST, "log": LOG, "d": delta(2)}),
            run(),
            run(),
            children={
                "child": chain(logs("inner", write("d", lit(["d"]))), state={"a": LAST, "log": LOG, "d": delta(2)})
            },
        ),
    )
    for hidden in (False, True):
        yield Told(
            f"a function calls a graph twice{', hidden' if hidden else ''}",
            "n child.inner child.after child.inner child.after",
            program(
                chain(logs("n", call("child", "one", hidden=hidden), call("child", "two", hidden=hidden))),
                run(),
                _SUB,
                children={"child": child},
            ),
        )
    yield Told(
        "a function calls two graphs whose names begin alike",
        "n sub.inner sub.after suba.inner suba.after",
        program(chain(logs("n", call("sub"), call("suba"))), run(), _SUB, children={"sub": child, "suba": child}),
    )
    yield Told(
        "sibling subgraphs whose names begin alike, streamed",
        "child.inner child.after child.inner child.after sab end",
        program(
            fan({"name": "s", "graph": "child"}, {"name": "sa", "graph": "child"}, logs("sab")),
            run(api="stream", subgraphs=True, stream_mode=["updates", "values"]),
            _SUB,
            children={"child": {**child, "output": ["log"]}},
        ),
    )
    yield Told(
        "graphs three deep, streamed with their namespaces",
        "n deep.inner deep.after m",
        program(
            chain(logs("n"), {"name": "s", "graph": "child"}, logs("m")),
            run(api="stream", subgraphs=True, stream_mode=["updates", "tasks", "checkpoints"]),
            _SUB,
            {"op": "history"},
            children={
                "child": chain({"name": "t", "graph": "middle"}),
                "middle": chain({"name": "u", "graph": "deep"}),
                "deep": child,
            },
        ),
    )
    yield Told(
        "a subgraph is sent to, twice at once",
        "n n.route child.inner child.after child.inner child.after",
        program(
            fork(
                node("n"),
                {"name": "s", "graph": "child"},
                branches=[branch("n", send("s", lit(given(a=1))), send("s", lit(given(a=2))))],
            ),
            run(),
            children={"child": {**child, "output": ["log"]}},
        ),
    )
    yield Told(
        "a subgraph in a cycle",
        "child.inner s.again child.inner s.again child.inner s.again child.inner s.again child.inner s.again",
        program(
            fork(
                {"name": "s", "graph": "child"},
                branches=[
                    {
                        "from": "s",
                        "name": "again",
                        "path": {
                            "if": {"cmp": "lt", "left": {"len": get("log")}, "right": lit(5)},
                            "then": ["s"],
                            "else": [],
                        },
                    }
                ],
            ),
            run(),
            children={"child": chain(logs("inner"), state={"log": {"channel": "LastValue"}})},
        ),
    )
    yield Told(
        "a retried subgraph node",
        "child.inner child.inner child.after",
        program(
            chain({"name": "s", "graph": "child", "retry": {"attempts": 2, "on": "all"}}),
            run(),
            children={"child": chain(logs("inner", fail(on_runs=[1])), logs("after"))},
        ),
    )


def _checkpointers() -> Iterator[Told]:
    def counting(checkpointer: Any) -> dict[str, Any]:
        return chain(
            node("inner", write("mine", lit(1)), write("log", {"list": [get("mine")]})),
            state={"log": LOG, "mine": ADD, "a": LAST},
            compile={"checkpointer": checkpointer},
        )

    for checkpointer, word in ((None, "per invocation"), (True, "per thread"), (False, "stateless")):
        yield Told(
            f"a subgraph as a node, {word}, over two runs",
            "child.inner child.inner",
            program(
                chain({"name": "s", "graph": "child"}),
                run(),
                run(),
                _SUB,
                children={"child": counting(checkpointer)},
            ),
        )
        yield Told(
            f"a graph called by a function, {word}, over two runs",
            "n child.inner n child.inner",
            program(
                chain(node("n", call("child"), write("log", {"index": [var("got"), lit("log")]}))),
                run(),
                run(),
                _SUB,
                children={"child": counting(checkpointer)},
            ),
        )
        yield Told(
            f"a graph called twice in one task, {word}",
            "n child.inner child.inner n child.inner child.inner",
            program(
                chain(node("n", call("child"), call("child"))), run(), run(), children={"child": counting(checkpointer)}
            ),
        )
        yield Told(
            f"an interrupt in a subgraph, {word}",
            "child.inner ? child.inner",
            program(
                chain({"name": "s", "graph": "child"}),
                run(),
                _SUB,
                resume("yes"),
                children={"child": chain(logs("inner", ask()), compile={"checkpointer": checkpointer})},
            ),
        )
    yield Told(
        "a graph called on a thread of its own, with the same saver",
        "n child.inner n child.inner",
        program(
            chain(node("n", call("child", thread="inner"), write("log", {"index": [var("got"), lit("log")]}))),
            run(),
            run(),
            {"op": "state", "thread": "inner"},
            children={"child": counting("saver")},
        ),
    )
    yield Told(
        "an update inside a subgraph with a checkpointer of its own",
        "child.inner m",
        program(
            chain({"name": "s", "graph": "child"}, logs("m"), compile={"interrupt_before": ["m"]}),
            run(),
            update(given(mine=5), at={"nth": 1, "sub": "s"}, as_node="inner"),
            _SUB,
            run(None),
            children={"child": counting(True)},
        ),
    )


def _functional() -> Iterator[Told]:
    yield Told(
        "an entrypoint with its previous result",
        "main main main",
        program(own(result={"add": [{"previous": True}, {"input": True}]}), run(1), run(2), run(3), {"op": "history"}),
    )
    yield Told(
        "an entrypoint gives one thing and saves another",
        "main main",
        program(own(result=lit("given"), save={"list": [{"previous": True}]}), run(1), run(2), {"op": "state"}),
    )
    many = [task("t", lit(index), into=f"f{index}") for index in range(4)]
    yield Told(
        "four tasks at once, and a fifth that uses them",
        "main t t t t u",
        program(
            own(
                *many,
                *(wait(f"f{index}", f"x{index}") for index in range(4)),
                task("u", {"list": [var(f"x{index}") for index in range(4)]}),
                wait(),
                result=var("x"),
                tasks=[
                    {"name": "t", "result": {"add": [var("arg0"), lit(10)]}},
                    {"name": "u", "result": {"len": var("arg0")}},
                ],
            ),
            run(1),
            {"op": "state"},
        ),
    )
    for asynchronous in (False, True):
        api = "ainvoke" if asynchronous else "invoke"
        yield Told(
            f"the tasks that are done are not run again after an answer ({api})",
            "main t ? main",
            program(
                own(
                    task("t", {"input": True}),
                    wait(),
                    ask(),
                    result={"list": [var("x"), var("answer")]},
                    tasks=[{"name": "t", "result": var("arg0"), "async": asynchronous}],
                    **{"async": asynchronous},
                ),
                run(1, api=api),
                resume("yes", api=api),
            ),
        )
    yield Told(
        "a sync entrypoint and its sync tasks in an async run",
        "main t",
        program(
            own(task("t", lit(1)), wait(), result=var("x"), tasks=[{"name": "t", "result": var("arg0")}]),
            run(1, api="ainvoke"),
        ),
    )
    yield Told(
        "a task that fails, and an entrypoint that is run again",
        "main t u !ValueError main u",
        program(
            own(
                task("t", into="f"),
                task("u", into="g"),
                wait("f", "x"),
                wait("g", "y"),
                result={"list": [var("x"), var("y")]},
                tasks=[{"name": "t", "result": lit("t")}, {"name": "u", "do": [fail(on_runs=[1])], "result": lit("u")}],
            ),
            run(1),
            {"op": "state"},
            run(None),
        ),
    )
    yield Told(
        "a task calls a task",
        "main t u",
        program(
            own(
                task("t"),
                wait(),
                result=var("x"),
                tasks=[
                    {"name": "t", "do": [task("u", lit(3)), wait()], "result": {"list": [var("x")]}},
                    {"name": "u", "result": var("arg0")},
                ],
            ),
            run(1),
        ),
    )
    yield Told(
        "a node of a StateGraph calls tasks",
        "n t t",
        program(
            chain(
                node(
                    "n",
                    task("t", lit(1), into="f"),
                    task("t", lit(2), into="g"),
                    wait("f", "x"),
                    wait("g", "y"),
                    write("log", {"list": [var("x"), var("y")]}),
                ),
                tasks=[{"name": "t", "result": var("arg0")}],
            ),
            run(api="stream", stream_mode=["updates", "tasks"]),
        ),
    )
    yield Told(
        "an entrypoint calls a StateGraph, and a StateGraph an entrypoint",
        "main child.inner point",
        program(
            own(call("child", input={"dict": [["a", {"input": True}]]}), result=var("got")),
            run(1),
            children={
                "child": chain(node("inner", call("point", input=get("a")), write("log", {"list": [var("got")]}))),
                "point": own(result={"add": [{"input": True}, lit(100)]}),
            },
        ),
    )
    yield Told(
        "a task is cached",
        "main t main",
        program(
            own(
                task("t", lit(1)), wait(), result=var("x"), tasks=[{"name": "t", "result": {"run": True}, "cache": {}}]
            ),
            run(1),
            run(2, thread="other"),
            cache=True,
        ),
    )


def _raw() -> Iterator[Told]:
    adds = node("one", write("b", {"add": [{"input": True}, lit(1)]}), only="a", writes=["b"])
    yield Told(
        "two nodes of Pregel",
        "one two",
        program(
            raw(
                {"a": LAST, "b": LAST, "c": LAST},
                [adds, node("two", write("c", {"list": [{"input": True}]}), only="b", writes=["c"])],
                "a",
                "c",
            ),
            run(1),
            {"op": "state"},
            {"op": "history"},
        ),
    )
    yield Told(
        "a node of Pregel reads channels that do not wake it",
        "n n",
        program(
            raw(
                {"a": LAST, "r": LAST, "o": LOG},
                [
                    node(
                        "n",
                        write("o", {"list": [get("a"), get("r")]}),
                        write("r", get("a")),
                        subscribe=["a"],
                        read=["r"],
                        writes=["o", "r"],
                    )
                ],
                ["a", "r"],
                ["o", "r"],
                stream_channels=["o"],
            ),
            run(given(a=1, r=0)),
            run(given(a=2), api="stream", stream_mode=["values", "updates"]),
        ),
    )
    for eager in (False, True):
        yield Told(
            f"Pregel streams {'eagerly' if eager else 'at the end of supersteps'}",
            "x y",
            program(
                raw(
                    {"a": LAST, "p": LAST, "q": LAST},
                    [
                        node("x", write("p", lit(1)), only="a", writes=["p"]),
                        node("y", write("q", lit(2)), only="a", writes=["q"]),
                    ],
                    "a",
                    ["p", "q"],
                    eager=eager,
                ),
                run(1, api="stream", stream_mode=["values", "updates"]),
            ),
        )
    yield Told(
        "barriers and channels that wait for the end",
        "x y both ends last x y both ends last",
        program(
            raw(
                {
                    "a": LAST,
                    "w": {"channel": "NamedBarrierValue", "names": ["x", "y"]},
                    "late": {"channel": "NamedBarrierValueAfterFinish", "names": ["x"]},
                    "end": {"channel": "LastValueAfterFinish"},
                    "o": LOG,
                },
                [
                    node(
                        "x",
                        write("w", lit("x")),
                        write("late", lit("x")),
                        write("end", lit(1)),
                        only="a",
                        writes=["w", "late", "end"],
                    ),
                    node("y", write("w", lit("y")), only="a", writes=["w"]),
                    node("both", write("o", lit(["both"])), subscribe=["w"], writes=["o"]),
                    node("last", write("o", lit(["last"])), only="late", writes=["o"]),
                    node("ends", write("o", {"list": [{"input": True}]}), only="end", writes=["o"]),
                ],
                "a",
                "o",
            ),
            run(1),
            run(2),
        ),
    )
    yield Told(
        "Pregel interrupts before a node, retries another and writes to a channel that is not there",
        "x x y",
        program(
            raw(
                {"a": LAST, "b": LAST, "c": LAST},
                [
                    node(
                        "x",
                        fail(on_runs=[1]),
                        write("b", lit(1)),
                        only="a",
                        writes=["b"],
                        retry={"attempts": 2, "on": "all"},
                    ),
                    node("y", write("c", lit(2)), only="b", writes=["c"], tags=["tagged"], metadata={"k": 1}),
                ],
                "a",
                "c",
                compile={"interrupt_before": ["y"]},
            ),
            run(1),
            {"op": "state"},
            run(None),
        ),
    )
    yield Told(
        "a custom channel that wakes a node of Pregel",
        "n n n n",
        program(
            raw(
                {"a": {"channel": "Custom"}, "o": LOG},
                [node("n", write("o", {"list": [{"input": True}]}), only="a", writes=["o"])],
                "a",
                "o",
            ),
            run(3),
            run(4),
        ),
    )
