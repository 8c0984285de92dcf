"""Random graph programs (`docs/cases.md` §4): a swarm of features first, then a program that may use only those."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from hypothesis import strategies as st

from parity.cases.model import Case
from parity.generate.swarm import Choices, examples, swarm

__all__ = ["FEATURES", "REDUCERS", "cases", "features", "make"]

Program = dict[str, Any]

FEATURES = (
    "aggregate",
    "any_value",
    "bad_return",
    "branch",
    "branch_ends",
    "cycle",
    "defer",
    "ephemeral",
    "fan_out",
    "input_missing",
    "join",
    "low_limit",
    "node_error",
    "no_return",
    "parallel_writes",
    "reducer_error",
    "resume",
    "second_call",
    "send",
    "send_each",
    "start_branch",
    "str_versions",
    "topic",
    "untracked",
    "values_of_all_sorts",
)
"""The features that a program may draw; `features` counts what it really holds, by the same names."""

_NAMES = ("a", "b", "c", "d", "e", "f", "g", "h")
REDUCERS = (
    ("add_list", "list"),
    ("add_int", "int"),
    ("concat_str", "str"),
    ("merge_dict", "dict"),
    ("pair", "any"),
    ("last_wins", "any"),
    ("fail_on_none", "any"),
)
"""Reducers, each with a type of what it takes; programs draw from the same."""

_SORTS: tuple[Any, ...] = (
    None,
    True,
    128,
    -33,
    70000,
    "é",
    "x" * 33,
    [],
    {"t": "tuple", "v": [1, "a"]},
    {"t": "dict", "v": [[1, "one"], ["k", None]]},
    {"t": "float", "bits": "3ff8000000000000"},
    {"t": "bytes", "hex": "00ff"},
    {"t": "set", "v": [3]},
)


def make(choices: Choices) -> Case:
    """The graph program that these choices make."""
    c = choices
    allowed = swarm(c, FEATURES)
    state = _state(c, allowed)
    names = [f"n{name}" for name in _shuffled(c, _NAMES)[: 1 + c.below(8)]]
    growing: list[str] = []
    program: Program = {
        "state": state,
        "nodes": [_node(c, name, state, allowed, growing) for name in names],
        "edges": [],
        "joins": [],
        "branches": [],
        "run": _run(c, state, allowed),
    }
    if "parallel_writes" in allowed:
        _write_one_key_everywhere(program)
    _wire(c, program, names, allowed)
    return Case("graph", program)


def _write_one_key_everywhere(program: Program) -> None:
    """Every node also writes its own name to the first reducing channel: the order of application shows in it."""
    sorts: dict[str, Callable[[str], Any]] = {
        "list": lambda name: [name],
        "str": str,
        "dict": lambda name: {"t": "dict", "v": [["k", name]]},
        "any": str,
    }
    for key, spec in program["state"].items():
        if spec.get("type") in sorts:
            for node in program["nodes"]:
                if all(instruction.get("key") != key for instruction in node["do"]):
                    node["do"].insert(
                        0, {"op": "write", "key": key, "value": {"lit": sorts[spec["type"]](node["name"])}}
                    )
            return


def cases() -> st.SearchStrategy[Case]:
    """Valid graph cases; each example draws which features it may use at all."""
    return examples(make)


def _state(c: Choices, allowed: set[str]) -> dict[str, Any]:
    others = [sort for sort in ("aggregate", "topic", "ephemeral", "untracked", "any_value") if sort in allowed]
    # Two parallel writers of a LastValue end the run, so it is the rarer choice where others are allowed.
    sorts = ["last", *others, *others]
    keys = _shuffled(c, _NAMES)[: 1 + c.below(6)]
    return {key: _channel(c, c.pick(sorts)) for key in keys}


def _channel(c: Choices, sort: str) -> dict[str, Any]:
    if sort == "aggregate":
        reducer, typ = c.pick(REDUCERS)
        return {"channel": "BinaryOperatorAggregate", "reducer": reducer, "type": typ}
    if sort == "topic":
        return {"channel": "Topic", "accumulate": c.one_in(2)}
    if sort in ("ephemeral", "untracked"):
        name = "EphemeralValue" if sort == "ephemeral" else "UntrackedValue"
        return {"channel": name, "guard": c.one_in(2)}
    return {"channel": "AnyValue" if sort == "any_value" else "LastValue"}


def _literal(c: Choices, channel: Mapping[str, Any], allowed: set[str]) -> dict[str, Any]:
    small = c.below(10)
    if "reducer_error" in allowed and small == 9:
        return {"lit": None}
    typ = channel.get("type")
    if typ == "list":
        return {"lit": [small, str(small)][: small % 3]}
    if typ == "int":
        return {"lit": small * 60}
    if typ == "str":
        return {"lit": "ab" * small}
    if typ == "dict":
        return {"lit": {"t": "dict", "v": [[str(small % 3), small]]}}
    if channel["channel"] == "Topic" and small > 5:
        return {"lit": [small, "t"]}
    if "values_of_all_sorts" in allowed and small > 3:
        return {"lit": c.pick(_SORTS)}
    return {"lit": small}


def _expr(c: Choices, key: str, state: Mapping[str, Any], allowed: set[str], growing: list[str]) -> dict[str, Any]:
    """What a node writes to a key. `growing` holds the one key of the program that may take up state into itself.

    A second such key, or one that keeps what it had besides, would double the state in every superstep of a cycle.
    """
    channel = state[key]
    typ = channel.get("type")
    keeps = channel["channel"] in ("Topic", "BinaryOperatorAggregate")
    choice = c.below(6)
    other = c.pick(list(state)) if choice in (1, 4, 5) else key
    if choice in (1, 3, 5):
        if growing or (other == key and keeps):
            return _literal(c, channel, allowed)
        growing.append(key)
    if choice == 1 and typ in (None, "any"):
        return {"get": other}
    if choice == 2 and typ in (None, "any", "int"):
        return {"add": [{"get": key}, {"lit": 1}]}
    if choice == 3 and typ is None:
        return {"input": True}
    if choice == 4 and typ in (None, "any", "int"):
        return {"len": {"get": other}}
    if choice == 5 and typ == "list":
        return {"list": [{"get": other}]}
    return _literal(c, channel, allowed)


def _node(c: Choices, name: str, state: Mapping[str, Any], allowed: set[str], growing: list[str]) -> dict[str, Any]:
    keys = list(state)
    written = _some(c, keys, 1, 3)
    if c.one_in(8):
        written = []
    do: list[dict[str, Any]] = [
        {"op": "write", "key": key, "value": _expr(c, key, state, allowed, growing)} for key in written
    ]
    if "node_error" in allowed and c.one_in(6):
        when = _cond(c, keys) if c.one_in(2) else None
        error = c.pick(["ValueError", "RuntimeError", "KeyError"])
        do.append({"op": "raise", "error": error, "message": f"{name} failed", "when": when})
    returns = "dict"
    if "no_return" in allowed and c.one_in(5):
        returns = "none"
    elif "bad_return" in allowed and c.one_in(10):
        returns = "list"
    return {"name": name, "defer": "defer" in allowed and c.one_in(4), "do": do, "returns": returns}


def _cond(c: Choices, keys: list[str]) -> dict[str, Any]:
    key = c.pick(keys)
    choice = c.below(5)
    if choice == 0:
        return {"has": key}
    if choice == 1:
        return {"not": {"has": key}}
    if choice == 2:
        return {"cmp": "eq", "left": {"get": key}, "right": {"lit": c.below(4)}}
    if choice == 3:
        return {"cmp": "lt", "left": {"len": {"get": key}}, "right": {"lit": (1 + c.below(4))}}
    comparison = c.pick(["lt", "ge"])
    return {"cmp": comparison, "left": {"get": key}, "right": {"lit": c.below(7)}}


def _wire(c: Choices, program: Program, names: list[str], allowed: set[str]) -> None:
    """Every node but the first is reached from an earlier one by an edge, a join or a branch; the rest is chance."""
    edges: list[list[str]] = program["edges"]
    start_branch = "start_branch" in allowed and c.one_in(2)
    if not start_branch:
        edges.append(["__start__", names[0]])
    for index, name in enumerate(names):
        if index == 0:
            continue
        earlier = names[:index]
        way = c.below(5)
        if way in (0, 4) and "fan_out" in allowed:
            source = earlier[0]
        elif way == 1 and "join" in allowed and index >= 2:
            sources = _some(c, earlier, 1, 3)
            program["joins"].append({"from": sources, "to": name})
            continue
        elif way == 2 and "branch" in allowed:
            _add_branch(c, program, c.pick(earlier), wanted=[name], allowed=allowed)
            continue
        else:
            source = c.pick(earlier) if way == 3 else earlier[-1]
        edges.append([source, name])
    if start_branch:
        _add_branch(c, program, "__start__", wanted=names[:1], allowed=allowed)
    if "branch" in allowed and c.one_in(2):
        _add_branch(c, program, c.pick(names), wanted=[], allowed=allowed)
    if "fan_out" in allowed and c.one_in(2):
        extra = ["__start__", c.pick(names)]
        if extra not in edges:
            edges.append(extra)
    if "cycle" in allowed and c.one_in(4):
        later = c.below(len(names))
        back = [names[later], names[c.below(later + 1)]]
        if back not in edges:
            edges.append(back)
    if c.one_in(2):
        edges.append([names[-1], "__end__"])


def _add_branch(c: Choices, program: Program, source: str, *, wanted: list[str], allowed: set[str]) -> None:
    keys = list(program["state"])
    names = [node["name"] for node in program["nodes"]]
    reachable = names if "cycle" in allowed or source == "__start__" else names[names.index(source) + 1 :]
    choice = c.below(5)
    path: dict[str, Any]
    if choice == 0 and "send_each" in allowed and reachable:
        path = {"each": c.pick(keys), "node": (wanted or [c.pick(reachable)])[0]}
    else:
        first = wanted + _dests(c, reachable, keys, allowed, 2)
        path = {"to": first}
        if choice >= 2:
            path = {"if": _cond(c, keys), "then": first, "else": _dests(c, reachable, keys, allowed, 2)}
    ends = None
    if "branch_ends" in allowed and c.one_in(2):
        named = [dest for member in ("to", "then", "else") for dest in path.get(member, ()) if isinstance(dest, str)]
        ends = list(dict.fromkeys([*named, "__end__"]))
        if c.one_in(10) and len(ends) > 1:
            ends = ends[1:]
    name = f"b{sum(branch['from'] == source for branch in program['branches'])}"
    program["branches"].append({"from": source, "name": name, "path": path, "ends": ends})


def _dests(c: Choices, reachable: list[str], keys: list[str], allowed: set[str], most: int) -> list[Any]:
    dests: list[Any] = []
    for _ in range(c.below(most + 1)):
        if "send" in allowed and reachable and c.one_in(2):
            dests.append({"send": c.pick(reachable), "arg": _send_arg(c, keys)})
        else:
            dests.append(c.pick([*reachable, "__end__"]))
    return dests


def _send_arg(c: Choices, keys: list[str]) -> dict[str, Any]:
    key = c.pick(keys)
    choice = c.below(4)
    if choice == 0:
        return {"get": key}
    if choice == 1:
        return {"lit": c.below(201)}
    if choice == 2:
        return {"input": True}
    return {"lit": {"t": "dict", "v": [[key, c.below(10)]]}}


def _run(c: Choices, state: Mapping[str, Any], allowed: set[str]) -> dict[str, Any]:
    calls: list[dict[str, Any]] = [{"input": _input(c, state, allowed)}]
    if "second_call" in allowed and c.one_in(2):
        calls.append({"input": _input(c, state, allowed)})
    if "resume" in allowed and c.one_in(2):
        calls.append({"input": None})
    # Sends in a cycle multiply in every superstep.
    most = 5 if allowed & {"send", "send_each"} and "cycle" in allowed else 9
    if {"send_each", "cycle"} <= allowed:
        # As many tasks as items to the power of the supersteps: one such program kept upstream busy for over a minute.
        limit = 1 + c.below(3)
    else:
        limit = (1 + c.below(4)) if "low_limit" in allowed else 5 + c.below(most - 4)
    versions = c.pick(["int", "str"]) if "str_versions" in allowed else "int"
    return {"recursion_limit": limit, "versions": versions, "calls": calls}


def _input(c: Choices, state: Mapping[str, Any], allowed: set[str]) -> dict[str, Any]:
    keys = list(state)
    if "input_missing" in allowed:
        keys = _some(c, keys, 0, len(keys))
    return {"t": "dict", "v": [[key, _literal(c, state[key], allowed)["lit"]] for key in keys]}


def _shuffled(c: Choices, items: Sequence[str]) -> list[str]:
    """The items in any order; in their own where choices have ended."""
    rest = list(items)
    return [rest.pop(c.below(len(rest))) for _ in items]


def _some(c: Choices, items: Sequence[str], least: int, most: int) -> list[str]:
    """From `least` to `most` of the items, each once, in any order."""
    rest = list(items)
    most = min(most, len(rest))
    return [rest.pop(c.below(len(rest))) for _ in range(least + c.below(most - least + 1))]


def features(case: Case) -> set[str]:
    """The features that a graph case holds, by the names of FEATURES."""
    return set(_features(case.body))


def _features(body: Mapping[str, Any]) -> Iterator[str]:
    channels = {
        "BinaryOperatorAggregate": "aggregate",
        "AnyValue": "any_value",
        "EphemeralValue": "ephemeral",
        "Topic": "topic",
        "UntrackedValue": "untracked",
    }
    for spec in body["state"].values():
        if spec["channel"] in channels:
            yield channels[spec["channel"]]
    yield from _wiring_features(body)
    for node in body["nodes"]:
        if node["defer"]:
            yield "defer"
        if node["returns"] != "dict":
            yield "no_return" if node["returns"] == "none" else "bad_return"
        for instruction in node["do"]:
            if instruction["op"] == "raise":
                yield "node_error"
    yield from _run_features(body)


def _wiring_features(body: Mapping[str, Any]) -> Iterator[str]:
    order = {node["name"]: index for index, node in enumerate(body["nodes"])}
    sources = [source for source, _ in body["edges"]]
    if len(sources) != len(set(sources)):
        yield "fan_out"
    if any(source in order and target in order and order[target] <= order[source] for source, target in body["edges"]):
        yield "cycle"
    if body["joins"]:
        yield "join"
    for branch in body["branches"]:
        yield "branch"
        if branch["from"] == "__start__":
            yield "start_branch"
        if branch["ends"] is not None:
            yield "branch_ends"
        path = branch["path"]
        if "each" in path:
            yield "send_each"
        for member in ("to", "then", "else"):
            for dest in path.get(member, ()):
                if not isinstance(dest, str):
                    yield "send"
                elif branch["from"] in order and dest in order and order[dest] <= order[branch["from"]]:
                    yield "cycle"


def _run_features(body: Mapping[str, Any]) -> Iterator[str]:
    run = body["run"]
    if run["versions"] == "str":
        yield "str_versions"
    if run["recursion_limit"] < 5:
        yield "low_limit"
    if any(call["input"] is None for call in run["calls"]):
        yield "resume"
    inputs = [call["input"] for call in run["calls"] if call["input"] is not None]
    if len(inputs) > 1:
        yield "second_call"
    if any(len(given["v"]) < len(body["state"]) for given in inputs if isinstance(given, dict) and "v" in given):
        yield "input_missing"
    literals = [
        instruction["value"]["lit"]
        for node in body["nodes"]
        for instruction in node["do"]
        if instruction["op"] == "write" and "lit" in instruction["value"]
    ]
    if any(isinstance(literal, dict) and literal["t"] not in ("dict",) for literal in literals):
        yield "values_of_all_sorts"
    writers: dict[str, int] = {}
    for node in body["nodes"]:
        for instruction in node["do"]:
            if instruction["op"] == "write":
                writers[instruction["key"]] = writers.get(instruction["key"], 0) + 1
    if any(count > 1 for count in writers.values()):
        yield "parallel_writes"
