"""What takes the place of `langgraph/pregel/debug.py`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from langgraph_rs import _core
from langgraph_rs._core import is_multiple_channel_write, map_task_result_writes, rm_pregel_keys, tasks_w_writes

__all__ = [
    "is_multiple_channel_write",
    "map_debug_checkpoint",
    "map_debug_task_results",
    "map_debug_tasks",
    "map_task_result_writes",
    "rm_pregel_keys",
    "tasks_w_writes",
]


def map_debug_tasks(tasks: Iterable[Any]) -> Iterator[dict[str, Any]]:
    """The events of tasks about to run, without hidden ones; mirrors upstream's."""
    yield from _core.debug_tasks(tasks)


def map_debug_task_results(
    task_tup: tuple[Any, Sequence[tuple[str, Any]]], stream_keys: str | Sequence[str]
) -> Iterator[dict[str, Any]]:
    """The event of a task that ended; mirrors upstream's."""
    yield _core.debug_task_result(task_tup, stream_keys)


def map_debug_checkpoint(  # noqa: PLR0917  (upstream's signature)
    config: Any,
    channels: Mapping[str, Any],
    stream_channels: str | Sequence[str],
    metadata: Any,
    tasks: Iterable[Any],
    pending_writes: Any,
    parent_config: Any,
    output_keys: str | Sequence[str],
) -> Iterator[dict[str, Any]]:
    """The event of a checkpoint with the tasks that follow it; mirrors upstream's."""
    yield _core.debug_checkpoint(
        config, channels, stream_channels, metadata, tasks, pending_writes, parent_config, output_keys
    )
