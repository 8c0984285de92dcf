"""`python -m parity.subjects.branches DATA FILE…`: the oracle's worker, and which lines of the files follow which.

coverage.py's own tracers (7.17.3, both) lose a coroutine's frame where one that it awaits is resumed by an exception,
as `asyncio.wait` and a cancelled task do: what runs after that is not counted. A frame's trace function outlives any
resumption, so here each frame keeps the line that it last ran. coverage.py is only asked what the branches are.
"""

from __future__ import annotations

import json
import opcode
import sys
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from types import FrameType
from typing import Any

__all__ = ["ArcTracer"]

Trace = Callable[[FrameType, str, Any], Any]

_RETURNS = frozenset(opcode.opmap[name] for name in ("RETURN_VALUE", "RETURN_CONST") if name in opcode.opmap)


class ArcTracer:
    """Which lines follow which in some files, each pair once: as coverage.py has its arcs, before lines of one
    statement are taken together. A negative line is the beginning (first) or the end (second) of a function.
    """

    def __init__(self, files: Iterable[str]) -> None:
        self.arcs: dict[str, set[tuple[int, int]]] = {path: set() for path in files}

    def start(self) -> None:
        """Traces this thread, and those that are started from now on."""
        threading.settrace(self._call)
        sys.settrace(self._call)

    def stop(self) -> None:
        """Traces no more."""
        sys.settrace(None)
        threading.settrace(None)

    def _call(self, frame: FrameType, event: str, arg: Any) -> Trace | None:
        arcs = self.arcs.get(frame.f_code.co_filename)
        if arcs is None:
            return None
        # A frame that goes on after an await goes on with the line that it knows.
        return frame.f_trace or _local(arcs, -frame.f_code.co_firstlineno)


def _local(arcs: set[tuple[int, int]], begin: int) -> Trace:
    last = begin

    def trace(frame: FrameType, event: str, arg: Any) -> Any:
        nonlocal last
        if event == "line":
            arcs.add((last, frame.f_lineno))
            last = frame.f_lineno
        elif event == "return" and frame.f_code.co_code[frame.f_lasti] in _RETURNS:
            # Neither an await or a yield, nor an exception on its way out.
            arcs.add((last, begin))
        return trace

    return trace


def main(argv: list[str]) -> int:
    """Serves the oracle until the end of input, then writes the arcs to the file DATA."""
    from parity.subjects import worker

    data, *files = argv
    tracer = ArcTracer(files)
    tracer.start()
    try:
        return worker.main(["upstream"])
    finally:
        tracer.stop()
        arcs = {path: sorted(found) for path, found in tracer.arcs.items()}
        Path(data).write_text(json.dumps(arcs), "ascii")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
