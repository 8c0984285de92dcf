"""The sources of nondeterminism that are upstream's own, under control while a user's graph is observed.

Checkpoint ids are counted in each namespace, so that parallel subgraphs do not race for them; upstream's clock stands
still; `random` is seeded before each input; a save is done when it is asked for, so that what is saved is what was
there (upstream saves in another thread, and a reducer may change a message meanwhile). Nodes have real threads unless
`inline`. The user's own clocks, ids and models are not touched: what varies with them is found by running upstream
twice."""

from __future__ import annotations

import random
import sys
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future
from hashlib import sha256
from typing import Any
from uuid import UUID

from langchain_core.runnables.config import var_child_runnable_config
from langgraph.pregel import _checkpoint, _loop
from langgraph.pregel._executor import BackgroundExecutor

from parity.subjects.upstream.controls import FROZEN_RANDOM, FrozenDatetime, InlineExecutor

__all__ = ["CheckpointIds", "control", "seed_randomness", "settle_versions"]

_SAVES = ("put_writes", "_checkpointer_put_after_previous")
"""What the loop submits to save: a saver's method, and its own that calls the other one."""


class _SavingExecutor(InlineExecutor):
    """Upstream's background executor, but for saves, which are done at once."""

    def submit(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Future[Any]:
        if getattr(fn, "__name__", "") in _SAVES:
            return super().submit(fn, *args, **kwargs)
        return BackgroundExecutor.submit(self, fn, *args, **kwargs)


class CheckpointIds:
    """Counts checkpoint ids: the same ones for the same line, whatever ran before it in this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._line = 0

    def begin(self, line: int) -> None:
        """Counts from the beginning for a line of input; its ids come after those of the lines before."""
        with self._lock:
            self._line = line
            self._counts.clear()

    def next(self, node: int | None = None, clock_seq: int | None = None) -> UUID:
        """Stands for `uuid6`. Ids of one namespace have to grow; those of two must not be the same."""
        config = var_child_runnable_config.get() or {}
        ns = str(config.get("configurable", {}).get("checkpoint_ns", ""))
        with self._lock:
            self._counts[ns] += 1
            count = self._counts[ns]
        place = sha256(ns.encode()).hexdigest()[:12] if ns else "0" * 12
        return UUID(f"{self._line:08x}-{count >> 12:04x}-6{count & 0xFFF:03x}-8000-{place}")


def control(*, inline: bool) -> CheckpointIds:
    """Takes control of this process for good; the ids that it returns are to be told of each line."""
    ids = CheckpointIds()
    for owner, name, value in (
        (_checkpoint, "uuid6", ids.next),
        (_checkpoint, "datetime", FrozenDatetime),
        (_loop, "datetime", FrozenDatetime),
        (_loop, "BackgroundExecutor", InlineExecutor if inline else _SavingExecutor),
    ):
        setattr(owner, name, value)
    return ids


def settle_versions() -> None:
    """Takes the random part out of the versions that savers make, for all savers loaded so far.

    It is drawn from `random`, which parallel subgraphs, and the user's own nodes, draw from too.
    """
    for name, module in list(sys.modules.items()):
        if name.startswith("langgraph.checkpoint.") and getattr(module, "random", None) is random:
            module.random = _Halves()  # type: ignore[attr-defined]


class _Halves:
    """Stands for the module `random` in savers, which ask it for nothing but `random()`."""

    @staticmethod
    def random() -> float:
        return FROZEN_RANDOM


def seed_randomness(number: int) -> None:
    """The same random numbers for the same line of input: `random`, and numpy's if the program uses it."""
    random.seed(number)
    numpy = sys.modules.get("numpy.random")
    if numpy is not None:
        numpy.seed(number % 2**32)
