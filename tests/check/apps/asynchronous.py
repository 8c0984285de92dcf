"""Nodes that have only an asynchronous form."""

import asyncio
import operator
from typing import Annotated, Any, TypedDict

from langgraph.graph import END, START, StateGraph


class State(TypedDict):
    """A list that both branches add to."""

    log: Annotated[list[str], operator.add]


async def first(state: State) -> dict[str, Any]:
    """The first branch."""
    await asyncio.sleep(0)
    return {"log": ["first"]}


async def second(state: State) -> dict[str, Any]:
    """The second branch, a little longer."""
    await asyncio.sleep(0.01)
    return {"log": ["second"]}


builder = StateGraph(State)
builder.add_node(first)
builder.add_node(second)
builder.add_edge(START, "first")
builder.add_edge(START, "second")
builder.add_edge("first", END)
builder.add_edge("second", END)
graph = builder.compile()
alone = StateGraph(State).add_node(first).add_edge(START, "first").add_edge("first", END).compile()
