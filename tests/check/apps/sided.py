"""A graph that is not the same program on both sides: what to do under the backend alone, says the input."""

import operator
import os
import sys
import time
from random import SystemRandom
from typing import Annotated, Any, TypedDict

from langgraph.config import get_stream_writer
from langgraph.graph import END, START, StateGraph


class State(TypedDict, total=False):
    """What to do under the backend, and what was done."""

    do: str
    done: Annotated[list[str], operator.add]


def act(state: State) -> dict[str, Any]:
    """Does it, if the backend is here."""
    if "langgraph_rs" not in sys.modules:
        return {"done": ["nothing"]}
    match state["do"]:
        case "leave":
            os._exit(9)
        case "hang":
            time.sleep(600)
        case "more":
            return {"done": ["nothing", "more"]}
        case "write":
            get_stream_writer()("written")
        case "note":
            error = ValueError("noted")
            error.add_note("under the backend")
            raise error
        case "sometimes":
            return {"done": [SystemRandom().choice(("nothing", "something", "anything"))]}
    return {"done": ["nothing"]}


builder = StateGraph(State)
builder.add_node(act)
builder.add_edge(START, "act")
builder.add_edge("act", END)
graph = builder.compile()
