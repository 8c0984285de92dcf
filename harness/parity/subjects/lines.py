"""Lines from a pipe, with a time limit and without a thread: one read takes as many as are there."""

from __future__ import annotations

import os
import select
import time
from collections import deque

__all__ = ["Lines"]

_CHUNK = 1 << 18


class Lines:
    """Reads the lines of a file descriptor. A line longer than `longest` bytes is given in pieces."""

    def __init__(self, descriptor: int, longest: int) -> None:
        self._descriptor = descriptor
        self._longest = longest
        self._poll = select.poll()
        self._poll.register(descriptor, select.POLLIN)
        self._whole: deque[bytes] = deque()
        self._begun: list[bytes] = []
        self._size = 0
        self._ended = False

    def next(self, timeout: float) -> bytes | None:
        """The next line with its end, None when there is no more. Raises TimeoutError after `timeout` seconds."""
        if self._whole:
            return self._whole.popleft()
        limit = time.monotonic() + timeout
        while not self._whole:
            if self._ended:
                return None
            left = limit - time.monotonic()
            if left <= 0 or not self._poll.poll(left * 1000):
                raise TimeoutError
            self._read()
        return self._whole.popleft()

    def _read(self) -> None:
        try:
            chunk = os.read(self._descriptor, _CHUNK)
        except OSError:
            chunk = b""
        if not chunk:
            self._ended = True
            if self._begun:
                self._whole.append(b"".join(self._begun))
            return
        *lines, rest = chunk.split(b"\n")
        for line in lines:
            self._begun.append(line)
            self._whole.append(b"".join(self._begun) + b"\n")
            self._begun, self._size = [], 0
        if rest:
            self._begun.append(rest)
            self._size += len(rest)
        if self._size > self._longest:
            self._whole.append(b"".join(self._begun))
            self._begun, self._size = [], 0
