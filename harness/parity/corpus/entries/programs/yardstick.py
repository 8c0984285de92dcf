"""Programs for what upstream's own suites told of and no other entry did: states of one value, schemas, parts alone."""

from __future__ import annotations

from collections.abc import Iterator

from parity.corpus.entries.programs.parts import (
    ADD,
    LAST,
    LOG,
    MESSAGES,
    Part,
    Told,
    ask,
    branch,
    chain,
    command,
    custom,
    delta,
    fail,
    fan,
    fork,
    get,
    given,
    graph,
    lit,
    logs,
    message,
    node,
    own,
    program,
    raw,
    resume,
    run,
    send,
    update,
    write,
)

__all__ = ["entries"]

_SHORT: Part = {"cmp": "lt", "left": {"len": get("all")}, "right": lit(4)}


def entries() -> Iterator[Told]:
    """Yields the entries of this part."""
    yield from _values()
    yield from _replays()
    yield from _attempts()
    yield from _schemas()
    yield from _hydrated()
    yield from _alone()


# --- a state of one value -------------------------------------------------------------------------------------------


def _whole(channel: Part, *nodes: Part, edges: list[tuple[str, str]] | None = None, **members: object) -> Part:
    """A StateGraph whose state is one value, which is called `all` here; by default its nodes follow each other."""
    made = chain(*nodes, state={"all": channel}, schema="value", **members)
    return made if edges is None else {**made, "edges": [list(edge) for edge in edges]}


def _adds(name: str, *do: Part, **members: object) -> Part:
    return node(name, *do, write("all", lit([name])), **members)


def _values() -> Iterator[Told]:
    back = {"from": "b", "name": "more", "path": {"if": _SHORT, "then": ["a"], "else": ["__end__"]}}
    yield Told(
        "a state of one value is read by a branch with what its node has just written",
        "a b b.more a b b.more",
        program(
            _whole(LOG, _adds("a"), _adds("b"), edges=[("__start__", "a"), ("a", "b")], branches=[back]),
            run(["in"], api="stream", stream_mode=["values", "updates", "tasks", "checkpoints"]),
            update(["later"], as_node="a"),
            {"op": "history"},
        ),
    )
    yield Told(
        "a state of one value is read by a branch of a node that an edge leaves, too",
        "a a.on b c",
        program(
            _whole(
                LOG,
                _adds("a"),
                _adds("b"),
                _adds("c"),
                edges=[("__start__", "a"), ("a", "b")],
                branches=[{"from": "a", "name": "on", "path": {"if": _SHORT, "then": ["c"], "else": ["__end__"]}}],
            ),
            run(["in"], api="stream", stream_mode="updates"),
        ),
    )
    yield Told(
        "a state of one value cannot be a channel that is not told by its class alone",
        "<built:TypeError>",
        program(_whole(delta(3), _adds("a")), run(["in"])),
    )
    yield Told(
        "a state of one value: an async run of parallel nodes, forked and updated",
        "a b c end end",
        program(
            fan(_adds("a"), _adds("b"), _adds("c"), last=_adds("end"), state={"all": LOG}, schema="value"),
            run(["in"], api="astream", stream_mode=["values", "updates"]),
            update(["over"], at={"nth": 1}, as_node="c"),
            run(None, api="ainvoke"),
        ),
    )
    yield Told(
        "a state of one value: an int that nothing is written to",
        "a a.on b",
        program(
            _whole(
                ADD,
                node("a"),
                node("b", write("all", {"add": [get("all"), lit(1)]})),
                edges=[("__start__", "a")],
                branches=[branch("a", "b", name="on")],
            ),
            run(5, stream_mode="updates"),
            {"op": "state"},
        ),
    )
    yield Told(
        "a state of one value: commands that write all of it, sends of parts of it, an interrupt",
        "a b ? b c c d",
        program(
            _whole(
                LOG,
                _adds("a", command("b", update={"all": lit(["a!"])})),
                node("b", ask(), command(send("c", lit(["s"])), send("c", get("all"))), write("all", lit(["b"]))),
                _adds("c"),
                _adds("d"),
                edges=[("__start__", "a"), ("c", "d")],
            ),
            run(["in"]),
            resume("yes"),
            custom({"update": ["outside"]}),
        ),
    )
    yield Told(
        "a state of one value: the last one; two writers are refused",
        "a b !InvalidUpdateError second.a !ValueError",
        program(
            {
                **_whole({"channel": "LastValue", "type": "list"}, _adds("a"), _adds("b")),
                "edges": [["__start__", "a"], ["__start__", "b"]],
            },
            run(["in"]),
            {"op": "restart", "main": "second"},
            run(["in"], thread="u"),
            children={"second": _whole({"channel": "LastValue", "type": "list"}, _adds("a", fail()))},
        ),
    )
    yield Told(
        "a state of one value: messages",
        "a b",
        program(
            _whole(
                MESSAGES,
                node("a", write("all", message("ai", "one", key="1"))),
                node("b", write("all", {"list": [message("ai", "two", key="2"), {"remove": "1"}]})),
            ),
            run({"t": "tuple", "v": ["user", "hi"]}, stream_mode="values", api="stream"),
        ),
    )
    yield Told(
        "a state of one value: a subgraph that is called with it, in a graph with keys",
        "n child.a child.b",
        program(
            fork(
                node("n", {"op": "call", "graph": "child", "input": get("log"), "var": "x"}, write("log", get_var("x")))
            ),
            run(given(log=["in"])),
            children={"child": _whole(LOG, _adds("a"), _adds("b"))},
        ),
    )


def get_var(name: str) -> Part:
    """The expression that gives a variable."""
    return {"var": name}


# --- replays --------------------------------------------------------------------------------------------------------


def _replays() -> Iterator[Told]:
    own_memory = {"checkpointer": True}
    for api in ("invoke", "ainvoke"):
        yield Told(
            f"replay of graphs three deep that remember: {api}",
            "n mid.m deep.x deep.y mid.e e n mid.m deep.x deep.y mid.e e mid.m deep.x deep.y mid.e e",
            program(
                chain(logs("n"), {"name": "mid", "graph": "mid"}, logs("e")),
                run(api=api),
                run(given(a=2), api=api),
                run(None, api=api, at={"nth": 7}),
                {"op": "state", "subgraphs": True},
                children={
                    "mid": chain(logs("m"), {"name": "deep", "graph": "deep"}, logs("e"), compile=own_memory),
                    "deep": chain(logs("x"), logs("y"), compile=own_memory),
                },
            ),
        )


# --- attempts -------------------------------------------------------------------------------------------------------


def _attempts() -> Iterator[Told]:
    for name, ends in (("goes on", None), ("fails", ["other"])):
        yield Told(
            f"a command for the graph of a timed node, whose branch {name}",
            "child.x n.route " + ("last" if ends is None else "!KeyError"),
            program(
                graph(
                    {"a": LAST, "log": LOG},
                    [
                        {"name": "n", "graph": "child", "timeout": {"run": 5}},
                        logs("last"),
                        logs("other"),
                    ],
                    [("__start__", "n")],
                    branches=[{**branch("n", "last"), "ends": ends}],
                ),
                run(api="ainvoke", callbacks=True),
                {"op": "state", "async": True},
                children={
                    "child": chain(
                        logs("x", command(graph="parent", update={"log": lit(["up"])})),
                    )
                },
            ),
        )


# --- schemas --------------------------------------------------------------------------------------------------------

_ASKED: Part = {"op": "schemas"}


def _schemas() -> Iterator[Told]:
    state: Part = {
        "a": LAST,
        "log": LOG,
        "d": delta(2),
        "t": {"channel": "Topic", "accumulate": True},
        "e": {"channel": "EphemeralValue", "guard": True},
        "u": {"channel": "UntrackedValue", "guard": True},
        "any": {"channel": "AnyValue"},
        "own": {"channel": "Custom"},
        "left": {"managed": "remaining_steps"},
    }
    for schema in ("typed_dict", "pydantic", "dataclass"):
        keys = {key: spec for key, spec in state.items() if schema == "typed_dict" or key != "left"}
        yield Told(
            f"the schemas of a graph: {schema}",
            "",
            program(chain(logs("n"), state=keys, schema=schema, input=["a", "log"], output=["log", "d", "t"]), _ASKED),
        )
    for called, channel in (
        ("a value", {"channel": "LastValue", "type": "int"}),
        ("a list", LOG),
        ("any value", {"channel": "AnyValue"}),
        ("a channel of ours", {"channel": "Custom"}),
    ):
        yield Told(
            f"the schemas of a graph whose state is one value: {called}",
            "",
            program(_whole(channel, node("n")), _ASKED),
        )
    yield Told("the schemas of an entrypoint", "", program(own(result=lit(1)), _ASKED))
    channels: Part = {
        "in": {"channel": "EphemeralValue", "guard": True},
        "log": LOG,
        "out": LAST,
        "t": {"channel": "Topic", "accumulate": True},
        "u": {"channel": "UntrackedValue", "guard": True},
        "any": {"channel": "AnyValue"},
        "d": delta(2),
        "n": {"channel": "NamedBarrierValue", "names": ["x"]},
        "nf": {"channel": "NamedBarrierValueAfterFinish", "names": ["x"]},
        "lf": {"channel": "LastValueAfterFinish"},
    }
    names = list(channels)
    listening = [node("x", write("out", lit(1)), only="in", writes=["out"])]
    yield Told("the schemas of a Pregel: all its channels", "", program(raw(channels, listening, names, names), _ASKED))
    for name in names:
        heard = [node("x", write("out", lit(1)), only=name, writes=["out"])]
        yield Told(
            f"the schemas of a Pregel: {name} alone",
            "",
            program(raw(channels, heard, name, name), _ASKED),
        )


# --- a checkpoint's channels, by hand -------------------------------------------------------------------------------


def _hydrated() -> Iterator[Told]:
    state: Part = {"a": LAST, "log": LOG, "rare": delta(100), "often": delta(1), "left": {"managed": "is_last_step"}}
    writes = [write("rare", lit([1])), write("often", lit([2]))]
    for asynchronous in (False, True):
        told = " (async)" if asynchronous else ""
        side: Part = {"op": "channels", "async": asynchronous}
        api = "ainvoke" if asynchronous else "invoke"
        yield Told(
            f"channels loaded by hand from a checkpoint{told}",
            "n m !ValueError",
            program(
                chain(logs("n", *writes), logs("m", *writes), state=state),
                run(api=api),
                side,
                {**side, "saver": False},
                {**side, "at": {"nth": 1}},
                {**side, "at": {"nth": 3}, "saver": False},
            ),
        )
        yield Told(
            f"channels loaded by hand of a graph that was deployed since{told}",
            "n n !ValueError",
            program(
                chain(logs("n", write("rare", lit([1]))), state={"a": LAST, "log": LOG, "rare": delta(100)}),
                run(api=api),
                run(api=api),
                {"op": "restart", "main": "after"},
                side,
                {**side, "saver": False},
                children={"after": chain(logs("n"), state={"a": LAST, "log": LOG, "rare": LOG})},
            ),
        )


# --- a task alone ---------------------------------------------------------------------------------------------------


def _alone() -> Iterator[Told]:
    retried = {"attempts": 3, "on": "ValueError"}
    for asynchronous in (False, True):
        told = " (async)" if asynchronous else ""
        kind: Part = {"async": True} if asynchronous else {}
        one: Part = {"op": "attempt", "input": given(a=1, log=["in"]), **kind}
        timed: Part = {"timeout": {"run": 5}} if asynchronous else {}
        yield Told(
            f"a task that is run without a loop knows where it is{told}",
            "n twice twice lost",
            program(
                graph(
                    {"a": LAST, "log": LOG},
                    [
                        logs("n", write("a", {"info": "checkpoint_ns"}), inject=["runtime"], **kind),
                        logs("twice", fail(on_runs=[1]), retry=retried, **kind, **timed),
                        logs("lost", fail("KeyError"), retry=retried, **kind, **timed),
                    ],
                    [("__start__", "n")],
                ),
                {**one, "node": "n"},
                {**one, "node": "twice"},
                {**one, "node": "lost"},
            ),
        )
