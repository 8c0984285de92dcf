"""Programs on a bench that only writes down what their functions saw, run by the plain calls of LangGraph."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from langgraph.cache.memory import InMemoryCache
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.store.memory import InMemoryStore

from parity.cases.model import Case
from parity.subjects.upstream.programs.bench import Bench, Event
from parity.subjects.upstream.programs.build import build_program

THREAD: dict[str, Any] = {"configurable": {"thread_id": "t"}}

LOG = {"channel": "BinaryOperatorAggregate", "reducer": "add_list", "type": "list"}


@dataclass
class Live:
    """A built program; `sync` False runs it by LangGraph's async calls."""

    graphs: dict[str, Any]
    events: list[Event]
    sync: bool = True

    def invoke(self, given: Any, config: dict[str, Any] | None = None, **members: Any) -> Any:
        main = self.graphs["main"]
        if self.sync:
            return main.invoke(given, config or THREAD, **members)
        return asyncio.run(main.ainvoke(given, config or THREAD, **members))

    def stream(self, given: Any, config: dict[str, Any] | None = None, **members: Any) -> list[Any]:
        main = self.graphs["main"]
        if self.sync:
            return list(main.stream(given, config or THREAD, **members))

        async def collect() -> list[Any]:
            return [chunk async for chunk in main.astream(given, config or THREAD, **members)]

        return asyncio.run(collect())

    def ran(self, what: str | None = None) -> list[Event]:
        """The runs of `what`, or all of them."""
        return [event for event in self.events if event["e"] == "ran" and what in (None, event["what"])]

    def order(self) -> list[str]:
        """What ran, in its order."""
        return [event["what"] for event in self.ran()]


@dataclass
class Parts:
    """What a program is run on."""

    saver: Any = field(default_factory=InMemorySaver)
    store: Any = field(default_factory=InMemoryStore)
    cache: Any = field(default_factory=InMemoryCache)


def live(graphs: dict[str, Any], *, sync: bool = True, parts: Parts | None = None, **run: Any) -> Live:
    """Checks a case of these graphs and builds it."""
    ops = [{"op": "run"}]
    case = Case.from_json(
        {"schema": "parity/case/1", "kind": "program", "graphs": graphs, "run": {"store": True, "ops": ops, **run}}
    )
    chosen = parts or Parts()
    events: list[Event] = []
    bench = Bench(events.append, saver=chosen.saver, store=chosen.store, cache=chosen.cache)
    return Live(build_program(case.body, bench).graphs, events, sync)


def state_graph(*nodes: dict[str, Any], **members: Any) -> dict[str, Any]:
    """A StateGraph of keys `a`, `b` and `log` whose nodes follow each other."""
    names = [node["name"] for node in nodes]
    return {
        "form": "state",
        "state": {"a": {"channel": "LastValue"}, "b": {"channel": "LastValue"}, "log": LOG},
        "nodes": list(nodes),
        "edges": [list(pair) for pair in zip(["__start__", *names], [*names, "__end__"], strict=True)],
        **members,
    }


def one_node(*do: dict[str, Any], **members: Any) -> dict[str, Any]:
    """A program of one node `n` with these instructions."""
    return {"main": state_graph({"name": "n", "do": list(do), **members})}


def write(key: str, value: Any) -> dict[str, Any]:
    """The instruction that writes an expression, or a plain value, into a key."""
    return {"op": "write", "key": key, "value": value if isinstance(value, dict) else {"lit": value}}
