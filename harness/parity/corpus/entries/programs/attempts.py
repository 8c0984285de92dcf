"""Attempts: handlers, retries and time-outs of async runs, what a timed attempt tells, and what refreshes it."""

from __future__ import annotations

from collections.abc import Iterator

from parity.corpus.entries.programs.parts import (
    LAST,
    LOG,
    START,
    Part,
    Told,
    ask,
    branch,
    chain,
    command,
    delta,
    fail,
    fan,
    fork,
    graph,
    lit,
    logs,
    node,
    own,
    program,
    resume,
    run,
    send,
    task,
    wait,
    write,
)

__all__ = ["entries"]

_AWAITED: Part = {"async": True}
_HANDLES = [write("log", {"list": [{"error": "type"}, {"error": "message"}, {"error": "node"}]})]
_HANG: Part = {"op": "hang"}


def entries() -> Iterator[Told]:
    """Yields the entries of this part."""
    yield from _handlers()
    yield from _handled_beside()
    yield from _intervals()
    yield from _refreshed()
    yield from _told_attempts()
    yield from _slow_steps()
    yield from _of_the_graph()
    yield from _for_the_parent()


def _sleep(seconds: float) -> Part:
    return {"op": "sleep", "seconds": seconds}


def _handlers() -> Iterator[Told]:
    for api in ("ainvoke", "astream"):
        yield Told(
            f"the error handler of an async node ({api})",
            "n n.on_error",
            program(
                chain(logs("n", fail(), **_AWAITED, on_error=_HANDLES), logs("m")), run(api=api), {"op": "history"}
            ),
        )
    yield Told(
        "the error handler of a node that is not async, in an async run",
        "n n.on_error",
        program(chain(logs("n", fail(), on_error=_HANDLES), logs("m")), run(api="ainvoke", stream_mode="debug")),
    )
    yield Told(
        "the error handler of an async node goes somewhere else",
        "n n.on_error z",
        program(
            fork(
                logs("n", fail(), **_AWAITED, on_error=[command("z", update={"a": lit(9)})]),
                logs("m"),
                logs("z", **_AWAITED),
            ),
            run(api="astream", stream_mode=["updates", "tasks", "checkpoints"]),
        ),
    )
    yield Told(
        "the error handler of an async node fails itself",
        "n n.on_error !RuntimeError n.on_error !RuntimeError",
        program(
            chain(logs("n", fail(), **_AWAITED, on_error=[fail("RuntimeError")]), logs("m")),
            run(api="ainvoke"),
            {"op": "state", "async": True},
            run(None, api="ainvoke"),
        ),
    )
    yield Told(
        "the error handler of an async node asks",
        "n n.on_error ? n.on_error",
        program(
            chain(logs("n", fail(), **_AWAITED, on_error=[ask(), *_HANDLES]), logs("m")),
            run(api="ainvoke"),
            resume("go on", api="ainvoke"),
        ),
    )
    yield Told(
        "the handler of all async nodes, and a node with its own",
        "x y x.on_error on_error",
        program(
            fan(
                logs("x", fail(), **_AWAITED, on_error=[]),
                logs("y", fail("RuntimeError"), **_AWAITED),
                defaults={"on_error": _HANDLES},
                last=logs("end", **_AWAITED),
            ),
            run(api="ainvoke"),
        ),
    )
    for api in ("invoke", "ainvoke"):
        yield Told(
            f"a handler calls a task ({api})",
            "n n.on_error t",
            program(
                chain(
                    logs("n", fail(), on_error=[task("t", lit(3)), wait(), write("log", {"list": [{"var": "x"}]})]),
                    tasks=[{"name": "t", "result": {"var": "arg0"}}],
                ),
                run(api=api),
            ),
        )
        yield Told(
            f"a handler calls a task, beside others ({api})",
            "x y x.on_error t",
            program(
                fan(
                    logs("x", fail(), on_error=[task("t", lit(3)), wait(), write("log", {"list": [{"var": "x"}]})]),
                    logs("y"),
                    tasks=[{"name": "t", "result": {"var": "arg0"}}],
                ),
                run(api=api),
            ),
        )
        yield Told(
            f"a handler for the error of a subgraph, which a second run meets again ({api})",
            "child.inner n.on_error child.inner n.on_error",
            program(
                chain(
                    {"name": "n", "graph": "child", "on_error": _HANDLES}, state={"a": LAST, "log": LOG, "d": delta(2)}
                ),
                run(api=api),
                run(api=api, durability="exit"),
                children={"child": chain(logs("inner", fail()))},
            ),
        )
        yield Told(
            f"a handler that fails once, after the error of a node that does not fail again ({api})",
            "n n.on_error !RuntimeError n.on_error",
            program(
                chain(logs("n", fail(on_runs=[1]), on_error=[fail("RuntimeError", on_runs=[1]), *_HANDLES]), logs("m")),
                run(api=api),
                {"op": "state"},
                run(None, api=api),
            ),
        )


def _handled_beside() -> Iterator[Told]:
    for api in ("invoke", "ainvoke"):
        awaited: Part = _AWAITED if api == "ainvoke" else {}
        yield Told(
            f"a handled error beside a finisher and an interrupt, twice resumed ({api})",
            "x y z x.on_error ? z x.on_error ? z x.on_error",
            program(
                fan(
                    logs("x", fail(), **awaited, on_error=_HANDLES),
                    logs("y", **awaited),
                    logs("z", ask(1, "p"), ask(2, "q"), **awaited),
                    last=logs("end", **awaited),
                ),
                run(api=api),
                {"op": "state"},
                resume("yes", api=api),
                resume("no", api=api),
            ),
        )
        yield Told(
            f"a handled error beside one that is not ({api})",
            "x y z x.on_error !RuntimeError y x.on_error",
            program(
                fan(
                    logs("x", fail(), **awaited, on_error=_HANDLES),
                    logs("y", fail("RuntimeError", on_runs=[1]), **awaited),
                    logs("z", **awaited),
                    last=logs("end", **awaited),
                ),
                run(api=api),
                {"op": "state"},
                run(None, api=api),
            ),
        )
        yield Told(
            f"a handled error in the last step that there is ({api})",
            "x y x.on_error !GraphRecursionError",
            program(
                fan(logs("x", fail(), **awaited, on_error=_HANDLES), logs("y", **awaited), last=logs("end", **awaited)),
                run(api=api, recursion_limit=1),
                run(None, api=api),
            ),
        )


def _intervals() -> Iterator[Told]:
    always = fail(on_runs=[1, 2, 3, 4])
    for name, policy in (
        ("the usual intervals", {}),
        ("intervals of its own", {"initial": 0.25, "factor": 3, "most": 1, "jitter": False}),
        ("intervals and jitter", {"initial": 3, "factor": 1.5, "most": 5, "jitter": True}),
    ):
        for api in ("invoke", "ainvoke"):
            yield Told(
                f"a node is tried five times at {name} ({api})",
                "n n n n n",
                program(chain(logs("n", always, retry={"attempts": 5, "on": "all", **policy})), run(api=api)),
            )


def _refreshed() -> Iterator[Told]:
    """What counts as progress, and what does not, each between two halves of an idle time-out."""
    acts: dict[str, list[Part]] = {
        "a heartbeat": [{"op": "heartbeat"}],
        "a custom event": [{"op": "emit", "value": lit("still here")}],
        "the words of a model": [{"op": "chat", "text": "a b", "var": "said"}],
        "a task": [task("t", lit(1)), wait()],
        "nothing": [],
    }
    for refresh in ("auto", "heartbeat"):
        for name, act in acts.items():
            kept = name == "a heartbeat" or (refresh == "auto" and name != "nothing")
            ran = " t" if name == "a task" else ""
            yield Told(
                f"an idle time-out that {refresh} refreshes, and {name}",
                f"slow{ran} last" if kept else f"slow{ran} !NodeTimeoutError",
                program(
                    chain(
                        {
                            "name": "slow",
                            "async": True,
                            "timeout": {"idle": 1, "refresh_on": refresh},
                            "do": [_sleep(0.75), *act, _sleep(0.75), write("log", lit(["slow"]))],
                        },
                        logs("last"),
                        tasks=[{"name": "t", "async": True, "result": lit(1)}],
                    ),
                    run(api="astream", stream_mode=["updates", "custom", "messages"], callbacks=True),
                ),
            )


def _told_attempts() -> Iterator[Told]:
    beats = [part for _ in range(3) for part in ({"op": "heartbeat"}, {"op": "heartbeat"}, _sleep(0.3))]
    for name, timeout in (
        ("of its idleness", {"idle": 1}),
        ("of its run", {"run": 2}),
        ("of both", {"idle": 1, "run": 2, "refresh_on": "heartbeat"}),
    ):
        yield Told(
            f"attempts of a node with a time-out {name} are told, with its progress",
            "slow slow",
            program(
                chain(
                    {
                        "name": "slow",
                        "async": True,
                        "timeout": timeout,
                        "retry": {"attempts": 2, "on": "all"},
                        "do": [*beats, fail(on_runs=[1]), write("log", lit(["slow"]))],
                    }
                ),
                run(api="ainvoke", callbacks=True, run_id=1),
            ),
        )
    yield Told(
        "an attempt that is too slow is told, and the handler after it",
        "slow slow.on_error",
        program(
            chain(
                {
                    "name": "slow",
                    "async": True,
                    "timeout": {"idle": 1},
                    "do": [{"op": "heartbeat"}, _sleep(0.5), {"op": "heartbeat"}, _HANG],
                    "on_error": _HANDLES,
                }
            ),
            run(api="ainvoke", callbacks=True),
        ),
    )
    yield Told(
        "the attempts of a task with a time-out are told",
        "main t t",
        program(
            own(
                task("t", lit(1)),
                wait(),
                result={"var": "x"},
                tasks=[
                    {
                        "name": "t",
                        "async": True,
                        "timeout": {"run": 1, "idle": 0.5},
                        "retry": {"attempts": 2, "on": "all"},
                        "do": [_sleep(0.25), {"op": "heartbeat"}, fail(on_runs=[1])],
                        "result": {"info": "node_attempt"},
                    }
                ],
                **_AWAITED,
            ),
            run(1, api="ainvoke", callbacks=True),
        ),
    )
    yield Told(
        "a subgraph with a time-out makes progress by its nodes",
        "child.one child.two",
        program(
            chain({"name": "n", "graph": "child", "timeout": {"idle": 1}}),
            run(api="astream", subgraphs=True, stream_mode=["updates", "values"], callbacks=True),
            children={"child": chain(logs("one", _sleep(0.75), **_AWAITED), logs("two", _sleep(0.75), **_AWAITED))},
        ),
    )
    yield Told(
        "a node with a time-out is cut off by the failure of another",
        "y x !ValueError",
        program(
            fan(
                {"name": "x", "async": True, "timeout": {"run": 5, "idle": 3}, "do": [write("a", lit(1)), _HANG]},
                logs("y", _sleep(1), fail(), **_AWAITED),
                last=logs("end", **_AWAITED),
            ),
            run(api="ainvoke", callbacks=True),
            {"op": "state", "async": True},
        ),
    )


def _slow_steps() -> Iterator[Told]:
    for api in ("invoke", "stream", "ainvoke"):
        yield Told(
            f"a time-out of steps that nobody needs ({api})",
            "n x y ? y end",
            program(
                graph(
                    {"a": LAST, "log": LOG},
                    [logs("n"), logs("x"), logs("y", ask()), logs("end")],
                    [(START, "n"), ("n", "x"), ("n", "y")],
                    joins=[{"from": ["x", "y"], "to": "end"}],
                    compile={"step_timeout": 30},
                ),
                run(api=api),
                resume("yes", api=api),
            ),
        )
    for seconds, shows in ((1.5, "x y end"), (3, "x y !TimeoutError")):
        yield Told(
            f"a step of two seconds has a node of one second and one of {seconds}",
            shows,
            program(
                fan(
                    logs("x", _sleep(1), **_AWAITED),
                    logs("y", _sleep(seconds), **_AWAITED),
                    last=logs("end", **_AWAITED),
                    compile={"step_timeout": 2},
                ),
                run(api="astream", stream_mode=["updates", "debug"]),
                {"op": "state", "async": True},
            ),
        )


def _of_the_graph() -> Iterator[Told]:
    """Policies that hold for everything that a graph runs and that has none of its own."""
    for api in ("invoke", "ainvoke"):
        awaited: Part = _AWAITED if api == "ainvoke" else {}
        policy: Part = {"compile": {"retry": {"attempts": 2, "on": "all"}}}
        yield Told(
            f"the retries of a graph, alone and beside others ({api})",
            "n n x x y end" if api == "invoke" else "n n x y x end",
            program(
                graph(
                    {"a": LAST, "log": LOG},
                    [
                        logs("n", fail(on_runs=[1]), **awaited),
                        logs("x", fail(on_runs=[1]), **awaited),
                        logs("y", **awaited),
                        logs("end", **awaited),
                    ],
                    [(START, "n"), ("n", "x"), ("n", "y")],
                    joins=[{"from": ["x", "y"], "to": "end"}],
                    **policy,
                ),
                run(api=api),
            ),
        )
        yield Told(
            f"the retries of a graph, and a handler that needs one ({api})",
            "x x y x.on_error x.on_error" if api == "invoke" else "x y x x.on_error x.on_error",
            program(
                fan(
                    logs("x", fail(), on_error=[fail("RuntimeError", on_runs=[1]), *_HANDLES], **awaited),
                    logs("y", **awaited),
                    last=logs("end", **awaited),
                    **policy,
                ),
                run(api=api),
            ),
        )
        yield Told(
            f"the retries of a graph, and a handler that needs one, alone ({api})",
            "x x x.on_error x.on_error",
            program(
                chain(logs("x", fail(), on_error=[fail("RuntimeError", on_runs=[1]), *_HANDLES], **awaited), **policy),
                run(api=api),
            ),
        )
        yield Told(
            f"the retries of a graph, and tasks of tasks ({api})",
            "main t u u",
            program(
                own(
                    *(task("t", lit(1)), wait()),
                    result={"var": "x"},
                    tasks=[
                        {"name": "t", "do": [task("u", lit(2)), wait()], "result": {"var": "x"}, **awaited},
                        {"name": "u", "do": [fail(on_runs=[1])], "result": {"var": "arg0"}, **awaited},
                    ],
                    **policy,
                    **awaited,
                ),
                run(1, api=api, run_id=7),
            ),
        )
        yield Told(
            f"the cache of a graph holds for its nodes, its sends and its handlers ({api})",
            "n n.route m m x y x.on_error x x.on_error",
            program(
                graph(
                    {"a": LAST, "log": LOG},
                    [
                        logs("n", **awaited),
                        logs("m", **awaited),
                        logs("x", fail(), on_error=_HANDLES, **awaited),
                        logs("y", **awaited),
                    ],
                    [(START, "n"), ("n", "x"), ("n", "y")],
                    branches=[branch("n", send("m", lit(1)), send("m", lit(2)))],
                    compile={"cache": {"key": "default"}},
                ),
                run(api=api),
                run(api=api, thread="other"),
                cache=True,
            ),
        )
        yield Told(
            f"the cache of a graph holds for its tasks ({api})",
            "main t main",
            program(
                own(
                    *(task("t", lit(1)), wait()),
                    result={"var": "x"},
                    tasks=[{"name": "t", "result": {"run": True}, **awaited}],
                    compile={"cache": {"ttl": 60}},
                    **awaited,
                ),
                run(1, api=api),
                run(2, api=api, thread="other"),
                cache=True,
            ),
        )


def _for_the_parent() -> Iterator[Told]:
    leaves = command("z", update={"log": lit(["left"])}, graph="parent")
    for api in ("invoke", "ainvoke"):
        yield Told(
            f"a subgraph that was sent to goes to a node of the parent ({api})",
            "__start__.route child.inner child.inner z",
            program(
                graph(
                    {"a": LAST, "log": LOG},
                    [{"name": "s", "graph": "child"}, logs("z")],
                    branches=[
                        branch(START, send("s", {"dict": [["a", lit(1)]]}), send("s", {"dict": [["a", lit(2)]]}))
                    ],
                ),
                run(api=api),
                children={"child": chain(node("inner", leaves))},
            ),
        )
    for update in ({"a": lit(9)}, {"nowhere": lit(9)}):
        yield Told(
            f"a subgraph with a time-out goes to a node of the parent and updates {next(iter(update))}",
            "child.inner z",
            program(
                fork({"name": "s", "graph": "child", "timeout": {"run": 1, "idle": 1}}, logs("z")),
                run(api="ainvoke", callbacks=True),
                children={"child": chain(node("inner", command("z", update=update, graph="parent"), **_AWAITED))},
            ),
        )
    yield Told(
        "a subgraph with a time-out leaves two levels",
        "deep.inner",
        program(
            fork({"name": "s", "graph": "child"}, logs("z")),
            run(api="ainvoke", callbacks=True),
            children={
                "child": chain({"name": "t", "graph": "deep", "timeout": {"run": 1}}),
                "deep": chain(node("inner", command("nowhere", graph="parent"), **_AWAITED)),
            },
        ),
    )
    yield Told(
        "a node with a time-out asks, beside another",
        "y x ? x end",
        program(
            fan(
                logs("x", {"op": "sleep", "seconds": 0.5}, ask(), timeout={"run": 1, "idle": 1}, **_AWAITED),
                logs("y", **_AWAITED),
                last=logs("end", **_AWAITED),
            ),
            run(api="ainvoke", callbacks=True),
            resume("yes", api="ainvoke", callbacks=True),
        ),
    )
