"""The words in which the programs of the corpus are written."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

__all__ = [
    "ADD",
    "END",
    "LAST",
    "LOG",
    "MESSAGES",
    "START",
    "Part",
    "Told",
    "ask",
    "branch",
    "call",
    "chain",
    "command",
    "custom",
    "delta",
    "fail",
    "fan",
    "fork",
    "get",
    "given",
    "graph",
    "let",
    "lit",
    "logs",
    "message",
    "node",
    "own",
    "program",
    "raw",
    "resume",
    "run",
    "send",
    "spoken",
    "task",
    "update",
    "var",
    "wait",
    "write",
]

Part = dict[str, Any]
START, END = "__start__", "__end__"

LAST: Part = {"channel": "LastValue"}
LOG: Part = {"channel": "BinaryOperatorAggregate", "reducer": "add_list", "type": "list"}
ADD: Part = {"channel": "BinaryOperatorAggregate", "reducer": "add_int", "type": "int"}
MESSAGES: Part = {"channel": "Messages"}


@dataclass(frozen=True)
class Told:
    """A named program and what it is there to show: what ran in which order, without the name of `main`.

    `!E` stands for an operation that raised E, `?` for a caller that was told of an interrupt, `<built:E>` for graphs
    that could not be built, `<crash>` and `<drained>` for what they say.
    """

    name: str
    shows: str
    body: Part


# --- graphs -------------------------------------------------------------------------------------------------------


def graph(state: Part, nodes: list[Part], edges: list[tuple[str, str]] | None = None, **members: Any) -> Part:
    """A StateGraph."""
    made: Part = {"form": "state", "state": state, "nodes": nodes}
    if edges is not None:
        made["edges"] = [list(edge) for edge in edges]
    return {**made, **members}


def chain(*nodes: Part, state: Part | None = None, **members: Any) -> Part:
    """A StateGraph whose nodes follow each other; its keys are `a` and `log` unless others are given."""
    names = [START, *(item["name"] for item in nodes), END]
    return graph(state or {"a": LAST, "log": LOG}, list(nodes), list(pairwise(names)), **members)


def fan(*nodes: Part, last: Part | None = None, state: Part | None = None, **members: Any) -> Part:
    """A StateGraph whose nodes run side by side, and then `last`."""
    after = last or logs("end")
    edges = [(START, item["name"]) for item in nodes]
    joins = [{"from": [item["name"] for item in nodes], "to": after["name"]}]
    return graph(state or {"a": LAST, "log": LOG}, [*nodes, after], edges, joins=joins, **members)


def fork(*nodes: Part, **members: Any) -> Part:
    """A StateGraph that starts with its first node and has no other edges."""
    return graph({"a": LAST, "log": LOG}, list(nodes), [(START, nodes[0]["name"])], **members)


def own(*do: Part, **members: Any) -> Part:
    """An entrypoint."""
    return {"form": "entrypoint", "do": list(do), **members}


def raw(channels: Part, nodes: list[Part], source: Any, sink: Any, **members: Any) -> Part:
    """A `Pregel`."""
    return {"form": "pregel", "channels": channels, "nodes": nodes, "input": source, "output": sink, **members}


def delta(frequency: int | None = None, reducer: str = "fold:add_list", typ: str = "list") -> Part:
    """A DeltaChannel; with the default cadence if none is given."""
    made: Part = {"channel": "DeltaChannel", "reducer": reducer, "type": typ}
    return made if frequency is None else {**made, "snapshot_frequency": frequency}


def program(main: Part, *ops: Part, children: Part | None = None, **run_members: Any) -> Part:
    """The body of a case."""
    return {"graphs": {"main": main, **(children or {})}, "run": {**run_members, "ops": list(ops)}}


# --- nodes and instructions ------------------------------------------------------------------------------------------


def node(name: str, *do: Part, **members: Any) -> Part:
    """A node of these instructions."""
    return {"name": name, "do": list(do), **members}


def logs(name: str, *do: Part, **members: Any) -> Part:
    """A node that appends its own name to the key `log`, after these instructions."""
    return node(name, *do, write("log", lit([name])), **members)


def branch(source: str, *to: Any, name: str = "route", **members: Any) -> Part:
    """A conditional edge that always goes to the same places."""
    return {"from": source, "name": name, "path": {"to": list(to)}, **members}


def lit(value: Any) -> Part:
    return {"lit": value}


def get(key: str) -> Part:
    return {"get": key}


def var(name: str) -> Part:
    return {"var": name}


def write(key: str, value: Part) -> Part:
    return {"op": "write", "key": key, "value": value}


def let(name: str, value: Part) -> Part:
    return {"op": "let", "var": name, "value": value}


def fail(error: str = "ValueError", **members: Any) -> Part:
    """The instruction that raises; by default always, and ValueError."""
    return {"op": "raise", "error": error, "message": "broken", **members}


def ask(question: Any = "?", name: str = "answer", **members: Any) -> Part:
    """The instruction that interrupts, its answer into a variable."""
    return {"op": "interrupt", "value": lit(question), "var": name, **members}


def command(*goto: Any, **members: Any) -> Part:
    return {"op": "command", **({"goto": list(goto)} if goto else {}), **members}


def send(target: str, arg: Part, **members: Any) -> Part:
    return {"send": target, "arg": arg, **members}


def call(name: str, into: str = "got", **members: Any) -> Part:
    return {"op": "call", "graph": name, "var": into, **members}


def task(name: str, *args: Part, into: str = "f") -> Part:
    return {"op": "task", "name": name, "args": list(args), "var": into}


def wait(of: str = "f", into: str = "x") -> Part:
    return {"op": "result", "of": of, "var": into}


def message(role: str, text: str = "", key: str | None = None, **members: Any) -> Part:
    """The expression that makes a message."""
    return {"message": {"role": role, "text": text, **({} if key is None else {"id": key}), **members}}


def spoken(*messages: Part) -> Part:
    """The instruction that writes messages."""
    return write("messages", {"list": list(messages)})


# --- operations ---------------------------------------------------------------------------------------------------


def given(**items: Any) -> Part:
    """A dict as a tagged value."""
    return {"t": "dict", "v": [[key, value] for key, value in items.items()]}


def run(value: Any = "a", **members: Any) -> Part:
    """A call with an input, by default `{"a": 1}`; None resumes."""
    chosen = given(a=1) if value == "a" else value
    return {"op": "run", "input": chosen, **members}


def resume(value: Any, **members: Any) -> Part:
    """A call that answers an interrupt."""
    return {"op": "run", "input": {"command": {"resume": value}}, **members}


def custom(command_: Part, **members: Any) -> Part:
    """A call with a `Command` of these members."""
    return {"op": "run", "input": {"command": command_}, **members}


def update(values: Any, **members: Any) -> Part:
    return {"op": "update", "values": values, **members}
