"""A graph of the form `entrypoint`: LangGraph's functional API (`docs/programs.md` §1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from langgraph.func import entrypoint

from parity.subjects.upstream.programs.compiling import bound, checkpointer_of, tasks_of
from parity.subjects.upstream.programs.frame import Home
from parity.subjects.upstream.programs.functions import entrypoint_function
from parity.subjects.upstream.programs.policies import policies
from parity.subjects.upstream.programs.schemas import context_class

__all__ = ["entrypoint_graph"]


def entrypoint_graph(home: Home, spec: Mapping[str, Any], outside: Mapping[str, Any]) -> Any:
    """The function under `@entrypoint`, with its tasks. Raises what upstream raises for one that it refuses."""
    tasks_of(home, spec)
    compile_ = spec.get("compile", {})
    members = policies(spec)
    if spec.get("context"):
        members["context_schema"] = context_class(f"{home.name.capitalize()}Context")
    graph = entrypoint(**members, **checkpointer_of(home, compile_), **outside)(entrypoint_function(home, spec))
    return bound(graph, compile_)
