"""Smaller parts of cases, whatever the kind: lists with items left out, simpler values."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

__all__ = ["PLAIN", "Body", "Proposer", "changed", "inputs", "paths", "smaller", "without", "without_node"]

Body = dict[str, Any]

Proposer = Callable[[Body], Iterator[Body]]
"""What proposes other bodies in place of one, the boldest first; they need not be valid or smaller."""

PLAIN = 0
"""The plainest value."""


def without(items: list[Any]) -> Iterator[list[Any]]:
    """The list with ever smaller runs of items left out: halves, quarters, … single items."""
    length = len(items) // 2
    while length > 1:
        for start in range(0, len(items), length):
            yield items[:start] + items[start + length :]
        length //= 2
    for index in range(len(items)):
        yield items[:index] + items[index + 1 :]


def changed(body: Body, *path: str | int) -> Callable[[Any], Body]:
    """A function that gives a copy of the body with the member at `path` replaced."""

    def replaced(value: Any) -> Body:
        made = copy.deepcopy(body)
        at: Any = made
        for step in path[:-1]:
            at = at[step]
        at[path[-1]] = value
        return made

    return replaced


def inputs(given: Any) -> Iterator[Any]:
    """Simpler inputs of a graph: keys left out, values made simpler."""
    if not (isinstance(given, dict) and given.get("t") == "dict"):
        return
    for pairs in without(given["v"]):
        yield {"t": "dict", "v": pairs}
    for index, (key, value) in enumerate(given["v"]):
        for simpler in smaller(value):
            yield {"t": "dict", "v": [*given["v"][:index], [key, simpler], *given["v"][index + 1 :]]}


def smaller(value: Any) -> Iterator[Any]:
    """Simpler tagged values: a plain one, a part in place of the whole, the whole with a part left out or simpler."""
    if value in (PLAIN, None) and not isinstance(value, bool):
        return
    yield PLAIN
    if isinstance(value, list):
        yield from value
        yield from without(value)
        for index, item in enumerate(value):
            for simpler in smaller(item):
                yield [*value[:index], simpler, *value[index + 1 :]]
    elif isinstance(value, dict):
        yield from _smaller_tagged(value)


def _smaller_tagged(value: Body) -> Iterator[Any]:
    tag = value.get("t")
    if tag == "dict":
        for pair in value["v"]:
            yield pair[1]
        for pairs in without(value["v"]):
            yield {"t": "dict", "v": pairs}
        for index, (key, item) in enumerate(value["v"]):
            for simpler in smaller(item):
                yield {"t": "dict", "v": [*value["v"][:index], [key, simpler], *value["v"][index + 1 :]]}
    elif tag in ("tuple", "set", "frozenset", "deque"):
        yield from value["v"]
        for items in without(value["v"]):
            yield {"t": tag, "v": items}
        for index, item in enumerate(value["v"]):
            for simpler in smaller(item):
                yield {"t": tag, "v": [*value["v"][:index], simpler, *value["v"][index + 1 :]]}
    else:
        for member in ("arg", "payload", "v"):
            part = value.get(member)
            if isinstance(part, (dict, list)):
                yield part
                if member == "arg" or (member == "v" and tag == "delta_snapshot"):
                    for simpler in smaller(part):
                        yield {**value, member: simpler}


def paths(path: Body) -> Iterator[Body]:
    """Simpler paths of a branch: one side of a condition, destinations left out, plain arguments."""
    if "if" in path:
        yield {"to": path["then"]}
        yield {"to": path["else"]}
    for member in ("to", "then", "else"):
        for dests in without(path.get(member, [])):
            yield {**path, member: dests}
        for index, dest in enumerate(path.get(member, [])):
            if isinstance(dest, dict):
                plain = {**dest, "arg": {"lit": PLAIN}}
                yield {**path, member: [*path[member][:index], plain, *path[member][index + 1 :]]}


def without_node(body: Body, name: str) -> Body:
    """A graph without a node and everything in it that names the node; what led to it leads where it led."""
    made = copy.deepcopy(body)
    after = [target for source, target in body.get("edges", ()) if source == name and target != name]
    made["nodes"] = [node for node in made["nodes"] if node["name"] != name]
    edges = [edge for edge in made.get("edges", ()) if name not in edge]
    for source, target in body.get("edges", ()):
        if target == name and source != name:
            edges += [[source, following] for following in after if [source, following] not in edges]
    made["edges"] = edges
    made["joins"] = [join for join in made.get("joins", ()) if join["to"] != name]
    for join in made["joins"]:
        join["from"] = [source for source in join["from"] if source != name]
    made["branches"] = [branch for branch in made.get("branches", ()) if branch["from"] != name]
    for branch in made["branches"]:
        if branch.get("ends") is not None:
            branch["ends"] = [end for end in branch["ends"] if end != name] or None
        path = branch["path"]
        for member in ("to", "then", "else"):
            if member in path:
                path[member] = [dest for dest in path[member] if name not in (dest, _sent_to(dest))]
    made["branches"] = [branch for branch in made["branches"] if branch["path"].get("node") != name]
    return made


def _sent_to(dest: Any) -> Any:
    return dest["send"] if isinstance(dest, dict) else None
