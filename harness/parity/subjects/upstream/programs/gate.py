"""What the functions of a program share while they run at the same time: their counts, and barriers."""

from __future__ import annotations

import asyncio
from collections import Counter
from threading import Condition

from parity.subjects.upstream.programs.bench import Bench

__all__ = ["BARRIER_SECONDS", "Gate"]

BARRIER_SECONDS = 5.0
"""How long a task waits at a barrier for the others before it fails with TimeoutError."""

_TURNS = 10_000
"""How often a coroutine lets the others run while it waits at a barrier."""


class Gate:
    """Counts runs and lets parties wait for each other; usable from several threads."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._changed = Condition()
        self._arrived: Counter[str] = Counter()

    def count(self, what: str) -> int:
        """Which run of `what` this is, from 1 on, over the whole case."""
        with self._changed:
            self._bench.runs[what] += 1
            return self._bench.runs[what]

    def wait(self, name: str, parties: int) -> None:
        """Returns when `parties` tasks have come to the barrier. Raises TimeoutError if they do not come."""
        with self._changed:
            whole = self._arrive(name, parties)
            if not self._changed.wait_for(lambda: self._arrived[name] >= whole, BARRIER_SECONDS):
                raise TimeoutError(f"barrier {name}")

    async def await_all(self, name: str, parties: int) -> None:
        """The same for a coroutine, which lets the others run meanwhile."""
        with self._changed:
            whole = self._arrive(name, parties)
        for _ in range(_TURNS):
            if self._arrived[name] >= whole:
                return
            await asyncio.sleep(0)
        raise TimeoutError(f"barrier {name}")

    def _arrive(self, name: str, parties: int) -> int:
        """Counts an arrival; the number of arrivals that completes its group."""
        group = self._arrived[name] // parties
        self._arrived[name] += 1
        self._changed.notify_all()
        return (group + 1) * parties
