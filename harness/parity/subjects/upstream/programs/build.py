"""The graphs of a program, made live."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from parity.subjects.upstream.programs.bench import Bench
from parity.subjects.upstream.programs.frame import Home
from parity.subjects.upstream.programs.functional import entrypoint_graph
from parity.subjects.upstream.programs.gate import Gate
from parity.subjects.upstream.programs.raw import pregel_graph
from parity.subjects.upstream.programs.state_graph import state_graph

__all__ = ["Built", "build_main", "build_program"]

_FORMS: dict[str, Callable[[Home, Mapping[str, Any], Mapping[str, Any]], Any]] = {
    "state": state_graph,
    "entrypoint": entrypoint_graph,
    "pregel": pregel_graph,
}


@dataclass(frozen=True)
class Built:
    """The compiled graphs of a program by name; `main` is the one that operations run, a `Pregel`."""

    graphs: dict[str, Any]
    main: Any


def build_program(body: Mapping[str, Any], bench: Bench, main: str = "main") -> Built:
    """Builds all graphs of a case on a bench, the last one first; `main` names that which operations run, and which
    takes the bench's saver, store and cache.

    Raises what upstream raises for a graph that it refuses to build.
    """
    gate = Gate(bench)
    graphs: dict[str, Any] = {}
    given = {"checkpointer": bench.saver, "store": bench.store, "cache": bench.cache}
    for name, spec in reversed(body["graphs"].items()):
        outside = {key: value for key, value in given.items() if value is not None} if name == main else {}
        graphs[name] = _FORMS[spec["form"]](Home(name, bench, gate, graphs), spec, outside)
    return Built(graphs, graphs[main])


def build_main(body: Mapping[str, Any], bench: Bench, main: str = "main") -> Any:
    """The compiled main graph of a program, a `Pregel`. Raises what upstream raises for a graph that it refuses."""
    return build_program(body, bench, main).main
