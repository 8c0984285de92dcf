"""The parts of a program (`docs/programs.md`) that its readers go through: functions, instructions, expressions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["Function", "destinations", "expressions", "functions", "instructions", "node_names"]


@dataclass(frozen=True)
class Function:
    """One function of the user's: where it stands (a JSON pointer), what it is, and its instructions.

    `kind` is `node`, `on_error`, `default_on_error`, `task`, `tool`, `entrypoint` or `pregel_node`; `spec` is the
    object that declares it, and `position` its place among those of its kind in the graph.
    """

    where: str
    kind: str
    name: str
    position: int
    spec: Mapping[str, Any]
    member: str

    @property
    def do(self) -> Sequence[Mapping[str, Any]]:
        """Its instructions."""
        do: Sequence[Mapping[str, Any]] = self.spec.get(self.member, ())
        return do


def functions(name: str, graph: Mapping[str, Any]) -> Iterator[Function]:
    """Every function of a graph that has instructions, in the order of the case."""
    where = f"/graphs/{name}"
    form = graph["form"]
    if form == "entrypoint":
        yield Function(where, "entrypoint", name, 0, graph, "do")
    else:
        for index, node in enumerate(graph["nodes"]):
            here = f"{where}/nodes/{index}"
            if "do" in node:
                kind = "node" if form == "state" else "pregel_node"
                yield Function(here, kind, node["name"], index, node, "do")
            if "on_error" in node:
                yield Function(here, "on_error", node["name"], index, node, "on_error")
    if "on_error" in graph.get("defaults", {}):
        yield Function(f"{where}/defaults", "default_on_error", name, 0, graph["defaults"], "on_error")
    for kind in ("task", "tool"):
        for index, spec in enumerate(graph.get(f"{kind}s", ())):
            yield Function(f"{where}/{kind}s/{index}", kind, spec["name"], index, spec, "do")


def instructions(do: Sequence[Mapping[str, Any]], where: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every instruction with its pointer, those inside `if` after the `if`."""
    for index, instruction in enumerate(do):
        here = f"{where}/{index}"
        yield here, instruction
        if instruction["op"] == "if":
            for member in ("then", "else"):
                yield from instructions(instruction.get(member, ()), f"{here}/{member}")


def expressions(item: Any, where: str) -> Iterator[tuple[str, str, Any]]:
    """Every expression inside an expression, a condition, or any member that holds them: pointer, kind, operand.

    Literals are yielded and not looked into, and nested instructions are left to `instructions`.
    """
    if isinstance(item, list):
        for index, part in enumerate(item):
            yield from expressions(part, f"{where}/{index}")
    elif isinstance(item, dict):
        for member, part in item.items():
            if len(item) == 1:
                yield where, member, part
            if member not in ("lit", "then", "else") and isinstance(part, (dict, list)):
                yield from expressions(part, f"{where}/{member}")


def destinations(dests: Sequence[Any], where: str) -> Iterator[tuple[str, str]]:
    """The node that each destination names, with its pointer."""
    for index, dest in enumerate(dests):
        yield f"{where}/{index}", dest if isinstance(dest, str) else dest["send"]


def node_names(name: str, graph: Mapping[str, Any]) -> list[str]:
    """The names of a graph's nodes; an entrypoint is one node that has the graph's name."""
    return [name] if graph["form"] == "entrypoint" else [node["name"] for node in graph["nodes"]]
