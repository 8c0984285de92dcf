"""What is stored: writes of delta channels when a run exits, savers and graphs of other days, raw inputs and bumps."""

from __future__ import annotations

from collections.abc import Iterator

from parity.corpus.entries.programs.parts import (
    ADD,
    LAST,
    LOG,
    Part,
    Told,
    ask,
    chain,
    custom,
    delta,
    fail,
    fan,
    given,
    graph,
    lit,
    logs,
    node,
    program,
    raw,
    resume,
    run,
    update,
    write,
)

__all__ = ["entries"]


def entries() -> Iterator[Told]:
    """Yields the entries of this part."""
    for api in ("invoke", "ainvoke"):
        yield from _inputs(api)
        yield from _heard(api)
        yield from _nothing(api)
        yield from _exits(api)
        yield from _failing(api)
        yield from _pathless(api)
        yield from _deployed(api)
    yield from _bumps()
    yield from _raw()


def _state(frequency: int | None) -> Part:
    return {"a": LAST, "log": LOG, "d": delta(frequency)}


def _inputs(api: str) -> Iterator[Told]:
    for frequency in (1, 3, None):
        for durability in ("sync", "exit"):
            yield Told(
                f"three runs whose inputs go to a delta channel, snapshots every {frequency} ({api}, {durability})",
                "n m n m n m",
                program(
                    chain(logs("n", write("d", lit(["n"]))), logs("m"), state=_state(frequency)),
                    run(given(a=1, d=["one"]), api=api, durability=durability),
                    run(given(a=2, d=["two"]), api=api, durability=durability),
                    {"op": "restart"},
                    run(given(a=3, d=given(__overwrite__=["three"])), api=api, durability=durability),
                    {"op": "history"},
                ),
            )


def _heard(api: str) -> Iterator[Told]:
    """Inputs that are delta channels themselves: only those of `Pregel` can be, and writes of them are stored apart."""
    hears = node("hears", write("out", {"list": [{"get": "d"}]}), subscribe=["d"], writes=["out", "d"])
    counts = node("counts", write("out", lit(["counted"])), only="n", writes=["out"])
    asks = node("asks", ask(), write("d", lit(["told"])), only="n", writes=["d"])
    for durability in ("sync", "async", "exit"):
        members = {"api": api, "durability": durability}
        yield Told(
            f"inputs of Pregel go to a delta channel, are replayed and branch off ({api}, {durability})",
            "counts hears hears hears counts hears hears hears",
            program(
                raw({"d": delta(4), "n": LAST, "out": LOG}, [hears, counts], ["d", "n"], ["out", "d"]),
                run(given(d=["one"], n=1), **members),
                run(given(d=["two"]), **members),
                run(given(d=given(__overwrite__=[])), **members),
                run(given(d=["branch"], n=2), at={"nth": 2}, **members),
                run(given(d=["head"]), at={"nth": 0}, **members),
                {"op": "restart"},
                run(given(d=["last"]), **members),
                run(None, at={"put": 1}, **members),
                {"op": "history"},
                delta_bound=3,
            ),
        )
        yield Told(
            f"an input of Pregel to a delta channel, while a question is open ({api}, {durability})",
            "asks hears ? hears asks hears ? asks hears hears",
            program(
                raw({"d": delta(4), "n": LAST, "out": LOG}, [hears, asks], ["d", "n"], ["out", "d"]),
                run(given(d=["one"], n=1), **members),
                run(given(d=["two"]), **members),
                run(given(d=["three"], n=3), **members),
                resume("yes", **members),
                update(given(d=["u"]), as_node="hears"),
                run(given(d=given(__overwrite__=["over"])), **members),
                {"op": "history"},
            ),
        )


def _nothing(api: str) -> Iterator[Told]:
    """Overwrites with what counts as false."""
    empty: Part = {"overwrite": lit([])}
    graph_ = chain(
        logs("n", write("d", lit(["n"]))),
        logs("m", write("d", empty)),
        logs("o", write("d", lit(["o"]))),
        state=_state(5),
    )
    for durability in ("sync", "exit"):
        yield Told(
            f"a delta channel is overwritten with nothing, by input, node, command and update ({api}, {durability})",
            "n m o n m o m o",
            program(
                graph_,
                run(given(a=1, d=["one"]), api=api, durability=durability),
                run(given(a=2, d=given(__overwrite__=[])), api=api, durability=durability, interrupt_after=["n"]),
                custom({"update": given(d=given(__overwrite__=[]))}, api=api, durability=durability),
                update(given(d=given(__overwrite__=[])), as_node="n"),
                run(None, api=api, durability=durability),
                {"op": "history"},
            ),
        )


def _exits(api: str) -> Iterator[Told]:
    asking = fan(
        logs("x", write("d", lit(["x"]))),
        logs("y", ask(), write("d", lit(["y"]))),
        logs("z", write("d", lit(["z"]))),
        last=logs("end", write("d", lit(["end"]))),
        state=_state(3),
    )
    for saver in ("memory", "sqlite"):
        yield Told(
            f"an exit-durable run of delta writers stops at a question, and goes on ({api}, {saver})",
            "x y z ? y end x y z ?",
            program(
                asking,
                run(given(a=1, d=["in"]), api=api, durability="exit"),
                resume("yes", api=api, durability="exit"),
                run(given(a=2, d=["in"]), api=api, durability="exit"),
                {"op": "history"},
                saver=saver,
            ),
        )
    yield Told(
        f"an exit-durable run of delta writers fails, and goes on ({api})",
        "x y z !ValueError y end x y z end",
        program(
            fan(
                logs("x", write("d", lit(["x"]))),
                logs("y", fail(on_runs=[1]), write("d", lit(["y"]))),
                logs("z", write("d", lit(["z"]))),
                last=logs("end", write("d", lit(["end"]))),
                state=_state(3),
            ),
            run(given(a=1, d=["in"]), api=api, durability="exit"),
            {"op": "state"},
            run(None, api=api, durability="exit"),
            run(None, at={"nth": 1}, api=api, durability="exit"),
            {"op": "history"},
        ),
    )
    yield Told(
        f"an exit-durable run with a subgraph whose delta channel is its own ({api})",
        "n child.inner child.asks ? child.asks n child.inner child.asks ?",
        program(
            chain(logs("n", write("d", lit(["n"]))), {"name": "s", "graph": "child"}, state=_state(3)),
            run(given(a=1, d=["in"]), api=api, durability="exit"),
            resume("yes", api=api, durability="exit"),
            run(given(a=2, d=["in"]), api=api, durability="exit"),
            children={
                "child": chain(
                    logs("inner", write("mine", lit(["i"]))),
                    logs("asks", ask(), write("mine", lit(["j"]))),
                    state={"a": LAST, "log": LOG, "mine": delta(3)},
                )
            },
        ),
    )
    yield Told(
        f"an exit-durable answer over runs that were durable, with an update between ({api})",
        "x y z ?",
        program(
            asking,
            run(given(a=1, d=["in"]), api=api),
            update(given(d=["u"]), as_node="x"),
            resume("yes", api=api, durability="exit"),
            {"op": "history"},
        ),
    )


def _failing(api: str) -> Iterator[Told]:
    """A write of a delta channel that is not stored, and what is then not stored either."""
    for durability in ("sync", "async", "exit"):
        for nth in (1, 2):
            fault = {"at": "put_writes", "nth": nth, "kind": "error", "when": "before"}
            first = "n" if durability == "sync" and nth == 2 else "" if durability == "sync" else "n m"
            after = "n m" if durability == "exit" else "n m n m"
            shows = " ".join(part for part in ("n m", first, "!RuntimeError", after) if part)
            yield Told(
                f"write {nth} of a delta channel is not stored ({api}, {durability})",
                shows,
                program(
                    chain(logs("n", write("d", lit(["n"]))), logs("m", write("d", lit(["m"]))), state=_state(9)),
                    run(given(a=1, d=["in"]), api=api),
                    run(given(a=2, d=["again"]), api=api, durability=durability, fault=fault),
                    {"op": "state"},
                    run(None, api=api, durability=durability),
                    run(given(a=3, d=["more"]), api=api, durability=durability),
                    {"op": "history"},
                ),
            )


def _pathless(api: str) -> Iterator[Told]:
    for durability in ("async", "exit"):
        yield Told(
            f"a saver that takes no paths ({api}, {durability})",
            "x y z z.on_error ? y z.on_error x y z ?",
            program(
                fan(
                    logs("x", write("d", lit(["x"]))),
                    logs("y", ask()),
                    logs("z", fail(on_runs=[1]), on_error=[write("log", lit(["handled"]))]),
                    state=_state(4),
                ),
                run(given(a=1, d=["in"]), api=api, durability=durability),
                resume("yes", api=api, durability=durability),
                run(given(a=2, d=["in"]), api=api, durability=durability),
                {"op": "history"},
                saver="pathless",
            ),
        )


def _deployed(api: str) -> Iterator[Told]:
    """A thread that another version of the graph goes on with."""

    def version(key: Part, *names: str) -> Part:
        return chain(
            *(logs(name, write("k", lit([name])), *([ask()] if name == "m" else [])) for name in names),
            state={"a": LAST, "log": LOG, "k": key},
        )

    for name, before, after in (
        ("a reducer becomes a delta channel", LOG, delta(2)),
        ("a delta channel becomes a reducer", delta(4), LOG),
        ("a delta channel becomes a last value", delta(4), LAST),
        ("a delta channel is snapshotted more often", delta(None), delta(1)),
        ("a last value becomes a topic", LAST, {"channel": "Topic", "accumulate": True}),
        ("a last value becomes an untracked one", LAST, {"channel": "UntrackedValue"}),
    ):
        yield Told(
            f"{name} while the thread waits ({api})",
            "n m ? n m ? after.m after.o after.n after.m ? m ?",
            program(
                version(before, "n", "m", "o"),
                run(given(a=1, k=["in"]), api=api),
                run(given(a=1, k=["again"]), api=api),
                {"op": "restart", "main": "after"},
                {"op": "state"},
                resume("yes", api=api),
                {"op": "history"},
                run(given(a=2, k=["in"]), api=api),
                {"op": "restart", "main": "main"},
                run(None, api=api),
                children={"after": version(after, "n", "m", "o")},
            ),
        )
    yield Told(
        f"a node is gone while the thread waits for it, and another one is new ({api})",
        "n m ? after.p after.o",
        program(
            version(LOG, "n", "m", "o"),
            run(given(a=1), api=api),
            {"op": "restart", "main": "after"},
            {"op": "state"},
            resume("yes", api=api),
            run(None, api=api),
            update(given(a=3), as_node="n"),
            run(None, api=api),
            {"op": "history"},
            children={"after": version(LOG, "n", "p", "o")},
        ),
    )
    yield Told(
        f"a key is gone, and another one is new ({api})",
        "n m ? after.m after.o",
        program(
            version(LOG, "n", "m", "o"),
            run(given(a=1, k=["in"]), api=api),
            {"op": "restart", "main": "after"},
            resume("yes", api=api),
            {"op": "history"},
            children={"after": chain(logs("n"), logs("m", ask()), logs("o"), state={"b": ADD, "log": LOG})},
        ),
    )


def _bumps() -> Iterator[Told]:
    """A delta channel that nobody writes to is snapshotted; those who listen to it are not woken by that."""
    channels = {"in": LAST, "d": delta(100), "n": LAST, "out": LOG}
    counts = node(
        "counts",
        write("n", {"add": [{"input": True}, lit(1)]}),
        only="n",
        writes=["n"],
        **{},
    )
    begins = node("begins", write("n", lit(0)), write("d", lit(["in"])), only="in", writes=["n", "d"])
    listens = node("listens", write("out", lit(["heard"])), subscribe=["d"], writes=["out"])
    mute = node("mute", write("out", lit(["never"])), subscribe=["e"], writes=["out"])
    for api in ("invoke", "ainvoke"):
        yield Told(
            f"a delta channel with a listener is snapshotted by time, updated and gone on from ({api})",
            "begins counts listens counts counts counts counts counts !GraphRecursionError counts listens mute"
            " counts counts counts counts !GraphRecursionError",
            program(
                raw(
                    {**channels, "e": delta(100)},
                    [begins, counts, listens, mute],
                    "in",
                    "out",
                ),
                run(1, api=api, recursion_limit=6),
                {"op": "state"},
                update(given(out=["u"])),
                update(given(d=["u"]), as_node="begins"),
                run(None, api=api, recursion_limit=3),
                {"op": "history"},
                delta_bound=2,
            ),
        )
        yield Told(
            f"a listener is interrupted before, and the channel snapshotted meanwhile ({api})",
            "begins counts listens counts counts counts counts counts counts counts !GraphRecursionError"
            + " counts" * 8
            + " !GraphRecursionError",
            program(
                raw(
                    {**channels, "e": delta(100)},
                    [begins, counts, listens, mute],
                    "in",
                    "out",
                    compile={"interrupt_before": ["listens"]},
                ),
                run(1, api=api, recursion_limit=6),
                run(None, api=api, recursion_limit=6),
                run(None, api=api, recursion_limit=6),
                {"op": "history"},
                delta_bound=2,
            ),
        )


def _raw() -> Iterator[Told]:
    two = {"in": LAST, "more": LAST, "out": LOG}
    hears = node(
        "hears",
        write("out", {"list": [{"get": "in"}, {"get": "more"}]}),
        subscribe=["in"],
        read=["more"],
        writes=["out"],
    )
    for name, value, shows in (
        ("both", given(**{"in": 1, "more": 2}), "hears hears"),
        ("one, and one that is not there", given(**{"in": 1, "else": 2}), "hears hears"),
        ("none of them", given(**{"else": 2}), "!EmptyInputError !EmptyInputError"),
        ("no dict", 5, "!TypeError !TypeError"),
        ("nothing", given(), "!EmptyInputError !EmptyInputError"),
    ):
        yield Told(
            f"two inputs of Pregel are given {name}",
            shows,
            program(raw(two, [hears], ["in", "more"], ["out", "in"]), run(value), run(value, api="astream")),
        )
    yield Told(
        "a node of Pregel without a function passes nothing on, and one without anything is not run",
        "two two",
        program(
            raw(
                {"in": LAST, "out": LOG},
                [
                    {"name": "empty", "subscribe": ["in"]},
                    node("two", write("out", lit(["two"])), only="in", writes=["out"]),
                ],
                "in",
                "out",
            ),
            run(1),
            {"op": "state"},
            run(2, api="astream", stream_mode=["debug"]),
        ),
    )
    yield Told(
        "the tags and the metadata of a node of Pregel",
        "one",
        program(
            raw(
                {"in": LAST, "out": LOG},
                [node("one", write("out", lit([1])), only="in", writes=["out"], tags=["first"], metadata={"m": 1})],
                "in",
                "out",
            ),
            run(1, config={"tags": ["run"], "metadata": {"r": 2}}),
        ),
    )
    yield Told(
        "an update of what nobody triggers",
        "n",
        program(
            graph({"a": LAST, "log": LOG}, [logs("n"), logs("lost")], [("__start__", "n")]),
            run(),
            update(given(a=2), as_node="lost"),
            run(None),
        ),
    )
