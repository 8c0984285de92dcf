"""The process of one side of `parity check`: commands in as JSON lines, events and answers out.

Both go over descriptors that the user's code does not know; what it prints goes where the parent says. LangGraph is
imported only when a command says on which side, as the backend has to be there first.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import threading
from contextlib import AsyncExitStack, suppress
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from parity.subjects.backend.witnessed import Meter
    from parity.subjects.upstream.app.calls import Calls, Line
    from parity.subjects.upstream.app.load import Loader

__all__ = ["main"]


def main(argv: list[str]) -> int:
    """Serves on the descriptors `argv[0]` (commands) and `argv[1]` (answers) until the commands end."""
    commands, answers = (int(number) for number in argv)
    for descriptor in (commands, answers):
        os.set_inheritable(descriptor, False)
    server = _Server(os.fdopen(answers, "w", encoding="ascii"))
    with os.fdopen(commands, encoding="utf-8") as lines:
        for text in lines:
            server.serve(json.loads(text))
    server.close()
    return 0


class _RefusedError(Exception):
    """A command that cannot be carried out: the kind of trouble, a line for the user, and their traceback if any."""

    def __init__(self, kind: str, message: str, traceback: str = "") -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.traceback = traceback


class _Server:
    def __init__(self, answers: IO[str]) -> None:
        self._answers = answers
        self._lock = threading.Lock()
        self._loop = asyncio.new_event_loop()
        self._stack = AsyncExitStack()
        self._calls: Calls | None = None
        self._meter: Meter | None = None
        self._rust = False
        self._token = ""
        self._threads: set[str] = set()
        self._memory: Any = None

    def serve(self, command: dict[str, Any]) -> None:
        """Carries out one command; its answer is the last line that this writes."""
        operations = {"load": self._load, "observe": self._observe, "time": self._time}
        try:
            answer = operations[command["op"]](command)
        except _RefusedError as error:
            answer = {"refused": {"kind": error.kind, "message": error.message, "traceback": error.traceback}}
        self._write({"done": answer})

    def close(self) -> None:
        """Takes the threads of this process out of a saver that outlives it, and ends what factories have opened."""
        saver = self._calls.graph.checkpointer if self._calls is not None else None
        for thread in self._threads:
            with suppress(Exception):
                if self._calls is not None and self._calls.asynchronous:
                    self._loop.run_until_complete(saver.adelete_thread(thread))  # type: ignore[union-attr]
                else:
                    saver.delete_thread(thread)  # type: ignore[union-attr]
        self._loop.run_until_complete(self._stack.aclose())
        self._loop.close()

    def _write(self, obj: dict[str, Any]) -> None:
        text = json.dumps(obj, separators=(",", ":"))
        if self._token:
            for form in (self._token, self._token.encode().hex()):
                text = text.replace(form, "0" * len(self._token) if form == self._token else "30" * len(self._token))
        with self._lock:
            self._answers.write(text + "\n")
            self._answers.flush()

    def _emit(self, event: dict[str, Any]) -> None:
        # A process that ends in the midst of a line takes its counters with it: each event brings them as they are.
        self._write({"event": event, **_proof(self._meter)})

    # --- load ---

    def _load(self, command: dict[str, Any]) -> dict[str, Any]:
        side, _, fault = str(command["side"]).partition(":")
        self._rust = side == "rust"
        if self._rust:
            _install_backend()
        versions = _import_langgraph()
        _plant(side, fault)
        # LangGraph is here, on the side that was asked for: from now on its modules may be imported.
        from parity.subjects.upstream.app.calls import Calls
        from parity.subjects.upstream.app.controls import control
        from parity.subjects.upstream.app.describe import Cut
        from parity.subjects.upstream.app.load import Loader, LoadError, is_async_only

        ids = control(inline=command["inline"]) if command["observed"] else None
        sys.argv = [command["target"]]
        asyncio.set_event_loop(self._loop)
        loader = Loader(self._loop, self._stack)
        try:
            graph = loader.load(command["target"])
        except LoadError as error:
            raise _RefusedError("graph", error.message, error.traceback) from None
        asynchronous = command["asynchronous"]
        if asynchronous is None:
            asynchronous = is_async_only(graph)
        saver = self._give_saver(graph, command, asynchronous, loader)
        if self._rust:
            _require_hook()
        self._calls = Calls(
            graph, self._loop, asynchronous, tuple(command["modes"]), command["subgraphs"], self._emit, Cut(), ids
        )
        keys = graph.input_channels
        schema = getattr(getattr(graph, "builder", None), "channels", {})
        return {
            "name": graph.name,
            "input_keys": sorted(schema) if schema else ([keys] if isinstance(keys, str) else list(keys)),
            "asynchronous": asynchronous,
            "saver": saver,
            "counted": _counted(graph.checkpointer, in_memory=self._memory is not None),
            "versions": versions,
        }

    def _give_saver(self, graph: Any, command: dict[str, Any], asynchronous: bool, loader: Loader) -> str:
        """Sets the graph's saver as the options say; returns what it is in words."""
        from parity.subjects.upstream.app.saver import is_in_memory, make_saver, record

        wanted, own = command["checkpointer"], graph.checkpointer
        if wanted == "own" and own not in (None, False, True):
            saver, words = own, f"its own {type(own).__name__}"
        elif wanted == "none" or (wanted == "own" and own is False):
            graph.checkpointer = None
            return "none"
        else:
            kind = "memory" if wanted == "own" else wanted
            try:
                made = make_saver(kind, command["folder"], asynchronous=asynchronous)
                saver = made if kind == "memory" else self._loop.run_until_complete(loader.opened(made))
            except ImportError as error:
                raise _RefusedError("graph", f"--checkpointer {kind}: {error}") from None
            words = f"{type(saver).__name__} of parity"
            graph.checkpointer = saver
        if is_in_memory(saver):
            self._memory = saver
        elif wanted == "own":
            # What it keeps outlives this process: threads of this process alone, taken away again at its end.
            self._token = str(command["token"])
            words += ", on threads of its own"
        if command["observed"]:
            from parity.subjects.upstream.app.controls import settle_versions

            settle_versions()
            try:
                record(saver, self._emit)
            except TypeError:
                words += ", whose saves cannot be observed"
        return words

    # --- run ---

    def _line(self, command: dict[str, Any]) -> Line:
        from parity.subjects.upstream.app.calls import Line

        given = command["line"]
        thread = given["thread"]
        if self._token:
            thread += f"-parity-{self._token}"
            self._threads.add(thread)
        return Line(**{**given, "thread": thread})

    def _observe(self, command: dict[str, Any]) -> dict[str, Any]:
        assert self._calls is not None
        self._meter = self._new_meter()
        self._calls.cut.times = 0
        self._calls.observe(self._line(command))
        return {**_proof(self._meter), "cut": self._calls.cut.times}

    def _time(self, command: dict[str, Any]) -> dict[str, Any]:
        assert self._calls is not None
        line = self._line(command)
        if command["fresh"] and self._memory is not None:
            self._memory.delete_thread(line.thread)
        elif command["fresh"] and self._token:
            self._token = str(command["token"])
            line = self._line(command)
        meter = self._new_meter()
        took = self._calls.time(line, tuple(command["modes"]))
        return {**took, **_proof(meter)}

    def _new_meter(self) -> Meter | None:
        if not self._rust:
            return None
        from parity.subjects.backend.witnessed import Meter

        return Meter()


def _proof(meter: Meter | None) -> dict[str, Any]:
    return {} if meter is None else {"work": meter.work(), "used": meter.used()}


def _install_backend() -> None:
    try:
        from parity.subjects.backend.witnessed import put_backend_under_langgraph

        put_backend_under_langgraph()
    except ImportError as error:
        raise _RefusedError(
            "backend",
            f"no backend in {sys.executable}: {error}; pip install langgraph-rs (README, Rust under your graphs)",
        ) from None
    except RuntimeError as error:
        raise _RefusedError("backend", f"the backend cannot be used in {sys.executable}: {error}") from None


def _import_langgraph() -> dict[str, str]:
    from importlib import metadata

    try:
        import langgraph.graph
        import langgraph.pregel  # noqa: F401 - the names of a namespace package are there once they are imported
    except (ImportError, RuntimeError) as error:
        raise _RefusedError("environment", f"cannot import LangGraph in {sys.executable}: {error}") from None
    versions = {}
    for name in ("langgraph", "langgraph-checkpoint", "langchain-core"):
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    if "langgraph_rs" in sys.modules:
        versions["langgraph-rs"] = sys.modules["langgraph_rs"].__version__
    return versions


def _plant(side: str, fault: str) -> None:
    """Breaks one thing in this process, for testing `parity check` itself."""
    if fault and side == "rust":
        from parity.subjects.backend import faults

        faults.plant(fault)
    elif fault:
        from parity.subjects.upstream import faults as upstream_faults

        upstream_faults.plant(fault, lambda kind, body: [])


def _counted(saver: Any, *, in_memory: bool) -> int:
    """How often LangGraph's serializer (or what took its place) makes what is written down of a save.

    Once for writing it down, and once more by a saver in memory, which stores the very same pieces.
    """
    from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

    if getattr(type(getattr(saver, "serde", None)), "dumps_typed", None) is not JsonPlusSerializer.dumps_typed:
        return 0
    return 2 if in_memory else 1


def _require_hook() -> None:
    """Refuses a program that has loaded a module of LangGraph around the hook, or holds an original."""
    import langgraph_rs

    known = langgraph_rs.witness()
    around = sorted(name for name, state in known["names"].items() if state not in ("live", "waiting"))
    for name in (*around, *known["captured"]):
        raise _RefusedError("backend", f"{name} is upstream's although the backend is on")
