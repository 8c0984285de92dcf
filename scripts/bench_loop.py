"""Times the loop beside upstream's: one process per backend, told in turn to run a repetition of the same graph.

`python scripts/bench_loop.py [--rounds N] [--only TEXT]` prints a markdown table: microseconds per superstep (per task
where one superstep runs many) of the fastest round, and upstream's time over Rust's. Nodes do next to nothing, so this
is the cost of the loop. A run stops if the two backends do not return the same; exit code 2 if they cannot be compared.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import operator
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

BACKENDS = ("upstream", "rust")


@dataclass(frozen=True)
class Row:
    """One graph: `make()` returns what runs it once; `count` is how many supersteps or tasks that is."""

    name: str
    per: str
    count: int
    make: Callable[[], Callable[[], Any]]


def rows() -> list[Row]:
    """What is timed."""
    return [
        Row("self-loop, sync", "superstep", 200, lambda: self_loop(200)),
        Row("self-loop, async", "superstep", 200, lambda: self_loop(200, run_async=True)),
        Row("self-loop, in-memory saver", "superstep", 100, lambda: self_loop(100, saved=True)),
        *(
            Row(f"sequential, {nodes} nodes", "superstep", nodes, lambda nodes=nodes: sequential(nodes))
            for nodes in (10, 100, 1000, 3000)
        ),
        Row("fan-out to 100 nodes, sync", "task", 101, lambda: fan_out(100)),
        Row("fan-out to 100 nodes, async", "task", 101, lambda: fan_out(100, run_async=True)),
        Row("wide state, 300 keys, 20 steps", "superstep", 20, lambda: wide_state(300, 20)),
        Row("100 parallel sends, sync", "task", 101, lambda: sends(100)),
        Row("100 parallel sends, async", "task", 101, lambda: sends(100, run_async=True)),
    ]


def _runner(graph: Any, value: Any, steps: int, *, run_async: bool = False) -> Callable[[], Any]:
    config = {"recursion_limit": steps + 10, "configurable": {"thread_id": "bench"}}
    if run_async:
        return lambda: asyncio.run(graph.ainvoke(value, config))
    return lambda: graph.invoke(value, config)


def _builder(channels: dict[str, Any]) -> Any:
    from langgraph.graph import StateGraph

    return StateGraph(type("State", (dict,), {"__annotations__": channels}))


def self_loop(steps: int, *, run_async: bool = False, saved: bool = False) -> Callable[[], Any]:
    """A node that goes back to itself."""
    from langgraph.checkpoint.memory import InMemorySaver
    from langgraph.graph import END, START

    builder = _builder({"n": int})
    if run_async:

        async def count_async(state: Any) -> Any:
            return {"n": state["n"] + 1}

        async def route_async(state: Any) -> str:
            return END if state["n"] >= steps else "count"

        builder.add_node("count", count_async)
        builder.add_conditional_edges("count", route_async, [END, "count"])
    else:
        builder.add_node("count", lambda state: {"n": state["n"] + 1})
        builder.add_conditional_edges("count", lambda s: END if s["n"] >= steps else "count", [END, "count"])
    builder.add_edge(START, "count")
    if not saved:
        return _runner(builder.compile(), {"n": 0}, steps, run_async=run_async)

    def run() -> Any:
        # A saver of its own each time: the one before holds what it was given.
        return _runner(builder.compile(checkpointer=InMemorySaver()), {"n": 0}, steps)()

    return run


def sequential(nodes: int) -> Callable[[], Any]:
    """A chain of nodes, each of which adds one."""
    from langgraph.graph import START

    builder = _builder({"n": int})
    before = START
    for number in range(nodes):
        builder.add_node(f"node {number}", lambda state: {"n": state["n"] + 1})
        builder.add_edge(before, f"node {number}")
        before = f"node {number}"
    return _runner(builder.compile(), {"n": 0}, nodes)


def fan_out(width: int, *, run_async: bool = False) -> Callable[[], Any]:
    """So many nodes in one superstep, and one that waits for all."""
    from langgraph.graph import START

    async def one_async(state: Any) -> Any:
        return {"seen": [1]}

    node: Any = one_async if run_async else lambda state: {"seen": [1]}
    builder = _builder({"seen": Annotated[list, operator.add]})
    names = [f"node {number}" for number in range(width)]
    for name in names:
        builder.add_node(name, node)
        builder.add_edge(START, name)
    builder.add_node("join", node)
    builder.add_edge(names, "join")
    return _runner(builder.compile(), {"seen": []}, 2, run_async=run_async)


def wide_state(keys: int, steps: int) -> Callable[[], Any]:
    """A chain whose nodes read and write every key."""
    from langgraph.graph import START

    builder = _builder({f"key {number}": int for number in range(keys)})
    before = START
    for number in range(steps):
        builder.add_node(f"node {number}", lambda state: {name: value + 1 for name, value in state.items()})
        builder.add_edge(before, f"node {number}")
        before = f"node {number}"
    return _runner(builder.compile(), {f"key {number}": 0 for number in range(keys)}, steps)


def sends(width: int, *, run_async: bool = False) -> Callable[[], Any]:
    """A node that sends to another so many times at once."""
    from langgraph.graph import START
    from langgraph.types import Send

    async def work_async(state: Any) -> Any:
        return {"seen": [state]}

    async def start_async(state: Any) -> Any:
        return {}

    builder = _builder({"seen": Annotated[list, operator.add]})
    builder.add_node("start", start_async if run_async else lambda state: {})
    builder.add_node("work", work_async if run_async else lambda state: {"seen": [state]})
    builder.add_edge(START, "start")
    builder.add_conditional_edges("start", lambda state: [Send("work", number) for number in range(width)], ["work"])
    return _runner(builder.compile(), {"seen": []}, 2, run_async=run_async)


def work(backend: str) -> int:
    """The worker: reads names of rows, one a line, runs each once and answers with its seconds and result."""
    if backend == "rust":
        import langgraph_rs

        langgraph_rs.install()
    known = {row.name: row for row in rows()}
    made: dict[str, Callable[[], Any]] = {}
    for line in sys.stdin:
        name = line.rstrip("\n")
        if name not in made:
            made[name] = known[name].make()
            made[name]()
        begin = time.perf_counter()
        result = made[name]()
        seconds = time.perf_counter() - begin
        text = json.dumps(result, sort_keys=True, default=repr)
        answer = {"seconds": seconds, "digest": hashlib.sha256(text.encode()).hexdigest()}
        print(json.dumps({**answer, **_backend()}), flush=True)
    return 0


def _backend() -> dict[str, Any]:
    """Which backend runs here, as the process itself sees it."""
    if "langgraph_rs" not in sys.modules:
        return {"backend": "upstream", "build": "", "live": 0}
    import langgraph_rs
    from langgraph_rs import _core

    live = sum(state == "live" for state in langgraph_rs.witness()["names"].values())
    return {"backend": "rust", "build": _core.__profile__, "live": live}


class Worker:
    """A process with one backend."""

    def __init__(self, backend: str) -> None:
        command = [sys.executable, __file__, "--worker", backend]
        self.backend = backend
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def run(self, name: str) -> dict[str, Any]:
        """One repetition. Raises BenchError if the process ends or is not what it should be."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(f"{name}\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            raise BenchError(f"the {self.backend} worker ended while running {name!r}")
        answer: dict[str, Any] = json.loads(line)
        if answer["backend"] != self.backend:
            raise BenchError(f"the {self.backend} worker runs {answer['backend']}")
        return answer

    def close(self) -> None:
        """Ends the process."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait(timeout=60)


class BenchError(Exception):
    """The two backends cannot be compared."""


def fastest(workers: Sequence[Worker], row: Row, rounds: int, *, allow_debug: bool) -> list[float]:
    """Microseconds per unit of each worker, the least of interleaved rounds. Raises BenchError."""
    best = [float("inf")] * len(workers)
    for _ in range(rounds):
        answers = [worker.run(row.name) for worker in workers]
        if len({answer["digest"] for answer in answers}) > 1:
            raise BenchError(f"the backends disagree on {row.name!r}")
        if not allow_debug and any(answer["build"] == "debug" for answer in answers):
            raise BenchError("the extension is a debug build, whose times mean nothing; build it with --release")
        for position, answer in enumerate(answers):
            best[position] = min(best[position], answer["seconds"] / row.count * 1e6)
    return best


def main(argv: list[str]) -> int:
    """Prints the table; 2 if the backends cannot be compared."""
    parser = argparse.ArgumentParser(description="Times the loop of both backends side by side.")
    parser.add_argument("--rounds", type=int, default=15, help="interleaved rounds per row (default 15)")
    parser.add_argument("--only", default="", help="only rows whose name contains this")
    parser.add_argument("--allow-debug", action="store_true", help="run a debug build too, to see that it runs")
    parser.add_argument("--worker", choices=BACKENDS, help=argparse.SUPPRESS)
    options = parser.parse_args(argv)
    if options.worker:
        return work(options.worker)
    chosen = [row for row in rows() if options.only in row.name]
    if not chosen or options.rounds < 1:
        print(f"bench: nothing to time: no row contains {options.only!r}, or no rounds", file=sys.stderr)
        return 2
    workers = [Worker(backend) for backend in BACKENDS]
    try:
        print("| graph | per | upstream µs | rust µs | upstream / rust |")
        print("|---|---|---:|---:|---:|")
        for row in chosen:
            upstream, rust = fastest(workers, row, options.rounds, allow_debug=options.allow_debug)
            print(f"| {row.name} | {row.per} | {upstream:.1f} | {rust:.1f} | {upstream / rust:.2f} |", flush=True)
    except BenchError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    finally:
        for worker in workers:
            worker.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
