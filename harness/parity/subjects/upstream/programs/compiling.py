"""What the forms of graphs have in common: their tasks, and the config that is bound to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from langgraph.func import task

from parity.subjects.upstream.objects import build
from parity.subjects.upstream.programs.frame import Home
from parity.subjects.upstream.programs.functions import task_function
from parity.subjects.upstream.programs.policies import policies

__all__ = ["bound", "checkpointer_of", "config_of", "tasks_of"]


def tasks_of(home: Home, spec: Mapping[str, Any]) -> dict[str, Callable[..., Any]]:
    """The tasks of a graph by name. They call each other through the table of the home that they are made for."""
    for item in spec.get("tasks", ()):
        home.tasks[item["name"]] = task(name=item["name"], **policies(item))(task_function(home, item))
    return home.tasks


def bound(graph: Any, compile_: Mapping[str, Any]) -> Any:
    """The graph with the policies of all its nodes and tasks that `compile` gives it, and the config bound to it.

    Only `Pregel` takes such policies as arguments; of the other graphs they are attributes.
    """
    for name, value in policies({key: compile_[key] for key in ("retry", "cache") if key in compile_}).items():
        setattr(graph, name, value if name == "cache_policy" or isinstance(value, list) else (value,))
    return graph.with_config(config_of(compile_["config"])) if "config" in compile_ else graph


def checkpointer_of(home: Home, compile_: Mapping[str, Any]) -> dict[str, Any]:
    """The argument `checkpointer` of a subgraph, if `compile` has one; `saver` stands for the saver of the run."""
    if "checkpointer" not in compile_:
        return {}
    chosen = compile_["checkpointer"]
    return {"checkpointer": home.bench.saver if chosen == "saver" else chosen}


def config_of(spec: Mapping[str, Any]) -> dict[str, Any]:
    """A config as LangGraph takes it, of what a case says (CONFIG in `docs/programs.md` §3)."""
    config = dict(spec)
    for member in ("metadata", "configurable"):
        if member in spec:
            config[member] = {key: build(value) for key, value in spec[member].items()}
    return config
