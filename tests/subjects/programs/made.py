"""Small programs, made by hand, and what is read from their traces."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from parity.cases.model import Case
from parity.subjects.upstream.programs.run import observe_program

Event = dict[str, Any]
Body = dict[str, Any]

LOG = {"channel": "BinaryOperatorAggregate", "reducer": "add_list", "type": "list"}


def dictionary(**members: Any) -> Body:
    """A tagged dict."""
    return {"t": "dict", "v": [[key, value] for key, value in members.items()]}


def note(value: Any, key: str = "log") -> Body:
    """The instruction that adds a value to a list."""
    return {"op": "write", "key": key, "value": {"list": [{"lit": value}]}}


def ask(question: str, var: str = "answer") -> list[Body]:
    """Instructions that interrupt and add the answer to `log`."""
    interrupt = {"op": "interrupt", "value": {"lit": question}, "var": var}
    return [interrupt, {"op": "write", "key": "log", "value": {"list": [{"var": var}]}}]


def chain(*nodes: Body, **members: Any) -> Body:
    """A graph whose nodes run one after the other on a state `log`."""
    names = ["__start__", *(node["name"] for node in nodes), "__end__"]
    edges = [list(pair) for pair in pairwise(names)]
    return {"form": "state", "state": {"log": LOG}, "nodes": list(nodes), "edges": edges, **members}


def node(name: str, *do: Any, **members: Any) -> Body:
    """A node that adds its name to `log`, or does what is given."""
    return {"name": name, "do": list(do) or [note(name)], **members}


def run(given: Any = None, **members: Any) -> Body:
    """The operation that gives a list for `log`; None resumes."""
    start = dictionary(log=given) if isinstance(given, list) else given
    return {"op": "run", "input": start, **members}


def program(graphs: Body | Mapping[str, Body], *ops: Body, **members: Any) -> Case:
    """A valid case."""
    named = {"main": graphs} if "form" in graphs else dict(graphs)
    body = {"graphs": named, "run": {"ops": list(ops), "reread": False, **members}}
    return Case.from_json(Case("program", body).to_json())


def observed(*arguments: Any, **members: Any) -> list[Event]:
    """The trace of such a program."""
    return observe_program(program(*arguments, **members).body)


def of(events: list[Event], *names: str) -> list[Event]:
    """The events of these kinds."""
    return [event for event in events if event["e"] in names]


def kinds(events: list[Event], *left_out: str) -> list[str]:
    """The kinds of events, in order, without some."""
    return [event["e"] for event in events if event["e"] not in left_out]


def ran(events: list[Event]) -> list[str]:
    """What ran, in order."""
    return [event["what"].removeprefix("main.") for event in of(events, "ran")]


def plain(value: Any) -> Any:
    """A tagged value as Python, as far as these tests need it."""
    if isinstance(value, dict) and value.get("t") == "dict":
        return {plain(key): plain(item) for key, item in value["v"]}
    if isinstance(value, dict) and value.get("t") == "tuple":
        return tuple(plain(item) for item in value["v"])
    if isinstance(value, dict) and value.get("t") == "object":
        return plain(value["payload"])
    return [plain(item) for item in value] if isinstance(value, list) else value


def results(events: list[Event]) -> list[Any]:
    """What the calls returned."""
    return [plain(event["value"]) for event in of(events, "result")]
