"""LangChain's messages as cases describe them; each is made anew whenever it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.messages.tool import ToolCall

__all__ = ["message", "tool_calls"]


def message(spec: Mapping[str, Any], evaluate: Callable[[Any], Any]) -> BaseMessage:
    """The message that a case describes. `evaluate` gives the value of an expression inside it."""
    text, role = spec.get("text", ""), spec["role"]
    if role == "ai":
        calls = [
            ToolCall(name=call["name"], args=call["args"], id=call["id"])
            for call in tool_calls(spec.get("tool_calls", ()), evaluate)
        ]
        return AIMessage(content=text, id=spec.get("id"), tool_calls=calls)
    if role == "tool":
        return ToolMessage(content=text, id=spec.get("id"), tool_call_id=spec.get("tool_call_id", ""))
    kind = HumanMessage if role == "human" else SystemMessage
    return kind(content=text, id=spec.get("id"))


def tool_calls(specs: Sequence[Mapping[str, Any]], evaluate: Callable[[Any], Any]) -> list[dict[str, Any]]:
    """The tool calls of a case as plain dicts: `name`, `args` and `id`."""
    return [
        {"name": spec["name"], "args": {"arg0": evaluate(spec["arg"])} if "arg" in spec else {}, "id": spec["id"]}
        for spec in specs
    ]
