"""Tasks that run at once and end in any order."""

import operator
import time
from random import SystemRandom
from typing import Annotated, Any, TypedDict

from langgraph.config import get_stream_writer
from langgraph.graph import END, START, StateGraph


class State(TypedDict):
    """What was added."""

    log: Annotated[list[str], operator.add]


def runner(name: str) -> Any:
    """A node that takes its time, which nobody knows beforehand."""

    def run(state: State) -> dict[str, Any]:
        time.sleep(SystemRandom().random() / 50)
        get_stream_writer()({"by": name})
        return {"log": [name]}

    return run


builder = StateGraph(State)
for letter in "abcdef":
    builder.add_node(letter, runner(letter))
    builder.add_edge(START, letter)
    builder.add_edge(letter, END)
graph = builder.compile()
