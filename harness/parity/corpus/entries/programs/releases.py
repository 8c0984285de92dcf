"""Programs that two releases of LangGraph answer differently (docs/drift.md): each the smallest for one change.

`parity drift` runs the corpus first, so what is here it finds every time; and a port must do what the newer release
does. Where an earlier change would show first and hide the one that is meant, the program goes around it: a saver
that takes no paths, a form of an overwrite that is older, a subgraph.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

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
    spoken,
    task,
    update,
    var,
    wait,
    write,
)

__all__ = ["entries"]

_RARELY = delta(100)
_STATE: Part = {"a": LAST, "log": LOG, "d": _RARELY}
_DICTS: Part = {"a": LAST, "messages": delta(100, "messages")}
_CACHED: Part = {"ttl": None}
_ERASED: Part = {"dict": [["value", lit(["o"])], ["type", lit("__overwrite__")]]}
"""What is left of an `Overwrite` that went through JSON."""
_MARKED: Part = {"dict": [["__overwrite__", lit(["o"])]]}
"""The form of an overwrite that every release knows, and stores alike."""
_MARKED_INPUT = given(__overwrite__=["o"])


def entries() -> Iterator[Told]:
    """Yields the entries of this part."""
    yield from _since_1_2_7()
    yield from _since_1_2_15_caches()
    yield from _since_1_2_15_saves()
    yield from _since_1_2_15_updates()
    yield from _since_1_2_15_messages()
    yield from _since_1_2_15_exits()
    yield from _since_1_2_15_stops()
    yield from _since_1_2_16()
    yield from _since_1_2_18()
    yield from _since_1_2_20()


def _adds(name: str, *do: Part, **members: Any) -> Part:
    """A node that appends its own name to the DeltaChannel `d`."""
    return node(name, *do, write("d", lit([name])), **members)


def _by_id(*answers: tuple[int, object], **members: Any) -> Part:
    return {"op": "run", "input": {"command": {"resume_by_id": [list(pair) for pair in answers]}}, **members}


def _since_1_2_7() -> Iterator[Told]:
    """Overwrites that went through JSON; overwritten DeltaChannels; ids of what is saved at exit."""
    since = "since 1.2.7"
    yield Told(
        f"{since}: what is left of an Overwrite in JSON overwrites a reducer's value",
        "n",
        program(chain(node("n", write("log", _ERASED))), run(given(log=["in"]))),
    )
    yield Told(
        f"{since}: what is left of an Overwrite in JSON overwrites a delta channel",
        "n",
        program(chain(node("n", write("d", _ERASED)), state=_STATE), run()),
    )
    yield Told(
        f"{since}: two that are left of Overwrites in JSON are refused",
        "x y !InvalidUpdateError",
        program(fan(node("x", write("log", _ERASED)), node("y", write("log", _ERASED))), run()),
    )
    yield Told(
        f"{since}: a delta channel drops what is written beside an overwrite",
        "x y end",
        program(fan(node("x", write("d", _MARKED)), _adds("y"), state=_STATE), run(), saver="none"),
    )
    yield Told(
        f"{since}: a delta channel that was overwritten is snapshotted",
        "n",
        program(chain(node("n", write("d", _MARKED)), state=_STATE), run()),
    )
    yield Told(
        f"{since}: a delta channel that an input overwrites is snapshotted",
        "n n",
        program(chain(logs("n"), state=_STATE), run(), run(given(d=_MARKED_INPUT))),
    )
    yield Told(
        f"{since}: an Overwrite is stored with its type",
        "n",
        program(chain(node("n", write("log", {"overwrite": lit(["o"])}))), run()),
    )
    yield Told(
        f"{since}: ids of writes that are saved at exit are those of UUIDs",
        "n",
        program(chain(_adds("n"), state=_STATE), run(durability="exit")),
    )
    yield Told(
        f"{since}: a delta channel that was overwritten is snapshotted at exit, and none of its writes saved",
        "n m",
        program(chain(node("n", write("d", _MARKED)), logs("m"), state=_STATE), run(durability="exit")),
    )


def _since_1_2_15_caches() -> Iterator[Told]:
    """Caches hold what finished, and what comes from them is saved like a run's own writes."""
    since = "since 1.2.15"
    yield Told(
        f"{since}: a node that failed is not taken from the cache",
        "n !ValueError n",
        program(chain(logs("n", fail(on_runs=[1]), cache=_CACHED)), run(), run(None), cache=True),
    )
    yield Told(
        f"{since}: a node that asked is not taken from the cache",
        "n ? n",
        program(chain(logs("n", ask(), cache=_CACHED)), run(), resume("yes"), cache=True),
    )
    for api in ("invoke", "ainvoke"):
        yield Told(
            f"{since}: what comes from a cache is saved before its neighbour fails ({api})",
            "x y end y !ValueError y end",
            program(
                fan(logs("x", cache=_CACHED), logs("y", fail(on_runs=[2]))),
                run(api=api),
                run(api=api, thread="other"),
                {"op": "state", "thread": "other"},
                run(None, api=api, thread="other"),
                cache=True,
            ),
        )
        yield Told(
            f"{since}: a task that comes from a cache is saved ({api})",
            "main t main",
            program(
                own(
                    task("t", {"input": True}),
                    wait(),
                    result=var("x"),
                    tasks=[{"name": "t", "do": [], "result": var("arg0"), "cache": _CACHED}],
                ),
                run(1, api=api),
                run(1, api=api, thread="other"),
                cache=True,
            ),
        )


def _since_1_2_15_saves() -> Iterator[Told]:
    """Nothing is saved after a save that failed; a new thread's delta channels are snapshotted."""
    since = "since 1.2.15"
    for api in ("invoke", "ainvoke"):
        yield Told(
            f"{since}: no checkpoint is saved after one that could not be ({api})",
            "n m !RuntimeError",
            program(
                chain(logs("n"), logs("m")),
                run(api=api, fault={"at": "put", "nth": 2, "kind": "error", "when": "before"}),
            ),
        )
        yield Told(
            f"{since}: no checkpoint is saved after a write of a delta channel that could not be ({api})",
            "n m !RuntimeError",
            program(
                chain(_adds("n"), _adds("m"), state=_STATE),
                run(api=api, fault={"at": "put_writes", "nth": 2, "kind": "error", "when": "before"}),
            ),
        )
    listens = raw(
        {"p": LAST, "d": _RARELY, "out": LAST},
        [node("n", write("out", get("p")), subscribe=["p"], writes=["out"])],
        ["p", "d"],
        "out",
    )
    second = given(p=2, d=["in"])
    yield Told(
        f"{since}: the first input of a delta channel is in a snapshot",
        "n",
        program(listens, run(second)),
    )
    yield Told(
        f"{since}: a later input of a delta channel is saved under an id of its own",
        "n n",
        program(listens, run(given(p=1)), run(second)),
    )
    yield Told(
        f"{since}: the input of a delta channel at a checkpoint that is addressed is in a snapshot",
        "n n",
        program(listens, run(given(p=1)), run(second, at={"nth": 0})),
    )


def _since_1_2_15_updates() -> Iterator[Told]:
    """What updates save, where and under which ids."""
    since = "since 1.2.15"
    chained = chain(_adds("n"), _adds("m"), state=_STATE)
    for asynchronous in (False, True):
        form: Part = {"async": True} if asynchronous else {}
        word = "async" if asynchronous else "sync"
        yield Told(
            f"{since}: an update is saved under a path of its own ({word})",
            "n",
            program(chain(logs("n")), run(), update(given(log=["u"]), as_node="n", **form)),
        )
        yield Told(
            f"{since}: two updates of one superstep have ids of their own ({word})",
            "n m",
            program(
                chained,
                run(),
                {
                    "op": "bulk_update",
                    "supersteps": [
                        [{"values": given(d=["u"]), "as_node": "n"}, {"values": given(d=["v"]), "as_node": "n"}]
                    ],
                    **form,
                },
                {"op": "state"},
                saver="pathless",
            ),
        )
        yield Told(
            f"{since}: an update as the input is saved where it is read ({word})",
            "n m",
            program(chained, run(), update(given(d=["u"]), as_node="__input__", **form), {"op": "state"}),
        )
        yield Told(
            f"{since}: a delta channel that an update overwrites is snapshotted ({word})",
            "n m",
            program(
                chained,
                run(),
                update(given(d=_MARKED_INPUT), as_node="n", **form),
                {"op": "state"},
                saver="pathless",
            ),
        )


def _since_1_2_15_messages() -> Iterator[Told]:
    """Messages that go to delta channels get their ids before they are saved or read."""
    since = "since 1.2.15"
    reads = node("n", write("a", lit(2)))
    for name, value in (
        ("a text", {"list": [lit("hi")]}),
        ("a pair", {"list": [lit({"t": "tuple", "v": ["user", "hi"]})]}),
        ("a message in an overwrite", {"dict": [["__overwrite__", {"list": [message("ai", "hi")]}]]}),
    ):
        yield Told(
            f"{since}: {name} for a delta channel is saved with an id",
            "n",
            program(chain(node("n", write("messages", value)), state=_DICTS), run()),
        )
    yield Told(
        f"{since}: the message of an input for a delta channel has an id",
        "n",
        program(chain(reads, state=_DICTS), run(given(messages=["hi"]), durability="exit")),
    )
    yield Told(
        f"{since}: the message of an update for a delta channel has an id",
        "n",
        program(
            chain(reads, state=_DICTS),
            run(),
            update(given(messages=["hi"]), as_node="n"),
            {"op": "state"},
            saver="pathless",
        ),
    )
    passed_on = given(a=given(role="user", content="hi"))
    yield Told(
        f"{since}: the dict that a node passes on as a message is left as it is",
        "n m",
        program(
            chain(node("n", write("messages", get("a"))), node("m", write("a", get("a"))), state=_DICTS),
            run(passed_on),
        ),
    )
    yield Told(
        f"{since}: the dict of a message that a node passes on is not given an id in its place",
        "n m",
        program(
            chain(
                node("n", write("d", get("a"))),
                node("m", write("a", lit(2))),
                state={"a": LAST, "d": delta(100, "fold:merge_dict", "dict")},
            ),
            run(passed_on),
        ),
    )


def _since_1_2_15_exits() -> Iterator[Told]:
    """Delta writes that are saved at exit: their order, and what is among them."""
    since = "since 1.2.15"
    yield Told(
        f"{since}: what later supersteps wrote comes last at exit",
        "n m",
        program(chain(_adds("n"), _adds("m"), state=_STATE), run(durability="exit")),
    )
    yield Told(
        f"{since}: what is written at exit after a checkpoint that is addressed is in a snapshot",
        "n n",
        program(
            chain(_adds("n"), state=_STATE),
            run(),
            run(at={"nth": 0}, durability="exit"),
            {"op": "history"},
        ),
    )
    yield Told(
        f"{since}: what a command writes before the first superstep is saved at exit under an id of its own",
        "n",
        program(
            raw(
                {"in": LAST, "d": _RARELY, "out": LAST},
                [node("n", write("out", lit(1)), subscribe=["in"], writes=["out"])],
                "in",
                "out",
                compile={"interrupt_before": ["n"]},
            ),
            run(1),
            custom({"update": given(d=["u"])}, durability="exit"),
        ),
    )
    yield Told(
        f"{since}: what was stored before an exit-durable run is not saved again",
        "x y !ValueError y end",
        program(
            fan(_adds("x"), logs("y", fail(on_runs=[1])), state=_STATE),
            run(),
            run(None, durability="exit"),
            {"op": "state"},
        ),
    )


def _since_1_2_15_stops() -> Iterator[Told]:
    """Drains, listeners that have nothing to hear, and answers that a tool refuses."""
    since = "since 1.2.15"
    for api in ("invoke", "ainvoke"):
        yield Told(
            f"{since}: a drained run stops at the breakpoint in front of it ({api})",
            "n <drained> m",
            program(
                chain(logs("n", {"op": "drain"}), logs("m"), compile={"interrupt_before": ["m"]}),
                run(api=api, control=True),
                run(None, api=api),
            ),
        )
    for name, members, shows in (
        ("a breakpoint before a node", {"interrupt_before": ["m"]}, "n"),
        ("a breakpoint after a node", {"interrupt_after": ["n"]}, "n"),
        ("a drain", {"control": True}, "n !GraphDrained <drained>"),
    ):
        drains = [{"op": "drain"}] if name == "a drain" else []
        yield Told(
            f"{since}: {name} holds for events of version v2",
            shows,
            program(chain(logs("n", *drains), logs("m")), run(api="events_v2", **members)),
        )
    yield Told(
        f"{since}: the snapshot of a delta channel that nobody has written wakes nobody",
        "x y !ValueError y hears x y hears",
        program(
            raw(
                {"in": LAST, "d": _RARELY, "out": LAST, "late": LAST},
                [
                    node("x", write("d", lit(["x"])), subscribe=["in"], writes=["d"]),
                    node("y", fail(on_runs=[1]), write("late", lit(1)), subscribe=["in"], writes=["late"]),
                    node("hears", write("out", get("d")), subscribe=["d"], writes=["out"]),
                ],
                "in",
                "out",
            ),
            run(1),
            run(None),
            update(given(late=2), at={"nth": 2}, as_node="y"),
            run(None),
        ),
    )
    yield Told(
        f"{since}: an answer that a tool refuses fails the run",
        "n look ? look !ValidationError look",
        program(
            chain(
                node("n", spoken(message("ai", "", "m1", tool_calls=[{"name": "look", "arg": lit(1), "id": "c1"}]))),
                {"name": "t", "tools": ["look"]},
                state={"a": LAST, "messages": MESSAGES},
                tools=[{"name": "look", "do": [ask("may I", schema="int")], "result": var("answer")}],
            ),
            run(),
            resume("word"),
            resume(5),
        ),
    )


def _since_1_2_16() -> Iterator[Told]:
    """What is run again and what is not; what a run saves at exit; threads that were written with a DeltaChannel."""
    since = "since 1.2.16"
    for api in ("invoke", "ainvoke"):
        yield Told(
            f"{since}: a run at the thread's own head asks whether it is that ({api})",
            "n",
            program(chain(logs("n")), run(api=api), run(None, at={"nth": 0}, api=api)),
        )
        yield Told(
            f"{since}: what finished in a subgraph is not run again on an answer ({api})",
            "child.x child.y ? child.y child.end",
            program(
                chain({"name": "s", "graph": "child"}),
                run(api=api),
                resume("yes", api=api),
                children={"child": fan(logs("x"), logs("y", ask()))},
            ),
        )
        for what, channel in (("snapshot", delta(1)), ("writes", _RARELY)):
            yield Told(
                f"{since}: a reducer goes on from a delta channel's {what} ({api})",
                "n",
                program(
                    chain(logs("n", write("k", lit(["n"]))), state={"a": LAST, "log": LOG, "k": channel}),
                    run(api=api),
                    {"op": "restart", "main": "after"},
                    {"op": "state"},
                    children={"after": chain(logs("n"), state={"a": LAST, "log": LOG, "k": LOG})},
                ),
            )
        yield Told(
            f"{since}: an exit-durable run saves what its own tasks wrote ({api})",
            "x y z ? y z ?",
            program(
                fan(logs("x"), logs("y", ask(1)), logs("z", ask(2))),
                run(api=api, durability="exit"),
                _by_id((0, "one"), api=api, durability="exit"),
            ),
        )
        yield Told(
            f"{since}: an answer is saved behind the update beside it ({api})",
            "n ? n",
            program(chain(logs("n", ask())), run(api=api), custom({"resume": "yes", "update": given(a=2)}, api=api)),
        )
    yield Told(
        f"{since}: a refused answer does not cut off the task beside it",
        "x y ? x y !ValidationError x end",
        program(
            fan(
                logs("x", ask(1, schema="int"), **{"async": True}),
                logs("y", ask(2), {"op": "sleep", "seconds": 1}, **{"async": True}),
            ),
            run(api="ainvoke"),
            _by_id((0, "word"), (1, "yes"), api="ainvoke"),
            _by_id((0, 5), api="ainvoke"),
        ),
    )


def _since_1_2_18() -> Iterator[Told]:
    """What streams tell at the end of a run; tags; errors that were handled; how often delta channels are stored."""
    since = "since 1.2.18"
    cycle = graph({"a": LAST, "log": LOG}, [logs("n")], [("__start__", "n"), ("n", "n")])
    for api in ("stream", "astream"):
        yield Told(
            f"{since}: the last checkpoint is streamed at the recursion limit ({api})",
            "n n !GraphRecursionError",
            program(cycle, run(api=api, stream_mode="checkpoints", recursion_limit=2)),
        )
        yield Told(
            f"{since}: the checkpoint of an interrupt after a node is streamed ({api})",
            "n",
            program(chain(logs("n"), logs("m")), run(api=api, stream_mode="checkpoints", interrupt_after=["n"])),
        )
        yield Told(
            f"{since}: the error of a task is streamed before it is raised ({api})",
            "n !ValueError",
            program(chain(logs("n", fail())), run(api=api, stream_mode="tasks")),
        )
    yield Told(
        f"{since}: a question is streamed before it is saved",
        "n ?",
        program(chain(logs("n", ask())), run(api="astream", stream_mode="updates")),
    )
    for api in ("invoke", "ainvoke"):
        yield Told(
            f"{since}: an error that was handled beside another node is not raised at the end ({api})",
            "x y y.on_error",
            program(
                fan(logs("x"), logs("y", fail(), on_error=[write("a", lit(2))])),
                run(api=api),
            ),
        )
        yield Told(
            f"{since}: a subgraph has its parent's tags once ({api})",
            "child.inner",
            program(
                chain({"name": "s", "graph": "child"}),
                run(api=api, config={"tags": ["t"]}),
                children={"child": chain(logs("inner"))},
            ),
        )
    sixteen: Part = {"op": "bulk_update", "supersteps": [[{"values": given(d=[]), "as_node": "n"}]] * 16}
    yield Told(
        f"{since}: a delta channel is snapshotted at its hundredth update",
        "",
        program(chain(logs("n"), state={"a": LAST, "log": LOG, "d": delta()}), *[sixteen] * 7, reread=False),
    )


def _since_1_2_20() -> Iterator[Told]:
    """Ids of interrupts, answers that must name them, and retries that count them anew."""
    since = "since 1.2.20"
    for api in ("invoke", "ainvoke"):
        yield Told(
            f"{since}: the second question of a task has an id of its own ({api})",
            "n ? n ?",
            program(chain(logs("n", ask(1, "p"), ask(2, "q"))), run(api=api), resume("one", api=api)),
        )
        yield Told(
            f"{since}: a node that is tried again is given the answers that it had ({api})",
            "n ? n n",
            program(
                chain(logs("n", ask(), fail(on_runs=[2]), retry={"attempts": 2, "on": "all"})),
                run(api=api),
                resume("yes", api=api),
            ),
        )
    two = fan(logs("x", ask(1)), logs("y", ask(2)))
    yield Told(
        f"{since}: one answer to two questions is told where to read on",
        "x y ? !RuntimeError",
        program(two, run(), resume("yes")),
    )
    for name, answer in (
        ("one value to two questions", resume("yes", strict=True)),
        ("an empty map", resume({"t": "dict", "v": []}, strict=True)),
        ("an unknown id", resume(given(**{"0123456789abcdef" * 2: 1}), strict=True)),
    ):
        yield Told(
            f"{since}: a strict answer of {name} is refused",
            "x y ? !UnknownInterruptError",
            program(two, run(), answer),
        )
