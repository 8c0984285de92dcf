"""Faults: errors of nodes, retries, handlers, time-outs, savers that fail, crashes."""

from __future__ import annotations

from collections.abc import Iterator

from parity.corpus.entries.programs.parts import (
    ADD,
    LAST,
    LOG,
    Part,
    Told,
    ask,
    branch,
    call,
    chain,
    command,
    delta,
    fail,
    fan,
    fork,
    lit,
    logs,
    node,
    own,
    program,
    resume,
    run,
    task,
    wait,
    write,
)

__all__ = ["entries"]


def entries() -> Iterator[Told]:
    """Yields the entries of this part."""
    yield from _errors()
    yield from _retries()
    yield from _handlers()
    yield from _time_outs()
    yield from _savers()
    yield from _crashes()


def _errors() -> Iterator[Told]:
    for error, shown in (
        ("ValueError", "ValueError"),
        ("KeyError", "KeyError"),
        ("CustomError", "CustomError"),
        ("CancelledError", "NodeCancelledError"),
    ):
        yield Told(
            f"a node raises {error} after it has written, and is run again on the next call",
            f"n m !{shown} m o",
            program(
                chain(logs("n"), logs("m", fail(error, on_runs=[1])), logs("o")), run(), {"op": "state"}, run(None)
            ),
        )
    yield Told(
        "a note that a node has put on its error",
        "n !ValueError",
        program(chain(node("n", fail(note="why"))), run()),
    )
    yield Told(
        "one of three parallel nodes fails once; the others are not run again",
        "x y z !ValueError y end",
        program(fan(logs("x"), logs("y", fail(on_runs=[1])), logs("z")), run(), {"op": "state"}, run(None)),
    )
    yield Told(
        "two of three parallel nodes fail",
        "x y z !ValueError x z !RuntimeError",
        program(fan(logs("x", fail(on_runs=[1])), logs("y"), logs("z", fail("RuntimeError"))), run(), run(None)),
    )
    yield Told(
        "one of two parallel nodes fails beside an interrupt",
        "x y !ValueError x y ? x end",
        program(fan(logs("x", ask()), logs("y", fail(on_runs=[1]))), run(), run(None), resume("yes")),
    )
    yield Told(
        "a node fails between two interrupts, and its one answer then answers both",
        "n ? n !ValueError n",
        program(
            chain(logs("n", ask(1, "p"), fail(on_runs=[2]), ask(2, "q"))),
            run(),
            resume("a"),
            run(None),
            resume("b"),
        ),
    )
    yield Told(
        "an error inside a subgraph, and the next call",
        "child.inner !ValueError child.inner",
        program(
            chain({"name": "n", "graph": "child"}),
            run(),
            {"op": "state", "subgraphs": True},
            run(None),
            children={"child": chain(logs("inner", fail(on_runs=[1])))},
        ),
    )
    yield Told(
        "an error while streaming",
        "n m !ValueError",
        program(
            chain(logs("n"), logs("m", fail())),
            run(api="stream", stream_mode=["values", "updates", "tasks", "debug"]),
        ),
    )
    yield Told(
        "an error of an exit-durable run",
        "n m !ValueError m",
        program(chain(logs("n"), logs("m", fail(on_runs=[1]))), run(durability="exit"), run(None, durability="exit")),
    )


def _retries() -> Iterator[Told]:
    twice = fail(on_runs=[1, 2])
    yield Told(
        "a node is tried three times; its writes of the failed ones are gone",
        "n n n",
        program(chain(logs("n", write("a", {"run": True}), twice, retry={"attempts": 3, "on": "all"})), run()),
    )
    yield Told(
        "the tries are used up",
        "n n !ValueError n",
        program(chain(logs("n", twice, retry={"attempts": 2, "on": "all"})), run(), run(None)),
    )
    yield Told(
        "the first policy that fits decides",
        "n n n !ValueError",
        program(
            chain(
                node("n", fail(), retry=[{"attempts": 5, "on": "RuntimeError"}, {"attempts": 3, "on": "ValueError"}])
            ),
            run(),
        ),
    )
    yield Told(
        "what the default policy does not retry",
        "n !ValueError n n",
        program(
            chain(
                node(
                    "n",
                    fail(on_runs=[1]),
                    fail("ConnectionError", on_runs=[2]),
                    retry={"attempts": 2},
                )
            ),
            run(),
            run(None),
        ),
    )
    yield Told(
        "a retry counts interrupts anew",
        "n ? n n ? n",
        program(
            chain(
                logs("n", ask(1, "p"), fail(on_runs=[2]), ask(2, "q"), retry={"attempts": 2, "on": "all"}),
            ),
            run(),
            resume("a"),
            resume("b"),
        ),
    )
    yield Told(
        "a retry of a node that calls a subgraph",
        "n child.inner n child.inner",
        program(
            chain(logs("n", call("child"), fail(on_runs=[1]), retry={"attempts": 2, "on": "all"})),
            run(),
            children={"child": chain(logs("inner"))},
        ),
    )
    yield Told(
        "retries of a task and of its entrypoint",
        "main t t t",
        program(
            own(
                task("t"),
                wait(),
                tasks=[{"name": "t", "do": [twice], "retry": {"attempts": 3, "on": "all"}}],
            ),
            run(1),
        ),
    )


def _handlers() -> Iterator[Told]:
    told = {"list": [{"error": "type"}, {"error": "message"}, {"error": "node"}]}
    handles = [write("log", told)]
    yield Told(
        "an error handler writes in place of the node, whose edge is not followed",
        "n n.on_error",
        program(chain(logs("n", fail(), on_error=handles), logs("m")), run(), {"op": "history"}),
    )
    yield Told(
        "an error handler that goes somewhere else",
        "n n.on_error z",
        program(fork(logs("n", fail(), on_error=[command("z", update={"a": lit(9)})]), logs("m"), logs("z")), run()),
    )
    yield Told(
        "an error handler that fails itself",
        "n n.on_error !RuntimeError",
        program(chain(logs("n", fail(), on_error=[fail("RuntimeError")]), logs("m")), run(), {"op": "state"}),
    )
    yield Told(
        "an error handler that asks is given the error's text when it is answered",
        "n n.on_error ? n.on_error",
        program(chain(logs("n", fail(), on_error=[ask(), *handles]), logs("m")), run(), resume("go on")),
    )
    yield Told(
        "an error handler after retries",
        "n n n.on_error",
        program(chain(logs("n", fail(), retry={"attempts": 2, "on": "all"}, on_error=handles)), run()),
    )
    yield Told(
        "the handler of all nodes, and a node with its own",
        "x y x.on_error on_error",
        program(
            fan(logs("x", fail(), on_error=[]), logs("y", fail("RuntimeError")), defaults={"on_error": handles}), run()
        ),
    )
    yield Told(
        "a handled error beside a finisher and an interrupt",
        "x y z x.on_error ? z x.on_error",
        program(
            fan(logs("x", fail(), on_error=handles), logs("y"), logs("z", ask())), run(), {"op": "state"}, resume("yes")
        ),
    )
    yield Told(
        "a handler for the error of a subgraph",
        "child.inner n.on_error",
        program(
            chain({"name": "n", "graph": "child", "on_error": handles}),
            run(),
            children={"child": chain(logs("inner", fail()))},
        ),
    )


def _time_outs() -> Iterator[Told]:
    hang: Part = {"op": "hang"}
    for kind in ("run", "idle"):
        yield Told(
            f"a node exceeds its {kind} time-out",
            "n slow !NodeTimeoutError",
            program(
                chain(logs("n"), {"name": "slow", "async": True, "timeout": {kind: 0.5}, "do": [hang]}),
                run(api="ainvoke"),
                {"op": "state"},
            ),
        )
    yield Told(
        "a time-out is retried and then handled",
        "slow slow slow.on_error",
        program(
            chain(
                {
                    "name": "slow",
                    "async": True,
                    "timeout": {"run": 0.5, "idle": 0.3},
                    "do": [hang],
                    "retry": {"attempts": 2, "on": "all"},
                    "on_error": [write("log", {"list": [{"error": "message"}]})],
                }
            ),
            run(api="ainvoke"),
        ),
    )
    yield Told(
        "heartbeats do not help against a time-out of the run",
        "slow !NodeTimeoutError",
        program(
            chain({"name": "slow", "async": True, "timeout": {"run": 0.5}, "do": [{"op": "heartbeat"}, hang]}),
            run(api="astream"),
        ),
    )
    yield Told(
        "a time-out of all nodes, and of one that hangs beside a finisher",
        "x y !NodeTimeoutError",
        program(
            fan(
                {"name": "x", "async": True, "do": [hang]},
                {"name": "y", "async": True, "do": [write("log", lit(["y"]))]},
                defaults={"timeout": {"run": 0.5}},
                last={"name": "end", "async": True, "do": []},
            ),
            run(api="ainvoke"),
            {"op": "state"},
        ),
    )
    yield Told(
        "a task that exceeds its time-out",
        "main t !NodeTimeoutError",
        program(
            own(
                task("t"),
                wait(),
                tasks=[{"name": "t", "async": True, "timeout": {"run": 0.5}, "do": [hang]}],
                **{"async": True},
            ),
            run(1, api="ainvoke"),
        ),
    )
    yield Told(
        "a time-out on a node that is not async is refused",
        "<built:ValueError>",
        program(chain(node("n", timeout={"run": 1})), run()),
    )


def _fault(at: str, nth: int, kind: str = "error", when: str = "before") -> Part:
    return {"at": at, "nth": nth, "kind": kind, "when": when}


def _savers() -> Iterator[Told]:
    two = chain(logs("n"), logs("m"), state={"a": LAST, "log": LOG, "d": delta(2)})
    for at, when, shows in (
        ("put", "before", "n m !RuntimeError n m"),
        ("put", "after", "n m !RuntimeError n m"),
        ("put_writes", "before", "n m !RuntimeError n m"),
        ("put_writes", "after", "n m !RuntimeError n m"),
        ("get_tuple", "before", "!RuntimeError n m"),
    ):
        yield Told(
            f"{at} fails once, {when} it has done its work, and the next run",
            shows,
            program(two, run(fault=_fault(at, 1, when=when)), run()),
        )
    for durability, nth, shows in (
        ("sync", 2, "!RuntimeError n m"),
        ("async", 2, "n m !RuntimeError n m"),
        ("exit", 1, "n m !RuntimeError !EmptyInputError"),
    ):
        yield Told(
            f"put {nth} fails in a run of durability {durability}",
            shows,
            program(two, run(durability=durability, fault=_fault("put", nth)), run(None)),
        )
    yield Told(
        "put fails in an async run",
        "n m !RuntimeError n m",
        program(two, run(api="ainvoke", fault=_fault("put", 2)), run(None, api="ainvoke")),
    )
    yield Told(
        "put fails in an update",
        "n m !RuntimeError",
        program(two, run(), {"op": "update", "values": None, "fault": _fault("put", 1)}, {"op": "state"}),
    )


def _crashes() -> Iterator[Told]:
    three = chain(
        logs("n", write("sum", lit(1))),
        logs("m", write("sum", lit(10))),
        logs("o", write("sum", lit(100))),
        state={"a": LAST, "log": LOG, "sum": ADD, "d": delta(2)},
    )
    for at, nth, when, shows in (
        ("put", 3, "before", "n <crash> m o"),
        ("put", 3, "after", "n <crash> m o"),
        ("put_writes", 2, "before", "n <crash> n m o"),
        ("put_writes", 2, "after", "n <crash> m o"),
    ):
        yield Told(
            f"a crash {when} {at} {nth}, and a new process that goes on",
            shows,
            program(three, run(durability="sync", fault=_fault(at, nth, "crash", when)), {"op": "restart"}, run(None)),
        )
    yield Told(
        "a crash in SQLite among parallel nodes",
        "x <crash> y z end",
        program(
            fan(logs("x"), logs("y"), logs("z")),
            run(durability="sync", fault=_fault("put_writes", 2, "crash", "after")),
            {"op": "restart"},
            run(None),
            saver="sqlite",
        ),
    )
    yield Told(
        "a crash inside a subgraph",
        "child.inner <crash> child.after m",
        program(
            chain({"name": "n", "graph": "child"}, logs("m")),
            run(durability="sync", fault=_fault("put", 5, "crash", "before")),
            {"op": "restart"},
            run(None),
            children={"child": chain(logs("inner"), logs("after"))},
        ),
    )
    yield Told(
        "a crash of an exit-durable run leaves the thread as it was",
        "n m o n m o <crash>",
        program(
            three,
            run(),
            run(durability="exit", fault=_fault("put", 1, "crash", "before")),
            {"op": "restart"},
            {"op": "state"},
        ),
    )
    yield Told(
        "a crash after an answer",
        "n ? n <crash> m",
        program(
            chain(logs("n", ask()), logs("m")),
            run(),
            resume("yes", durability="sync", fault=_fault("put_writes", 2, "crash", "after")),
            {"op": "restart"},
            run(None),
        ),
    )
    yield Told(
        "a branch after a crash",
        "n n.route <crash> x",
        program(
            fork(logs("n"), logs("x"), branches=[branch("n", "x")]),
            run(durability="sync", fault=_fault("put_writes", 2, "crash", "after")),
            {"op": "restart"},
            run(None),
        ),
    )
