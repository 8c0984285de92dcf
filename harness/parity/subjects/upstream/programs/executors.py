"""Executors for the schedule `threads`, and for the second self of the oracle: the same results, another schedule.

In the A/A gate the oracle's twin is told by `PARITY_SCHEDULE=other` to run what is inline in a thread for each task,
and what has threads with pauses in other places. What agrees then depends neither on which thread runs a task nor on
which is faster.
"""

from __future__ import annotations

import itertools
import os
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from parity.subjects.schedule import OTHER, VARIABLE
from parity.subjects.upstream.controls import InlineExecutor, settle

__all__ = ["PoolExecutor", "SeparateExecutor", "other_pool", "other_schedule"]

_PAUSES = (0.0, 0.003, 0.0, 0.001, 0.006, 0.002)
"""Seconds before the work of tasks, one after the other and again: short ones and long ones beside each other."""


def other_schedule() -> bool:
    """Whether this process runs the second schedule."""
    return os.environ.get(VARIABLE) == OTHER


class PoolExecutor(InlineExecutor):
    """Upstream's background executor on its own pool of threads; only its futures are numbered.

    So sets of futures that are done together are read in task order, as in `InlineExecutor`: which of two interrupts
    is told first is no matter of addresses.
    """

    immediate = False

    def start(self, future: Future[Any], work: Callable[[], Any]) -> None:
        """Gives the work to the pool."""
        self.executor.submit(settle, future, work)


def other_pool() -> type[PoolExecutor]:
    """The pool of one case, in which threads change often and tasks begin late, each by another pause."""
    pauses = itertools.cycle(_PAUSES)
    sys.setswitchinterval(0.0005)

    class OtherPoolExecutor(PoolExecutor):
        def start(self, future: Future[Any], work: Callable[[], Any]) -> None:
            pause = next(pauses)

            def late() -> Any:
                time.sleep(pause)
                return work()

            super().start(future, late)

    return OtherPoolExecutor


class SeparateExecutor(InlineExecutor):
    """Runs each task at once, one after the other, but in a thread of its own."""

    def start(self, future: Future[Any], work: Callable[[], Any]) -> None:
        """Starts a thread and waits for its end."""
        thread = threading.Thread(target=settle, args=(future, work))
        thread.start()
        thread.join()
