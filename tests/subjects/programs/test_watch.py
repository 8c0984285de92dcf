"""An operation that does not move is ended; one that computes is not."""

from __future__ import annotations

import signal
import threading
import time

import pytest

from parity.subjects.upstream.programs.trace import HangError
from parity.subjects.upstream.programs.watch import watched


def test_waiting_for_what_does_not_come_ends_in_a_hang() -> None:
    with pytest.raises(HangError), watched(interval=0.2):
        threading.Event().wait()


def test_computing_for_long_is_no_hang() -> None:
    end = time.monotonic() + 2.0
    with watched(interval=0.9):
        while time.monotonic() < end:
            sum(range(1000))


def test_nothing_is_watched_afterwards() -> None:
    before = signal.getsignal(signal.SIGALRM)
    with watched(interval=0.05):
        pass
    time.sleep(0.1)
    assert signal.getsignal(signal.SIGALRM) is before
