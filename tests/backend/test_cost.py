"""Work per superstep on the real API: what a step looks at does not grow with the graph around it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from interpreters import Interpreter

PROGRAM = """
    import json, operator, sys
    from typing import Annotated, TypedDict
    from langgraph.checkpoint.memory import InMemorySaver
    from langgraph.graph import START, StateGraph
    from langgraph.pregel import _loop
    from langgraph_rs import _core

    class State(TypedDict):
        log: Annotated[list, operator.add]
        last: int

    def chain(nodes, saver, route, deferred):
        graph = StateGraph(State)
        for number in range(nodes):
            defer = deferred and number == nodes - 1
            graph.add_node(f"n{number}", lambda state: {"log": [1], "last": len(state["log"])}, defer=defer)
            if number == 0:
                graph.add_edge(START, "n0")
            elif route:
                graph.add_conditional_edges(f"n{number - 1}", lambda state, to=f"n{number}": to, [f"n{number}"])
            else:
                graph.add_edge(f"n{number - 1}", f"n{number}")
        return graph.compile(checkpointer=InMemorySaver() if saver else None)

    def counts():
        counters = _core.algorithm_counters()
        kept = ("supersteps", "channel_visits", "channels_indexed", "channels_copied", "fresh_reads")
        plain = counters["python"]["channels in a mapping without an index"]
        return {**{name: counters[name] for name in kept}, "plain": plain}

    def cost(nodes, ran, **kind):
        # The same number of steps of a larger graph: the run stops before the node after the last of them.
        graph = chain(nodes, **kind)
        config = {"configurable": {"thread_id": "t"}, "recursion_limit": 5000}
        before = counts()
        steps = []
        for index, _ in enumerate(graph.stream({"log": [], "last": 0}, config, stream_mode="updates")):
            after = counts()
            steps.append({name: after[name] - before[name] for name in after})
            before = after
            if index == ran:
                break
        return steps

    def without_index(load):
        def loaded(*args, **kwargs):
            channels, managed = load(*args, **kwargs)
            return dict(channels), managed

        return loaded

    kinds = json.loads(sys.argv[1])
    costs = [[cost(nodes, 8, **kind) for nodes in (12, 100, 1000)] for kind in kinds]
    _loop.channels_from_checkpoint = without_index(_loop.channels_from_checkpoint)
    planted = [cost(nodes, 8, **kinds[0]) for nodes in (12, 100, 1000)]
    print(json.dumps({"costs": costs, "planted": planted}))
"""

KINDS = [
    {"saver": False, "route": False, "deferred": False},
    {"saver": True, "route": False, "deferred": False},
    {"saver": False, "route": True, "deferred": False},
    {"saver": True, "route": True, "deferred": True},
]


@pytest.fixture(scope="module")
def measured(python: Interpreter) -> Any:
    """By kind, by size of the graph, by step: what the algorithm did; and the same of a loop without the index."""
    program = PROGRAM.replace("sys.argv[1]", repr(json.dumps(KINDS)))
    return python.result(program, LANGGRAPH_BACKEND="rust", LANGGRAPH_RS_WITNESS="1")


@pytest.mark.parametrize("kind", range(len(KINDS)), ids=[str(kind) for kind in KINDS])
def test_steps_of_a_chain_cost_the_same_whatever_its_length(measured: Any, kind: int) -> None:
    short, middle, long = measured["costs"][kind]
    assert len(short) == len(middle) == len(long) == 9
    # The first step begins with the input, and with the index of all channels.
    assert [step["channels_indexed"] > 0 for step in long] == [True] + [False] * 8
    assert short[1:] == middle[1:] == long[1:]
    assert all(0 < step["channel_visits"] < 60 for step in long[1:])
    assert {step["supersteps"] for step in long[1:]} == {1}
    assert {step["plain"] for step in long} == {0}
    if KINDS[kind]["route"]:
        assert all(step["fresh_reads"] == 1 and step["channels_copied"] == 2 for step in long[1:])


def test_steps_of_any_one_chain_cost_the_same(measured: Any) -> None:
    """No step is dearer than the one before it."""
    for kind in measured["costs"]:
        for chain in kind:
            assert len({step["channel_visits"] for step in chain[2:]}) == 1


def test_a_loop_that_looks_at_every_channel_would_be_seen(measured: Any) -> None:
    """The planted fault: channels in a plain dict, as upstream has them."""
    short, middle, long = ([step["channel_visits"] for step in chain[1:]] for chain in measured["planted"])
    assert max(short) < min(middle)
    assert max(middle) < min(long)
    assert min(long) > 1000
