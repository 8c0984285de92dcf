"""A counter whose saver reads only types that it knows."""

import operator
from typing import Annotated, Any, TypedDict

from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.graph import END, START, StateGraph


class State(TypedDict):
    """A number."""

    n: Annotated[int, operator.add]


def step(state: State) -> dict[str, Any]:
    """Adds one."""
    return {"n": 1}


builder = StateGraph(State)
builder.add_node(step)
builder.add_edge(START, "step")
builder.add_edge("step", END)
graph = builder.compile(checkpointer=InMemorySaver(serde=JsonPlusSerializer(allowed_msgpack_modules=None)))
