"""Interrupts: static and dynamic ones, and every way to answer them."""

from __future__ import annotations

from collections.abc import Iterator

from parity.corpus.entries.programs.parts import (
    LAST,
    LOG,
    MESSAGES,
    Told,
    ask,
    call,
    chain,
    command,
    custom,
    fan,
    fork,
    given,
    lit,
    logs,
    message,
    node,
    own,
    program,
    resume,
    run,
    send,
    spoken,
    task,
    update,
    var,
    wait,
    write,
)

__all__ = ["entries"]

_STATE = {"op": "state"}


def entries() -> Iterator[Told]:
    """Yields the entries of this part."""
    yield from _static()
    yield from _dynamic()
    yield from _parallel()
    yield from _answers()
    yield from _inside()


def _static() -> Iterator[Told]:
    for member in ("interrupt_before", "interrupt_after"):
        yield Told(
            f"{member} a node, of the graph",
            "n m o",
            program(chain(logs("n"), logs("m"), logs("o"), compile={member: ["m"]}), run(), _STATE, run(None)),
        )
        yield Told(
            f"{member} all nodes, of the run",
            "n m",
            program(
                chain(logs("n"), logs("m")),
                run(**{member: "*"}),
                run(None, **{member: "*"}),
                run(None, **{member: "*"}),
            ),
        )
        yield Told(
            f"{member} one of two parallel nodes",
            "x y end",
            program(fan(logs("x"), logs("y"), compile={member: ["x"]}), run(), _STATE, run(None)),
        )
        yield Told(
            f"{member} a node that does not run",
            "n x",
            program(fork(logs("n", command("x")), logs("x"), logs("y"), compile={member: ["y"]}), run(), _STATE),
        )
        yield Told(
            f"{member} in a subgraph",
            "child.inner child.after m",
            program(
                chain({"name": "n", "graph": "child"}, logs("m")),
                run(),
                {"op": "state", "subgraphs": True},
                run(None),
                children={"child": chain(logs("inner"), logs("after"), compile={member: ["inner"]})},
            ),
        )
    yield Told(
        "an update while a static interrupt is pending",
        "n m",
        program(
            chain(logs("n"), logs("m"), compile={"interrupt_before": ["m"]}),
            run(),
            update(given(a=7, log=["u"])),
            _STATE,
            run(None),
        ),
    )


def _dynamic() -> Iterator[Told]:
    yield Told(
        "two interrupts in one node",
        "n ? n ? n",
        program(
            chain(node("n", ask(1, "p"), ask(2, "q"), write("log", {"list": [var("p"), var("q")]}))),
            run(),
            _STATE,
            resume("a"),
            resume("b"),
        ),
    )
    yield Told(
        "three interrupts, answered in a new process each",
        "n ? n ? n ? n",
        program(
            chain(node("n", ask(1, "p"), ask(2, "q"), ask(3, "r"), write("log", {"list": [var("p"), var("r")]}))),
            run(),
            {"op": "restart"},
            resume("a"),
            {"op": "restart"},
            resume("b"),
            {"op": "restart"},
            resume("c"),
            saver="sqlite",
        ),
    )
    for schema, answer, shows in (
        ("int", 5, "n ? n"),
        ("int", "word", "n ? n !ValidationError n"),
        ("str", 5, "n ? n !ValidationError n"),
        ("json", "word", "n ? n"),
    ):
        second = {"int": 7, "str": "text", "json": given(answer="yes")}[schema]
        yield Told(
            f"an interrupt with the schema {schema} is answered by {answer!r}",
            shows,
            program(
                chain(node("n", ask("?", schema=schema), write("a", var("answer")))),
                run(),
                resume(answer),
                resume(second),
            ),
        )
    yield Told(
        "an answer of null is an empty command, on which upstream fails",
        "n ? !UnboundLocalError n ?",
        program(chain(node("n", ask(), write("a", var("answer")))), run(), resume(None), run(None)),
    )
    yield Told(
        "an interrupt without a saver",
        "n ?",
        program(chain(node("n", ask(), write("a", var("answer")))), run(), saver="none"),
    )
    yield Told(
        "an interrupt of an async node in an async run",
        "n ? n",
        program(
            chain(node("n", ask(), write("a", var("answer")), **{"async": True})),
            run(api="ainvoke"),
            resume("x", api="ainvoke"),
        ),
    )
    yield Told(
        "an interrupt in an exit-durable run",
        "n m ? m",
        program(
            chain(logs("n"), logs("m", ask())),
            run(durability="exit"),
            resume("x", durability="exit"),
            {"op": "history"},
        ),
    )


def _parallel() -> Iterator[Told]:
    three = fan(
        node("x", ask("x?"), write("log", {"list": [var("answer")]})),
        logs("y"),
        node("z", ask("z?"), write("log", {"list": [var("answer")]})),
    )
    yield Told(
        "two of three parallel nodes ask; one answer for both",
        "x y z ? !RuntimeError",
        program(three, run(), _STATE, resume("one")),
    )
    yield Told(
        "two of three parallel nodes ask; answers by id, in the other order",
        "x y z ? x z end",
        program(three, run(), custom({"resume_by_id": [[1, "second"], [0, "first"]]})),
    )
    yield Told(
        "two of three parallel nodes ask; one answer by id, and then the other",
        "x y z ? x z ? x end",
        program(three, run(), custom({"resume_by_id": [[1, "z"]]}), _STATE, custom({"resume_by_id": [[0, "x"]]})),
    )
    yield Told(
        "sent tasks ask, each on its own",
        "n w w w ? w w w ? w",
        program(
            fork(
                node("n", command(*(send("w", lit(item)) for item in "abc"))),
                node("w", ask("which"), write("log", {"list": [{"input": True}, var("answer")]})),
            ),
            run(),
            _STATE,
            custom({"resume_by_id": [[0, 1], [2, 3]]}),
            custom({"resume_by_id": [[0, 2]]}),
        ),
    )
    yield Told(
        "an answer by an id that is not pending",
        "x y z ? x z ?",
        program(three, run(), resume(given(abcdefabcdefabcdefabcdefabcdefab="x"))),
    )


def _answers() -> Iterator[Told]:
    one = chain(node("n", ask(), write("log", {"list": [var("answer")]})), logs("m"))
    yield Told(
        "an answer together with an update",
        "n ? n m",
        program(one, run(), custom({"resume": "yes", "update": given(a=9, log=["u"])})),
    )
    yield Told(
        "an answer together with a goto",
        "n ? m n m",
        program(one, run(), custom({"resume": "yes", "goto": ["m"]})),
    )
    yield Told("a goto in place of an answer", "n ? m n ?", program(one, run(), custom({"goto": ["m"]}), _STATE))
    yield Told(
        "an update in place of an answer", "n ? n ?", program(one, run(), custom({"update": given(a=4)}), _STATE)
    )
    yield Told("a resume that gives no answer", "n ? n ?", program(one, run(), run(None), _STATE))
    yield Told("new input in place of an answer", "n ? n ?", program(one, run(), run(given(a=2)), _STATE))
    yield Told("an answer when nothing was asked", "n ?", program(one, resume("early"), _STATE))
    yield Told(
        "an answer to a thread that has ended",
        "n",
        program(chain(logs("n")), run(), resume("late"), _STATE),
    )
    yield Told(
        "an empty command, on which upstream fails", "n ? !UnboundLocalError", program(one, run(), custom({}), _STATE)
    )
    yield Told(
        "a state update as the node that asked",
        "n ? m",
        program(one, run(), update(given(log=["u"]), as_node="n"), _STATE, run(None)),
    )
    yield Told(
        "an answer at an older checkpoint",
        "n ? n m n m",
        program(one, run(), resume("yes"), resume("other", at={"nth": 2}), {"op": "history"}),
    )
    yield Told(
        "an answer at the head, named by its id",
        "n ? n m",
        program(one, run(), resume("yes", at={"nth": 0}), _STATE),
    )
    yield Told(
        "two answers that both come late",
        "n ? n m",
        program(one, run(), resume("first"), resume("second")),
    )


def _inside() -> Iterator[Told]:
    asks = chain(node("inner", ask("in"), write("log", {"list": [var("answer")]})), logs("after"))
    yield Told(
        "an interrupt inside a subgraph",
        "child.inner ? child.inner child.after m",
        program(
            chain({"name": "n", "graph": "child"}, logs("m")),
            run(),
            {"op": "state", "subgraphs": True},
            resume("yes"),
            children={"child": asks},
        ),
    )
    yield Told(
        "an interrupt three levels deep",
        "deep.inner ? deep.inner deep.after m",
        program(
            chain({"name": "n", "graph": "child"}, logs("m")),
            run(),
            {"op": "state", "subgraphs": True},
            resume("yes"),
            children={
                "child": chain({"name": "c", "graph": "middle"}),
                "middle": chain({"name": "d", "graph": "deep"}),
                "deep": asks,
            },
        ),
    )
    for hidden in (False, True):
        yield Told(
            f"an interrupt in a graph that a function calls{', hidden' if hidden else ''}",
            "n child.inner ? n child.inner child.after m",
            program(
                chain(logs("n", call("child", hidden=hidden)), logs("m")),
                run(),
                {"op": "state", "subgraphs": True},
                resume("yes"),
                children={"child": asks},
            ),
        )
    yield Told(
        "an update of the state inside a subgraph that asks",
        "child.inner ? child.after m",
        program(
            chain({"name": "n", "graph": "child"}, logs("m")),
            run(),
            update(given(log=["u"]), at={"nth": 0, "sub": "n"}, as_node="inner"),
            {"op": "state", "subgraphs": True},
            run(None),
            children={"child": asks},
        ),
    )
    yield Told(
        "two subgraphs ask at once",
        "child.inner child.inner ? child.inner child.after child.inner child.after end",
        program(
            fan({"name": "x", "graph": "child"}, {"name": "y", "graph": "child"}),
            run(),
            {"op": "state", "subgraphs": True},
            custom({"resume_by_id": [[0, "first"], [1, "second"]]}),
            children={"child": {**asks, "output": ["log"]}},
        ),
    )
    yield Told(
        "an interrupt in a task, and one after it",
        "main t ? main t ? main",
        program(
            own(
                task("t"),
                wait(),
                ask("out"),
                result={"list": [var("x"), var("answer")]},
                tasks=[{"name": "t", "do": [ask("in")], "result": var("answer")}],
            ),
            run(1),
            resume("a"),
            resume("b"),
        ),
    )
    yield Told(
        "an interrupt in two tasks at once",
        "main t t ? main t t ? main t",
        program(
            own(
                task("t", lit(1), into="f"),
                task("t", lit(2), into="g"),
                wait("f", "x"),
                wait("g", "y"),
                result={"list": [var("x"), var("y")]},
                tasks=[{"name": "t", "do": [ask("in")], "result": {"list": [var("arg0"), var("answer")]}}],
            ),
            run(1),
            _STATE,
            custom({"resume_by_id": [[0, "a"]]}),
            custom({"resume_by_id": [[0, "b"]]}),
        ),
    )
    calls = [{"name": "look", "arg": lit(1), "id": "c1"}, {"name": "look", "arg": lit(2), "id": "c2"}]
    yield Told(
        "tools ask, two calls of one message",
        "n look look ? look look ? look look",
        program(
            chain(
                node("n", spoken(message("ai", "", "m1", tool_calls=calls))),
                {"name": "t", "tools": ["look"]},
                state={"a": LAST, "messages": MESSAGES, "log": LOG},
                tools=[{"name": "look", "do": [ask("may I")], "result": var("answer")}],
            ),
            run(),
            _STATE,
            resume("yes"),
            resume("and yes"),
        ),
    )
