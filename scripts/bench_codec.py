"""Times langgraph_rs's serializer beside upstream's: the same values, interleaved, in one process.

`python scripts/bench_codec.py [--rounds N] [--only WORD] [--markdown]` prints, for every value, microseconds of each
one's fastest round, and upstream's divided by Rust's. A round times both, one after the other, in turns first, in the
process's own CPU time; the fastest is the one that nothing else on the machine disturbed. Both are called through the
public `dumps_typed` and `loads_typed`. A run stops if they disagree on any value.
"""

from __future__ import annotations

import argparse
import dataclasses
import enum
import ipaddress
import logging
import pathlib
import re
import sys
import time
import uuid
from collections import deque
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from datetime import time as clock_time
from decimal import Decimal
from functools import partial
from typing import Annotated, Any, NamedTuple, TypedDict
from zoneinfo import ZoneInfo

import numpy as np
import pydantic.v1
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, SystemMessage, ToolMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer as Upstream
from langgraph.graph import END, START, StateGraph
from langgraph.graph.message import add_messages
from langgraph.store.base import Item
from langgraph.types import Interrupt, Send
from langgraph_rs.serde import JsonPlusSerializer as Rust
from pydantic import BaseModel, SecretStr

ROUND_SECONDS = 0.001

START_OF_YEAR = datetime(2024, 1, 1)


class Step(BaseModel):
    """A pydantic state's part."""

    name: str
    cost: float = 0.5
    tags: list[str] = []


class PydanticState(BaseModel):
    """A pydantic state."""

    question: str
    answer: str | None = None
    attempts: int = 0
    scores: dict[str, float] = {}
    steps: list[Step] = []


@dataclasses.dataclass
class Task:
    """A dataclass in a state."""

    title: str
    done: bool
    due: datetime


@dataclasses.dataclass(frozen=True, slots=True)
class Frozen:
    """A dataclass that cannot be changed."""

    title: str
    done: bool
    rank: int


class Point(NamedTuple):
    """A named tuple in a state."""

    x: int
    y: float


class Colour(enum.Enum):
    """An enum in a state."""

    RED = "red"
    GREEN = "green"


class Level(enum.IntEnum):
    """An enum of integers."""

    LOW = 1
    HIGH = 2


class Old(pydantic.v1.BaseModel):
    """A model of pydantic v1."""

    name: str
    cost: float = 0.5


class Chat(TypedDict):
    """The state of the graph whose checkpoints are timed."""

    messages: Annotated[list[AnyMessage], add_messages]


class Recording(InMemorySaver):
    """A saver that keeps what it was given."""

    def __init__(self) -> None:
        super().__init__()
        self.given: list[Any] = []

    def put(self, config: Any, checkpoint: Any, metadata: Any, new_versions: Any) -> Any:
        self.given.append(checkpoint)
        return super().put(config, checkpoint, metadata, new_versions)


def checkpoint(messages: list[Any]) -> Any:
    """The last checkpoint of a real graph that came to these messages."""
    graph = StateGraph(Chat)
    graph.add_node("chat", lambda state: {"messages": messages[-1:]})
    graph.add_edge(START, "chat")
    graph.add_edge("chat", END)
    saver = Recording()
    graph.compile(checkpointer=saver).invoke({"messages": messages[:-1]}, {"configurable": {"thread_id": "bench"}})
    last = saver.given[-1]
    assert len(last["channel_values"]["messages"]) == len(messages)
    return last


def conversation(count: int) -> list[Any]:
    """Messages of people and models in turn."""
    text = "What is the capital of France? " * 3
    return [HumanMessage(text, id=f"h{i}") if i % 2 else AIMessage(text, id=f"a{i}") for i in range(count)]


def agent_conversation(turns: int) -> list[Any]:
    """What an agent with a tool says: question, call, result, answer."""
    usage: Any = {"input_tokens": 120, "output_tokens": 30, "total_tokens": 150}
    found: list[Any] = [SystemMessage("You are a helpful assistant.", id="s")]
    for turn in range(turns):
        call: Any = {"name": "search", "args": {"query": f"weather {turn}"}, "id": f"c{turn}", "type": "tool_call"}
        found += [
            HumanMessage(f"How is the weather in city {turn}?", id=f"h{turn}"),
            AIMessage("", id=f"a{turn}", tool_calls=[call], usage_metadata=usage, response_metadata={"model": "m"}),
            ToolMessage("Sunny, 25 degrees. " * 5, tool_call_id=f"c{turn}", name="search", id=f"t{turn}"),
            AIMessage("It is sunny.", id=f"b{turn}", usage_metadata=usage, response_metadata={"model": "m"}),
        ]
    return found


def agent_state() -> Any:
    """The checkpoint of an agent, with more in its state than messages."""
    state = checkpoint(agent_conversation(5))
    values = dict(state["channel_values"])
    values |= {
        "visited": {"search", "answer", "plan"},
        "started": START_OF_YEAR.replace(tzinfo=timezone.utc),
        "run": uuid.UUID(int=77),
        "budget": Decimal("12.50"),
        "queue": deque(["a", "b"]),
        "task": Task("write", False, START_OF_YEAR),
        "sends": [Send("worker", {"n": n}) for n in range(3)],
        "interrupt": Interrupt("approve?", id="i"),
    }
    return {**state, "channel_values": values}


def rows(count: int) -> dict[str, Any]:
    """Plain JSON-like data."""
    shared = {"tags": ["a", "b"], "ok": True, "none": None}
    return {"items": [{"id": i, "name": f"item {i}", "score": i * 1.5, **shared} for i in range(count)]}


def plain() -> Iterator[tuple[str, Any]]:
    """Values without extension types, by name."""
    yield "JSON-like, small", {"source": "loop", "step": 3, "parents": {}}
    yield "JSON-like, 50 rows", rows(50)
    yield "JSON-like, 5000 rows", rows(5000)
    yield "wide dict, 500 keys", {f"key {i}": i for i in range(500)}
    yield "text beyond ASCII", {f"Schlüssel {i}": "Grüße aus Köln; 東京からのご挨拶。" * 5 for i in range(50)}
    yield "numbers", [i * 0.5 if i % 2 else i * 1000 for i in range(2000)]


def extended() -> Iterator[tuple[str, Any]]:
    """Values with extension types, by name."""
    for count in (10, 100, 1000):
        yield f"checkpoint, {count} messages", checkpoint(conversation(count))
    yield "checkpoint of an agent, 21 messages", checkpoint(agent_conversation(5))
    yield "the same with a mixed state", agent_state()
    steps = [Step(name=f"step {i}", tags=["a", "b"]) for i in range(10)]
    yield "pydantic state", PydanticState(question="q", scores={"a": 0.5}, steps=steps)
    dates = [START_OF_YEAR + timedelta(seconds=i) for i in range(50)]
    yield (
        "wide dict with extensions",
        {
            **{f"date {i}": date for i, date in enumerate(dates)},
            **{f"id {i}": uuid.UUID(int=i) for i in range(50)},
            **{f"set {i}": {i, i + 1} for i in range(50)},
            **{f"plain {i}": i for i in range(50)},
        },
    )
    yield "sets", [{i, i + 1, i + 2} for i in range(50)]
    yield "naive datetimes", dates
    yield "aware datetimes", [date.replace(tzinfo=timezone.utc) for date in dates]
    yield "UUIDs", [uuid.UUID(int=i) for i in range(50)]


def rarer() -> Iterator[tuple[str, Any]]:
    """Fifty of each of the other types, by name."""
    some = range(50)
    dates = [START_OF_YEAR + timedelta(days=i) for i in some]
    texts = ["4", "12.50", "-0.001", "1E+3", "NaN"]
    zones = [ZoneInfo(name) for name in ("Europe/Berlin", "Asia/Tokyo", "UTC")]
    yield "sets of strings", [{f"a{i}", f"b{i}", f"c{i}"} for i in some]
    yield "frozensets", [frozenset((i, i + 1, i + 2)) for i in some]
    yield "deques", [deque((i, i + 1, i + 2)) for i in some]
    yield "enums", [(Colour.RED, Colour.GREEN)[i % 2] for i in some]
    yield "enums of integers", [(Level.LOW, Level.HIGH)[i % 2] for i in some]
    yield "dataclasses", [Task(f"task {i}", False, START_OF_YEAR) for i in some]
    yield "dataclasses, frozen with slots", [Frozen(f"task {i}", False, i) for i in some]
    yield "named tuples", [Point(i, i / 2) for i in some]
    yield "dates", [date.date() for date in dates]
    yield "times", [clock_time(i % 24, i, i) for i in some]
    yield "timedeltas", [timedelta(i, i * 1000, i) for i in some]
    yield "Decimals", [Decimal(texts[i % 5]) for i in some]
    yield "paths", [pathlib.Path(f"/data/runs/{i}.json") for i in some]
    yield "patterns", [re.compile(f"a{i}+") for i in some]
    yield "IP addresses", [ipaddress.ip_address(i if i % 2 else 2**100 + i) for i in some]
    yield "time zones", [zones[i % 3] for i in some]
    yield "numpy arrays", [np.arange(i, i + 8, dtype=np.float64) for i in some]
    yield "secrets", [SecretStr(f"key {i}") for i in some]
    yield "pydantic v1 models", [Old(name=f"step {i}") for i in some]
    yield "Sends", [Send("worker", {"n": i}) for i in some]
    yield "Interrupts", [Interrupt("approve?", id=f"i{i}") for i in some]
    yield (
        "store items",
        [
            Item(value={"n": i}, key=f"k{i}", namespace=("a", "b"), created_at=dates[i], updated_at=dates[i])
            for i in some
        ],
    )


def fastest(upstream: Callable[[], object], rust: Callable[[], object], rounds: int) -> tuple[float, float]:
    """Seconds of the fastest round of each."""
    works = (upstream, rust)
    repeats = [max(1, int(ROUND_SECONDS / min(_seconds(work, 1) for _ in range(3)))) for work in works]
    best = [float("inf"), float("inf")]
    for number in range(rounds):
        for place in (0, 1) if number % 2 else (1, 0):
            best[place] = min(best[place], _seconds(works[place], repeats[place]))
    return best[0], best[1]


def _seconds(work: Callable[[], object], repeats: int) -> float:
    begin = time.process_time()
    for _ in range(repeats):
        work()
    return (time.process_time() - begin) / repeats


def main(argv: list[str]) -> int:
    """Prints the table; 1 if the serializers disagree."""
    parser = argparse.ArgumentParser(description="Times both serializers side by side.")
    parser.add_argument("--rounds", type=int, default=100, help="interleaved rounds per value (default 100)")
    parser.add_argument("--only", default="", help="only values whose name has this in it")
    parser.add_argument("--markdown", action="store_true", help="print the table as the README has it")
    options = parser.parse_args(argv)
    if options.rounds < 1:
        parser.error("--rounds: at least 1 is wanted")
    # Types that upstream's allowlist does not know are warned of once; that is no part of the table.
    logging.disable(logging.WARNING)
    upstream, rust = Upstream(), Rust()
    if options.markdown:
        print("| | bytes | dumps µs | ratio | loads µs | ratio |\n|---|---|---|---|---|---|")
    else:
        print(f"{'value':36} {'bytes':>8} {'dumps us: upstream, ours':>26} {'ratio':>7} {'loads us':>20} {'ratio':>7}")
    for name, value in (*plain(), *extended(), *rarer()):
        if options.only not in name:
            continue
        typed = upstream.dumps_typed(value)
        # What was read is compared as bytes: arrays have no equality that is a bool, and secrets show nothing.
        read = [upstream.dumps_typed(one.loads_typed(typed)) for one in (upstream, rust)]
        if rust.dumps_typed(value) != typed or read[0] != read[1]:
            print(f"bench: the serializers disagree on {name}", file=sys.stderr)
            return 1
        dumps = fastest(partial(upstream.dumps_typed, value), partial(rust.dumps_typed, value), options.rounds)
        loads = fastest(partial(upstream.loads_typed, typed), partial(rust.loads_typed, typed), options.rounds)
        cells = [(theirs * 1e6, ours * 1e6, theirs / ours) for theirs, ours in (dumps, loads)]
        if options.markdown:
            columns = " | ".join(f"{a:.1f} → {b:.1f} | **{ratio:.2f}**" for a, b, ratio in cells)
            print(f"| {name} | {len(typed[1])} | {columns} |", flush=True)
        else:
            (a, b, c), (d, e, f) = cells
            print(f"{name:36} {len(typed[1]):8} {a:16.2f} {b:9.2f} {c:6.2f}x {d:12.2f} {e:9.2f} {f:6.2f}x", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
