"""The value of an expression and the truth of a condition in one run of a function (`docs/programs.md` §2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from langgraph.types import Command, Send

from parity.subjects.upstream.objects import build
from parity.subjects.upstream.operators import add, compare, length
from parity.subjects.upstream.programs.frame import Frame
from parity.subjects.upstream.programs.messages import message

__all__ = ["command", "evaluate", "holds", "send", "targets"]


def evaluate(expr: Mapping[str, Any], frame: Frame) -> Any:
    """The value of an expression; containers and messages are made anew each time."""
    ((kind, operand),) = expr.items()
    return _KINDS[kind](operand, frame)


def holds(cond: Mapping[str, Any], frame: Frame) -> bool:
    """Whether a condition is true."""
    if "not" in cond:
        return not holds(cond["not"], frame)
    if "has" in cond:
        return frame.has(cond["has"])
    return compare(cond["cmp"], evaluate(cond["left"], frame), evaluate(cond["right"], frame))


def send(spec: Mapping[str, Any], arg: Any) -> Send:
    """A `Send` with the options that a case gives it."""
    return Send(spec["send"], arg, **({"timeout": spec["timeout"]} if "timeout" in spec else {}))


def targets(dests: Sequence[Any], frame: Frame) -> list[Any]:
    """Destinations as LangGraph takes them: names of nodes, and `Send`s."""
    return [dest if isinstance(dest, str) else send(dest, evaluate(dest["arg"], frame)) for dest in dests]


def command(spec: Mapping[str, Any], frame: Frame) -> Command[Any]:
    """The `Command` that a node returns; a lone destination is given bare."""
    members: dict[str, Any] = {}
    if "goto" in spec:
        goto = targets(spec["goto"], frame)
        members["goto"] = goto[0] if len(goto) == 1 else goto
    if "update" in spec:
        update = {key: evaluate(value, frame) for key, value in spec["update"].items()}
        whole = frame.home.value in update and "graph" not in spec
        members["update"] = update[frame.home.value] if whole else update
    if "resume" in spec:
        members["resume"] = evaluate(spec["resume"], frame)
    if "graph" in spec:
        members["graph"] = Command.PARENT
    return Command(**members)


def _literal(operand: Any, frame: Frame) -> Any:
    return build(operand) if isinstance(operand, (dict, list)) else operand


def _config(path: Sequence[str], frame: Frame) -> Any:
    value: Any = frame.config
    for part in path:
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _context(key: str, frame: Frame) -> Any:
    context = getattr(frame.runtime, "context", None)
    return context.get(key) if isinstance(context, Mapping) else getattr(context, key, None)


def _error(part: str, frame: Frame) -> Any:
    failed = frame.injected.get("error")
    if failed is None:
        return None
    if part == "node":
        return failed.node
    return str(failed.error) if part == "message" else type(failed.error).__name__


def _index(operand: Sequence[Any], frame: Frame) -> Any:
    holder, key = (evaluate(part, frame) for part in operand)
    if not isinstance(holder, (list, tuple, dict)):
        return None
    try:
        return holder[key]
    except (LookupError, TypeError):
        return None


def _remove(message_id: str, frame: Frame) -> Any:
    from langchain_core.messages import RemoveMessage

    return RemoveMessage(id=message_id)


def _overwrite(operand: Mapping[str, Any], frame: Frame) -> Any:
    from langgraph.types import Overwrite

    return Overwrite(evaluate(operand, frame))


def _concat(operands: Sequence[Any], frame: Frame) -> Any:
    parts = [evaluate(part, frame) for part in operands]
    return [item for part in parts if isinstance(part, list) for item in part]


_KINDS: dict[str, Callable[[Any, Frame], Any]] = {
    "lit": _literal,
    "get": lambda key, frame: frame.get(key),
    "input": lambda _, frame: frame.given,
    "add": lambda operand, frame: add(*(evaluate(part, frame) for part in operand)),
    "len": lambda operand, frame: length(evaluate(operand, frame)),
    "list": lambda operand, frame: [evaluate(part, frame) for part in operand],
    "var": lambda name, frame: frame.variables.get(name),
    "run": lambda _, frame: frame.run,
    "previous": lambda _, frame: frame.previous,
    "context": _context,
    "config": _config,
    "info": lambda name, frame: frame.info(name),
    "message": lambda spec, frame: message(spec, lambda expr: evaluate(expr, frame)),
    "remove": _remove,
    "overwrite": _overwrite,
    "error": _error,
    "index": _index,
    "dict": lambda operand, frame: {key: evaluate(value, frame) for key, value in operand},
    "concat": _concat,
}
