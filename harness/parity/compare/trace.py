"""Members of graph events as a subject sent them: what is not of the documented shape is left out, never an error."""

from __future__ import annotations

from typing import Any

from parity.cases.model import Json

__all__ = ["Event", "blobs_of", "leaf_bytes", "writes_of"]

Event = dict[str, Any]


def writes_of(event: Event) -> list[tuple[str, Json]]:
    """The channel and BYTES of each pending write of a ``put_writes`` event."""
    return [(row[0], row[1]) for row in _rows(event.get("writes"), 2)]


def blobs_of(event: Event) -> dict[str, tuple[Json, bytes | None]]:
    """The version and bytes of each channel that a ``put`` event saved; no bytes for an empty channel."""
    return {row[0]: (row[1], leaf_bytes(row[2])) for row in _rows(event.get("blobs"), 3)}


def leaf_bytes(value: Json) -> bytes | None:
    """The msgpack of a BYTES member; None for anything else."""
    if not isinstance(value, dict) or value.get("tag") != "msgpack":
        return None
    try:
        return bytes.fromhex(value.get("hex", ""))
    except (TypeError, ValueError):
        return None


def _rows(value: Json, width: int) -> list[list[Json]]:
    rows = value if isinstance(value, list) else []
    return [row for row in rows if isinstance(row, list) and len(row) == width and isinstance(row[0], str)]
