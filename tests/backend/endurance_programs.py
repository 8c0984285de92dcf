"""Many runs of a mixed set of graphs in one process: prints what the process holds after each batch of runs.

Arguments: RUNS [leak]. With `leak`, every run leaves its result, a thread and an open file behind, which is how
`test_endurance.py` knows that its measure can fail.
"""

import asyncio
import gc
import json
import operator
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

from langgraph.channels import EphemeralValue
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, StateGraph
from langgraph.types import Command, Overwrite, Send, interrupt
from typing_extensions import TypedDict

BATCHES = 5


class State(TypedDict):
    log: Annotated[list[str], operator.add]
    total: Annotated[int, operator.add]
    passing: Annotated[int, EphemeralValue]


def thread_of(number: int) -> dict[str, Any]:
    return {"configurable": {"thread_id": str(number)}}


def looping() -> Any:
    graph = StateGraph(State).add_node("a", lambda state: {"total": 1}).add_edge(START, "a")
    return graph.add_conditional_edges("a", lambda state: "a" if state["total"] < 5 else END)


def sending() -> Any:
    graph = StateGraph(State).add_node("a", lambda state: {}).add_node("worker", lambda state: {"log": ["w"]})
    graph.add_edge(START, "a")
    return graph.add_conditional_edges("a", lambda state: [Send("worker", state) for _ in range(4)], ["worker"])


def asking() -> Any:
    graph = StateGraph(State).add_node("ask", lambda state: {"log": [interrupt("?")]}).add_edge(START, "ask")
    return graph.add_node("after", lambda state: {"log": Overwrite(["end"])}).add_edge("ask", "after")


def nested() -> Any:
    inner = looping().compile()
    return StateGraph(State).add_node("inner", inner).add_edge(START, "inner")


def failing() -> Any:
    def node(state: State) -> Any:
        raise ValueError("broken")

    return (
        StateGraph(State).add_node("a", node).add_node("b", lambda state: {}).add_edge(START, "a").add_edge(START, "b")
    )


def invoke(graph: Any, number: int) -> Any:
    return graph.compile(checkpointer=InMemorySaver()).invoke({"log": ["in"], "total": 0}, thread_of(number))


def stream_async(graph: Any, number: int) -> Any:
    async def collect() -> list[Any]:
        compiled = graph.compile(checkpointer=InMemorySaver())
        modes = ["values", "updates", "debug"]
        return [
            chunk async for chunk in compiled.astream({"log": [], "total": 0}, thread_of(number), stream_mode=modes)
        ]

    return asyncio.run(collect())


def resume(graph: Any, number: int) -> Any:
    compiled = graph.compile(checkpointer=InMemorySaver())
    compiled.invoke({"log": ["in"]}, thread_of(number))
    compiled.update_state(thread_of(number), {"log": ["updated"]})
    compiled.invoke(Command(resume="answer"), thread_of(number))
    return [state.values for state in compiled.get_state_history(thread_of(number))]


def fail(graph: Any, number: int) -> Any:
    try:
        return invoke(graph, number)
    except ValueError as error:
        return str(error)


RUNS: tuple[Callable[[int], Any], ...] = (
    lambda number: invoke(looping(), number),
    lambda number: invoke(sending(), number),
    lambda number: invoke(nested(), number),
    lambda number: stream_async(looping(), number),
    lambda number: resume(asking(), number),
    lambda number: fail(failing(), number),
)


def held() -> dict[str, int]:
    """What this process holds: resident bytes, objects that the collector knows, threads, open files."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return {
        "bytes": pages * os.sysconf("SC_PAGE_SIZE"),
        "objects": len(gc.get_objects()),
        "threads": threading.active_count(),
        "files": len(os.listdir("/proc/self/fd")),
    }


@contextmanager
def leaking(leaks: bool) -> Iterator[Callable[[Any], None]]:
    """A function that keeps what a run leaves behind, if it is to leak."""
    kept: list[Any] = []
    end = threading.Event()

    def keep(result: Any) -> None:
        if leaks:
            waiting = threading.Thread(target=end.wait)
            waiting.start()
            kept.append((result, [0] * 1000, waiting, open(os.devnull, "rb")))  # noqa: SIM115

    yield keep
    end.set()


def main(runs: int, *, leaks: bool) -> None:
    """Runs the graphs in batches of equal size, the first of which warms everything up, and prints what each left."""
    found: list[dict[str, int]] = []
    number = 0
    with leaking(leaks) as keep:
        for _ in range(BATCHES):
            for _ in range(runs // BATCHES):
                keep(RUNS[number % len(RUNS)](number))
                number += 1
            # Pool threads of the last run end on their own a moment later.
            time.sleep(0.2)
            found.append(held())
    counters = None
    if "LANGGRAPH_BACKEND" in os.environ:
        import langgraph_rs

        counters = langgraph_rs.witness()
    print(json.dumps({"runs": number, "held": found, "witness": counters}))


if __name__ == "__main__":
    main(int(sys.argv[1]), leaks="leak" in sys.argv[2:])
