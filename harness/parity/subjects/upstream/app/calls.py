"""One line of input on the user's graph: observed event by event, or only timed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from langgraph.pregel import Pregel
from langgraph.types import Command, StateSnapshot

from parity.subjects.upstream.app.controls import CheckpointIds, seed_randomness
from parity.subjects.upstream.app.describe import Cut, describe, without_addresses
from parity.subjects.upstream.app.saver import Emit

__all__ = ["Calls", "Line"]


@dataclass(frozen=True)
class Line:
    """A line of input as the parent sends it.

    `call` is ``input`` (with `value`), ``go on`` (an interrupted or failed run, without input) or ``command`` (`value`
    has ``resume``, ``update``, ``goto`` as far as given). `last` is set on the last line of its thread.
    """

    number: int
    call: str
    value: Any
    thread: str
    config: dict[str, Any]
    context: Any
    last: bool

    def given(self) -> Any:
        """What the graph is called with."""
        if self.call == "command":
            return Command(**self.value)
        return self.value if self.call == "input" else None

    def run_config(self) -> Any:
        """The config of the call, its thread in place."""
        return {**self.config, "configurable": {**self.config.get("configurable", {}), "thread_id": self.thread}}


@dataclass
class Calls:
    """Runs lines on a graph, in its synchronous or its asynchronous form."""

    graph: Pregel[Any, Any, Any, Any]
    loop: asyncio.AbstractEventLoop
    asynchronous: bool
    modes: tuple[str, ...]
    subgraphs: bool
    emit: Emit
    cut: Cut
    ids: CheckpointIds | None

    def observe(self, line: Line) -> None:
        """Runs the line and emits what a caller sees, the thread's state, and after its last line its history."""
        seed_randomness(line.number)
        if self.ids is not None:
            self.ids.begin(line.number)
        # The last of `values` is what invoke returns.
        modes = [*self.modes, *(() if "values" in self.modes else ("values",))]
        result: Any = None
        try:
            for ns, mode, chunk in self._chunks(line, modes):
                if mode in self.modes:
                    self._tell({"e": "stream", "mode": mode, "ns": list(ns)}, "data", chunk)
                if mode == "values" and not ns:
                    result = chunk
        except BaseException as error:
            self._tell_error(error)
        else:
            self._tell({"e": "result"}, "value", result)
        if self.graph.checkpointer not in (None, False, True):
            self._observe_thread(line)

    def time(self, line: Line, modes: tuple[str, ...]) -> dict[str, Any]:
        """Runs the line as a program would (invoke, or the stream of those modes): wall and CPU seconds."""
        seed_randomness(line.number)
        given, config, error = line.given(), line.run_config(), None
        wall, cpu = time.perf_counter(), time.process_time()
        try:
            if modes:
                for _ in self._raw(given, config, line.context, list(modes)):
                    pass
            elif self.asynchronous:
                self.loop.run_until_complete(self.graph.ainvoke(given, config, context=line.context))
            else:
                self.graph.invoke(given, config, context=line.context)
        except BaseException as raised:
            error = type(raised).__name__
        return {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu, "error": error}

    def _chunks(self, line: Line, modes: list[str]) -> Iterator[tuple[tuple[str, ...], str, Any]]:
        for chunk in self._raw(line.given(), line.run_config(), line.context, modes):
            yield chunk if self.subgraphs else ((), *chunk)

    def _raw(self, given: Any, config: Any, context: Any, modes: list[str]) -> Iterator[Any]:
        arguments: dict[str, Any] = {"stream_mode": modes, "subgraphs": self.subgraphs}
        if context is not None:
            arguments["context"] = context
        if not self.asynchronous:
            yield from self.graph.stream(given, config, **arguments)
            return
        stream: AsyncIterator[Any] = self.graph.astream(given, config, **arguments)
        ended = object()

        async def following() -> Any:
            return await anext(stream, ended)

        while (chunk := self.loop.run_until_complete(following())) is not ended:
            yield chunk

    def _observe_thread(self, line: Line) -> None:
        config = line.run_config()
        graph = self.graph
        if self.asynchronous:
            self._snapshot("state", lambda: self._run(graph.aget_state(config, subgraphs=True)))
        else:
            self._snapshot("state", lambda: graph.get_state(config, subgraphs=True))
        if not line.last:
            return
        found: list[Any] = []

        async def gather() -> None:
            async for snapshot in graph.aget_state_history(config):
                found.append(snapshot)

        try:
            if self.asynchronous:
                self._run(gather())
            else:
                found.extend(graph.get_state_history(config))
        except Exception as error:
            self.emit({"e": "history", "error": _error(error)})
        for snapshot in found:
            self._snapshot("history", lambda snapshot=snapshot: snapshot)  # type: ignore[misc]

    def _run(self, coroutine: Any) -> Any:
        return self.loop.run_until_complete(coroutine)

    def _snapshot(self, event: str, get: Callable[[], StateSnapshot]) -> None:
        try:
            told = _told(get())
        except Exception as error:
            self.emit({"e": event, "error": _error(error)})
        else:
            self._tell({"e": event}, "snapshot", told)

    def _tell(self, event: dict[str, Any], member: str, value: Any) -> None:
        self.emit({**event, member: describe(value, self.cut)})

    def _tell_error(self, error: BaseException) -> None:
        causes: list[Any] = []
        cause = error.__cause__
        while cause is not None and len(causes) < 5:
            causes.append(_error(cause))
            cause = cause.__cause__
        self.emit({"e": "error", **_error(error), "causes": causes})
        # A generator or a task that still holds the frames of the error ends here and not in the midst of the next
        # line.
        with suppress(BaseException):
            error.__traceback__ = None


def _error(error: BaseException) -> dict[str, Any]:
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    try:
        message = str(error)
    except Exception as second:
        message = f"str() of it raises {type(second).__name__}"
    notes = [without_addresses(str(note)) for note in getattr(error, "__notes__", ())]
    return {"type": name, "message": without_addresses(message), "notes": notes}


def _told(snapshot: StateSnapshot) -> dict[str, Any]:
    """A snapshot's members by name; those of the subgraphs' in its tasks likewise."""
    return {
        "values": snapshot.values,
        "next": list(snapshot.next),
        "config": _ids(snapshot.config),
        "parent": _ids(snapshot.parent_config),
        "metadata": snapshot.metadata,
        "created_at": snapshot.created_at,
        "tasks": [
            {
                "id": task.id,
                "name": task.name,
                "path": task.path,
                "error": task.error,
                "interrupts": list(task.interrupts),
                "state": _told(task.state) if isinstance(task.state, StateSnapshot) else _ids(task.state),
                "result": task.result,
            }
            for task in snapshot.tasks
        ],
        "interrupts": list(snapshot.interrupts),
    }


def _ids(config: Any) -> Any:
    """Which checkpoint a config means."""
    if config is None:
        return None
    where = config.get("configurable", {})
    return {name: where.get(name) for name in ("thread_id", "checkpoint_ns", "checkpoint_id")}
