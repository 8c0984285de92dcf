"""A graph in a graph in a graph; the inner one is run for several items at once."""

import operator
from typing import Annotated, Any, TypedDict

from langgraph.graph import END, START, StateGraph
from langgraph.types import Send


class Outer(TypedDict):
    """Items, and what became of them."""

    items: list[int]
    done: Annotated[list[int], operator.add]


class Inner(TypedDict):
    """One item."""

    item: int
    done: list[int]


def build_inner() -> Any:
    """Twice the item and one, in two steps."""
    innermost = StateGraph(Inner)
    innermost.add_node("double", lambda state: {"item": state["item"] * 2})
    innermost.add_edge(START, "double")
    innermost.add_edge("double", END)
    inner = StateGraph(Inner)
    inner.add_node("twice", innermost.compile())
    inner.add_node("finish", lambda state: {"done": [state["item"] + 1]})
    inner.add_edge(START, "twice")
    inner.add_edge("twice", "finish")
    inner.add_edge("finish", END)
    return inner.compile()


def fan_out(state: Outer) -> list[Send]:
    """One task for each item."""
    return [Send("inner", {"item": item, "done": []}) for item in state["items"]]


builder = StateGraph(Outer)
builder.add_node("inner", build_inner())
builder.add_conditional_edges(START, fan_out, ["inner"])
builder.add_edge("inner", END)
graph = builder.compile()
