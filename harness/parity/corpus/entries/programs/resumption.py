"""Resumption: strict answers, commands of all kinds as input, replays of every kind of checkpoint, also async."""

from __future__ import annotations

from collections.abc import Iterator

from parity.corpus.entries.programs.parts import (
    LAST,
    LOG,
    MESSAGES,
    Part,
    Told,
    ask,
    chain,
    custom,
    delta,
    fail,
    fan,
    given,
    lit,
    logs,
    message,
    program,
    resume,
    run,
    spoken,
    update,
    write,
)

__all__ = ["entries"]

_UNKNOWN = "0123456789abcdef0123456789abcdef"


def entries() -> Iterator[Told]:
    """Yields the entries of this part."""
    for api in ("invoke", "ainvoke"):
        yield from _strict(api)
        yield from _told_stops(api)
        yield from _commands(api)
        yield from _replays(api)
        yield from _subgraphs(api)


def _by_id(*answers: tuple[int, object], **members: object) -> Part:
    return {"op": "run", "input": {"command": {"resume_by_id": [list(pair) for pair in answers]}}, **members}


def _strict(api: str) -> Iterator[Told]:
    asking = fan(logs("x", ask(1)), logs("y", ask(2)), logs("z"))
    strict = {"api": api, "strict": True}
    for name, answer, shows in (
        ("no map", resume("yes", **strict), "x y z ? !UnknownInterruptError x y ?"),
        ("an empty map", resume({"t": "dict", "v": []}, **strict), "x y z ? !UnknownInterruptError x y ?"),
        (
            "an unknown id",
            resume({"t": "dict", "v": [[_UNKNOWN, 1]]}, **strict),
            "x y z ? !UnknownInterruptError x y ?",
        ),
        ("one of two ids", _by_id((1, "b"), **strict), "x y z ? x y ? x ?"),
        ("both ids", _by_id((0, "a"), (1, "b"), **strict), "x y z ? x y end"),
    ):
        yield Told(
            f"two tasks ask, strictly answered with {name} ({api})",
            shows,
            program(asking, run(api=api), answer, {"op": "state"}, run(None, api=api)),
        )
    yield Told(
        f"a strict answer that comes twice ({api})",
        "n ? n ? n",
        program(
            chain(logs("n", ask(1, "p"), ask(2, "q"))),
            run(api=api),
            _by_id((0, "a"), **strict),
            _by_id((0, "b"), **strict),
            resume("c", **strict),
        ),
    )
    yield Told(
        f"a strict answer inside a subgraph, and at an older checkpoint ({api})",
        "child.inner ? child.inner m m",
        program(
            chain({"name": "s", "graph": "child"}, logs("m")),
            run(api=api),
            resume("yes", **strict),
            resume("no", at={"nth": 1}, **strict),
            children={"child": chain(logs("inner", ask()))},
        ),
    )
    yield Told(
        f"an empty map of answers ({api})",
        "x y z ? x y ?",
        program(asking, run(api=api), resume({"t": "dict", "v": []}, api=api), {"op": "state"}),
    )


def _told_stops(api: str) -> Iterator[Told]:
    for kind in ("interrupt_before", "interrupt_after"):
        yield Told(
            f"who listens is told of {kind}, of a question, and of the going on ({api})",
            "n m ? m",
            program(
                chain(logs("n"), logs("m", ask()), compile={kind: ["n"]}),
                run(api=api, callbacks=True),
                run(None, api=api, callbacks=True),
                resume("yes", api=api, callbacks=True),
            ),
        )


def _commands(api: str) -> Iterator[Told]:
    state = {"a": LAST, "log": LOG, "d": delta(3), "messages": MESSAGES}
    graph = chain(logs("n"), logs("m", ask(), write("d", lit(["m"]))), logs("o"), state=state)
    for name, command, shows in (
        ("for the parent", {"update": given(a=2), "graph": "parent"}, "!InvalidUpdateError m ?"),
        ("that goes to one node", {"goto": ["o"]}, "m o ? m ?"),
        ("that goes to END", {"goto": ["__end__"]}, "m ? m ?"),
        ("that goes to a Send", {"goto": [{"send": "o", "arg": given(a=5)}]}, "o m ? m ?"),
        ("that goes to two", {"goto": ["o", {"send": "n", "arg": given(a=5)}]}, "n m o ? m ?"),
        ("that updates a delta channel", {"update": given(d=["c"], a=3)}, "m ? m ?"),
        ("that answers and updates a delta channel", {"resume": "yes", "update": given(d=["c"])}, "m o"),
        ("that overwrites a delta channel", {"update": given(d=given(__overwrite__=["over"]))}, "m ? m ?"),
        ("that says something", {"update": given(messages=[["human", "hello"]])}, "m ? m ?"),
        ("that answers, updates and goes", {"resume": "yes", "update": given(a=7, d=["c"]), "goto": ["o"]}, "m o o"),
    ):
        for durability in ("async", "exit"):
            yield Told(
                f"a command {name}, as input ({api}, {durability})",
                f"n m ? {shows}",
                program(
                    graph,
                    run(given(a=1, d=["in"]), api=api, durability=durability),
                    custom(command, api=api, durability=durability),
                    {"op": "history"},
                    run(None, api=api, durability=durability),
                ),
            )
        yield Told(
            f"a command {name}, at an older checkpoint ({api})",
            f"n m ? m o {shows.removesuffix(' m ?') if shows[0] == '!' else shows}",
            program(
                graph,
                run(given(a=1, d=["in"]), api=api),
                resume("yes", api=api),
                custom(command, at={"nth": 2}, api=api),
                {"op": "history"},
                run(None, api=api),
            ),
        )


def _replays(api: str) -> Iterator[Told]:
    state = {"a": LAST, "log": LOG, "d": delta(3), "messages": MESSAGES}
    graph = chain(
        logs("n", write("d", lit(["n"])), spoken(message("ai", "one"))),
        logs("m", ask(), write("d", lit(["m"]))),
        logs("o", write("d", lit(["o"]))),
        state=state,
    )
    for nth, shows in enumerate(("", " o", " m ? m o", " n m ? m o", " n m ? m o")):
        yield Told(
            f"an answered thread is replayed from the checkpoint {nth} before the head, and answered again ({api})",
            f"n m ? m o{shows}",
            program(
                graph,
                run(given(a=1, d=["in"]), api=api),
                resume("yes", api=api),
                run(None, at={"nth": nth}, api=api),
                resume("again", api=api),
                {"op": "history"},
            ),
        )
    asynchronous: Part = {} if api == "invoke" else {"async": True}
    yield Told(
        f"an update that the thread has moved past is gone on from ({api})",
        "n m ? m ? m o m ? m o",
        program(
            graph,
            run(given(a=1, d=["in"]), api=api),
            update(given(a=2, d=["u"]), as_node="n", **asynchronous),
            run(None, api=api),
            resume("yes", api=api),
            run(None, at={"put": 3}, api=api),
            resume("again", api=api),
            {"op": "history"},
        ),
    )
    yield Told(
        f"a fork that the thread has moved past is gone on from, with an answer ({api})",
        "n m ? m ? m o m o",
        program(
            graph,
            run(given(a=1), api=api),
            update(given(a=2), at={"nth": 1}, as_node="n", **asynchronous),
            run(None, api=api),
            resume("yes", api=api),
            resume("no", at={"put": 3}, api=api),
            {"op": "history"},
        ),
    )
    for durability in ("sync", "exit"):
        yield Told(
            f"new input at an older checkpoint, with a delta channel ({api}, {durability})",
            "n m n m n m n m",
            program(
                chain(logs("n", write("d", lit(["n"]))), logs("m", write("d", lit(["m"]))), state=state),
                run(given(a=1, d=["in"]), api=api),
                run(given(a=2, d=["two"]), at={"nth": 1}, api=api, durability=durability),
                run(given(a=3, d=["three"]), api=api, durability=durability),
                run(given(a=4, d=["four"]), at={"nth": 0}, api=api, durability=durability),
                {"op": "history"},
            ),
        )
    yield Told(
        f"a replay of a node that failed, and of its neighbour ({api})",
        "child.inner x y !ValueError y end end end" if api == "invoke" else "x y child.inner !ValueError y end end end",
        program(
            fan(logs("x"), logs("y", fail(on_runs=[1])), {"name": "s", "graph": "child"}),
            run(api=api),
            run(None, api=api),
            run(None, at={"nth": 1}, api=api),
            run(None, at={"nth": 3}, api=api),
            children={"child": chain(logs("inner"))},
        ),
    )


def _subgraphs(api: str) -> Iterator[Told]:
    child = chain(logs("inner", ask("?", "p")), logs("after", write("a", {"var": "p"})))
    graph = chain(logs("n"), {"name": "s", "graph": "child"}, logs("m"))
    children = {"child": child}
    again = " child.inner ? child.inner child.after m"
    for nth, shows in enumerate(("", " m", again)):
        yield Told(
            f"a thread with a subgraph that asked is replayed from the checkpoint {nth} before the head ({api})",
            f"n child.inner ? child.inner child.after m{shows}",
            program(
                graph,
                run(api=api),
                resume("yes", api=api),
                run(None, at={"nth": nth}, api=api),
                resume("again", api=api),
                {"op": "history"},
                children=children,
            ),
        )
    yield Told(
        f"a subgraph that asked is gone on from at its own checkpoint ({api})",
        "n child.inner ? child.inner ? child.inner child.after m",
        program(
            graph,
            run(api=api),
            {"op": "state", "at": {"nth": 0, "sub": "s"}},
            run(None, at={"nth": 0, "sub": "s"}, api=api),
            resume("yes", at={"nth": 0, "sub": "s"}, api=api),
            resume("again", api=api),
            {"op": "history"},
            children=children,
        ),
    )
    yield Told(
        f"a subgraph is updated at its own checkpoint and gone on from ({api})",
        "n child.inner ? child.inner ? child.inner ?",
        program(
            graph,
            run(api=api),
            update(given(a=9), at={"nth": 0, "sub": "s"}, as_node="inner"),
            run(None, at={"nth": 0, "sub": "s"}, api=api),
            run(None, api=api),
            {"op": "history"},
            children=children,
        ),
    )
    deep = {"child": chain({"name": "t", "graph": "deeper"}), "deeper": chain(logs("low", ask()), logs("end"))}
    yield Told(
        f"a graph three deep is replayed from before it asked ({api})",
        "n deeper.low ? deeper.low deeper.end m deeper.low ? deeper.low deeper.end m",
        program(
            chain(logs("n"), {"name": "s", "graph": "child"}, logs("m")),
            run(api=api),
            resume("yes", api=api),
            run(None, at={"nth": 2}, api=api),
            resume("again", api=api),
            {"op": "state", "subgraphs": True},
            children=deep,
        ),
    )
    again = " child.inner child.after"
    plain = {"child": chain(logs("inner"), logs("after"), compile={"checkpointer": True})}
    for nth, shows in enumerate((" m", again + " m", " n" + again + " m", " n" + again + " m"), 1):
        yield Told(
            f"a subgraph with a memory, which asks nothing, is replayed from {nth} before the head ({api})",
            f"n child.inner child.after m n child.inner child.after m{shows}",
            program(
                graph,
                run(api=api),
                run(given(a=2), api=api),
                run(None, at={"nth": nth}, api=api),
                {"op": "state", "subgraphs": True},
                {"op": "history"},
                children=plain,
            ),
        )
    twice = {"child": chain(logs("inner", ask("?", "p")), logs("after", ask("!", "q")))}
    yield Told(
        f"a subgraph that asks twice is answered where its own state is ({api})",
        "n child.inner ? child.inner child.after ? child.after m",
        program(
            graph,
            run(api=api),
            resume("yes", at={"nth": 0, "sub": "s"}, api=api),
            resume("again", api=api),
            {"op": "history"},
            children=twice,
        ),
    )
    memory = {"child": {**child, "compile": {"checkpointer": True}}}
    yield Told(
        f"a subgraph with a memory of its own is replayed ({api})",
        "n child.inner ? child.inner child.after m n child.inner ?",
        program(
            graph,
            run(api=api),
            resume("yes", api=api),
            run(given(a=3), api=api),
            run(None, at={"nth": 3}, api=api),
            resume("again", api=api),
            {"op": "history"},
            children=memory,
        ),
    )
