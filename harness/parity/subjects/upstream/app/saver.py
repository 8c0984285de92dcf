"""A saver that goes on as it did and writes down each save, with the bytes that it stores."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from typing import Any

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.memory import InMemorySaver

from parity.subjects.upstream.app.describe import describe, without_addresses

__all__ = ["Emit", "is_in_memory", "make_saver", "record"]

Event = dict[str, Any]
Emit = Callable[[Event], None]


def is_in_memory(saver: Any) -> bool:
    """Whether what it holds is gone with this process."""
    return isinstance(saver, InMemorySaver)


def make_saver(kind: str, folder: str, *, asynchronous: bool) -> Any:
    """A new saver: `memory`, or `sqlite` in a file in the folder (for async an async context manager).

    Raises ImportError if the package of the saver is not installed.
    """
    if kind == "memory":
        return InMemorySaver()
    path = f"{folder}/checkpoints.sqlite"
    if asynchronous:
        from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver  # type: ignore[import-not-found, unused-ignore]

        return AsyncSqliteSaver.from_conn_string(path)
    from langgraph.checkpoint.sqlite import SqliteSaver  # type: ignore[import-not-found, unused-ignore]

    return SqliteSaver.from_conn_string(path)


def record(saver: BaseCheckpointSaver[Any], emit: Emit) -> None:
    """Makes the saver write down what it is given from now on.

    Its class is replaced by a subclass, so that copies of it with another serializer (upstream makes such) record too.
    What is written down is what the saver's own serializer makes of it: the pieces that every saver stores. Raises
    TypeError for an object whose class cannot be replaced.
    """
    base: Any = type(saver)
    methods = {
        "put": _sync(base.put, _saved, emit),
        "aput": _async(base.aput, _saved, emit),
        "put_writes": _sync(base.put_writes, _written, emit),
        "aput_writes": _async(base.aput_writes, _written, emit),
        "__module__": base.__module__,
        "__qualname__": base.__qualname__,
    }
    saver.__class__ = type(base.__name__, (base,), methods)


_inside: ContextVar[bool] = ContextVar("_inside", default=False)
"""A saver's method was entered already: where one is made of the other, a save is written down once."""


def _sync(method: Callable[..., Any], told: Callable[..., Event], emit: Emit) -> Callable[..., Any]:
    @functools.wraps(method)
    def recorded(self: Any, config: Any, *args: Any, **kwargs: Any) -> Any:
        if _inside.get():
            return method(self, config, *args, **kwargs)
        emit(told(self.serde, config, *args, **kwargs))
        token = _inside.set(True)
        try:
            return method(self, config, *args, **kwargs)
        finally:
            _inside.reset(token)

    return recorded


def _async(method: Callable[..., Any], told: Callable[..., Event], emit: Emit) -> Callable[..., Any]:
    @functools.wraps(method)
    async def recorded(self: Any, config: Any, *args: Any, **kwargs: Any) -> Any:
        if _inside.get():
            return await method(self, config, *args, **kwargs)
        emit(told(self.serde, config, *args, **kwargs))
        token = _inside.set(True)
        try:
            return await method(self, config, *args, **kwargs)
        finally:
            _inside.reset(token)

    return recorded


def _saved(serde: Any, config: Any, checkpoint: Any, metadata: Any, new_versions: Any) -> Event:
    where = config["configurable"]
    values = checkpoint["channel_values"]
    bare = {key: value for key, value in checkpoint.items() if key != "channel_values"}
    return {
        "e": "put",
        "ns": where.get("checkpoint_ns", ""),
        "checkpoint_id": checkpoint["id"],
        "parent_id": where.get("checkpoint_id"),
        "step": metadata.get("step"),
        "checkpoint": _bytes(serde, bare),
        "metadata": _bytes(serde, metadata),
        "blobs": [
            [channel, describe(version), _bytes(serde, values[channel]) if channel in values else None]
            for channel, version in new_versions.items()
        ],
    }


def _written(serde: Any, config: Any, writes: Sequence[Any], task_id: str, task_path: str = "") -> Event:
    where = config["configurable"]
    return {
        "e": "put_writes",
        "ns": where.get("checkpoint_ns", ""),
        "checkpoint_id": where.get("checkpoint_id"),
        "task_id": task_id,
        "task_path": task_path,
        "writes": [[channel, _bytes(serde, value)] for channel, value in writes],
    }


def _bytes(serde: Any, value: Any) -> Any:
    """The serialized value; what cannot be serialized is for the saver itself to refuse."""
    try:
        tag, data = serde.dumps_typed(value)
    except Exception as error:
        return {"error": {"type": type(error).__name__, "message": without_addresses(str(error))}}
    return {"tag": tag, "hex": bytes(data).hex()}
