"""A program taken apart: its graphs, nodes, instructions, channels and operations in flat lists."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Facts", "facts_of"]

Body = Mapping[str, Any]


@dataclass
class Facts:
    """The parts of one program.

    `nodes` holds nodes, tasks and whole entrypoints, with their graph; `does` each instruction with its node (`handles`
    those of error handlers); `dests` every destination of a branch or a `Command`; `calls` the operations that run.
    """

    graphs: dict[str, Body] = field(default_factory=dict)
    channels: list[Body] = field(default_factory=list)
    nodes: list[tuple[Body, Body]] = field(default_factory=list)
    does: list[tuple[Body, Body]] = field(default_factory=list)
    handles: list[Body] = field(default_factory=list)
    branches: list[Body] = field(default_factory=list)
    dests: list[Any] = field(default_factory=list)
    exprs: list[Body] = field(default_factory=list)
    ops: list[Body] = field(default_factory=list)
    run: Body = field(default_factory=dict)

    @property
    def calls(self) -> list[Body]:
        """The operations that run a graph."""
        return [op for op in self.ops if op["op"] == "run"]

    def named(self, op: str) -> list[Body]:
        """The instructions of one kind, without those of handlers."""
        return [instruction for _, instruction in self.does if instruction["op"] == op]

    def per_node(self, op: str) -> list[int]:
        """How many instructions of a kind each node has that has any."""
        counts: dict[int, int] = {}
        for node, instruction in self.does:
            if instruction["op"] == op:
                counts[id(node)] = counts.get(id(node), 0) + 1
        return list(counts.values())

    def commands(self) -> list[Body]:
        """The commands that runs are given."""
        given = [op.get("input") for op in self.calls]
        return [value["command"] for value in given if isinstance(value, dict) and "command" in value]


def facts_of(body: Body, ran: set[str] | None = None, begun: Sequence[int] | None = None) -> Facts:
    """The facts of a program.

    With `ran` (as `what` in the trace) only of nodes, branches and handlers that ran, and of their graphs; with `begun`
    only of the operations of these indices.
    """
    ops = body["run"]["ops"]
    facts = Facts(run=body["run"], ops=list(ops) if begun is None else [ops[index] for index in begun])
    for name, graph in body["graphs"].items():
        inside = [graph] if graph["form"] == "entrypoint" else []
        inside += [*graph.get("nodes", ()), *graph.get("tasks", ())]
        if ran is not None:
            kept = [node for node in inside if _ran(name, node, ran) or "graph" in node or "tools" in node]
            if not any("do" in node for node in kept):
                continue
            inside = kept
        facts.graphs[name] = graph
        facts.channels += [*graph.get("state", graph.get("channels", {})).values(), *graph.get("private", {}).values()]
        for branch in graph.get("branches", ()):
            if ran is None or f"{name}.{branch['from']}.{branch['name']}" in ran:
                facts.branches.append(branch)
        for node in inside:
            _take_node(facts, graph, node)
            if ran is None or f"{_what(name, node)}.on_error" in ran:
                facts.handles += _flat(node.get("on_error", ()))
        if ran is None or f"{name}.on_error" in ran:
            facts.handles += _flat(graph.get("defaults", {}).get("on_error", ()))
    for branch in facts.branches:
        for member in ("to", "then", "else"):
            facts.dests += branch["path"].get(member, ())
    return facts


def _what(graph: str, node: Body) -> str:
    """What a run of it is called in the trace."""
    return f"{graph}.{node['name']}" if "name" in node else graph


def _ran(graph: str, node: Body, ran: set[str]) -> bool:
    what = _what(graph, node)
    return what in ran or f"{what}.on_error" in ran


def _take_node(facts: Facts, graph: Body, node: Body) -> None:
    facts.nodes.append((graph, node))
    for instruction in _flat(node.get("do", ())):
        facts.does.append((node, instruction))
        if instruction["op"] == "command":
            facts.dests += instruction.get("goto", ())
        facts.exprs += _exprs(instruction)
    facts.exprs += _exprs(node.get("result"))


def _flat(instructions: Sequence[Body]) -> Iterator[Body]:
    for instruction in instructions:
        yield instruction
        for member in ("then", "else"):
            yield from _flat(instruction.get(member, ()))


def _exprs(value: Any) -> Iterator[Body]:
    if isinstance(value, dict):
        if "lit" in value:
            yield value
            return
        yield value
        for item in value.values():
            yield from _exprs(item)
    elif isinstance(value, list):
        for item in value:
            yield from _exprs(item)
