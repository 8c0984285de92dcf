"""Smaller cases proposed from the case itself: parts left out, values made plain. No generator is needed for it.

So a stored case can be reduced as well as one just found, and a graph loses a node with all its edges in one step.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence

from parity.cases.model import Case, CaseError
from parity.triage.reduce_programs import PASSES
from parity.triage.shrink import case_size
from parity.triage.smaller import PLAIN, Body, Proposer, changed, inputs, paths, smaller, without, without_node

__all__ = ["candidates", "reduce"]


def reduce(case: Case, shows: Callable[[Case], bool]) -> Case:
    """The smallest case reached by leaving out parts for as long as `shows` says that the divergence is still there.

    Greedy: a candidate that still shows it becomes the case, and the search goes on behind it. It ends when no
    candidate shows it, or with whatever `shows` raises.
    """
    again = True
    while again:
        again = False
        for propose in _PROPOSERS[case.kind]:
            position: int | None = 0
            while position is not None:
                found = next(((index, one) for index, one in _valid(case, propose, position) if shows(one)), None)
                position = None
                if found is not None:
                    position, case = found
                    again = True
    return case


def candidates(case: Case) -> Iterator[Case]:
    """Valid cases smaller than this one, the boldest first."""
    for propose in _PROPOSERS[case.kind]:
        for _, candidate in _valid(case, propose, 0):
            yield candidate


def _valid(case: Case, propose: Proposer, start: int) -> Iterator[tuple[int, Case]]:
    """The valid smaller cases that a proposer has from its place `start` on, each with its place."""
    size = case_size(case)
    for index, body in enumerate(propose(case.body)):
        if index < start:
            continue
        candidate = Case(case.kind, body)
        if case_size(candidate) >= size:
            continue
        try:
            Case.from_json(candidate.to_json())
        except CaseError:
            continue
        yield index, candidate


def _graphs(body: Body) -> Iterator[Body]:
    for calls in without(body["run"]["calls"]):
        yield changed(body, "run", "calls")(calls)
    for node in body["nodes"]:
        yield without_node(body, node["name"])
    for member in ("branches", "joins", "edges"):
        for items in without(body[member]):
            yield changed(body, member)(items)
    for key in body["state"]:
        yield _without_key(body, key)
    for index, node in enumerate(body["nodes"]):
        for do in without(node["do"]):
            yield changed(body, "nodes", index, "do")(do)
        for position, instruction in enumerate(node["do"]):
            at = ("nodes", index, "do", position)
            if instruction["op"] == "raise":
                yield changed(body, *at, "when")(None)
            else:
                yield changed(body, *at, "value")({"lit": PLAIN})
        yield changed(body, "nodes", index, "defer")(False)
        yield changed(body, "nodes", index, "returns")("dict")
    for index, join in enumerate(body["joins"]):
        for names in without(join["from"]):
            yield changed(body, "joins", index, "from")(names)
    for index, branch in enumerate(body["branches"]):
        yield changed(body, "branches", index, "ends")(None)
        for path in paths(branch["path"]):
            yield changed(body, "branches", index, "path")(path)
    for index, call in enumerate(body["run"]["calls"]):
        for given in inputs(call["input"]):
            yield changed(body, "run", "calls", index, "input")(given)
    yield changed(body, "run", "versions")("int")
    for key, spec in body["state"].items():
        if spec["channel"] != "LastValue":
            yield changed(body, "state", key)({"channel": "LastValue"})


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


def _channels(body: Body) -> Iterator[Body]:
    for ops in without(body["ops"]):
        yield changed(body, "ops")(ops)
    for index, op in enumerate(body["ops"]):
        for values in without(op.get("values", [])):
            yield changed(body, "ops", index, "values")(values)
        for position, value in enumerate(op.get("values", [])):
            for simpler in smaller(value):
                yield changed(body, "ops", index, "values", position)(simpler)


def _values(body: Body) -> Iterator[Body]:
    for simpler in smaller(body["value"]):
        yield {"value": simpler}


def _serdes(body: Body) -> Iterator[Body]:
    for steps in without(body["steps"]):
        yield changed(body, "steps")(steps)
    for option in body["options"]:
        yield changed(body, "options")({name: value for name, value in body["options"].items() if name != option})
    for index, step in enumerate(body["steps"]):
        for simpler in smaller(step["value"]) if "value" in step else ():
            yield changed(body, "steps", index, "value")(simpler)
        for shorter in _bytes(step) if "hex" in step else ():
            yield changed(body, "steps", index, "hex")(shorter["hex"])


def _bytes(body: Body) -> Iterator[Body]:
    data = body["hex"]
    for pairs in without([data[at : at + 2] for at in range(0, len(data), 2)]):
        yield {"hex": "".join(pairs)}


_PROPOSERS: dict[str, Sequence[Proposer]] = {
    "graph": [_graphs],
    "program": PASSES,
    "channel": [_channels],
    "value": [_values],
    "serde": [_serdes],
    "bytes": [_bytes],
}
"""Who proposes smaller bodies, by kind, the boldest first."""
