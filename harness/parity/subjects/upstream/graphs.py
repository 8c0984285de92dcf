"""Runs a graph program on real LangGraph and writes down everything a user and a saver see, in the order it happens."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import ChannelVersions, Checkpoint, CheckpointMetadata, CheckpointTuple
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph.state import CompiledStateGraph
from langgraph.pregel import main as pregel_main
from langgraph.types import StateSnapshot

from parity.subjects.upstream.controls import controlled
from parity.subjects.upstream.objects import build, describe
from parity.subjects.upstream.program import compile_program

__all__ = ["RecordingSaver", "observe_graph"]

THREAD_ID = "t"
STREAM_MODES = ["values", "updates", "debug"]

Event = dict[str, Any]


class RecordingSaver(InMemorySaver):
    """Upstream's in-memory saver, writing down each call with the very bytes that it stored."""

    def __init__(self, events: list[Event], versions: str) -> None:
        super().__init__()
        self._events = events
        self._versions = versions

    def get_next_version(self, current: Any, channel: None) -> Any:
        if self._versions == "int":
            following: Any = 1 if current is None else current + 1
        else:
            following = super().get_next_version(current, channel)
        self._events.append({"e": "version", "current": current, "next": following})
        return following

    def get_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        found = super().get_tuple(config)
        self._events.append({"e": "load", "checkpoint_id": found.checkpoint["id"] if found else None})
        return found

    def put(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        saved = super().put(config, checkpoint, metadata, new_versions)
        thread, ns = config["configurable"]["thread_id"], config["configurable"]["checkpoint_ns"]
        stored, stored_metadata, parent = self.storage[thread][ns][checkpoint["id"]]
        blobs = []
        for channel, version in new_versions.items():
            blob = self.blobs[(thread, ns, channel, version)]
            blobs.append([channel, version, None if blob[0] == "empty" else _bytes(blob)])
        self._events.append(
            {
                "e": "put",
                "checkpoint_id": checkpoint["id"],
                "parent_id": parent,
                "step": metadata.get("step"),
                "checkpoint": _bytes(stored),
                "metadata": _bytes(stored_metadata),
                "blobs": blobs,
            }
        )
        return saved

    def put_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        super().put_writes(config, writes, task_id, task_path)
        self._events.append(
            {
                "e": "put_writes",
                "checkpoint_id": config["configurable"]["checkpoint_id"],
                "task_id": task_id,
                "task_path": task_path,
                "writes": [[channel, _bytes(self.serde.dumps_typed(value))] for channel, value in writes],
            }
        )


def observe_graph(body: Mapping[str, Any]) -> list[Event]:
    """Runs every call of the program on one thread and returns the trace (`docs/cases.md` §4)."""
    events: list[Event] = []
    with controlled(), _stream_recorded(events):
        graph = compile_program(body, RecordingSaver(events, body["run"]["versions"]))
        for index, call in enumerate(body["run"]["calls"]):
            events.append({"e": "call", "index": index})
            _run_call(graph, build(call["input"]), body["run"]["recursion_limit"], events)
            events.append(_state(graph))
    return events


def _run_call(
    graph: CompiledStateGraph[Any, Any, Any, Any], given: Any, recursion_limit: int, events: list[Event]
) -> None:
    config = _config()
    config["recursion_limit"] = recursion_limit
    result: Any = None
    before, received = len(events), 0
    try:
        for mode, chunk in graph.stream(given, config, stream_mode=STREAM_MODES, durability="sync"):  # type: ignore[call-overload]
            received += 1
            if mode == "values":
                result = chunk
    except Exception as error:
        events.append(
            {
                "e": "error",
                "type": type(error).__name__,
                "message": str(error),
                "notes": list(getattr(error, "__notes__", ())),
            }
        )
    else:
        emitted = sum(event["e"] == "stream" for event in events[before:])
        if received != emitted:
            raise AssertionError(f"{emitted} chunks were emitted, {received} reached the caller")
        events.append({"e": "result", "value": describe(result)})


def _state(graph: CompiledStateGraph[Any, Any, Any, Any]) -> Event:
    try:
        return _snapshot(graph.get_state(_config()))
    except Exception as error:
        return {"e": "state", "error": {"type": type(error).__name__, "message": str(error)}}


def _snapshot(snapshot: StateSnapshot) -> Event:
    configurable = snapshot.config["configurable"]
    parent = snapshot.parent_config["configurable"] if snapshot.parent_config else {}
    return {
        "e": "state",
        "values": describe(snapshot.values),
        "next": list(snapshot.next),
        "checkpoint_id": configurable.get("checkpoint_id"),
        "parent_id": parent.get("checkpoint_id"),
        "step": snapshot.metadata.get("step") if snapshot.metadata else None,
        "tasks": [
            {
                "id": task.id,
                "name": task.name,
                "path": describe(task.path),
                "error": describe(task.error),
                "result": describe(task.result),
            }
            for task in snapshot.tasks
        ],
    }


def _config() -> RunnableConfig:
    return {"configurable": {"thread_id": THREAD_ID}}


def _bytes(typed: tuple[str, bytes]) -> dict[str, str]:
    return {"tag": typed[0], "hex": typed[1].hex()}


@contextmanager
def _stream_recorded(events: list[Event]) -> Iterator[None]:
    """Writes a chunk down when the loop emits it, not when the caller's generator happens to hand it over."""
    module: Any = pregel_main
    original = module.SyncQueue

    class RecordingQueue(original):  # type: ignore[misc, valid-type]
        def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
            _, mode, chunk = item
            events.append({"e": "stream", "mode": mode, "data": describe(chunk)})
            super().put(item, block, timeout)

    module.SyncQueue = RecordingQueue
    try:
        yield
    finally:
        module.SyncQueue = original
