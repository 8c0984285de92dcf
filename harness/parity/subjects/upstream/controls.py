"""What is not deterministic in upstream, taken under control inside the worker process (`docs/cases.md`, Controls).

Each control replaces the *source* of the nondeterminism at the name through which upstream reads it; no behaviour
of the loop, the channels or the codec is touched. research: upstream-loop.md §4.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from contextvars import copy_context
from datetime import datetime, timezone, tzinfo
from functools import partial
from typing import Any
from uuid import UUID

from langchain_core.runnables import RunnableConfig
from langgraph._internal._queue import SyncQueue  # type: ignore[attr-defined]
from langgraph.pregel import _checkpoint, _loop
from langgraph.pregel._executor import BackgroundExecutor
from langgraph.pregel._retry import run_with_retry

__all__ = ["FROZEN_NOW", "FROZEN_RANDOM", "FrozenDatetime", "InlineExecutor", "controlled", "settle"]

FROZEN_NOW = datetime(2026, 1, 1, tzinfo=timezone.utc)
FROZEN_RANDOM = 0.5


class FrozenDatetime:
    """Stands for the class `datetime` in the modules that only ask it for the time."""

    @staticmethod
    def now(tz: tzinfo | None = None) -> datetime:
        return FROZEN_NOW.astimezone(tz)


class _NumberedFuture(Future[Any]):
    """A future whose hash is its number in the superstep, so that a set of such futures iterates in task order.

    Upstream pops the futures of a superstep from a set to find the error to raise; with the default hash, an address,
    it is any of them. Small consecutive hashes lie in a set's table in their own order: the first failed task's error
    is raised.
    """

    def __init__(self, number: int) -> None:
        super().__init__()
        self._number = number

    def __hash__(self) -> int:
        return self._number


class InlineExecutor(BackgroundExecutor):
    """Upstream's background executor with a thread pool of no threads: a submitted function runs at once.

    So tasks of a superstep run and finish in task order, and a save is done when it is asked for. Futures, callbacks,
    contexts and the behaviour on exit stay upstream's.
    """

    immediate = True
    """Whether what is submitted has been done when `submit` is back."""

    def __init__(self, config: RunnableConfig) -> None:
        super().__init__(config)
        self._numbers = itertools.count()
        self._waiters: list[Future[Any]] = []

    def submit(
        self,
        fn: Callable[..., Any],
        *args: Any,
        __name__: str | None = None,
        __cancel_on_exit__: bool = False,
        __reraise_on_exit__: bool = True,
        __next_tick__: bool = False,
        **kwargs: Any,
    ) -> Future[Any]:
        if self.immediate and _is_waiter(fn):
            # It would sleep until the stream has a chunk. Nobody needs it: the tasks are done before anyone waits for
            # them.
            return self._waiter()
        # The tasks of a superstep are submitted one after the other; its checkpoint, submitted last, ends it.
        if fn is run_with_retry:
            future = _NumberedFuture(next(self._numbers))
        else:
            future = _NumberedFuture(-2)
            if getattr(fn, "__name__", "") == "_checkpointer_put_after_previous":
                self._numbers = itertools.count()
        self.start(future, partial(copy_context().run, fn, *args, **kwargs))
        self.tasks[future] = (__cancel_on_exit__, __reraise_on_exit__)
        future.add_done_callback(self.done)
        return future

    def start(self, future: Future[Any], work: Callable[[], Any]) -> None:
        """Sees to it that the work is done and the future has its result; here both are so at once."""
        settle(future, work)

    def _waiter(self) -> Future[Any]:
        """Upstream's "wake me when there is a chunk": pending until the executor is left, as upstream lets it end
        then.
        """
        waiter = _NumberedFuture(-2)
        waiter.set_running_or_notify_cancel()
        self._waiters.append(waiter)
        return waiter

    def __exit__(self, *raised: Any) -> bool | None:
        for waiter in self._waiters:
            waiter.set_result(None)
        self._waiters.clear()
        return super().__exit__(*raised)


def settle(future: Future[Any], work: Callable[[], Any]) -> None:
    """Does the work, unless the future was cancelled before, and gives the future what came of it."""
    if not future.set_running_or_notify_cancel():
        return
    try:
        result = work()
    except BaseException as error:
        future.set_exception(error)
    else:
        future.set_result(result)


def _is_waiter(fn: Callable[..., Any]) -> bool:
    return isinstance(getattr(fn, "__self__", None), SyncQueue) and getattr(fn, "__name__", "") == "wait"


@contextmanager
def controlled() -> Iterator[None]:
    """Runs the body with every control in place, counters anew, and puts everything back afterwards."""
    count = 0

    def counted_uuid6(node: int | None = None, clock_seq: int | None = None) -> UUID:
        nonlocal count
        count += 1
        return UUID(f"00000000-0000-6000-8000-{count:012x}")

    replaced: list[tuple[Any, str, Any]] = [
        (_checkpoint, "uuid6", counted_uuid6),
        (_checkpoint, "datetime", FrozenDatetime),
        (_loop, "datetime", FrozenDatetime),
        (_loop, "BackgroundExecutor", InlineExecutor),
        (random, "random", lambda: FROZEN_RANDOM),
    ]
    before = [(owner, name, getattr(owner, name)) for owner, name, _ in replaced]
    for owner, name, value in replaced:
        setattr(owner, name, value)
    try:
        yield
    finally:
        for owner, name, value in before:
            setattr(owner, name, value)
