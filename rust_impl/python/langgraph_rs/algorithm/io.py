"""What takes the place of `langgraph/pregel/_io.py`.

Upstream's mappers are generators: nothing happens, and nothing is raised, before the first item is asked for. They stay
generators here, around Rust iterators, so that this is Python's own behaviour.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from langgraph_rs import _core
from langgraph_rs._core import read_channel, read_channels

__all__ = ["map_command", "map_input", "map_output_updates", "map_output_values", "read_channel", "read_channels"]


def map_command(cmd: Any) -> Iterator[tuple[str, str, Any]]:
    """The writes of a `Command`: `(null task id, channel, value)`; mirrors upstream's.

    Raises InvalidUpdateError for a command to a parent graph, TypeError for a place to go that is no Send or str.
    """
    yield from _core.command_goto(cmd)
    yield from _core.command_resume(cmd)
    yield from _core.command_update(cmd)


def map_input(input_channels: str | Sequence[str], chunk: Any) -> Iterator[tuple[str, Any]]:
    """The writes of an input: `(channel, value)`; mirrors upstream's, the warning about unknown keys included.

    Raises TypeError for anything but a dict where several channels take the input.
    """
    yield from _core.input_writes(input_channels, chunk)


def map_output_values(output_channels: str | Sequence[str], pending_writes: Any, channels: Mapping[str, Any]) -> Any:
    """The chunk of the stream mode `values`, if a write went to a shown channel; mirrors upstream's."""
    yield from _core.output_values(output_channels, pending_writes, channels)


def map_output_updates(output_channels: str | Sequence[str], tasks: Any, cached: bool = False) -> Any:
    """The chunk of the stream mode `updates`, if a task that is shown succeeded; mirrors upstream's."""
    yield from _core.output_updates(output_channels, tasks, cached)
