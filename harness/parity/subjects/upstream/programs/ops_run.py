"""The operation `run`: every way to call a graph, and what the caller gets."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any
from uuid import UUID

from parity.subjects.upstream.objects import build, describe
from parity.subjects.upstream.programs.recorder import attempt_observer, callback_recorder
from parity.subjects.upstream.programs.session import DEFAULT_THREAD, Session, UnresolvedError
from parity.subjects.upstream.programs.trace import error_of, fields_of, frames_of

__all__ = ["ASYNC_APIS", "run"]

ASYNC_APIS = frozenset(("ainvoke", "astream", "abatch", "events_v2", "events_v3"))
_STRICT_RESUME = "__pregel_strict_resume"
"""The key under which LangGraph's server asks for it."""

_OPTIONS = ("durability", "interrupt_before", "interrupt_after", "output_keys", "version")


def run(session: Session, op: Mapping[str, Any]) -> None:
    """Calls the graph as the operation says. Errors of the call are recorded; UnresolvedError is raised."""
    api = op.get("api", "invoke")
    call = _Call(session, op, api)
    if api in ASYNC_APIS:
        session.run(lambda: _arun(call))
    else:
        _run(call)
    if call.control is not None and call.control.drain_requested:
        session.trace.record({"e": "drained", "reason": call.control.drain_reason})


class _Call:
    """The arguments of one call."""

    def __init__(self, session: Session, op: Mapping[str, Any], api: str) -> None:
        self.session, self.op, self.api = session, op, api
        self.control: Any = None
        self.thread = op.get("thread", DEFAULT_THREAD)
        if api in ("batch", "abatch"):
            self.configs = [self._config(f"{self.thread}-{index}", None) for index in range(len(op["inputs"]))]
            self.inputs = [self._input(given, config) for given, config in zip(op["inputs"], self.configs, strict=True)]
        else:
            self.config = self._config(self.thread, op.get("at"))
            self.given = self._input(op.get("input"), self.config)
        self.options = self._options()

    def _config(self, thread: str, at: Mapping[str, Any] | None) -> dict[str, Any]:
        op = self.op
        config = self.session.place(thread, at)
        extra = op.get("config", {})
        config["configurable"].update(_built(extra.get("configurable", {})))
        for member in ("tags", "run_name", "recursion_limit", "max_concurrency"):
            if member in extra:
                config[member] = extra[member]
        if "metadata" in extra:
            config["metadata"] = _built(extra["metadata"])
        for member in ("recursion_limit", "max_concurrency"):
            if member in op:
                config[member] = op[member]
        if "run_id" in op:
            # In both places, as LangGraph's server does: the first names the run, the second is saved with it.
            config["run_id"] = UUID(f"00000000-0000-4000-9000-{op['run_id']:012x}")
            config["metadata"] = {**config.get("metadata", {}), "run_id": str(config["run_id"])}
        if op.get("strict"):
            config["configurable"][_STRICT_RESUME] = True
        if op.get("callbacks"):
            config["callbacks"] = [callback_recorder(self.session.trace)]
            config["configurable"].update(attempt_observer(self.session.trace))
        return config

    def _input(self, given: Any, config: Mapping[str, Any]) -> Any:
        if isinstance(given, dict) and "command" in given:
            return _command(self.session, given["command"], config)
        return build(given)

    def _options(self) -> dict[str, Any]:
        op = self.op
        options = {name: op[name] for name in _OPTIONS if name in op}
        if "context" in op:
            options["context"] = build(op["context"])
        if op.get("control"):
            from langgraph.runtime import RunControl

            self.control = options["control"] = RunControl()
        if self.api in ("stream", "astream", "events_v2"):
            if "stream_mode" in op:
                options["stream_mode"] = op["stream_mode"]
            if "subgraphs" in op:
                options["subgraphs"] = op["subgraphs"]
        elif self.api in ("invoke", "ainvoke", "batch", "abatch"):
            if "stream_mode" in op:
                options["stream_mode"] = op["stream_mode"]
        else:
            options.pop("version", None)
        if self.api == "events_v2":
            options.pop("version", None)
        return options

    def record_chunk(self, chunk: Any) -> None:
        """Writes down what the reader got."""
        self.session.trace.record({"e": "chunk", "data": describe(chunk)})

    def record_result(self, value: Any) -> None:
        """Writes down what the call returned."""
        self.session.trace.record({"e": "result", "value": describe(value)})

    def record_error(self, error: BaseException) -> None:
        """Writes down what the call raised."""
        self.session.trace.record(
            {"e": "error", **error_of(error), "fields": fields_of(error), "frames": frames_of(error)}
        )


def _run(call: _Call) -> None:
    graph = call.session.graph
    try:
        if call.api == "invoke":
            call.record_result(graph.invoke(call.given, call.config, **call.options))
        elif call.api == "batch":
            call.record_result(graph.batch(call.inputs, call.configs, return_exceptions=True, **call.options))
        elif call.api == "stream":
            _read(call, graph.stream(call.given, call.config, **call.options))
        else:
            with graph.stream_events(call.given, call.config, version="v3", **call.options) as stream:
                _read(call, iter(stream))
                if "take" not in call.op:
                    call.record_result([stream.output, stream.interrupted, stream.interrupts])
    except Exception as error:
        call.record_error(error)


def _read(call: _Call, chunks: Iterator[Any]) -> None:
    """Reads a stream to its end, or as far as `take` says, and closes it."""
    left = call.op.get("take")
    try:
        if left == 0:
            return
        for chunk in chunks:
            call.record_chunk(chunk)
            if left is not None:
                left -= 1
                if left == 0:
                    return
    finally:
        close = getattr(chunks, "close", None)
        if close is not None:
            close()


async def _arun(call: _Call) -> None:
    graph = call.session.graph
    try:
        if call.api == "ainvoke":
            call.record_result(await graph.ainvoke(call.given, call.config, **call.options))
        elif call.api == "abatch":
            call.record_result(await graph.abatch(call.inputs, call.configs, return_exceptions=True, **call.options))
        elif call.api == "astream":
            await _aread(call, graph.astream(call.given, call.config, **call.options))
        elif call.api == "events_v2":
            await _aread(call, graph.astream_events(call.given, call.config, version="v2", **call.options))
        else:
            async with await graph.astream_events(call.given, call.config, version="v3", **call.options) as stream:
                await _aread(call, aiter(stream))
                if "take" not in call.op:
                    call.record_result([await stream.output(), await stream.interrupted(), await stream.interrupts()])
    except Exception as error:
        call.record_error(error)


async def _aread(call: _Call, chunks: AsyncIterator[Any]) -> None:
    left = call.op.get("take")
    try:
        if left == 0:
            return
        async for chunk in chunks:
            call.record_chunk(chunk)
            if left is not None:
                left -= 1
                if left == 0:
                    return
    finally:
        close = getattr(chunks, "aclose", None)
        if close is not None:
            await close()


def _built(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: build(value) for name, value in values.items()}


def _command(session: Session, given: Mapping[str, Any], config: Mapping[str, Any]) -> Any:
    from langgraph.types import Command, Send

    members: dict[str, Any] = {}
    if "resume" in given:
        members["resume"] = build(given["resume"])
    if "resume_by_id" in given:
        with session.trace.quiet():
            pending = session.graph.get_state(dict(config)).interrupts
        answers = {}
        for index, value in given["resume_by_id"]:
            if not index < len(pending):
                raise UnresolvedError(f"interrupt {index}: {len(pending)} are pending")
            answers[pending[index].id] = build(value)
        members["resume"] = answers
    if "update" in given:
        members["update"] = build(given["update"])
    if "goto" in given:
        goto = [
            dest
            if isinstance(dest, str)
            else Send(dest["send"], build(dest["arg"]), **{name: dest[name] for name in ("timeout",) if name in dest})
            for dest in given["goto"]
        ]
        members["goto"] = goto[0] if len(goto) == 1 else goto
    if "graph" in given:
        members["graph"] = Command.PARENT
    return Command(**members)
