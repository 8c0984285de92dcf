"""Programs that are saved to PostgreSQL: values inside JSON and beside it, and connections made anew."""

from __future__ import annotations

from collections.abc import Iterator

from parity.cases.values import float_, int_
from parity.corpus.entries.programs.parts import (
    ADD,
    LAST,
    LOG,
    Part,
    Told,
    ask,
    chain,
    command,
    custom,
    delta,
    fan,
    fork,
    given,
    lit,
    logs,
    node,
    program,
    resume,
    run,
    send,
    update,
    var,
    write,
)

__all__ = ["entries"]

_STATE: Part = {"op": "state", "subgraphs": True}
_ASYNC: Part = {"async": True}
_HISTORY: Part = {"op": "history"}
_RESTART: Part = {"op": "restart"}


def entries() -> Iterator[Told]:
    """Yields the entries, in the same order every time."""
    yield from _saved()
    yield from _stopped()
    yield from _json()


def _saved() -> Iterator[Told]:
    yield Told(
        "PostgreSQL: sync and async runs on one thread, a new process between them, and its history",
        "n m n m n m",
        _postgres(
            chain(logs("n", write("sum", lit(1))), logs("m"), state={"a": LAST, "log": LOG, "sum": ADD}),
            run(),
            _RESTART,
            run(given(a=[2]), api="ainvoke"),
            run(given(a="three"), api="stream", stream_mode=["values", "checkpoints"]),
            {**_HISTORY, "limit": 4},
            {**_HISTORY, "before": {"nth": 2}, "filter": {"source": "loop"}, **_ASYNC},
        ),
    )
    yield Told(
        "PostgreSQL: a delta channel, updates of it, a fork of the past, and a run that goes on from there",
        "n m n m m",
        _postgres(
            chain(logs("n", write("d", lit(["n"]))), logs("m"), state={"a": LAST, "log": LOG, "d": delta(2)}),
            run(),
            run(given(d=["i"]), api="ainvoke"),
            update(given(d=["u"]), at={"nth": 4}, as_node="n"),
            _RESTART,
            run(None),
            update(given(d=["v"]), as_node="m", **_ASYNC),
            _HISTORY,
        ),
    )
    yield Told(
        "PostgreSQL: two threads, of which one is deleted",
        "n n n n",
        _postgres(
            chain(logs("n")),
            run(),
            run(thread="other", api="ainvoke"),
            {"op": "delete_thread"},
            _STATE,
            run(given(a=2), thread="other"),
            {"op": "delete_thread", "thread": "other"},
            {"op": "state", "thread": "other"},
            run(),
        ),
    )
    yield Told(
        "PostgreSQL: an exit-durable run with parallel writers, a subgraph and a delta channel",
        "child.inner x y end x y child.inner end",
        _postgres(
            fan(
                logs("x", write("d", lit(["x"]))),
                logs("y", write("d", lit(["y"]))),
                {"name": "s", "graph": "child"},
                state={"a": LAST, "log": LOG, "d": delta()},
            ),
            run(durability="exit"),
            run(given(a=2), api="astream", durability="exit", subgraphs=True),
            _HISTORY,
            children={"child": chain(logs("inner"))},
        ),
    )


def _stopped() -> Iterator[Told]:
    asks = node("x", ask("x?"), write("log", {"list": [var("answer")]}))
    yield Told(
        "PostgreSQL: two of three parallel nodes ask and are answered by id, in new processes, sync and async",
        "x y z ? x z ? x end",
        _postgres(
            fan(asks, logs("y"), node("z", ask("z?"), write("log", {"list": [var("answer")]}))),
            run(),
            _RESTART,
            custom({"resume_by_id": [[1, "z"]]}, api="ainvoke"),
            _RESTART,
            custom({"resume_by_id": [[0, "x"]]}),
            _STATE,
        ),
    )
    yield Told(
        "PostgreSQL: a crash among sent tasks, and a new process that goes on from their pending writes",
        "n w w <crash> w after",
        _postgres(
            fork(
                node("n", command(*(send("w", lit(item)) for item in "abc"))),
                node("w", write("log", {"list": [{"input": True}]}), command("after")),
                logs("after"),
            ),
            run(durability="sync", fault={"at": "put_writes", "nth": 4, "kind": "crash", "when": "after"}),
            _RESTART,
            run(None),
            _HISTORY,
        ),
    )
    yield Told(
        "PostgreSQL: a crash of an async run between two supersteps",
        "n <crash> m",
        _postgres(
            chain(logs("n"), logs("m")),
            run(
                api="ainvoke",
                durability="sync",
                fault={"at": "put", "nth": 3, "kind": "crash", "when": "after"},
            ),
            _RESTART,
            run(None, api="ainvoke"),
        ),
    )
    yield Told(
        "PostgreSQL: an interrupt in a subgraph, read and answered in a new process",
        "child.inner ? child.inner m",
        _postgres(
            chain({"name": "s", "graph": "child"}, logs("m")),
            run(),
            _RESTART,
            _STATE,
            resume("yes", api="astream", subgraphs=True),
            children={"child": chain(node("inner", ask(), write("log", {"list": [var("answer")]})))},
        ),
    )


def _json() -> Iterator[Told]:
    yield Told(
        "PostgreSQL: what lies in the JSON of a checkpoint: a float without a fraction comes back as an int",
        "n n",
        _postgres(
            chain(logs("n"), state={"a": LAST, "b": LAST, "c": LAST, "log": LOG}),
            run(given(a=float_(1e16), b=True, c=int_(2**60))),
            _RESTART,
            _STATE,
            run(given(a=float_(2.5), b=None, c=float_(-0.0))),
            _STATE,
        ),
    )
    yield Told(
        "PostgreSQL: metadata as JSON has it: keys sorted by length, NUL left out",
        "n",
        _postgres(
            chain(logs("n")),
            run(config={"metadata": {"long_key": 1, "b": "x\0y", "a": [1, None]}, "tags": ["t"]}),
            _RESTART,
            _HISTORY,
        ),
    )


def _postgres(main: Part, *ops: Part, children: Part | None = None) -> Part:
    return program(main, *ops, children=children, saver="postgres", versions="str")
