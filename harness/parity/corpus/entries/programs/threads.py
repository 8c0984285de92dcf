"""Threads' history: states, updates, forks, replays, several runs, older formats."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from parity.corpus.entries.programs.parts import (
    LAST,
    LOG,
    Told,
    ask,
    branch,
    chain,
    delta,
    fail,
    fan,
    fork,
    given,
    lit,
    logs,
    node,
    own,
    program,
    resume,
    run,
    send,
    update,
    var,
    write,
)

__all__ = ["entries"]

_TWO = chain(logs("n"), logs("m"))
_STATE = {"op": "state"}


def entries() -> Iterator[Told]:
    """Yields the entries of this part."""
    yield from _reads()
    yield from _updates()
    yield from _bulk()
    yield from _forks()
    yield from _runs()
    yield from _formats()


def _reads() -> Iterator[Told]:
    yield Told(
        "the state and the history of a thread that has never run",
        "",
        program(_TWO, _STATE, {"op": "history"}, {"op": "state", "subgraphs": True}),
    )
    yield Told(
        "states at older checkpoints",
        "n m",
        program(
            _TWO, run(), *({"op": "state", "at": {"nth": nth}} for nth in range(4)), {"op": "state", "at": {"put": 0}}
        ),
    )
    yield Told(
        "a history with a limit, before a checkpoint, and with a filter",
        "n m n m",
        program(
            _TWO,
            run(),
            run(),
            {"op": "history", "limit": 2},
            {"op": "history", "limit": 0},
            {"op": "history", "before": {"nth": 2}},
            {"op": "history", "filter": {"source": "input"}},
            {"op": "history", "filter": {"source": "loop", "step": 1}, "limit": 1},
            {"op": "history", "async": True},
        ),
    )
    yield Told(
        "an async state and history",
        "n m",
        program(_TWO, run(), {"op": "state", "async": True}, {"op": "history", "async": True, "limit": 1}),
    )


def _updates() -> Iterator[Told]:
    for name, members, shows in (
        ("as nobody", {}, "n m"),
        ("as the first node", {"as_node": "n"}, "n m m"),
        ("as the last node", {"as_node": "m"}, "n m"),
        ("as END", {"as_node": "__end__", "values": None}, "n m"),
        ("as a copy", {"as_node": "__copy__", "values": None}, "n m"),
        ("as input", {"as_node": "__input__"}, "n m n m"),
        ("as a node that does not exist", {"as_node": "nowhere"}, "n m !InvalidUpdateError"),
        ("with nothing, as a node", {"as_node": "n", "values": None}, "n m m"),
        ("async", {"as_node": "n", "async": True}, "n m m"),
    ):
        op = {"op": "update", "values": given(a=5, log=["u"]), **members}
        yield Told(
            f"an update {name}, and the run that goes on",
            shows,
            program(_TWO, run(), op, _STATE, run(None)),
        )
    yield Told(
        "an update of a thread that has never run",
        "m",
        program(_TWO, update(given(a=3), as_node="n"), _STATE, run(None)),
    )
    yield Told(
        "an update before a pending node, as the one before it",
        "n m",
        program(
            chain(logs("n"), logs("m"), compile={"interrupt_before": ["m"]}),
            run(),
            update(given(log=["u"]), as_node="n"),
            _STATE,
            run(None),
        ),
    )
    yield Told(
        "an update that is ambiguous",
        "x y end",
        program(fan(logs("x"), logs("y")), run(), update(given(log=["u"])), _STATE),
    )
    yield Told(
        "an update through a branch",
        "n n.route x n.route x",
        program(
            fork(logs("n"), logs("x"), branches=[branch("n", "x")]),
            run(),
            update(given(log=["u"]), as_node="n"),
            run(None),
        ),
    )
    yield Told(
        "an update of a value that a reducer refuses",
        "n m !TypeError",
        program(_TWO, run(), update(given(log=5), as_node="n"), _STATE),
    )
    yield Told(
        "an update that sends",
        "n n.route x n.route x",
        program(
            fork(logs("n"), logs("x"), branches=[branch("n", send("x", lit(1)))]),
            run(),
            update(given(log=["u"]), as_node="n"),
            _STATE,
            run(None),
        ),
    )
    yield Told(
        "an update of one of two pending tasks",
        "x y ?",
        program(
            fan(logs("x", ask()), logs("y", ask())),
            run(),
            {"op": "update", "values": given(log=["u"]), "as_node": "x", "task": 0},
            _STATE,
            resume("yes"),
        ),
    )
    yield Told(
        "an update of an entrypoint",
        "main main",
        program(own(result={"list": [{"previous": True}]}), run(1), update(5, as_node="main"), run(2)),
    )


def _bulk() -> Iterator[Told]:
    def row(value: Any, as_node: str | None = None, **members: Any) -> dict[str, Any]:
        return {"values": value, **({} if as_node is None else {"as_node": as_node}), **members}

    first = [row(given(a=1, log=["i"]), "__input__")]
    for name, supersteps, shows in (
        ("of nothing", [], "!ValueError !EmptyInputError"),
        ("of an empty superstep", [[]], "!ValueError !EmptyInputError"),
        ("of two supersteps", [first, [row(given(log=["n"]), "n")]], "m"),
        ("of two nodes in one superstep", [[row(given(log=["n"]), "n"), row(given(log=["m"]), "m")]], "m"),
        ("that ends the thread", [first, [row(None, "__end__")]], ""),
        ("that copies", [[row(given(a=1), "n")], [row(None, "__copy__")]], "m"),
        ("of a node that is not there", [[row(given(a=1), "nowhere")]], "!InvalidUpdateError !EmptyInputError"),
    ):
        yield Told(
            f"a bulk update {name}",
            shows,
            program(_TWO, {"op": "bulk_update", "supersteps": supersteps}, _STATE, run(None)),
        )
    yield Told(
        "a bulk update of pending tasks",
        "x y ? end",
        program(
            fan(logs("x", ask()), logs("y", ask())),
            run(),
            {
                "op": "bulk_update",
                "supersteps": [[row(given(log=["p"]), "x", task=0), row(given(log=["q"]), "y", task=1)]],
                "async": True,
            },
            _STATE,
            run(None),
        ),
    )


def _forks() -> Iterator[Told]:
    for nth, shows in enumerate(("n m", "n m m", "n m n m", "n m n m")):
        yield Told(
            f"a replay from the checkpoint {nth} before the head",
            shows,
            program(_TWO, run(), run(None, at={"nth": nth}), {"op": "history"}),
        )
    yield Told(
        "a replay from a checkpoint that a replay has superseded",
        "n m n m n m",
        program(_TWO, run(), run(None, at={"nth": 2}), run(None, at={"put": 1}), {"op": "history"}),
    )
    yield Told(
        "a fork by an update of the past, and both branches go on",
        "n m m n m",
        program(
            _TWO,
            run(),
            update(given(a=9), at={"nth": 1}),
            run(None),
            run(None, at={"put": 1}),
            {"op": "history"},
        ),
    )
    yield Told(
        "new input at an older checkpoint",
        "n m n m",
        program(_TWO, run(), run(given(a=2), at={"nth": 1}), _STATE),
    )
    yield Told(
        "a replay of a node that failed once",
        "n m !ValueError m m",
        program(chain(logs("n"), logs("m", fail(on_runs=[1]))), run(), run(None), run(None, at={"nth": 1})),
    )
    yield Told(
        "a replay across an interrupt that was answered",
        "n m ? m m ? m",
        program(
            chain(logs("n"), node("m", ask(), write("log", {"list": [var("answer")]}))),
            run(),
            resume("first"),
            run(None, at={"nth": 1}),
            resume("second"),
            {"op": "history"},
        ),
    )
    yield Told(
        "a replay inside a thread with a subgraph",
        "n child.inner child.after child.inner child.after",
        program(
            chain(logs("n"), {"name": "s", "graph": "child"}),
            run(),
            run(None, at={"nth": 1}),
            {"op": "history"},
            children={"child": chain(logs("inner"), logs("after"))},
        ),
    )
    yield Told(
        "a fork in SQLite, with a delta channel",
        "n m n m m",
        program(
            chain(logs("n", write("d", lit(["n"]))), logs("m"), state={"a": LAST, "log": LOG, "d": delta(2)}),
            run(),
            run(),
            update(given(d=["u"]), at={"nth": 4}, as_node="n"),
            {"op": "restart"},
            run(None),
            saver="sqlite",
        ),
    )


def _runs() -> Iterator[Told]:
    yield Told(
        "several runs on one thread", "n m n m n m", program(_TWO, run(), run(given(a=2)), run(given(log=["i"])))
    )
    yield Told(
        "two threads",
        "n m n m n m",
        program(_TWO, run(), run(thread="other"), run(given(a=2)), run(None, thread="other")),
    )
    yield Told("a thread named by a number", "n m n m", program(_TWO, run(thread=7), run(thread=7)))
    yield Told("the same run id again", "n m n m", program(_TWO, run(run_id=1), run(run_id=1), run(run_id=2)))
    yield Told(
        "a run that is given nothing, on a new thread",
        "!EmptyInputError n m",
        program(_TWO, run(None), run({"t": "dict", "v": []})),
    )
    yield Told("a run on a thread that has ended, with nothing", "n m", program(_TWO, run(), run(None)))
    yield Told("input of keys that do not exist", "n m n m", program(_TWO, run(given(z=1)), run(given(z=1, a=2))))
    yield Told(
        "input that is no dict", "!InvalidUpdateError !InvalidUpdateError", program(_TWO, run([1, 2]), run("word"))
    )
    yield Told("a deleted thread", "n m n m", program(_TWO, run(), {"op": "delete_thread"}, _STATE, run()))
    yield Told(
        "a run after a new process",
        "n m n m",
        program(_TWO, run(), {"op": "restart"}, run(given(a=2)), saver="sqlite"),
    )
    for versions in ("str", "float", "custom"):
        yield Told(
            f"versions that are {versions}",
            "x y z end x y z end",
            program(fan(logs("x"), logs("y"), logs("z")), run(), run(), versions=versions),
        )
    yield Told("no saver", "n m !ValueError", program(_TWO, run(), _STATE, saver="none"))


def _formats() -> Iterator[Told]:
    for version in (1, 2, 3):
        yield Told(
            f"a thread of format {version} goes on",
            "n m o",
            program(
                chain(logs("n"), logs("m"), logs("o"), compile={"interrupt_before": ["m"]}),
                run(),
                {"op": "old_format", "v": version},
                _STATE,
                run(None),
            ),
        )
        yield Told(
            f"a thread of format {version} with a branch and pending sends",
            "n n.route x x",
            program(
                fork(
                    logs("n"),
                    logs("x"),
                    branches=[branch("n", send("x", lit(1)), "x")],
                    compile={"interrupt_before": ["x"]},
                ),
                run(),
                {"op": "old_format", "v": version},
                _STATE,
                run(None),
            ),
        )
        yield Told(
            f"a thread of format {version} that has ended is run again",
            "n m n m",
            program(_TWO, run(), {"op": "old_format", "v": version}, run(given(a=2)), {"op": "history"}),
        )
