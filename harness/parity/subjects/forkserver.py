"""A process that has imported what is slow to import, and forks a worker for every mutant.

`python -m parity.subjects.forkserver full|bare`. `full` has imported LangGraph and the interpreters of cases; a
mutant's functions take their new code in the forked child. `bare` has imported everything else; the child imports
LangGraph, with the mutant in its module's place. One child lives at a time, and has this process's standard input and
output. Lines in:

    {"preload": ["numpy", …]}                                   modules to import before any fork
    {"start": {"module": …, "code": BASE64, "trace": false}}    fork; module and code null: upstream as it is
    {"id": 7, "case": {…}}                                      a case, to the child, as in docs/protocol.md
    {"modules": true}                                           to the child: what it has imported by now
    {"end": true}                                               the child's end

A start may have `imports`, modules for the child to import before it says hello. Lines out: a hello;
`{"pid": …, "applied": "swap" | "import" | "nothing"}` from a child, or with `refused` (this mutant cannot be swapped)
or `failure` (LangGraph could not be imported) instead; its replies, each followed by a line of `reach` when it traces;
and `{"ended": status, "cpu": seconds}` from the parent after its end, whatever that was.
"""

from __future__ import annotations

import base64
import json
import marshal
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import CodeType
from typing import IO, Any

from parity.subjects.forking import fork, import_all
from parity.subjects.limits import end_with_parent
from parity.subjects.mutation.apply import Functions, import_instead, swap
from parity.subjects.mutation.reach import LineTracer
from parity.subjects.mutation.targets import TARGETS, MutationError

__all__ = ["MODES", "main"]

MODES = ("full", "bare")

_MEMORY = 6 << 30
"""Bytes of address space for a mutant: one that never stops growing is to fail before the machine does."""

_LANGGRAPH = ("langgraph.", "parity.subjects.upstream")


def main(argv: list[str]) -> int:
    """Serves until the end of input."""
    if len(argv) != 1 or argv[0] not in MODES:
        print("usage: python -m parity.subjects.forkserver full|bare", file=sys.stderr)
        return 2
    end_with_parent()
    # Only replies may reach the parent's pipe: whatever else prints goes to standard error.
    replies = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    server = _Server(argv[0], replies)
    server.say({"forkserver": 1, "mode": argv[0], "modules": []})
    for line in sys.stdin.buffer:
        order = _order(line)
        if "preload" in order:
            server.preload(order["preload"])
        elif "start" in order:
            server.fork(order["start"])
    return 0


class _Server:
    """The process that forks."""

    def __init__(self, mode: str, replies: IO[str]) -> None:
        self._replies = replies
        self._files = {str(target.path()): target.module for target in TARGETS}
        self._functions: Functions | None = None
        self._full = mode == "full"
        self._served: Served | None = None

    def preload(self, modules: Sequence[str]) -> None:
        """Imports what every child would import; without LangGraph, and what imports it, where that is the child's."""
        self._functions = None
        self.say({"preloaded": import_all(name for name in modules if self._full or not name.startswith(_LANGGRAPH))})

    def say(self, message: Mapping[str, Any]) -> None:
        """One line to whoever asked."""
        self._replies.write(json.dumps(message) + "\n")
        self._replies.flush()

    def fork(self, order: Mapping[str, Any]) -> None:
        """Forks a worker, waits for its end, and tells it."""
        if self._full and self._functions is None:
            # Made before the mutant is there: what the subject looks into when it starts is no case.
            self._served = _upstream()
            self._functions = Functions(set(self._files))
        fork(self.say, partial(self._child, order), _MEMORY)

    def _child(self, order: Mapping[str, Any]) -> None:
        tracer = LineTracer(self._files) if order["trace"] else None
        if tracer is not None:
            tracer.start()
        hello: dict[str, Any] = {"pid": os.getpid()}
        try:
            hello["applied"] = self._apply(order)
            served = self._served or _upstream()
            import_all(order.get("imports", ()))
        except MutationError as error:
            self.say({**hello, "refused": str(error)})
            return
        except BaseException as error:
            self.say({**hello, "failure": f"{type(error).__name__}: {error}"})
            return
        if tracer is not None:
            hello["reach"] = tracer.take()
        self.say(hello)
        for line in sys.stdin.buffer:
            request = json.loads(line)
            if "end" in request:
                return
            if "modules" in request:
                self.say({"modules": [name for name in sys.modules if not name.startswith("__")]})
                continue
            self._replies.write(served.answer(request) + "\n")
            if tracer is not None:
                self._replies.write(json.dumps({"reach": tracer.take()}) + "\n")
            self._replies.flush()

    def _apply(self, order: Mapping[str, Any]) -> str:
        if order["module"] is None:
            return "nothing"
        code = marshal.loads(base64.b64decode(order["code"]))
        if not isinstance(code, CodeType):
            raise MutationError("what was sent is not code")
        if self._functions is not None:
            swap(code, self._functions)
            return "swap"
        import_instead(order["module"], code)
        return "import"


@dataclass(frozen=True)
class Served:
    """The oracle in this process: a request in, the line that answers it out."""

    answer: Callable[[dict[str, Any]], str]


def _upstream() -> Served:
    # The worker is imported where LangGraph may be.
    from parity.subjects.worker import answer, serve

    served = serve("upstream")
    return Served(lambda request: answer(request, served))


def _order(line: bytes) -> dict[str, Any]:
    """An order; none for what was meant for a child that is gone."""
    try:
        order = json.loads(line)
    except ValueError:
        return {}
    return order if isinstance(order, dict) else {}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
