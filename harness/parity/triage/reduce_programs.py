"""Smaller programs (`docs/programs.md`) proposed from a program itself: whole operations, graphs and nodes first."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from parity.cases.program_parts import functions, instructions
from parity.triage.reduce_expressions import conditions, expressions
from parity.triage.smaller import Body, Proposer, inputs, paths, smaller, without, without_node

__all__ = ["PASSES"]

_REQUIRED = {"op", "name", "form", "graphs", "run", "ops", "nodes", "channel", "key", "cond"}
"""Members that no object can do without, or whose absence other passes propose better."""

_WHOLE = {"lit", "value", "values", "input", "inputs", "update", "args", "path", "ref", "given", "context", "metadata"}
"""Members that are left out whole; what is in them is made simpler by other passes."""


def _operations(body: Body) -> Iterator[Body]:
    ops = body["run"]["ops"]
    for kept in without(ops):
        yield _set(body, "/run/ops", kept)
    for index in range(len(ops) - 1):
        # A crash and the restart after it go together.
        yield _set(body, "/run/ops", ops[:index] + ops[index + 2 :])


def _graphs(body: Body) -> Iterator[Body]:
    """One of the graphs alone, with those that it uses, as `main`; graphs that nothing uses left out."""
    names = list(body["graphs"])
    for name in names[1:]:
        made = copy.deepcopy(body)
        promoted = made["graphs"][name]
        promoted.get("compile", {}).pop("checkpointer", None)
        made["graphs"] = {
            "main": promoted,
            **{later: made["graphs"][later] for later in names[names.index(name) + 1 :]},
        }
        yield made
    for name in names[1:]:
        made = copy.deepcopy(body)
        del made["graphs"][name]
        yield made
    for name, graph in body["graphs"].items():
        for index, node in enumerate(graph.get("nodes", ())):
            if "graph" in node or "tools" in node:
                yield _set(body, f"/graphs/{name}/nodes/{index}", {"name": node["name"], "do": []})


def _nodes(body: Body) -> Iterator[Body]:
    for name, graph in body["graphs"].items():
        for node in graph.get("nodes", ()) if len(graph.get("nodes", ())) > 1 else ():
            made = copy.deepcopy(body)
            if graph["form"] == "state":
                made["graphs"][name] = _filled(without_node(graph, node["name"]))
            else:
                made["graphs"][name]["nodes"] = [other for other in graph["nodes"] if other["name"] != node["name"]]
            _forget(made, node["name"])
            yield made
        for member in ("tasks", "tools", "branches", "joins", "edges"):
            for items in without(graph.get(member, [])):
                yield _set(body, f"/graphs/{name}/{member}", items)


def _filled(graph: Body) -> Body:
    """The graph without the lists that came out empty."""
    return {key: value for key, value in graph.items() if value != [] or key not in ("edges", "joins", "branches")}


def _forget(body: Body, node: str) -> None:
    """Takes a node's name out of the lists and commands that may hold it."""
    for item in _objects(body):
        for member in ("goto", "interrupt_before", "interrupt_after", "ends"):
            if isinstance(item.get(member), list):
                item[member] = [
                    dest for dest in item[member] if node != (dest["send"] if isinstance(dest, dict) else dest)
                ]
        if item.get("as_node") == node:
            del item["as_node"]


def _bodies(body: Body) -> Iterator[Body]:
    """Functions with fewer instructions; what an `if` holds in its place."""
    for where, do in _lists(body):
        if len(do) > 1:
            yield _set(body, where, [])
        for kept in without(do):
            yield _set(body, where, kept)
        for index, instruction in enumerate(do):
            for member in ("then", "else"):
                if member in instruction:
                    yield _set(body, where, [*do[:index], *instruction[member], *do[index + 1 :]])


def _lists(body: Body) -> Iterator[tuple[str, list[Any]]]:
    """Every list of instructions with its pointer, the outer ones first."""
    for name, graph in body["graphs"].items():
        for function in functions(name, graph):
            where = f"{function.where}/{function.member}"
            yield where, list(function.do)
            for here, instruction in instructions(function.do, where):
                for member in ("then", "else"):
                    if member in instruction:
                        yield f"{here}/{member}", instruction[member]


def _keys(body: Body) -> Iterator[Body]:
    """A state key, private key or channel left out, with what is written to it, and plain ones in place of others."""
    for name, graph in body["graphs"].items():
        for member in ("state", "private", "channels"):
            for key, channel in graph.get(member, {}).items():
                yield _without_key(body, name, member, key)
                if channel != {"channel": "LastValue"}:
                    yield _set(body, f"/graphs/{name}/{member}/{key}", {"channel": "LastValue"})


def _without_key(body: Body, name: str, member: str, key: str) -> Body:
    made = copy.deepcopy(body)
    graph = made["graphs"][name]
    del graph[member][key]
    for item in _objects(graph):
        for listed in ("do", "then", "else", "on_error"):
            if isinstance(item.get(listed), list):
                item[listed] = [one for one in item[listed] if not (isinstance(one, dict) and one.get("key") == key)]
        for listed in ("reads", "input", "output", "subscribe", "read", "writes", "stream_channels"):
            if isinstance(item.get(listed), list) and key in item[listed]:
                item[listed].remove(key)
        if isinstance(item.get("update"), dict):
            item["update"].pop(key, None)
    if "branches" in graph:
        graph["branches"] = [branch for branch in graph["branches"] if branch["path"].get("each") != key]
    if name == "main":
        for op in made["run"]["ops"]:
            for given in (op.get("input"), op.get("values"), *op.get("inputs", ())):
                if isinstance(given, dict) and given.get("t") == "dict":
                    given["v"] = [pair for pair in given["v"] if pair[0] != key]
    return made


def _members(body: Body) -> Iterator[Body]:
    """Every member that may be left out, left out: its default is plainer."""
    for where, item in _pointed(body, ""):
        for member in item:
            if member not in _REQUIRED:
                made = copy.deepcopy(body)
                del _at(made, where)[member]
                yield made


def _items(body: Body) -> Iterator[Body]:
    """Lists of plain members with items left out."""
    for where, item in _pointed(body, ""):
        for member, value in item.items():
            if isinstance(value, list) and member not in ("ops", "nodes", "do", "then", "else", "on_error", "edges"):
                for kept in without(value):
                    yield _set(body, f"{where}/{member}", kept)


def _branches(body: Body) -> Iterator[Body]:
    for name, graph in body["graphs"].items():
        for index, branch in enumerate(graph.get("branches", ())):
            for path in paths(branch["path"]):
                yield _set(body, f"/graphs/{name}/branches/{index}/path", path)
            if "if" in branch["path"]:
                where = f"/graphs/{name}/branches/{index}/path/if"
                for simpler in conditions(branch["path"]["if"]):
                    yield _set(body, where, simpler)


def _expressions(body: Body) -> Iterator[Body]:
    for where, propose, item in _slots(body):
        for simpler in propose(item):
            yield _set(body, where, simpler)


def _slots(body: Body) -> Iterator[tuple[str, Callable[[Any], Iterator[Any]], Any]]:
    """Where an expression or a condition stands: the pointer, what makes it simpler, and it."""
    for name, graph in body["graphs"].items():
        for function in functions(name, graph):
            for member in ("result", "save"):
                if member in function.spec:
                    yield f"{function.where}/{member}", expressions, function.spec[member]
            for here, instruction in instructions(function.do, f"{function.where}/{function.member}"):
                for member in ("value", "input", "resume"):
                    if member in instruction:
                        yield f"{here}/{member}", expressions, instruction[member]
                for member in ("cond", "when"):
                    if instruction.get(member) is not None:
                        yield f"{here}/{member}", conditions, instruction[member]
                for key, value in instruction.get("update", {}).items():
                    yield f"{here}/update/{key}", expressions, value
                for member, part in (("args", None), ("goto", "arg"), ("tool_calls", "arg")):
                    for index, item in enumerate(instruction.get(member, ())):
                        if part is None:
                            yield f"{here}/{member}/{index}", expressions, item
                        elif isinstance(item, dict) and part in item:
                            yield f"{here}/{member}/{index}/{part}", expressions, item[part]


def _given(body: Body) -> Iterator[Body]:
    """What operations are given, made simpler."""
    for index, op in enumerate(body["run"]["ops"]):
        where = f"/run/ops/{index}"
        for member in ("input", "values", "context"):
            if member in op:
                yield from _simpler_given(body, f"{where}/{member}", op[member])
        for position, item in enumerate(op.get("inputs", ())):
            yield from _simpler_given(body, f"{where}/inputs/{position}", item)
        for step, updates in enumerate(op.get("supersteps", ())):
            for kept in without(updates):
                yield _set(body, f"{where}/supersteps/{step}", kept)
            for position, update in enumerate(updates):
                here = f"{where}/supersteps/{step}/{position}/values"
                yield from _simpler_given(body, here, update["values"])


def _simpler_given(body: Body, where: str, given: Any) -> Iterator[Body]:
    if isinstance(given, dict) and "command" in given:
        command = given["command"]
        for member in command:
            yield _set(body, f"{where}/command", {key: value for key, value in command.items() if key != member})
        for member in ("resume", "update"):
            if member in command:
                for simpler in smaller(command[member]):
                    yield _set(body, f"{where}/command/{member}", simpler)
        for member in ("goto", "resume_by_id"):
            for kept in without(command.get(member, [])):
                yield _set(body, f"{where}/command/{member}", kept)
        return
    for simpler in inputs(given):
        yield _set(body, where, simpler)


def _plain(body: Body) -> Iterator[Body]:
    """Numbers and texts made plain."""
    for where, item in _pointed(body, ""):
        for member, value in item.items():
            if member in ("nth", "on_runs", "text", "message", "note", "attempts", "take", "recursion_limit", "thread"):
                plain: Sequence[Any] = {int: (0, 1), str: ("", "t")}.get(type(value), ())
                for simple in plain:
                    if simple != value:
                        yield _set(body, f"{where}/{member}", simple)


# --- pointers -----------------------------------------------------------------------------------------------------


def _pointed(item: Any, where: str) -> Iterator[tuple[str, Body]]:
    """Every object of the program's own language with its pointer, the outer ones first; none inside values."""
    if isinstance(item, dict):
        yield where, item
    children = item.items() if isinstance(item, dict) else enumerate(item) if isinstance(item, list) else ()
    for key, value in children:
        if key not in _WHOLE:
            yield from _pointed(value, f"{where}/{key}")


def _objects(item: Any) -> list[Body]:
    """Every object at any depth."""
    found: list[Body] = [item] if isinstance(item, dict) else []
    for value in item.values() if isinstance(item, dict) else item if isinstance(item, list) else ():
        found += _objects(value)
    return found


def _at(body: Body, where: str) -> Any:
    at: Any = body
    for part in where.strip("/").split("/") if where else ():
        at = at[int(part)] if isinstance(at, list) else at[part]
    return at


def _set(body: Body, where: str, value: Any) -> Body:
    """A copy of the program with the member at a pointer replaced."""
    made = copy.deepcopy(body)
    holder, _, last = where.rpartition("/")
    at = _at(made, holder)
    at[int(last) if isinstance(at, list) else last] = copy.deepcopy(value)
    return made


PASSES: Sequence[Proposer] = (
    _operations,
    _graphs,
    _nodes,
    _bodies,
    _keys,
    _members,
    _items,
    _branches,
    _expressions,
    _given,
    _plain,
)
"""The proposers, the boldest first; each is gone through before the next one starts."""
