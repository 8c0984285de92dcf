"""Control: edges, joins, branches, cycles, commands, sends, limits."""

from __future__ import annotations

from collections.abc import Iterator

from parity.corpus.entries.programs.parts import (
    END,
    LAST,
    LOG,
    START,
    Told,
    branch,
    chain,
    command,
    fan,
    fork,
    get,
    given,
    graph,
    lit,
    logs,
    node,
    program,
    raw,
    run,
    send,
    var,
    write,
)

__all__ = ["entries"]

_STATE = {"a": LAST, "log": LOG}


def entries() -> Iterator[Told]:
    """Yields the entries of this part."""
    yield from _edges()
    yield from _branches()
    yield from _commands()
    yield from _sends()
    yield from _limits()


def _edges() -> Iterator[Told]:
    yield Told(
        "two joins share their sources, and one waits for a longer way",
        "x y both z all",
        program(
            graph(
                _STATE,
                [logs(name) for name in ("x", "y", "z", "both", "all")],
                [(START, "x"), (START, "y"), ("y", "z")],
                joins=[{"from": ["x", "y"], "to": "both"}, {"from": ["x", "z"], "to": "all"}],
            ),
            run(),
        ),
    )
    yield Told(
        "a join that gets only one of its sources never wakes",
        "x",
        program(
            graph(
                _STATE,
                [logs("x"), logs("y"), logs("never")],
                [(START, "x")],
                joins=[{"from": ["x", "y"], "to": "never"}],
            ),
            run(),
            {"op": "state"},
        ),
    )
    yield Told(
        "a deferred join after ways of different length",
        "x y z w late",
        program(
            graph(
                _STATE,
                [logs("x"), logs("y"), logs("z"), logs("w"), logs("late", defer=True)],
                [(START, "x"), (START, "y"), ("y", "z"), ("z", "w"), ("w", END)],
                joins=[{"from": ["x", "w"], "to": "late"}],
            ),
            run(),
        ),
    )
    yield Told(
        "two deferred nodes, one of which leads to the other",
        "n m first second second",
        program(
            graph(
                _STATE,
                [logs("n"), logs("m"), logs("first", defer=True), logs("second", defer=True)],
                [(START, "n"), ("n", "m"), ("n", "first"), ("n", "second"), ("first", "second")],
            ),
            run(),
        ),
    )
    yield Told(
        "nodes that write nothing still lead on",
        "n m o",
        program(chain(node("n", returns="none"), node("m"), node("o", returns="none")), run()),
    )
    yield Told(
        "three writers at once, of which two agree",
        "x y z end",
        program(
            fan(
                *(node(name, write("p", lit(value))) for name, value in (("x", 1), ("y", 1), ("z", 2))),
                state={
                    "a": LAST,
                    "p": {"channel": "BinaryOperatorAggregate", "reducer": "pair", "type": "any"},
                    "log": LOG,
                },
            ),
            run(given(a=1, p=0)),
        ),
    )


def _branches() -> Iterator[Told]:
    nodes = [logs("n"), logs("x"), logs("y")]
    for name, paths, shows in (
        ("one", ["x"], "n n.route x"),
        ("many", ["x", "y"], "n n.route x y"),
        ("one twice", ["x", "x"], "n n.route x"),
        ("END", [END], "n n.route"),
        ("END and a node", [END, "x"], "n n.route x"),
        ("nothing", [], "n n.route"),
        ("a Send and a node", [send("x", lit(given(a=5))), "x"], "n n.route x x"),
        ("somewhere that does not exist", ["nowhere", "x"], "n n.route x"),
    ):
        yield Told(f"a branch to {name}", shows, program(fork(*nodes, branches=[branch("n", *paths)]), run()))
    yield Told(
        "a branch with ends that goes elsewhere",
        "n n.route !KeyError",
        program(fork(*nodes, branches=[branch("n", "y", ends=["x"])]), run()),
    )
    yield Told(
        "a branch that leaves the start",
        "__start__.route y",
        program(graph(_STATE, nodes, branches=[branch(START, "y")]), run()),
    )
    yield Told(
        "a branch sees what its node has just written",
        "n n.route y",
        program(
            fork(
                node("n", write("a", lit(5))),
                *nodes[1:],
                branches=[
                    {
                        "from": "n",
                        "name": "route",
                        "path": {
                            "if": {"cmp": "eq", "left": get("a"), "right": lit(5)},
                            "then": ["y"],
                            "else": ["x"],
                        },
                    }
                ],
            ),
            run(),
        ),
    )
    yield Told(
        "two branches leave one node",
        "n n.route n.other x y",
        program(fork(*nodes, branches=[branch("n", "x"), branch("n", "y", name="other")]), run()),
    )
    yield Told(
        "an async branch",
        "n n.route x",
        program(fork(*nodes, branches=[{**branch("n", "x"), "async": True}]), run(api="ainvoke")),
    )
    loop = {"if": {"cmp": "lt", "left": {"len": get("log")}, "right": lit(3)}, "then": ["n"], "else": [END]}
    cycle = fork(logs("n"), branches=[{"from": "n", "name": "again", "path": loop}])
    yield Told("a cycle", "n n.again n n.again n n.again", program(cycle, run()))


def _commands() -> Iterator[Told]:
    rest = [logs("x"), logs("y")]
    for name, do, shows in (
        ("goes to one node", [command("x")], "n x"),
        ("goes to two nodes", [command("x", "y")], "n x y"),
        ("goes to a node and sends to it", [command("x", send("x", lit(given(a=7))))], "n x x"),
        ("updates only", [command(update={"a": lit(5)})], "n"),
        ("updates and goes", [command("x", update={"log": lit(["c"])})], "n x"),
        ("is one of two", [command("x"), command("y", update={"a": lit(6)})], "n x y"),
        ("comes with an update", [write("log", lit(["w"])), command("y")], "n y"),
        ("goes to END", [command(END)], "n"),
        ("goes nowhere", [command("nowhere", "x")], "n x"),
        ("says resume", [command("x", resume=lit(1))], "n x"),
    ):
        yield Told(f"a command {name}", shows, program(fork(node("n", *do), *rest), run()))
    yield Told(
        "a command goes on beside an edge",
        "n x y",
        program(graph(_STATE, [node("n", command("x")), *rest], [(START, "n"), ("n", "y")]), run()),
    )
    leave = command("y", graph="parent", update={"log": lit(["up"])})
    child = chain(node("inner", leave), logs("skipped"))
    yield Told(
        "a command leaves a subgraph for the parent",
        "child.inner y",
        program(fork({"name": "n", "graph": "child"}, *rest), run(), children={"child": child}),
    )
    yield Told(
        "a command leaves two levels, one at a time",
        "within.inner child.out y",
        program(
            fork({"name": "n", "graph": "child"}, *rest),
            run(),
            children={
                "child": fork(
                    {"name": "deep", "graph": "within"},
                    node("out", command("y", graph="parent")),
                ),
                "within": chain(node("inner", command("out", graph="parent"))),
            },
        ),
    )
    yield Told(
        "a command to a parent that is not there",
        "n !ParentCommand",
        program(fork(node("n", leave), *rest), run()),
    )
    yield Told(
        "a command sends to nodes of the parent",
        "child.inner y x",
        program(
            fork({"name": "n", "graph": "child"}, *rest),
            run(),
            children={
                "child": chain(node("inner", command("x", send("y", lit(given(a=3))), graph="parent"))),
            },
        ),
    )
    yield Told(
        "parallel nodes command the same target",
        "x y end",
        program(
            graph(
                _STATE,
                [node("x", command("end")), node("y", command("end")), logs("end")],
                [(START, "x"), (START, "y")],
            ),
            run(),
        ),
    )


def _sends() -> Iterator[Told]:
    worker = node("w", write("log", {"list": [{"input": True}]}))
    each = {"from": "n", "name": "each", "path": {"each": "a", "node": "w"}}
    yield Told(
        "a send to each item",
        "n n.each w w w",
        program(fork(node("n"), worker, branches=[each]), run(given(a=[1, [2], None]))),
    )
    yield Told(
        "sends of a superstep run before the nodes that it triggers, and are applied after them",
        "n n.route w w m",
        program(
            fork(node("n"), worker, logs("m"), branches=[branch("n", send("w", lit(1)), send("w", lit(2)), "m")]), run()
        ),
    )
    yield Told(
        "a sent node sends again",
        "n w w w",
        program(
            fork(
                node("n", command(send("w", lit(2)))),
                node(
                    "w",
                    write("log", {"list": [{"input": True}]}),
                    {
                        "op": "if",
                        "cond": {"cmp": "ge", "left": {"input": True}, "right": lit(1)},
                        "then": [command(send("w", {"add": [{"input": True}, lit(-1)]}))],
                    },
                ),
            ),
            run(),
        ),
    )
    yield Told(
        "a send with a time-out of its own",
        "n w !NodeTimeoutError",
        program(
            fork(
                node("n", command(send("w", lit(1), timeout=0.5))),
                {"name": "w", "async": True, "timeout": {"run": 30}, "do": [{"op": "hang"}]},
            ),
            run(api="ainvoke"),
        ),
    )
    yield Told(
        "a send to a node that does not exist",
        "n",
        program(fork(node("n", command(send("nowhere", lit(1)))), worker), run()),
    )
    yield Told(
        "sends to a deferred node",
        "n late m",
        program(
            fork(
                node("n", command(send("late", lit(1)), "m")),
                logs("m"),
                node("late", write("log", {"list": [{"input": True}]}), defer=True),
            ),
            run(),
        ),
    )
    yield Told(
        "a node of Pregel is triggered by what it writes",
        "count count count",
        program(
            raw(
                {"c": LAST, "out": LAST},
                [
                    node(
                        "count",
                        {
                            "op": "if",
                            "cond": {"cmp": "lt", "left": {"input": True}, "right": lit(3)},
                            "then": [write("c", {"add": [{"input": True}, lit(1)]})],
                            "else": [write("out", lit("done"))],
                        },
                        only="c",
                        writes=["c", "out"],
                    )
                ],
                "c",
                "out",
            ),
            run(1),
        ),
    )


def _limits() -> Iterator[Told]:
    endless = graph(_STATE, [logs("n")], [(START, "n"), ("n", "n")])
    yield Told(
        "the recursion limit of the run",
        "n n n !GraphRecursionError n n n n !GraphRecursionError",
        program(endless, run(recursion_limit=3), run(None, recursion_limit=2)),
    )
    yield Told(
        "the recursion limit that is bound, and the one of the run over it",
        "n n !GraphRecursionError n !GraphRecursionError",
        program({**endless, "compile": {"config": {"recursion_limit": 2}}}, run(), run(recursion_limit=1)),
    )
    yield Told("a recursion limit of nothing", "!ValueError", program(endless, run(recursion_limit=0)))
    wide = fan(*(logs(name) for name in "uvwx"))
    yield Told("no more than two at once", "u v w x end", program(wide, run(max_concurrency=2)))
    yield Told("no more than one at once, async", "u v w x end", program(wide, run(max_concurrency=1, api="ainvoke")))
    yield Told(
        "a step that takes too long",
        "n slow !TimeoutError",
        program(
            chain(
                logs("n"),
                {"name": "slow", "async": True, "do": [{"op": "hang"}]},
                compile={"step_timeout": 0.5},
            ),
            run(api="ainvoke"),
            {"op": "state"},
        ),
    )
    for asynchronous in (False, True):
        api = "ainvoke" if asynchronous else "invoke"
        yield Told(
            f"a drained run stops after its superstep, and the next one goes on ({api})",
            "x y !GraphDrained <drained> end",
            program(
                fan(logs("x", {"op": "drain"}), logs("y")),
                run(api=api, control=True),
                run(None, api=api),
            ),
        )
    yield Told(
        "a drain in a subgraph",
        "child.inner !GraphDrained <drained> child.after m",
        program(
            chain({"name": "n", "graph": "child"}, logs("m")),
            run(control=True),
            run(None),
            children={"child": chain(logs("inner", {"op": "drain"}), logs("after"))},
        ),
    )
    yield Told(
        "barriers hold four tasks together",
        "u v w x end",
        program(
            fan(*(logs(name, {"op": "barrier", "name": "all", "parties": 4}) for name in "uvwx")),
            run(),
            schedule="threads",
        ),
    )
    yield Told(
        "no more than two at once, with threads",
        "u v w x end u v w x end",
        program(wide, run(max_concurrency=2), run(api="ainvoke"), schedule="threads"),
    )
    yield Told(
        "a node is given the number of its run",
        "n n n",
        program(
            chain(node("n", {"op": "let", "var": "r", "value": {"run": True}}, write("a", var("r")))),
            run(),
            run(),
            run(),
        ),
    )
