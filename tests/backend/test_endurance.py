"""A thousand runs leave memory, threads and files as they were, and a panic in Rust is an exception of one call."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from interpreters import Interpreter

PROGRAMS = Path(__file__).parent / "endurance_programs.py"
RUST = {"LANGGRAPH_BACKEND": "rust", "LANGGRAPH_RS_WITNESS": "1"}
BYTES = 4 << 20
"""How much resident memory may grow from the second batch to the last: the allocator breathes by up to 2 MB."""


def after(python: Interpreter, *arguments: str, **variables: str) -> dict[str, Any]:
    done = python.start(str(PROGRAMS), *arguments, **variables)
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def growth(result: dict[str, Any]) -> dict[str, int]:
    """How much more the process holds after each batch than after the one before it, in the batch that added least.

    The first batch fills caches and is left out. What leaks grows in every batch; an `isinstance` that only one order
    of threads asks fills the cache of an abstract class (71 objects) once, in whichever batch that happens.
    """
    _, *held = result["held"]
    return {name: min(later[name] - one[name] for one, later in pairwise(held)) for name in held[0]}


def test_a_thousand_mixed_runs_leave_nothing_behind(python: Interpreter) -> None:
    result = after(python, "1000", **RUST)
    grown = growth(result)
    assert result["runs"] == 1000
    assert max(grown["objects"], grown["threads"], grown["files"]) <= 0
    assert result["held"][-1]["bytes"] - result["held"][1]["bytes"] < BYTES
    assert result["witness"]["caught"] == {}
    assert result["witness"]["counters"]["algorithm"]["supersteps"] > 5000


def test_runs_that_keep_what_they_made_are_seen(python: Interpreter) -> None:
    """The same measure, on runs that leak on purpose."""
    grown = growth(after(python, "200", "leak", **RUST))
    assert all(grown[name] > 0 for name in ("objects", "threads", "files", "bytes"))


PANICKING = """
    import json, operator
    from typing import Annotated
    from typing_extensions import TypedDict
    from langgraph.channels import LastValue
    from langgraph.checkpoint.memory import InMemorySaver
    from langgraph.graph import START, StateGraph
    from langgraph_rs import _core

    armed = []

    def provoked():
        if armed:
            armed.pop()
            _core.provoke("panic")

    def add(left, right):
        provoked()
        return left + right

    class Mine(LastValue):
        def update(self, values):
            provoked()
            return super().update(values)

    class Saver(InMemorySaver):
        def get_next_version(self, current, channel):
            provoked()
            return super().get_next_version(current, channel)

    class State(TypedDict):
        log: Annotated[list, add] if WHERE == "reducer" else Annotated[list, operator.add]
        mine: Annotated[int, Mine(int)] if WHERE == "channel" else int

    saver = Saver() if WHERE == "saver" else InMemorySaver()
    graph = StateGraph(State)
    for name in ("a", "b"):
        graph.add_node(name, lambda state, name=name: {"log": [name], **({"mine": 1} if name == "a" else {})})
        graph.add_edge(START, name)
    graph = graph.compile(checkpointer=saver)
    found = []
    for number in range(3):
        if number == 1:
            armed.append(True)
        try:
            result = graph.invoke({"log": ["in"]}, {"configurable": {"thread_id": str(number)}})
            found.append([result["log"], result["mine"]])
        except BaseException as error:
            found.append(f"{type(error).__name__}: {error}")
    print(json.dumps(found))
"""


@pytest.mark.parametrize("where", ["reducer", "channel", "saver"])
def test_a_panic_below_the_loop_is_an_exception_of_that_call_and_the_next_run_works(
    python: Interpreter, where: str
) -> None:
    """The panic unwinds through the Rust of apply_writes: Python is called from there, and calls Rust again."""
    program = f"    WHERE = {where!r}\n{PANICKING}"
    fine = [["in", "a", "b"], 1]
    assert python.result(program, **RUST) == [fine, "PanicException: planted panic", fine]
