"""The instructions of a program's functions (`docs/programs.md` §2), each as a user's code would do it."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from langgraph.errors import GraphBubbleUp
from langgraph.types import interrupt

from parity.subjects.upstream.objects import describe
from parity.subjects.upstream.programs.effects import Effect, Steps
from parity.subjects.upstream.programs.errors import failure
from parity.subjects.upstream.programs.expressions import command, evaluate, holds
from parity.subjects.upstream.programs.frame import Frame
from parity.subjects.upstream.programs.messages import tool_calls
from parity.subjects.upstream.programs.stores import use_store

__all__ = ["HANG_SECONDS", "perform"]

Instruction = Mapping[str, Any]

HANG_SECONDS = 3600.0
"""How long a function that hangs would sleep: longer than any time-out of a case."""

_RESPONSES: dict[str, Any] = {
    "int": int,
    "str": str,
    "json": {"type": "object", "properties": {"answer": {"type": "string"}}},
}


def perform(do: Sequence[Instruction], frame: Frame) -> Steps:
    """Runs instructions in order, in one run of a function."""
    for instruction in do:
        op = instruction["op"]
        if op == "if":
            chosen = "then" if holds(instruction["cond"], frame) else "else"
            yield from perform(instruction.get(chosen, ()), frame)
            continue
        result = _OPERATIONS[op](instruction, frame)
        if isinstance(result, Effect):
            try:
                result = yield result
            except GraphBubbleUp:
                raise
            except Exception as error:
                if not instruction.get("catch"):
                    raise
                result = f"{type(error).__name__}: {error}"
        if op == "store":
            frame.home.bench.record({"e": "store", "do": instruction["do"], "result": describe(result)})
        if op != "let" and "var" in instruction:
            frame.variables[instruction["var"]] = result


def _write(instruction: Instruction, frame: Frame) -> None:
    frame.update[instruction["key"]] = evaluate(instruction["value"], frame)


def _let(instruction: Instruction, frame: Frame) -> None:
    frame.variables[instruction["var"]] = evaluate(instruction["value"], frame)


def _raise(instruction: Instruction, frame: Frame) -> None:
    if "on_runs" in instruction and frame.run not in instruction["on_runs"]:
        return
    when = instruction.get("when")
    if when is not None and not holds(when, frame):
        return
    error = failure(instruction["error"], instruction.get("message", "raised"))
    if "note" in instruction:
        # Python 3.10 has no notes, and neither have its errors in upstream.
        getattr(error, "add_note", str)(instruction["note"])
    raise error


def _command(instruction: Instruction, frame: Frame) -> None:
    frame.commands.append(command(instruction, frame))


def _interrupt(instruction: Instruction, frame: Frame) -> Any:
    value = evaluate(instruction["value"], frame)
    if "schema" in instruction:
        return interrupt(value, response_schema=_RESPONSES[instruction["schema"]])
    return interrupt(value)


def _emit(instruction: Instruction, frame: Frame) -> None:
    frame.writer(evaluate(instruction["value"], frame))


def _push_message(instruction: Instruction, frame: Frame) -> Any:
    from langchain_core.messages import AIMessage
    from langgraph.graph.message import push_message

    message = AIMessage(content=instruction["text"], id=instruction.get("id"))
    return push_message(message, **({"state_key": instruction["key"]} if "key" in instruction else {}))


def _chat(instruction: Instruction, frame: Frame) -> Effect:
    from parity.subjects.upstream.programs.model import WordsModel

    model = WordsModel(
        text=instruction["text"],
        tool_calls=tool_calls(instruction.get("tool_calls", ()), lambda expr: evaluate(expr, frame)),
        message_id=instruction.get("id"),
    )
    return Effect(lambda: model.invoke("say it"), lambda: model.ainvoke("say it"))


def _task(instruction: Instruction, frame: Frame) -> Any:
    return frame.home.tasks[instruction["name"]](*(evaluate(arg, frame) for arg in instruction.get("args", ())))


def _result(instruction: Instruction, frame: Frame) -> Effect:
    future: Any = frame.variables.get(instruction["of"])

    async def awaited() -> Any:
        return await future if inspect.isawaitable(future) else future

    return Effect(lambda: future.result() if hasattr(future, "result") else future, awaited)


def _call(instruction: Instruction, frame: Frame) -> Effect:
    graph = frame.home.graphs[instruction["graph"]]
    given = evaluate(instruction.get("input", {"input": True}), frame)
    config = {"configurable": {"thread_id": instruction["thread"]}} if "thread" in instruction else None
    mode = instruction.get("stream", False)
    if mode is False:
        return Effect(lambda: graph.invoke(given, config), lambda: graph.ainvoke(given, config))
    mode = "values" if mode is True else mode

    async def stream() -> Any:
        return [chunk async for chunk in graph.astream(given, config, stream_mode=mode)]

    return Effect(lambda: list(graph.stream(given, config, stream_mode=mode)), stream)


def _mutate(instruction: Instruction, frame: Frame) -> None:
    held = frame.get(instruction["key"])
    value = evaluate(instruction["value"], frame)
    if isinstance(held, list):
        held.append(value)
    elif isinstance(held, dict):
        held["m"] = value


def _store(instruction: Instruction, frame: Frame) -> Effect:
    return use_store(frame.store, instruction, lambda expr: evaluate(expr, frame))


def _drain(instruction: Instruction, frame: Frame) -> None:
    control = getattr(frame.runtime, "control", None)
    if control is not None:
        control.request_drain()


def _heartbeat(instruction: Instruction, frame: Frame) -> None:
    frame.runtime.heartbeat()


def _hang(instruction: Instruction, frame: Frame) -> Effect:
    def never() -> Any:
        raise AssertionError("a function that is not async hangs")

    async def stubborn() -> None:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(HANG_SECONDS)

    return Effect(never, stubborn if instruction.get("stubborn") else lambda: asyncio.sleep(HANG_SECONDS))


def _sleep(instruction: Instruction, frame: Frame) -> Effect:
    def never() -> Any:
        raise AssertionError("a function that is not async sleeps")

    return Effect(never, lambda: asyncio.sleep(instruction["seconds"]))


def _barrier(instruction: Instruction, frame: Frame) -> Effect:
    name, parties = instruction["name"], instruction["parties"]
    gate = frame.home.gate
    return Effect(lambda: gate.wait(name, parties), lambda: gate.await_all(name, parties))


_OPERATIONS: dict[str, Callable[[Instruction, Frame], Any]] = {
    "write": _write,
    "let": _let,
    "raise": _raise,
    "command": _command,
    "interrupt": _interrupt,
    "emit": _emit,
    "push_message": _push_message,
    "chat": _chat,
    "task": _task,
    "result": _result,
    "call": _call,
    "mutate": _mutate,
    "store": _store,
    "drain": _drain,
    "heartbeat": _heartbeat,
    "hang": _hang,
    "sleep": _sleep,
    "barrier": _barrier,
}
