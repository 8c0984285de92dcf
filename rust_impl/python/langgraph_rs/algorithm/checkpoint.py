"""What takes the place of `langgraph/pregel/_checkpoint.py`, and of one function of `_utils.py`.

`uuid6`, `datetime`, the snapshot limit and the channel classes are read from upstream's module at each call, as
upstream reads its globals.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from langgraph_rs import _core
from langgraph_rs._core import (
    channels_from_checkpoint,
    checkpoint_superseded,
    copy_checkpoint,
    create_checkpoint,
    create_checkpoint_plan_for_update_state_api,
    create_metadata_for_update_state_api,
    delta_channels_overwritten,
    delta_channels_to_snapshot,
    delta_channels_with_pending_writes,
    empty_checkpoint,
    exit_delta_late_task_id,
    exit_delta_task_id,
    get_delta_channels_from_all_channels,
    get_new_channel_versions,
    get_updated_channels_from_tasks,
    put_writes_accepts_task_path,
    versions_seen_without_bumps,
)

__all__ = [
    "achannels_from_checkpoint",
    "acheckpoint_superseded",
    "channels_from_checkpoint",
    "checkpoint_superseded",
    "copy_checkpoint",
    "create_checkpoint",
    "create_checkpoint_plan_for_update_state_api",
    "create_metadata_for_update_state_api",
    "delta_channels_overwritten",
    "delta_channels_to_snapshot",
    "delta_channels_with_pending_writes",
    "empty_checkpoint",
    "exit_delta_late_task_id",
    "exit_delta_task_id",
    "get_delta_channels_from_all_channels",
    "get_new_channel_versions",
    "get_updated_channels_from_tasks",
    "put_writes_accepts_task_path",
    "versions_seen_without_bumps",
]


async def achannels_from_checkpoint(
    specs: Mapping[str, Any], checkpoint: Any, *, saver: Any = None, config: Any = None
) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Channels with the values of a checkpoint, and the managed values; mirrors upstream's.

    Raises ValueError if a channel's value is in its history and there is no saver or config to read it.
    """
    can_ask = saver is not None and config is not None
    channels, managed, to_replay = _core.plan_channels(specs, checkpoint, can_ask)
    histories = await saver.aget_delta_channel_history(config=config, channels=to_replay) if to_replay else {}
    return _core.load_channels(channels, checkpoint, histories), managed


async def acheckpoint_superseded(saver: Any, config: Any, saved: Any) -> bool:
    """Whether the thread has moved past a checkpoint; mirrors upstream's."""
    latest = _core.latest_config(config)
    return latest is not None and _core.is_other_checkpoint(await saver.aget_tuple(latest), saved)
