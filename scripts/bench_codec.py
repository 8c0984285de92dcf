"""Times langgraph_rs's serializer beside upstream's: the same values, interleaved, in one process.

`python scripts/bench_codec.py [--rounds N]` prints a table: microseconds of the fastest round, and upstream's time over
Rust's. A run stops if the two serializers disagree on any value.
"""

from __future__ import annotations

import argparse
import sys
import time
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from functools import partial
from typing import Any

from langchain_core.messages import AIMessage, HumanMessage
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer as Upstream
from langgraph_rs.serde import JsonPlusSerializer as Rust

ROUND_SECONDS = 0.004


def samples() -> dict[str, Any]:
    """What is timed, by name."""
    start = datetime(2024, 1, 1, tzinfo=timezone.utc)
    return {
        "plain JSON-like": {
            "items": [
                {"id": i, "name": f"item {i}", "tags": ["a", "b"], "score": i * 1.5, "ok": True, "none": None}
                for i in range(50)
            ]
        },
        "wide dict": {f"key {i}": i for i in range(500)},
        "10 messages": messages(10),
        "100 messages": messages(100),
        "sets": [{i, i + 1, i + 2} for i in range(50)],
        "naive datetimes": [datetime(2024, 1, 1) + timedelta(seconds=i) for i in range(50)],
        "aware datetimes": [start + timedelta(seconds=i) for i in range(50)],
        "UUIDs": [uuid.UUID(int=i) for i in range(50)],
    }


def messages(count: int) -> dict[str, Any]:
    """A chat state of so many messages."""
    text = "What is the capital of France? " * 3
    return {
        "messages": [HumanMessage(text, id=f"h{i}") if i % 2 else AIMessage(text, id=f"a{i}") for i in range(count)]
    }


def fastest(works: list[Callable[[], object]], rounds: int) -> list[float]:
    """Seconds per call of each, the least of interleaved rounds."""
    repeats = [max(1, int(ROUND_SECONDS / _seconds(work, 1))) for work in works]
    best = [float("inf")] * len(works)
    for _ in range(rounds):
        for position, work in enumerate(works):
            best[position] = min(best[position], _seconds(work, repeats[position]))
    return best


def _seconds(work: Callable[[], object], repeats: int) -> float:
    begin = time.perf_counter()
    for _ in range(repeats):
        work()
    return (time.perf_counter() - begin) / repeats


def main(argv: list[str]) -> int:
    """Prints the table; 1 if the serializers disagree."""
    parser = argparse.ArgumentParser(description="Times both serializers side by side.")
    parser.add_argument("--rounds", type=int, default=40, help="interleaved rounds per value (default 40)")
    rounds = parser.parse_args(argv).rounds
    upstream, rust = Upstream(), Rust()
    print(f"{'value':18} {'dumps us':>18} {'ratio':>6}   {'loads us':>18} {'ratio':>6}")
    for name, value in samples().items():
        typed = upstream.dumps_typed(value)
        if rust.dumps_typed(value) != typed or rust.loads_typed(typed) != upstream.loads_typed(typed):
            print(f"bench: the serializers disagree on {name}", file=sys.stderr)
            return 1
        dumps = fastest([partial(upstream.dumps_typed, value), partial(rust.dumps_typed, value)], rounds)
        loads = fastest([partial(upstream.loads_typed, typed), partial(rust.loads_typed, typed)], rounds)
        cells = [f"{a * 1e6:8.1f} {b * 1e6:8.1f}  {a / b:5.2f}x" for a, b in (dumps, loads)]
        print(f"{name:18} {cells[0]:>26}   {cells[1]:>26}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
