"""Smaller cases proposed from the case itself: parts left out, values made plain. No generator is needed for it.

So a stored case can be reduced as well as one just found, and a graph loses a node with all its edges in one step.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

from parity.cases.model import Case, CaseError
from parity.triage.shrink import case_size

__all__ = ["candidates", "reduce"]

Body = dict[str, Any]
_PLAIN = 0


def reduce(case: Case, shows: Callable[[Case], bool]) -> Case:
    """The smallest case reached by leaving out parts for as long as `shows` says that the divergence is still there.

    Greedy: a candidate that still shows it becomes the case, until no candidate does. What `shows` raises ends it.
    """
    again = True
    while again:
        again = False
        for candidate in candidates(case):
            if shows(candidate):
                case, again = candidate, True
                break
    return case


def candidates(case: Case) -> Iterator[Case]:
    """Valid cases smaller than this one, the boldest first."""
    proposers = {"graph": _graphs, "channel": _channels, "value": _values, "serde": _serdes, "bytes": _bytes}
    size = case_size(case)
    for body in proposers[case.kind](case.body):
        candidate = Case(case.kind, body)
        try:
            Case.from_json(candidate.to_json())
        except CaseError:
            continue
        if case_size(candidate) < size:
            yield candidate


def _without(items: list[Any]) -> Iterator[list[Any]]:
    """The list with ever smaller runs of items left out: halves, quarters, … single items."""
    length = len(items) // 2
    while length > 1:
        for start in range(0, len(items), length):
            yield items[:start] + items[start + length :]
        length //= 2
    for index in range(len(items)):
        yield items[:index] + items[index + 1 :]


def _changed(body: Body, *path: str | int) -> Callable[[Any], Body]:
    """A function that gives a copy of the body with the member at `path` replaced."""

    def replaced(value: Any) -> Body:
        made = copy.deepcopy(body)
        at: Any = made
        for step in path[:-1]:
            at = at[step]
        at[path[-1]] = value
        return made

    return replaced


def _graphs(body: Body) -> Iterator[Body]:
    for calls in _without(body["run"]["calls"]):
        yield _changed(body, "run", "calls")(calls)
    for node in body["nodes"]:
        yield _without_node(body, node["name"])
    for member in ("branches", "joins", "edges"):
        for items in _without(body[member]):
            yield _changed(body, member)(items)
    for key in body["state"]:
        yield _without_key(body, key)
    for index, node in enumerate(body["nodes"]):
        for do in _without(node["do"]):
            yield _changed(body, "nodes", index, "do")(do)
        for position, instruction in enumerate(node["do"]):
            at = ("nodes", index, "do", position)
            if instruction["op"] == "raise":
                yield _changed(body, *at, "when")(None)
            else:
                yield _changed(body, *at, "value")({"lit": _PLAIN})
        yield _changed(body, "nodes", index, "defer")(False)
        yield _changed(body, "nodes", index, "returns")("dict")
    for index, join in enumerate(body["joins"]):
        for names in _without(join["from"]):
            yield _changed(body, "joins", index, "from")(names)
    for index, branch in enumerate(body["branches"]):
        yield _changed(body, "branches", index, "ends")(None)
        for path in _paths(branch["path"]):
            yield _changed(body, "branches", index, "path")(path)
    for index, call in enumerate(body["run"]["calls"]):
        for given in _inputs(call["input"]):
            yield _changed(body, "run", "calls", index, "input")(given)
    yield _changed(body, "run", "versions")("int")
    for key, spec in body["state"].items():
        if spec["channel"] != "LastValue":
            yield _changed(body, "state", key)({"channel": "LastValue"})


def _without_node(body: Body, name: str) -> Body:
    """The program without a node and everything that names it; what led to it leads where it led."""
    made = copy.deepcopy(body)
    after = [target for source, target in body["edges"] if source == name and target != name]
    made["nodes"] = [node for node in made["nodes"] if node["name"] != name]
    edges = [edge for edge in made["edges"] if name not in edge]
    for source, target in body["edges"]:
        if target == name and source != name:
            edges += [[source, following] for following in after if [source, following] not in edges]
    made["edges"] = edges
    made["joins"] = [join for join in made["joins"] if join["to"] != name]
    for join in made["joins"]:
        join["from"] = [source for source in join["from"] if source != name]
    made["branches"] = [branch for branch in made["branches"] if branch["from"] != name]
    for branch in made["branches"]:
        if branch["ends"] is not None:
            branch["ends"] = [end for end in branch["ends"] if end != name] or None
        path = branch["path"]
        for member in ("to", "then", "else"):
            if member in path:
                path[member] = [dest for dest in path[member] if name not in (dest, _sent_to(dest))]
    made["branches"] = [branch for branch in made["branches"] if branch["path"].get("node") != name]
    return made


def _sent_to(dest: Any) -> Any:
    return dest["send"] if isinstance(dest, dict) else None


def _without_key(body: Body, key: str) -> Body:
    made = copy.deepcopy(body)
    del made["state"][key]
    for node in made["nodes"]:
        node["do"] = [instruction for instruction in node["do"] if instruction.get("key") != key]
    made["branches"] = [branch for branch in made["branches"] if branch["path"].get("each") != key]
    for call in made["run"]["calls"]:
        given = call["input"]
        if isinstance(given, dict) and given.get("t") == "dict":
            given["v"] = [pair for pair in given["v"] if pair[0] != key]
    return made


def _paths(path: Body) -> Iterator[Body]:
    if "if" in path:
        yield {"to": path["then"]}
        yield {"to": path["else"]}
    for member in ("to", "then", "else"):
        for dests in _without(path.get(member, [])):
            yield {**path, member: dests}
        for index, dest in enumerate(path.get(member, [])):
            if isinstance(dest, dict):
                plain = {**dest, "arg": {"lit": _PLAIN}}
                yield {**path, member: [*path[member][:index], plain, *path[member][index + 1 :]]}


def _inputs(given: Any) -> Iterator[Any]:
    if not (isinstance(given, dict) and given.get("t") == "dict"):
        return
    for pairs in _without(given["v"]):
        yield {"t": "dict", "v": pairs}
    for index, (key, value) in enumerate(given["v"]):
        for smaller in _smaller(value):
            yield {"t": "dict", "v": [*given["v"][:index], [key, smaller], *given["v"][index + 1 :]]}


def _channels(body: Body) -> Iterator[Body]:
    for ops in _without(body["ops"]):
        yield _changed(body, "ops")(ops)
    for index, op in enumerate(body["ops"]):
        for values in _without(op.get("values", [])):
            yield _changed(body, "ops", index, "values")(values)
        for position, value in enumerate(op.get("values", [])):
            for smaller in _smaller(value):
                yield _changed(body, "ops", index, "values", position)(smaller)


def _values(body: Body) -> Iterator[Body]:
    for smaller in _smaller(body["value"]):
        yield {"value": smaller}


def _serdes(body: Body) -> Iterator[Body]:
    for steps in _without(body["steps"]):
        yield _changed(body, "steps")(steps)
    for option in body["options"]:
        yield _changed(body, "options")({name: value for name, value in body["options"].items() if name != option})
    for index, step in enumerate(body["steps"]):
        for smaller in _smaller(step["value"]) if "value" in step else ():
            yield _changed(body, "steps", index, "value")(smaller)
        for shorter in _bytes(step) if "hex" in step else ():
            yield _changed(body, "steps", index, "hex")(shorter["hex"])


def _bytes(body: Body) -> Iterator[Body]:
    data = body["hex"]
    for pairs in _without([data[at : at + 2] for at in range(0, len(data), 2)]):
        yield {"hex": "".join(pairs)}


def _smaller(value: Any) -> Iterator[Any]:
    """Simpler tagged values: a plain one, a part in place of the whole, the whole with a part left out or simpler."""
    if value in (_PLAIN, None) and not isinstance(value, bool):
        return
    yield _PLAIN
    if isinstance(value, list):
        yield from value
        yield from _without(value)
        for index, item in enumerate(value):
            for smaller in _smaller(item):
                yield [*value[:index], smaller, *value[index + 1 :]]
    elif isinstance(value, dict):
        yield from _smaller_tagged(value)


def _smaller_tagged(value: Body) -> Iterator[Any]:
    tag = value.get("t")
    if tag == "dict":
        for pair in value["v"]:
            yield pair[1]
        for pairs in _without(value["v"]):
            yield {"t": "dict", "v": pairs}
        for index, (key, item) in enumerate(value["v"]):
            for smaller in _smaller(item):
                yield {"t": "dict", "v": [*value["v"][:index], [key, smaller], *value["v"][index + 1 :]]}
    elif tag in ("tuple", "set", "frozenset", "deque"):
        yield from value["v"]
        for items in _without(value["v"]):
            yield {"t": tag, "v": items}
        for index, item in enumerate(value["v"]):
            for smaller in _smaller(item):
                yield {"t": tag, "v": [*value["v"][:index], smaller, *value["v"][index + 1 :]]}
    else:
        for member in ("arg", "payload", "v"):
            part = value.get(member)
            if isinstance(part, (dict, list)):
                yield part
                if member == "arg" or (member == "v" and tag == "delta_snapshot"):
                    for smaller in _smaller(part):
                        yield {**value, member: smaller}
