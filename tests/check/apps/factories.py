"""Every form in which a graph may be given, and some that are none."""

import asyncio
import operator
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Annotated, Any, TypedDict

from langchain_core.runnables import RunnableConfig, RunnableLambda
from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime


@dataclass
class Context:
    """What a run is given beside its input."""

    factor: int = 1


class State(TypedDict):
    """A number."""

    n: Annotated[int, operator.add]


def step(state: State, config: RunnableConfig, runtime: Runtime[Context]) -> dict[str, Any]:
    """Adds what the config says, times the factor of the context."""
    factor = runtime.context.factor if runtime.context else 1
    return {"n": config["configurable"].get("more", 1) * factor}


uncompiled: Any = StateGraph(State, context_schema=Context)
uncompiled.add_node(step)
uncompiled.add_edge(START, "step")
uncompiled.add_edge("step", END)


def made() -> Any:
    """A compiled graph."""
    return uncompiled.compile()


def made_uncompiled(config: RunnableConfig) -> Any:
    """A graph for a config."""
    assert config["configurable"] == {}
    return uncompiled


async def made_later() -> Any:
    """A compiled graph, after a while."""
    await asyncio.sleep(0)
    return uncompiled.compile()


@contextmanager
def opened() -> Iterator[Any]:
    """A compiled graph as long as it is open."""
    yield uncompiled.compile()


@asynccontextmanager
async def opened_later() -> AsyncIterator[Any]:
    """The same, asynchronously."""
    yield uncompiled.compile()
    print("closed")


class Holder:
    """Something that holds a graph."""

    graph = uncompiled.compile()


number = 5
step_alone = RunnableLambda(lambda value: value)


def needy(model: str, key: str) -> Any:
    """A factory that cannot be called."""


def failing() -> Any:
    """A factory that raises."""
    raise LookupError("no model today")
