"""The class-based objects that cases hold, as data: module and name, extension code, fields with their usual values.

The names are upstream's and those of `parity.subjects.upstream.samples`; nothing here imports them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from parity.cases.schema import Json
from parity.cases.values import dict_, float_, int_, object_, tag

__all__ = [
    "ENUM_MEMBERS",
    "KEYWORD_CLASSES",
    "LEGACY_CLASSES",
    "MESSAGES",
    "MODEL_CLASSES",
    "SAFE_TYPES",
    "SAMPLES",
    "keyword",
    "legacy",
    "message",
    "model",
]

SAMPLES = "parity.subjects.upstream.samples"

_BASE: dict[str, Any] = {"content": "hi", "additional_kwargs": {}, "response_metadata": {}}
_NAMED: dict[str, Any] = {"name": None, "id": None}
_AI: dict[str, Any] = {**_NAMED, "tool_calls": [], "invalid_tool_calls": [], "usage_metadata": None}
_TOOL: dict[str, Any] = {**_NAMED, "tool_call_id": "call_1", "artifact": None, "status": "success"}


def _message(kind: str, rest: Mapping[str, Any] = _NAMED, **changed: Any) -> dict[str, Any]:
    return {**_BASE, "type": kind, **rest, **changed}


MESSAGES: dict[str, dict[str, Any]] = {
    "langchain_core.messages.base:BaseMessage": _message("base"),
    "langchain_core.messages.base:BaseMessageChunk": _message("base"),
    "langchain_core.messages.human:HumanMessage": _message("human"),
    "langchain_core.messages.human:HumanMessageChunk": _message("HumanMessageChunk"),
    "langchain_core.messages.ai:AIMessage": _message("ai", _AI),
    "langchain_core.messages.ai:AIMessageChunk": _message(
        "AIMessageChunk", {**_AI, "tool_call_chunks": [], "chunk_position": None}
    ),
    "langchain_core.messages.system:SystemMessage": _message("system"),
    "langchain_core.messages.system:SystemMessageChunk": _message("SystemMessageChunk"),
    "langchain_core.messages.chat:ChatMessage": _message("chat", {**_NAMED, "role": "critic"}),
    "langchain_core.messages.chat:ChatMessageChunk": _message("ChatMessageChunk", {**_NAMED, "role": "critic"}),
    "langchain_core.messages.tool:ToolMessage": _message("tool", _TOOL),
    "langchain_core.messages.tool:ToolMessageChunk": _message("ToolMessageChunk", _TOOL),
    "langchain_core.messages.function:FunctionMessage": _message("function", name="f"),
    "langchain_core.messages.function:FunctionMessageChunk": _message("FunctionMessageChunk", name="f"),
    "langchain_core.messages.modifier:RemoveMessage": _message("remove", content="", id="m1"),
    "langchain_core.documents.base:Document": {"id": None, "metadata": {}, "page_content": "text", "type": "Document"},
}
"""langchain-core's messages and document: the full dump of each, in field order (plain data, not tagged)."""

MODEL_CLASSES: dict[str, tuple[str, ...]] = {
    f"{SAMPLES}:Address": ("street", "number"),
    f"{SAMPLES}:Account": ("owner",),
    f"{SAMPLES}:LoosePayload": (),
}
"""Sample pydantic v2 models whose fields take anything."""

LEGACY_CLASSES: dict[str, tuple[str, ...]] = {f"{SAMPLES}:LegacyPoint": ("x", "y")}
"""Sample pydantic v1 models whose fields take anything."""

KEYWORD_CLASSES: dict[str, dict[str, Any]] = {
    f"{SAMPLES}:Point": {"x": 1, "y": None},
    f"{SAMPLES}:Frozen": {"key": "k", "value": None},
    f"{SAMPLES}:Slotted": {"left": 1, "right": 2},
    f"{SAMPLES}:Record": {"name": "n", "score": None},
    "langgraph.types:Command": {"graph": None, "update": None, "resume": None, "goto": ()},
    "langgraph.types:Interrupt": {"value": "question", "id": "i1", "response_schema": None},
    "langgraph.types:Overwrite": {"value": [1], "type": "__overwrite__"},
    "langgraph.types:TimeoutPolicy": {"run_timeout": 1.5, "idle_timeout": None, "refresh_on": "auto"},
    "langgraph.types:StateSnapshot": {
        "values": {"a": 1},
        "next": ("n",),
        "config": {"configurable": {"thread_id": "1"}},
        "metadata": {"source": "loop", "step": 1},
        "created_at": "2026-01-01T00:00:00+00:00",
        "parent_config": None,
        "tasks": (),
        "interrupts": (),
    },
    "langgraph.types:PregelTask": {
        "id": "t1",
        "name": "n",
        "path": ("__pregel_pull", "n"),
        "error": None,
        "interrupts": (),
        "state": None,
        "result": None,
    },
    "langgraph.types:StateUpdate": {"values": {"a": 1}, "as_node": None, "task_id": None},
    "langgraph.types:CacheKey": {"ns": ("a", "b"), "key": "k", "ttl": None},
    "langgraph.store.base:GetOp": {"namespace": ("a", "b"), "key": "k", "refresh_ttl": True},
}
"""Dataclasses and namedtuples, with usual field values in field order (plain data, not tagged)."""

ENUM_MEMBERS: tuple[tuple[str, Json], ...] = (
    (f"{SAMPLES}:Color", 1),
    (f"{SAMPLES}:Color", "green"),
    (f"{SAMPLES}:Color", float_(2.5)),
    (f"{SAMPLES}:Color", None),
    (f"{SAMPLES}:Color", tag(b"raw")),
    (f"{SAMPLES}:Color", tag((1, 2))),
    (f"{SAMPLES}:Color", int_(2**63)),
    (f"{SAMPLES}:Level", 1),
    (f"{SAMPLES}:Level", 2**40),
    (f"{SAMPLES}:Level", -5),
    (f"{SAMPLES}:Mood", "calm"),
    (f"{SAMPLES}:Mood", ""),
    (f"{SAMPLES}:Ratio", float_(0.5)),
    (f"{SAMPLES}:Permission", 1),
    (f"{SAMPLES}:Permission", 5),
    (f"{SAMPLES}:Permission", 0),
    (f"{SAMPLES}:Switch", 3),
    (f"{SAMPLES}:Switch", 0),
)
"""Members of the sample enums: class and value."""


def _dict_of(fields: Mapping[str, Json]) -> Json:
    return dict_(*fields.items())


def message(cls: str, /, **changed: Json) -> Json:
    """A message (or `Document`) with some fields changed to tagged values; an unknown field is added at the end."""
    return object_(5, cls, _dict_of({**{name: tag(value) for name, value in MESSAGES[cls].items()}, **changed}))


def keyword(cls: str, /, **changed: Json) -> Json:
    """A dataclass or namedtuple of `KEYWORD_CLASSES` with some fields changed to tagged values."""
    return object_(2, cls, _dict_of({**{name: tag(value) for name, value in KEYWORD_CLASSES[cls].items()}, **changed}))


def model(name: str, /, **fields: Json) -> Json:
    """A sample pydantic v2 model by its bare name."""
    return object_(5, f"{SAMPLES}:{name}", _dict_of(fields))


def legacy(name: str, /, **fields: Json) -> Json:
    """A sample pydantic v1 model by its bare name."""
    return object_(4, f"{SAMPLES}:{name}", _dict_of(fields))


SAFE_TYPES: tuple[tuple[str, str], ...] = (
    *(("datetime", name) for name in ("datetime", "date", "time", "timedelta", "timezone")),
    ("uuid", "UUID"),
    ("decimal", "Decimal"),
    ("builtins", "set"),
    ("builtins", "frozenset"),
    ("collections", "deque"),
    *(("ipaddress", f"IPv{version}{what}") for version in (4, 6) for what in ("Address", "Interface", "Network")),
    *((module, f"{flavour}Path") for module in ("pathlib", "pathlib._local") for flavour in ("", "Posix", "Windows")),
    ("zoneinfo", "ZoneInfo"),
    ("re", "compile"),
    *((module, name) for module, _, name in (cls.partition(":") for cls in MESSAGES)),
    *(("langgraph.types", name) for name in ("Send", "TimeoutPolicy", "Interrupt", "Command", "StateSnapshot")),
    *(("langgraph.types", name) for name in ("PregelTask", "Overwrite")),
    ("langgraph.store.base", "Item"),
    ("langgraph.store.base", "GetOp"),
)
"""Upstream's allowlist of classes that a strict read constructs; a test compares it with upstream's own."""
