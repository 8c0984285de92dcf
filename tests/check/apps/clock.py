"""What no two runs do alike: the time of day, ids, the system's randomness, and memory addresses."""

import operator
import os
import random
import time
import uuid
from datetime import datetime, timezone
from typing import Annotated, Any, TypedDict

from langgraph.graph import END, START, StateGraph


class State(TypedDict, total=False):
    """Something of each."""

    question: str
    seeded: int
    ids: Annotated[list[str], operator.add]
    at: str
    when: datetime
    stamp: float
    noise: str


def draw(state: State) -> dict[str, Any]:
    """A seeded number, which is the same in every run, and an id."""
    return {"seeded": random.randint(0, 10**6), "ids": [str(uuid.uuid4())]}


def look(state: State) -> dict[str, Any]:
    """The time in three forms, the id again, and another one."""
    now = datetime.now(timezone.utc)
    return {"at": now.isoformat(), "when": now, "stamp": time.time(), "ids": [state["ids"][0], str(uuid.uuid4())]}


def shake(state: State) -> dict[str, Any]:
    """What nobody can foresee."""
    return {"noise": os.urandom(6).hex()}


def build(*nodes: Any) -> Any:
    """The nodes one after the other."""
    builder = StateGraph(State)
    before = START
    for node in nodes:
        builder.add_node(node)
        builder.add_edge(before, node.__name__)
        before = node.__name__
    builder.add_edge(before, END)
    return builder.compile()


def noise_alone() -> Any:
    """A graph of whose outcome nothing is the same twice."""

    class Noise(TypedDict, total=False):
        noise: str

    builder = StateGraph(Noise)
    builder.add_node("shake", lambda state: {"noise": os.urandom(6).hex()})
    builder.add_edge(START, "shake")
    builder.add_edge("shake", END)
    return builder.compile()


known = build(draw, look)
noisy = build(draw, look, shake)
