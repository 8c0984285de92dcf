"""What a program's graphs are built on and write to: the parts that outlive a `restart`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Bench", "Event"]

Event = dict[str, Any]


@dataclass(frozen=True)
class Bench:
    """Given to whatever builds the graphs of a program.

    `record` appends an event to the trace. `saver`, `store` and `cache` are LangGraph's, or None where the program has
    none. `runs` counts, over the whole case, how often each node, task, route and error handler ran. `schedule` is that
    of the program: `inline` or `threads`.
    """

    record: Callable[[Event], None]
    saver: Any = None
    store: Any = None
    cache: Any = None
    runs: Counter[str] = field(default_factory=Counter)
    schedule: str = "inline"
