"""Programs for mutants that nobody killed: keys in two schemas, handlers with policies, inputs that write over."""

from __future__ import annotations

from collections.abc import Iterator

from parity.corpus.entries.programs.parts import (
    LAST,
    LOG,
    Part,
    Told,
    chain,
    command,
    delta,
    fail,
    fork,
    given,
    lit,
    logs,
    node,
    program,
    raw,
    run,
    send,
    write,
)

__all__ = ["entries"]


def entries() -> Iterator[Told]:
    """Yields the entries of this part."""
    yield from _again()
    yield from _handlers()
    yield from _inputs()


# --- a key in two schemas -------------------------------------------------------------------------------------------


def _again() -> Iterator[Told]:
    """Whether a key's channel in another schema is the one that it is: as channels are equal."""

    def of(kind: str, **members: object) -> Part:
        return {"channel": kind, **members}

    binary = of("BinaryOperatorAggregate", reducer="add_list", type="list")
    refused, taken = "<built:ValueError>", "n"
    pairs: tuple[tuple[str, Part, Part, str], ...] = (
        ("an untracked value", of("UntrackedValue", guard=True), of("UntrackedValue", guard=True), taken),
        ("an unguarded one", of("UntrackedValue", guard=True), of("UntrackedValue", guard=False), refused),
        ("an ephemeral value", of("EphemeralValue", guard=False), of("EphemeralValue", guard=False), taken),
        ("a guarded one", of("EphemeralValue", guard=False), of("EphemeralValue", guard=True), refused),
        ("an untracked value, not an ephemeral one", of("EphemeralValue"), of("UntrackedValue"), refused),
        ("an ephemeral value, not an untracked one", of("UntrackedValue"), of("EphemeralValue"), refused),
        ("a topic", of("Topic", accumulate=True), of("Topic", accumulate=True), taken),
        ("one that does not accumulate", of("Topic", accumulate=True), of("Topic", accumulate=False), refused),
        ("a topic, not an untracked value", of("UntrackedValue"), of("Topic"), refused),
        ("any value", of("AnyValue"), of("AnyValue"), taken),
        ("any value, not the last one", of("LastValue"), of("AnyValue"), refused),
        ("the last value, whatever it was", of("Topic"), of("LastValue"), taken),
        ("the same reducer", binary, binary, taken),
        ("another reducer", binary, {**binary, "reducer": "pair"}, refused),
        ("another type for the same reducer", {**binary, "type": "any"}, binary, taken),
        ("a reducer without a name", {**binary, "reducer": "lambda"}, {**binary, "reducer": "lambda"}, taken),
        ("a reducer without a name for one that has one", binary, {**binary, "reducer": "lambda"}, taken),
        ("a reducer, not any value", of("AnyValue"), binary, refused),
        ("a channel of ours", of("Custom"), of("Custom"), taken),
        ("a delta", delta(3), delta(3), taken),
        ("a delta of another cadence", delta(3), delta(4), refused),
        ("a delta of another reducer", delta(3), delta(3, "fold:merge_dict"), refused),
        ("a delta of another type", delta(3), {**delta(3), "type": "dict"}, taken),
        ("a delta, not a reducer", binary, delta(3), refused),
        ("a reducer, not a delta", delta(3), binary, refused),
    )
    for name, first, second, shows in pairs:
        yield Told(
            f"a key that is in the schema of a node again: {name}",
            shows,
            program(
                chain(node("n", reads=["k", "log"]), state={"log": LOG, "k": first}, again={"k": second}),
                run(given(log=["in"])),
                reread=False,
            ),
        )


# --- handlers, inputs -----------------------------------------------------------------------------------------------


def _handlers() -> Iterator[Told]:
    handled = [write("log", lit(["~"]))]
    for asynchronous in (False, True):
        told = " (async)" if asynchronous else ""
        api = "ainvoke" if asynchronous else "invoke"
        yield Told(
            f"a graph's cache has what a handler wrote, too{told}",
            "n n.on_error n n.on_error",
            program(
                chain(
                    logs("n", fail(), on_error=handled),
                    logs("e", cache={"key": "default"}),
                    compile={"cache": {"key": "constant"}},
                ),
                run(api="astream" if asynchronous else "stream", stream_mode=["updates", "tasks"]),
                run(api="astream" if asynchronous else "stream", stream_mode=["updates", "tasks"], thread="u"),
                cache=True,
            ),
        )
        yield Told(
            f"a graph's retries are its handlers', too{told}",
            "n n n.on_error n.on_error",
            program(
                chain(
                    logs("n", fail(), on_error=[fail(on_runs=[1]), *handled]),
                    logs("e"),
                    compile={"retry": {"attempts": 2, "on": "all"}},
                ),
                run(api=api),
            ),
        )
        yield Told(
            f"a graph's cache has what was sent, too{told}",
            "n x e n e",
            program(
                fork(
                    node("n", command(send("x", lit(given(a=5))))),
                    logs("x"),
                    logs("e"),
                    compile={"cache": {"key": "default"}},
                )
                | {"edges": [["__start__", "n"], ["x", "e"]]},
                run(api=api),
                run(given(a=2), api=api, thread="u"),
                cache=True,
            ),
        )
        kind: Part = {"async": True} if asynchronous else {}
        yield Told(
            f"a task is tried again, and knows the id of the run{told}",
            "n t t",
            program(
                chain(
                    node("n", {"op": "task", "name": "t", "args": [], "var": "f"}, {"op": "result", "of": "f"}, **kind),
                    tasks=[
                        {
                            "name": "t",
                            "do": [fail(on_runs=[1])],
                            "result": {"info": "run_id"},
                            "retry": {"attempts": 2, "on": "ValueError"},
                            **kind,
                        }
                    ],
                ),
                run(api=api, run_id=3),
            ),
        )


def _inputs() -> Iterator[Told]:
    state: Part = {"a": LAST, "log": LOG, "rare": delta(100)}
    channels: Part = {"in": {"channel": "EphemeralValue", "guard": True}, "d": delta(100), "log": LOG}
    for value in ([], ["over"]):
        over = {"t": "dict", "v": [["__overwrite__", value]]}
        yield Told(
            f"an input that writes a delta channel over, with {'something' if value else 'nothing'}",
            "x x x",
            program(
                raw(
                    channels,
                    [node("x", write("log", lit(["x"])), write("d", lit(["x"])), only="in", writes=["log", "d"])],
                    ["in", "d"],
                    ["log", "d"],
                ),
                run({"t": "dict", "v": [["in", 1], ["d", ["a"]]]}),
                run({"t": "dict", "v": [["in", 2], ["d", over]]}),
                run({"t": "dict", "v": [["in", 3], ["d", over]]}, durability="exit"),
                {"op": "state", "at": {"nth": 1}},
            ),
        )
    yield Told(
        "an exit-durable run at a checkpoint that is not there has no parent",
        "n n",
        program(
            chain(logs("n", write("rare", lit(["n"]))), state=state),
            run(given(a=1)),
            {"op": "delete_thread"},
            run(given(a=2, rare=["in"]), at={"put": 1}, durability="exit"),
            {"op": "history"},
        ),
    )
    for member in ("interrupt_before", "interrupt_after"):
        yield Told(
            f"callbacks are told what stopped a run: {member}",
            "n e",
            program(
                chain(logs("n"), logs("e"), compile={member: ["e" if member == "interrupt_before" else "n"]}),
                run(callbacks=True),
                run(None, callbacks=True),
            ),
        )
