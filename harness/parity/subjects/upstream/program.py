"""A graph program made into a live LangGraph graph (`docs/cases.md` §4): the interpreter of instructions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from langgraph.channels import AnyValue, BinaryOperatorAggregate, EphemeralValue, Topic, UntrackedValue
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import Send
from typing_extensions import TypedDict

from parity.subjects.upstream.objects import build
from parity.subjects.upstream.operators import add, compare, length
from parity.subjects.upstream.ordered import OrderedSet
from parity.subjects.upstream.reducers import REDUCERS

__all__ = ["compile_program"]

_TYPES: dict[str, Any] = {"list": list, "int": int, "str": str, "dict": dict, "float": float, "any": Any}
_ERRORS: dict[str, type[Exception]] = {"ValueError": ValueError, "RuntimeError": RuntimeError, "KeyError": KeyError}


def compile_program(
    body: Mapping[str, Any], checkpointer: BaseCheckpointSaver[Any]
) -> CompiledStateGraph[Any, Any, Any, Any]:
    """Builds and compiles the program's graph: nodes, then edges, then joins, then branches, in list order."""
    schema = TypedDict("State", {key: _annotation(spec) for key, spec in body["state"].items()})  # type: ignore[misc]
    builder: StateGraph[Any, Any, Any, Any] = StateGraph(schema)
    # Upstream keeps both in plain sets, so the order of a node's writers would follow the hash seed.
    builder.edges = OrderedSet()
    builder.waiting_edges = OrderedSet()
    for node in body["nodes"]:
        action: Any = _node(node)
        builder.add_node(node["name"], action, defer=node["defer"])
    for source, target in body["edges"]:
        builder.add_edge(source, target)
    for join in body["joins"]:
        builder.add_edge(list(join["from"]), join["to"])
    for branch in body["branches"]:
        builder.add_conditional_edges(branch["from"], _branch(branch), branch["ends"])
    return builder.compile(checkpointer=checkpointer)


def _annotation(spec: Mapping[str, Any]) -> Any:
    channel = spec["channel"]
    if channel == "LastValue":
        return Any
    if channel == "AnyValue":
        return Annotated[Any, AnyValue]
    if channel == "EphemeralValue":
        return Annotated[Any, EphemeralValue(Any, guard=spec["guard"])]
    if channel == "UntrackedValue":
        return Annotated[Any, UntrackedValue(object, guard=spec["guard"])]
    if channel == "Topic":
        return Annotated[Any, Topic(object, spec["accumulate"])]
    return Annotated[Any, BinaryOperatorAggregate(_TYPES[spec["type"]], REDUCERS[spec["reducer"]])]


def _node(node: Mapping[str, Any]) -> Callable[[Any], Any]:
    instructions, returns = node["do"], node["returns"]

    def run(state: Any) -> Any:
        update: dict[str, Any] = {}
        for instruction in instructions:
            if instruction["op"] == "write":
                update[instruction["key"]] = _expr(instruction["value"], state)
            elif instruction["when"] is None or _cond(instruction["when"], state):
                raise _ERRORS[instruction["error"]](instruction["message"])
        if returns == "none":
            return None
        return list(update) if returns == "list" else update

    run.__name__ = node["name"]
    return run


def _branch(branch: Mapping[str, Any]) -> Callable[[Any], Any]:
    path = branch["path"]

    def route(state: Any) -> Any:
        destinations = _destinations(path, state)
        return destinations[0] if len(destinations) == 1 else destinations

    route.__name__ = branch["name"]
    return route


def _destinations(path: Mapping[str, Any], state: Any) -> list[Any]:
    if "each" in path:
        items = _get(state, path["each"])
        return [Send(path["node"], item) for item in items] if isinstance(items, list) else []
    chosen = path["to"] if "to" in path else path["then" if _cond(path["if"], state) else "else"]
    return [dest if isinstance(dest, str) else Send(dest["send"], _expr(dest["arg"], state)) for dest in chosen]


def _get(state: Any, key: str) -> Any:
    return state.get(key) if isinstance(state, dict) else None


def _expr(expr: Mapping[str, Any], state: Any) -> Any:
    (kind, operand), *_ = expr.items()
    if kind == "lit":
        return build(operand)
    if kind == "get":
        return _get(state, operand)
    if kind == "input":
        return state
    if kind == "add":
        return add(*(_expr(part, state) for part in operand))
    if kind == "len":
        return length(_expr(operand, state))
    return [_expr(part, state) for part in operand]


def _cond(cond: Mapping[str, Any], state: Any) -> bool:
    if "not" in cond:
        return not _cond(cond["not"], state)
    if "has" in cond:
        return isinstance(state, dict) and cond["has"] in state
    return compare(cond["cmp"], _expr(cond["left"], state), _expr(cond["right"], state))
