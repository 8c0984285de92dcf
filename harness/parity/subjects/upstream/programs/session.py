"""What the operations of one case share: the graph as it is now, what outlives it, and what was seen so far."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from parity.subjects.upstream.programs.bench import Bench
from parity.subjects.upstream.programs.loop import StalledError, VirtualLoop
from parity.subjects.upstream.programs.savers import Book, DatabaseSaver
from parity.subjects.upstream.programs.trace import HangError, Trace

__all__ = ["Session", "UnresolvedError"]

T = TypeVar("T")

DEFAULT_THREAD = "t"


class UnresolvedError(LookupError):
    """A case refers to a checkpoint, an interrupt or a task that is not there (any more). The operation is not run."""


@dataclass
class Session:
    """One case while it runs.

    `rebuild` makes its graphs anew on the same bench and returns the one of that name, which operations run; `main`
    is its name by now. `heads` has, for each thread, the ids of the checkpoints that were its head after some
    operation; `read` what was last read of a checkpoint, to say when it has not changed.
    """

    body: Mapping[str, Any]
    trace: Trace
    bench: Bench
    book: Book
    rebuild: Callable[[str], Any]
    main: str = "main"
    graph: Any = None
    threads: list[str] = field(default_factory=list)
    heads: dict[str, list[str]] = field(default_factory=dict)
    read: dict[tuple[str, ...], str] = field(default_factory=dict)

    @property
    def inline(self) -> bool:
        """Whether this case is run without threads of its own."""
        return self.bench.schedule == "inline"

    def config(self, thread: str, **configurable: Any) -> dict[str, Any]:
        """A config that addresses a thread, which counts as used from now on."""
        if thread not in self.threads:
            self.threads.append(thread)
        return {"configurable": {"thread_id": thread, **configurable}}

    def at(self, op: Mapping[str, Any]) -> dict[str, Any]:
        """The config that an operation's `thread` and `at` address. Raises UnresolvedError."""
        return self.place(op.get("thread", DEFAULT_THREAD), op.get("at"))

    def place(self, thread: str, ref: Mapping[str, Any] | None) -> dict[str, Any]:
        """The config that a REF addresses. Raises UnresolvedError."""
        if ref is None:
            return self.config(thread)
        if "put" in ref:
            put = self.book.put
            if not ref["put"] < len(put):
                raise UnresolvedError(f"put {ref['put']}: {len(put)} were put")
            found, checkpoint_id = put[ref["put"]]
            return self.config(found, checkpoint_ns="", checkpoint_id=checkpoint_id)
        with self.trace.quiet():
            history = list(self.graph.get_state_history(self.config(thread)))
        if not ref["nth"] < len(history):
            raise UnresolvedError(f"nth {ref['nth']}: {len(history)} checkpoints")
        state = history[ref["nth"]]
        for name in _path(ref):
            state = self._within(thread, state, name)
        inner = state.config["configurable"]
        if inner.get("checkpoint_id") is None:
            return self.config(thread, checkpoint_ns=inner.get("checkpoint_ns", ""))
        places = {name: inner[name] for name in _PLACES if name in inner}
        return self.config(thread, **places)

    def _within(self, thread: str, state: Any, name: str) -> Any:
        """The state of the subgraph that the task of this name runs; without a state of its own, at least its place."""
        for task in state.tasks:
            if task.name == name:
                outer = state.config["configurable"].get("checkpoint_ns", "")
                known = task.state.get("configurable", {}) if isinstance(task.state, dict) else {}
                ns = known.get("checkpoint_ns", f"{outer}{'|' if outer else ''}{name}:{task.id}")
                with self.trace.quiet():
                    return self.graph.get_state(self.config(thread, checkpoint_ns=ns))
        raise UnresolvedError(f"no task {name}")

    def run(self, make: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Runs a coroutine on an event loop of its own. Raises HangError where everything in it waits for ever."""
        if not self.inline:
            return asyncio.run(self._connected(make))
        loop = VirtualLoop()
        asyncio.set_event_loop(loop)
        try:
            return loop.run_until_complete(self._connected(make))
        except StalledError as error:
            raise HangError(str(error)) from None
        finally:
            _end(loop)

    async def _connected(self, make: Callable[[], Coroutine[Any, Any, T]]) -> T:
        if isinstance(self.bench.saver, DatabaseSaver):
            async with self.bench.saver.connected():
                return await make()
        return await make()

    def changed(self, key: tuple[str, ...], value: Any) -> bool:
        """Whether what was read is not what was read under this key before; remembers it."""
        text = json.dumps(value, sort_keys=True)
        before, self.read[key] = self.read.get(key), text
        return before != text


_PLACES = ("checkpoint_ns", "checkpoint_id", "checkpoint_map")
"""What the config of a snapshot says of where its checkpoint is: a user hands all of it back."""


def _path(ref: Mapping[str, Any]) -> list[str]:
    names = ref.get("sub", [])
    return [names] if isinstance(names, str) else list(names)


def _end(loop: VirtualLoop) -> None:
    """Cancels what is left on the loop, as `asyncio.run` does, and closes it."""
    try:
        left = loop.left()
        for task in left:
            task.cancel()
        if left:
            loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        loop.run_until_complete(loop.shutdown_asyncgens())
    except StalledError:
        pass  # what waits even when cancelled is left behind with the loop
    finally:
        asyncio.set_event_loop(None)
        loop.close()
