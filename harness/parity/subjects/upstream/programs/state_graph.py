"""A graph of the form `state`: LangGraph's `StateGraph` (`docs/programs.md` §1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from langgraph.graph import StateGraph

from parity.subjects.upstream.objects import build
from parity.subjects.upstream.ordered import OrderedSet
from parity.subjects.upstream.programs.channels import annotation
from parity.subjects.upstream.programs.compiling import bound, checkpointer_of, tasks_of
from parity.subjects.upstream.programs.frame import Home
from parity.subjects.upstream.programs.functions import handler, node_function, route, tool_function
from parity.subjects.upstream.programs.policies import policies
from parity.subjects.upstream.programs.schemas import context_class, instance, schema_class

__all__ = ["state_graph"]


def state_graph(home: Home, spec: Mapping[str, Any], outside: Mapping[str, Any]) -> Any:
    """Builds and compiles the graph: nodes, then edges, then joins, then branches, in list order.

    `outside` is what `compile` is given beside the case's own members: saver, store and cache. Raises what upstream
    raises for a graph that it refuses.
    """
    schemas = _Schemas(home.name, spec)
    state = schemas.of("State", list(spec["state"]))
    value = next(iter(spec["state"])) if spec.get("schema") == "value" else None
    home = replace(home, tasks=tasks_of(home, spec), state_class=partial(instance, state), value=value)
    narrower = {
        f"{member}_schema": schemas.of(member.capitalize(), spec[member])
        for member in ("input", "output")
        if spec.get(member) is not None
    }
    context = context_class(f"{home.name.capitalize()}Context") if spec.get("context") else None
    builder: StateGraph[Any, Any, Any, Any] = StateGraph(state, context, **narrower)
    # Upstream keeps both in plain sets, so the order of a node's writers would follow the hash seed.
    builder.edges = OrderedSet()
    builder.waiting_edges = OrderedSet()
    _set_defaults(builder, home, spec.get("defaults", {}))
    for node in spec["nodes"]:
        reads = (
            {"input_schema": schemas.of(f"{node['name']}Input", node["reads"], again=True)} if "reads" in node else {}
        )
        builder.add_node(node["name"], _action(home, spec, node), **reads, **_options(home, node))
    for source, target in spec.get("edges", ()):
        builder.add_edge(source, target)
    for join in spec.get("joins", ()):
        builder.add_edge(list(join["from"]), join["to"])
    for branch in spec.get("branches", ()):
        builder.add_conditional_edges(branch["from"], route(home, branch), branch.get("ends"))
    compile_ = spec.get("compile", {})
    chosen = {name: compile_[name] for name in ("interrupt_before", "interrupt_after", "name") if name in compile_}
    compiled: Any = builder.compile(**chosen, **checkpointer_of(home, compile_), **outside)
    if "step_timeout" in compile_:
        compiled.step_timeout = compile_["step_timeout"]
    return bound(compiled, compile_)


class _Schemas:
    """The schema classes of one graph; a key has one annotation in all of them, but for what `again` says."""

    def __init__(self, graph: str, spec: Mapping[str, Any]) -> None:
        self._graph = graph.capitalize()
        self._kind = spec.get("schema", "typed_dict")
        self._specs = {**spec["state"], **spec.get("private", {})}
        self._annotations = {key: annotation(channel) for key, channel in self._specs.items()}
        self._again = {key: annotation(channel) for key, channel in spec.get("again", {}).items()}

    def of(self, name: str, keys: Sequence[str], *, again: bool = False) -> Any:
        """A class of these keys; the annotation alone where the state is one value. `again`: of a node that reads."""
        if self._kind == "value":
            return self._annotations[keys[0]]
        annotations = {**self._annotations, **self._again} if again else self._annotations
        return schema_class(
            self._kind,
            f"{self._graph}{name.capitalize() if name.islower() else name}",
            {key: annotations[key] for key in keys},
            {key: self._specs[key]["default"] for key in keys if "default" in self._specs[key]},
        )


def _set_defaults(builder: StateGraph[Any, Any, Any, Any], home: Home, spec: Mapping[str, Any]) -> None:
    members = policies(spec)
    if "on_error" in spec:
        members["error_handler"] = handler(home, None, spec["on_error"], asynchronous=False)
    if members:
        builder.set_node_defaults(**members)


def _action(home: Home, spec: Mapping[str, Any], node: Mapping[str, Any]) -> Any:
    if "graph" in node:
        return home.graphs[node["graph"]]
    if "tools" in node:
        from langgraph.prebuilt import ToolNode

        tools = {tool["name"]: tool for tool in spec["tools"]}
        return ToolNode([_tool(home, tools[name]) for name in node["tools"]], name=node["name"])
    return node_function(home, node)


def _tool(home: Home, spec: Mapping[str, Any]) -> Any:
    from langchain_core.tools import StructuredTool

    function = tool_function(home, spec)
    name, description = spec["name"], f"the tool {spec['name']}"
    if spec.get("async"):
        return StructuredTool.from_function(coroutine=function, name=name, description=description)
    return StructuredTool.from_function(function, name=name, description=description)


def _options(home: Home, node: Mapping[str, Any]) -> dict[str, Any]:
    members = policies(node)
    if "defer" in node:
        members["defer"] = node["defer"]
    if "metadata" in node:
        members["metadata"] = {key: build(value) for key, value in node["metadata"].items()}
    if "ends" in node:
        members["destinations"] = tuple(node["ends"])
    if "on_error" in node:
        asynchronous = bool(node.get("async"))
        members["error_handler"] = handler(home, node["name"], node["on_error"], asynchronous)
    return members
