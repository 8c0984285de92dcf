"""State: channels, reducers, messages, schemas, values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from parity.corpus.entries.programs.parts import (
    ADD,
    LAST,
    LOG,
    MESSAGES,
    Part,
    Told,
    chain,
    delta,
    fan,
    get,
    given,
    graph,
    lit,
    logs,
    message,
    node,
    program,
    run,
    spoken,
    update,
    write,
)

__all__ = ["entries"]

_START = "__start__"


def entries() -> Iterator[Told]:
    """Yields the entries of this part."""
    yield from _channels()
    yield from _deltas()
    yield from _overwrites()
    yield from _messages()
    yield from _schemas()
    yield from _values()


def _each(key: str, *values: Any) -> list[Part]:
    return [node(f"n{index}", write(key, lit(value))) for index, value in enumerate(values)]


def _channels() -> Iterator[Told]:
    state = {
        "last": LAST,
        "any": {"channel": "AnyValue"},
        "eph": {"channel": "EphemeralValue", "guard": False},
        "unt": {"channel": "UntrackedValue"},
        "top": {"channel": "Topic"},
        "kept": {"channel": "Topic", "accumulate": True},
        "sum": ADD,
        "pair": {"channel": "BinaryOperatorAggregate", "reducer": "pair", "type": "any"},
        "dict": {"channel": "BinaryOperatorAggregate", "reducer": "merge_dict", "type": "dict"},
        "delta": delta(2),
        "own": {"channel": "Custom"},
    }
    first = [write(key, lit([1])) for key in ("last", "any", "eph", "unt", "top", "kept", "pair", "delta")]
    first += [write("sum", lit(1)), write("own", lit(1)), write("dict", {"dict": [["k", lit(1)]]})]
    reads = {"list": [get(key) for key in state]}
    yield Told(
        "every channel is written, read by the next node, and written again by two",
        "one reads left right",
        program(
            graph(
                {**state, "log": LOG},
                [
                    node("one", *first),
                    node("reads", write("log", reads)),
                    node("left", write("any", lit(2)), write("sum", lit(2)), write("kept", lit(2))),
                    node("right", write("any", lit(2)), write("sum", lit(3)), write("delta", lit([2]))),
                ],
                [(_START, "one"), ("one", "reads"), ("reads", "left"), ("reads", "right")],
            ),
            run(given(log=[])),
        ),
    )
    yield Told(
        "an untracked value is there for the run and not for the next",
        "n m n m",
        program(
            chain(
                node("n", write("log", {"list": [get("u")]}), write("u", lit("held"))),
                node("m", write("log", {"list": [get("u")]})),
                state={"u": {"channel": "UntrackedValue"}, "log": LOG},
            ),
            run(given(log=[])),
            run(given(log=[])),
        ),
    )
    yield Told(
        "a channel of one's own counts what LangGraph does to it",
        "n0 n1 n0 n1",
        program(chain(*_each("k", 2, 3), state={"a": LAST, "k": {"channel": "Custom"}}), run(), run()),
    )
    yield Told(
        "an update that a channel of one's own refuses",
        "n0 !InvalidUpdateError",
        program(chain(*_each("k", "word"), state={"a": LAST, "k": {"channel": "Custom"}}), run()),
    )
    yield Told(
        "two writes to one last value in one superstep are refused, and the thread goes on",
        "x y !InvalidUpdateError x y !InvalidUpdateError",
        program(fan(node("x", write("a", lit(1))), node("y", write("a", lit(2)))), run(), run()),
    )
    yield Told(
        "a reducer that raises fails the run, and not the node",
        "n !TypeError !TypeError",
        program(chain(node("n", write("log", lit(5)))), run(), {"op": "state"}),
    )
    yield Told(
        "one key is written twice by a node that returns a dict and a command",
        "n",
        program(chain(node("n", write("log", lit(["x"])), {"op": "command", "update": {"log": lit(["y"])}})), run()),
    )
    yield Told(
        "a write to a key that does not exist is dropped",
        "n",
        program(chain(node("n", write("nowhere", lit(1)), write("a", lit(2)))), run()),
    )


def _twins(frequency: int | None) -> Part:
    return {"a": LAST, "d": delta(frequency), "log": LOG}


def _both(name: str, *do: Part, item: Any = None, **members: Any) -> Part:
    """A node that writes the same to the delta channel and to its plain twin."""
    value = lit([name if item is None else item])
    return node(name, *do, write("d", value), write("log", value), **members)


def _deltas() -> Iterator[Told]:
    for frequency in (1, 2, 3, None):
        yield Told(
            f"a delta channel and its twin over three runs, snapshots every {frequency or 'default'}",
            "n m n m n m",
            program(chain(_both("n"), _both("m"), state=_twins(frequency)), run(), run(), run(), saver="memory"),
        )
    yield Told(
        "a delta channel is snapshotted after so many supersteps even when nobody writes to it",
        "n m o n m o",
        program(chain(_both("n"), node("m"), node("o"), state=_twins(None)), run(), run(given(a=2)), delta_bound=2),
    )
    yield Told(
        "a delta channel over three runs in SQLite, and a new process between them",
        "n m n m n m",
        program(
            chain(_both("n"), _both("m"), state=_twins(2)),
            run(),
            {"op": "restart"},
            run(),
            {"op": "restart"},
            run(),
            saver="sqlite",
        ),
    )
    yield Told(
        "an overwrite among the writes of a delta channel",
        "n x y end n x y end",
        program(
            graph(
                _twins(2),
                [
                    _both("n"),
                    node("x", write("d", {"overwrite": lit(["new"])}), write("log", {"overwrite": lit(["new"])})),
                    _both("y"),
                    _both("end"),
                ],
                [(_START, "n"), ("n", "x"), ("n", "y")],
                joins=[{"from": ["x", "y"], "to": "end"}],
            ),
            run(),
            run(),
        ),
    )
    yield Told(
        "an input writes to a delta channel, and overwrites it",
        "n n",
        program(
            chain(_both("n"), state=_twins(100)),
            run(given(a=1, d=["in"], log=["in"])),
            run(given(a=1, d=given(__overwrite__=["over"]), log=given(__overwrite__=["over"]))),
        ),
    )
    yield Told(
        "a fork of a thread with a delta channel replays its writes from the past",
        "n m m n m",
        program(
            chain(_both("n"), _both("m"), state=_twins(100)),
            run(),
            update(given(d=["u"], log=["u"]), at={"nth": 1}, as_node="n"),
            run(None),
            run(None, at={"nth": 4}),
        ),
    )
    yield Told(
        "a dict in a delta channel",
        "n m n m",
        program(
            chain(
                node("n", write("d", {"dict": [["k", lit(1)], ["l", lit([1])]]})),
                node("m", write("d", {"dict": [["k", lit(2)]]})),
                state={"a": LAST, "d": delta(3, "fold:merge_dict", "dict")},
            ),
            run(),
            run(),
        ),
    )
    yield Told(
        "messages in a delta channel, replaced and removed",
        "n m o n m o",
        program(
            chain(
                node("n", spoken(message("human", "one", "1"), message("ai", "two", "2"))),
                node("m", spoken(message("human", "again", "1"))),
                node("o", spoken({"remove": "2"})),
                state={"a": LAST, "messages": delta(2, "messages")},
            ),
            run(),
            run(),
        ),
    )


def _overwrites() -> Iterator[Told]:
    forms: list[tuple[str, Part]] = [
        ("Overwrite", {"overwrite": lit(["o"])}),
        ("a dict of __overwrite__", {"dict": [["__overwrite__", lit(["o"])]]}),
        ("a dict of value and type", {"dict": [["value", lit(["o"])], ["type", lit("__overwrite__")]]}),
    ]
    for name, form in forms:
        yield Told(
            f"{name} beside plain writes",
            "x y z end",
            program(fan(logs("x"), node("y", write("log", form)), logs("z")), run(given(a=1, log=["in"]))),
        )
    yield Told(
        "two overwrites of one key in one superstep are refused",
        "x y !InvalidUpdateError",
        program(fan(*(node(name, write("log", {"overwrite": lit([name])})) for name in "xy")), run()),
    )
    yield Told(
        "an overwrite in an update of the state",
        "n",
        program(chain(logs("n")), run(), update(given(log=given(__overwrite__=["u"])), as_node="n")),
    )


def _messages() -> Iterator[Told]:
    state = {"a": LAST, "messages": MESSAGES}
    yield Told(
        "messages without ids are given some",
        "n m",
        program(
            chain(node("n", spoken(message("human", "hello"))), node("m", spoken(message("ai", "yes"))), state=state),
            run(),
        ),
    )
    yield Told(
        "the same message twice, and one that replaces it",
        "n m",
        program(
            chain(
                node("n", spoken(message("human", "x", "1"), message("human", "y", "1"))),
                node("m", spoken(message("system", "z", "1"), message("human", "w", "2"))),
                state=state,
            ),
            run(),
        ),
    )
    yield Told(
        "a message that is not there cannot be removed",
        "n !ValueError",
        program(chain(node("n", spoken({"remove": "9"})), state=state), run()),
    )
    yield Told(
        "all messages are removed",
        "n m",
        program(
            chain(
                node("n", spoken(message("human", "x", "1"))),
                node("m", spoken({"remove": "__remove_all__"}, message("ai", "fresh", "2"))),
                state=state,
            ),
            run(),
        ),
    )
    yield Told(
        "messages given as texts and pairs",
        "n",
        program(
            chain(node("n", write("messages", lit("word"))), state=state),
            run(given(messages=[{"t": "tuple", "v": ["user", "hi"]}, given(role="ai", content="ho")])),
        ),
    )
    yield Told(
        "two nodes say something at once",
        "x y z end",
        program(
            fan(
                *(node(name, spoken(message("ai", name, name))) for name in "xyz"),
                last=node("end"),
                state=state,
            ),
            run(),
        ),
    )


def _schemas() -> Iterator[Told]:
    for schema in ("pydantic", "dataclass"):
        yield Told(
            f"a {schema} state with defaults, and nodes that return objects",
            "n m n m",
            program(
                chain(
                    node("n", write("a", {"add": [get("a"), lit(1)]}), returns="object"),
                    node("m", write("log", {"list": [{"input": True}]})),
                    schema=schema,
                    state={"a": {**LAST, "default": 5}, "b": {**LAST, "default": [1]}, "log": {**LOG, "default": []}},
                ),
                run(given(a=1)),
                run(given(a=2), stream_mode="values", api="stream", version="v2"),
                {"op": "state"},
            ),
        )
        yield Told(
            f"a {schema} state whose key is missing",
            "!ValidationError" if schema == "pydantic" else "!TypeError",
            program(chain(node("n"), schema=schema, state={"a": LAST, "b": LAST}), run()),
        )
    yield Told(
        "a pydantic state refuses an input of another type",
        "!ValidationError",
        program(chain(node("n"), schema="pydantic", state={"a": {**LAST, "type": "int"}}), run(given(a="word"))),
    )
    yield Told(
        "a pydantic state of messages",
        "n",
        program(
            chain(
                node("n", spoken(message("ai", "x", "1"))),
                schema="pydantic",
                state={"a": LAST, "messages": {**MESSAGES, "default": []}},
            ),
            run(),
        ),
    )
    yield Told(
        "narrower input and output",
        "n",
        program(
            chain(node("n", write("b", get("a"))), state={"a": LAST, "b": LAST}, input=["a"], output=["b"]),
            run(given(a=1, b=9)),
            {"op": "state"},
        ),
    )
    yield Told(
        "a private key between two nodes",
        "n m o",
        program(
            chain(
                node("n", write("p", lit("secret"))),
                node("m", write("log", {"list": [get("p")]}), reads=["p", "log"]),
                node("o", write("log", {"list": [{"input": True}]})),
                private={"p": LAST},
            ),
            run(),
            {"op": "state"},
        ),
    )
    yield Told(
        "managed values know how many steps are left",
        "n m o",
        program(
            chain(
                *(node(name, write("log", {"list": [get("left"), get("is_last")]})) for name in "nmo"),
                state={"left": {"managed": "remaining_steps"}, "is_last": {"managed": "is_last_step"}, "log": LOG},
            ),
            run(given(log=[]), recursion_limit=4),
        ),
    )
    yield Told(
        "managed values in a pydantic state",
        "n",
        program(
            chain(
                node("n", write("log", {"list": [get("left")]})),
                schema="pydantic",
                state={"left": {"managed": "remaining_steps"}, "log": {**LOG, "default": []}},
            ),
            run(given(log=[])),
        ),
    )


_VALUES: list[Any] = [
    None,
    True,
    2**40,
    {"t": "int", "v": str(2**63)},
    {"t": "float", "bits": "3ff8000000000000"},
    "é",
    {"t": "bytes", "hex": "00ff"},
    {"t": "tuple", "v": [1, [2]]},
    {"t": "set", "v": [1]},
    {"t": "datetime", "v": "2024-01-02T03:04:05+00:00"},
    {"t": "uuid", "hex": "00112233445566778899aabbccddeeff"},
    {"t": "decimal", "v": "1.50"},
    {"t": "path", "parts": ["/", "a"]},
    {"t": "object", "code": 0, "cls": "parity.subjects.upstream.samples:Color", "payload": "green"},
    {
        "t": "object",
        "code": 2,
        "cls": "parity.subjects.upstream.samples:Point",
        "payload": {"t": "dict", "v": [["x", 1], ["y", None]]},
    },
    {
        "t": "object",
        "code": 5,
        "cls": "parity.subjects.upstream.samples:Address",
        "payload": {"t": "dict", "v": [["street", "s"], ["number", 1]]},
    },
]


def _values() -> Iterator[Told]:
    yield Told(
        "values of many types go through input, state, writes and a new process",
        "n m m",
        program(
            chain(
                *(node(name, write("log", {"list": [get("a")]})) for name in ("n", "m")),
                compile={"interrupt_before": ["m"]},
            ),
            run(given(a=_VALUES)),
            {"op": "restart"},
            run(None),
            run(None, at={"nth": 1}),
        ),
    )
    yield Told(
        "what cannot be serialised fails the save",
        "n !TypeError",
        program(chain(node("n", write("a", lit({"t": "opaque"})))), run(), {"op": "state"}),
    )
    yield Told(
        "nodes share the value that one of them changes in place",
        "x y z end",
        program(
            fan(
                logs("x"),
                logs("y", {"op": "mutate", "key": "a", "value": lit(9)}),
                node("z", write("log", {"list": [get("a")]})),
            ),
            run(given(a=[1], log=[])),
            {"op": "state"},
        ),
    )
    yield Told(
        "a node changes the state that it was given and returns nothing",
        "n m",
        program(
            chain(
                node("n", {"op": "mutate", "key": "a", "value": lit(2)}, returns="none"),
                node("m", write("log", {"list": [get("a")]})),
            ),
            run(given(a={"t": "dict", "v": [["k", 1]]})),
            {"op": "state"},
        ),
    )
