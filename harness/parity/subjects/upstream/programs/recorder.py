"""A callback handler that writes down everything it is told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from langchain_core.callbacks import BaseCallbackHandler

from parity.subjects.upstream.objects import describe
from parity.subjects.upstream.programs.trace import Trace, error_of, without_addresses

__all__ = ["attempt_observer", "callback_recorder"]

_EVENTS = (
    *("on_chain_start", "on_chain_end", "on_chain_error", "on_chat_model_start", "on_llm_new_token", "on_llm_end"),
    *("on_llm_error", "on_tool_start", "on_tool_end", "on_tool_error", "on_custom_event", "on_retry"),
    *("on_interrupt", "on_resume"),
)


def callback_recorder(trace: Trace) -> BaseCallbackHandler:
    """A handler for one call of a graph, of LangGraph's own kind where the release has one."""
    try:
        from langgraph.callbacks import GraphCallbackHandler as Base
    except ImportError:
        Base = BaseCallbackHandler  # type: ignore[misc, assignment]  # noqa: N806
    members: dict[str, Any] = {name: _told(trace, name) for name in _EVENTS}
    # Called where the event happens, and not in an executor some time later.
    made: BaseCallbackHandler = type("CallbackRecorder", (Base,), {**members, "run_inline": True})()
    return made


def attempt_observer(trace: Trace) -> dict[str, Any]:
    """What is configured for LangGraph to tell of each attempt of a node with a time-out; nothing in older releases."""
    from langgraph._internal import _constants

    name = getattr(_constants, "CONFIG_KEY_TIMED_ATTEMPT_OBSERVER", None)
    if name is None:
        return {}

    def told(event: Any) -> None:
        if isinstance(event.error_message, str):
            event = replace(event, error_message=without_addresses(event.error_message))
        trace.record({"e": "attempt", "given": describe(event)})

    return {name: told}


def _told(trace: Trace, name: str) -> Any:
    def told(self: Any, *args: Any, **kwargs: Any) -> None:
        event: dict[str, Any] = {"e": "callback", "name": name, "given": [_shown(arg) for arg in args]}
        for member in ("run_id", "parent_run_id", "tags", "metadata", "name"):
            if member in kwargs:
                event["run" if member == "name" else member] = _shown(kwargs[member])
        trace.record(event)

    return told


def _shown(value: Any) -> Any:
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, BaseException):
        return error_of(value, chain=False)
    return describe(value)
