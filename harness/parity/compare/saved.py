"""The channels as a saved checkpoint shows them, and which of two checkpoints' channels is wrong by itself."""

from __future__ import annotations

from dataclasses import dataclass

from parity.cases.model import Case, Json
from parity.compare.channel_class import barrier_names, class_of
from parity.compare.msgpack import diff, parse
from parity.compare.trace import Event, blobs_of, leaf_bytes

__all__ = ["Saved", "saved_cause"]

Version = bool | int | bytes | None


@dataclass(frozen=True)
class Saved:
    """What a ``put`` event says of channels: versions, which are updated and available, the blobs of new versions."""

    versions: dict[str, Version]
    updated: tuple[str, ...]
    blobs: dict[str, tuple[Json, bytes | None]]

    @classmethod
    def of(cls, put: Event) -> Saved:
        """Reads the event. What is malformed is left out: the comparison of the bytes reports it."""
        root = parse(leaf_bytes(put.get("checkpoint")) or b"")
        versions, updated = root.get("channel_versions"), root.get("updated_channels")
        return cls(
            {key.text(): value.value for key, value in versions.pairs()} if versions is not None else {},
            tuple(item.text() for item in updated.children) if updated is not None else (),
            blobs_of(put),
        )


def saved_cause(case: Case, expected: Saved, actual: Saved, *, only_state: bool = False) -> str | None:
    """``Class:aspect`` of the first channel whose own behaviour explains the difference; None if no channel does.

    `only_state`: look at the channels of the program's state alone.
    """
    names = [name for name in {**expected.blobs, **actual.blobs} if not only_state or name in case.body["state"]]
    for check in (_wrong_state, _wrong_availability, _wrong_step):
        for name in names:
            aspect = check(name, expected, actual)
            cls = class_of(case, name)
            if aspect is not None and cls is not None:
                return f"{cls}:{aspect}"
    return None


def _wrong_state(name: str, expected: Saved, actual: Saved) -> str | None:
    """The same version of the channel was saved with another state."""
    if name not in expected.blobs or name not in actual.blobs:
        return None
    (version, blob), (other_version, other_blob) = expected.blobs[name], actual.blobs[name]
    if version != other_version or blob == other_blob:
        return None
    if blob is None or other_blob is None:
        return "value"
    difference = diff(blob, other_blob)
    if difference is None or difference.same_value:
        return None
    return (
        "finish"
        if difference.path == "[1]" and difference.kind == "bool" and _is_finished(blob) != _is_finished(other_blob)
        else "value"
    )


def _wrong_availability(name: str, expected: Saved, actual: Saved) -> str | None:
    """Updated to the same state on both sides, a barrier is open on one side only."""
    names = barrier_names(name)
    if names is None or name not in expected.blobs or name not in actual.blobs:
        return None
    return "value" if (name in expected.updated) != (name in actual.updated) else None


def _wrong_step(name: str, expected: Saved, actual: Saved) -> str | None:
    """One side cleared the channel, or finished it, where the other left it untouched."""
    if (name in expected.blobs) == (name in actual.blobs):
        return None
    _, blob = expected.blobs.get(name) or actual.blobs[name]
    if blob is None:
        return "value"
    return "finish" if _is_finished(blob) else None


def _is_finished(blob: bytes) -> bool:
    """Whether the blob is the state of an AfterFinish channel whose ``finish`` was called."""
    root = parse(blob)
    return root.kind == "array" and root.count == 2 and len(root.children) == 2 and root.children[1].value is True
