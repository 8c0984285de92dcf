"""Ends an operation that does not move any more."""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from collections.abc import Iterator
from types import FrameType

from parity.subjects.upstream.programs.trace import HangError

__all__ = ["watched"]

INTERVAL = 5.0
"""Seconds between two looks."""

IDLE = 0.01
"""An operation that computed for fewer seconds than this between two looks waits for something that will not come."""


@contextlib.contextmanager
def watched(interval: float = INTERVAL) -> Iterator[None]:
    """Inside, a process that does nothing for `interval` seconds gets a HangError in its main thread.

    What computes for ever is not ended: that is for the time-out of the case. Elsewhere than in a main thread nothing
    is watched.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    used = time.process_time()

    def look(signum: int, frame: FrameType | None) -> None:
        nonlocal used
        before, used = used, time.process_time()
        if used - before < IDLE:
            raise HangError("nothing moves")

    previous = signal.signal(signal.SIGALRM, look)
    signal.setitimer(signal.ITIMER_REAL, interval, interval)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)
