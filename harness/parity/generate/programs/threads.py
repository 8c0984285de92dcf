"""Which programs give the same under upstream's own threads, whichever of them is faster.

What such programs show has an order that is chance, which rule `thread-order` takes away, and nothing else. In any
other program chance reaches what is shown: which of two failures comes first and what it cuts off, which of two tasks
takes the next id or the next run of a function that both run, which of two interrupts is told first, what a time-out
meets.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from parity.cases.program_parts import expressions, functions, instructions

__all__ = ["settles"]

_INSTRUCTIONS = frozenset(("write", "let", "if", "interrupt", "emit", "task", "result", "barrier", "command"))
_APIS = frozenset(("invoke", "stream"))
_ALONE = frozenset(("fault", "callbacks", "control", "take", "async"))
_MADE_ANEW = frozenset(("message", "send"))


def settles(body: Mapping[str, Any]) -> bool:
    """Whether what the program shows does not depend on how its threads are scheduled, but for orders."""
    return len(body["graphs"]) == 1 and _run_settles(body["run"]) and _graph_settles(body["graphs"]["main"])


def _run_settles(run: Mapping[str, Any]) -> bool:
    return not run.get("cache") and all(
        op["op"] in ("run", "state", "history", "update", "restart")
        and op.get("api", "invoke") in _APIS
        and not any(op.get(member) for member in _ALONE)
        for op in run["ops"]
    )


def _graph_settles(graph: Mapping[str, Any]) -> bool:
    nodes = [*graph.get("nodes", ()), *graph.get("tasks", ()), graph]
    if any("timeout" in node or "step_timeout" in node.get("compile", {}) or "tools" in node for node in nodes):
        return False
    if "timeout" in graph.get("defaults", {}) or any(_sent(branch["path"]) for branch in graph.get("branches", ())):
        return False
    if any(node.get("returns", "dict") not in ("dict", "none", "update") for node in nodes):
        return False
    if graph.get("joins") or any(_is_shared(spec) for spec in _channels(graph)):
        return False
    calls: Counter[str] = Counter()
    for function in functions("main", graph):
        for pointer, instruction in instructions(function.do, ""):
            if instruction["op"] not in _INSTRUCTIONS:
                return False
            if instruction["op"] == "task":
                calls[instruction["name"]] += 1
            if instruction["op"] == "interrupt":
                calls["interrupt"] += 1
            if any(kind in _MADE_ANEW for _, kind, _ in expressions(instruction, pointer)):
                return False
            if _sends(instruction.get("goto", ())) or "schema" in instruction:
                return False
    return all(count == 1 for count in calls.values())


def _sends(dests: Sequence[Any]) -> bool:
    return any(not isinstance(dest, str) for dest in dests)


def _sent(path: Mapping[str, Any]) -> bool:
    return "each" in path or any(_sends(path.get(member, ())) for member in ("to", "then", "else"))


def _is_shared(spec: Mapping[str, Any]) -> bool:
    """Whether a saver in the background may see what the next superstep does to the value, or ids are given to it."""
    channel = spec.get("channel", "")
    return channel in ("Messages", "Topic") or channel.startswith("NamedBarrier") or spec.get("reducer") == "messages"


def _channels(graph: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [spec for member in ("state", "private", "channels") for spec in graph.get(member, {}).values()]
