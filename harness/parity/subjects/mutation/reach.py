"""Which lines of some files a process runs: written down by Python's own tracing, as bit masks."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Mapping
from types import CodeType, FrameType
from typing import Any

__all__ = ["LineTracer"]

Trace = Callable[[FrameType, str, Any], Any]


class LineTracer:
    """Counts no line twice, and none of any other file. `files` gives the name to report by each path."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self._lines: dict[str, set[int]] = {path: set() for path in files}
        self._names = dict(files)
        self._own: dict[CodeType, frozenset[int]] = {}
        self._local = {path: _local(lines) for path, lines in self._lines.items()}

    def start(self) -> None:
        """Traces this thread, and those that are started from now on."""
        threading.settrace(self._call)
        sys.settrace(self._call)

    def stop(self) -> None:
        """Traces no more."""
        sys.settrace(None)
        threading.settrace(None)

    def take(self) -> dict[str, str]:
        """The lines run since the last call, by module: bit n of a hexadecimal number is line n."""
        taken = {}
        for path, lines in self._lines.items():
            if lines:
                taken[self._names[path]] = f"{sum(1 << line for line in set(lines)):x}"
                lines.clear()
        return taken

    def _call(self, frame: FrameType, event: str, arg: Any) -> Trace | None:
        code = frame.f_code
        local = self._local.get(code.co_filename)
        if local is None:
            return None
        own = self._own.get(code)
        if own is None:
            own = self._own[code] = frozenset(line for _, _, line in code.co_lines() if line is not None)
        # A function of which every line is written down already need not be watched.
        return None if own <= self._lines[code.co_filename] else local


def _local(lines: set[int]) -> Trace:
    def trace(frame: FrameType, event: str, arg: Any) -> Any:
        if event == "line":
            lines.add(frame.f_lineno)
        return trace

    return trace
