"""A graph of the form `pregel`: `Pregel` and `NodeBuilder` without a StateGraph (`docs/programs.md` §1)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from langgraph.pregel import NodeBuilder, Pregel

from parity.subjects.upstream.objects import build
from parity.subjects.upstream.programs.channels import channel
from parity.subjects.upstream.programs.compiling import bound, checkpointer_of, tasks_of
from parity.subjects.upstream.programs.frame import Home
from parity.subjects.upstream.programs.functions import raw_function
from parity.subjects.upstream.programs.policies import policies
from parity.subjects.upstream.programs.schemas import context_class

__all__ = ["pregel_graph"]


def pregel_graph(home: Home, spec: Mapping[str, Any], outside: Mapping[str, Any]) -> Any:
    """The `Pregel` of these channels and nodes. Raises what upstream raises for one that it refuses."""
    tasks_of(home, spec)
    compile_ = spec.get("compile", {})
    members: dict[str, Any] = {
        f"{name}_nodes": compile_[name] for name in ("interrupt_before", "interrupt_after") if name in compile_
    }
    members.update({name: compile_[name] for name in ("step_timeout", "name") if name in compile_})
    if "stream_channels" in spec:
        members["stream_channels"] = spec["stream_channels"]
    if spec.get("context"):
        members["context_schema"] = context_class(f"{home.name.capitalize()}Context")
    graph: Any = Pregel(
        nodes={node["name"]: _node(home, node) for node in spec["nodes"]},
        channels={name: channel(item) for name, item in spec["channels"].items()},
        input_channels=spec["input"],
        output_channels=spec["output"],
        stream_eager=spec.get("eager", False),
        **members,
        **checkpointer_of(home, compile_),
        **outside,
    )
    return bound(graph, compile_)


def _node(home: Home, spec: Mapping[str, Any]) -> NodeBuilder:
    builder = NodeBuilder()
    if "only" in spec:
        builder.subscribe_only(spec["only"])
    else:
        builder.subscribe_to(*spec["subscribe"])
        builder.read_from(*spec.get("read", ()))
    if "do" in spec:
        builder.do(raw_function(home, spec))
    builder.write_to(**{name: _written(name) for name in spec.get("writes", ())})
    builder.meta(*spec.get("tags", ()), **{key: build(value) for key, value in spec.get("metadata", {}).items()})
    chosen = policies(spec)
    if "retry_policy" in chosen:
        retry = chosen["retry_policy"]
        builder.add_retry_policies(*(retry if isinstance(retry, list) else [retry]))
    if "cache_policy" in chosen:
        builder.add_cache_policy(chosen["cache_policy"])
    if "timeout" in chosen:
        builder.set_timeout(chosen["timeout"])
    return builder


def _written(name: str) -> Callable[[Any], Any]:
    """What a node's update has for a channel, or that it has nothing."""
    from langgraph.pregel._write import SKIP_WRITE

    return lambda update: update.get(name, SKIP_WRITE)
