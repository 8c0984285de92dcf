"""The channels as a saved checkpoint shows them, and which of two checkpoints' channels is wrong by itself."""

from __future__ import annotations

from dataclasses import dataclass

from parity.cases.model import Case, Json
from parity.compare.channel_class import class_of
from parity.compare.msgpack import diff, parse
from parity.compare.trace import Event, blobs_of, leaf_bytes

__all__ = ["Saved", "saved_cause"]

_NO_ITEMS = b"\x90"
"""What a cleared Topic is saved as: it has a list, and never nothing."""

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
    # A channel finishes only if no other was updated, so whatever else is wrong comes first.
    for check in (_wrong_state, _wrong_availability, _wrong_finish, _wrong_clearing):
        for name in names:
            cls = class_of(case, name)
            aspect = check(name, cls, expected, actual) if cls is not None else None
            if aspect is not None:
                return f"{cls}:{aspect}"
    return None


def _wrong_state(name: str, cls: str, expected: Saved, actual: Saved) -> str | None:
    """The same version of the channel was saved with another state."""
    if name not in expected.blobs or name not in actual.blobs:
        return None
    (version, blob), (other_version, other_blob) = expected.blobs[name], actual.blobs[name]
    if version != other_version or blob == other_blob or _differ_by_finish(cls, blob, other_blob):
        return None
    if blob is None or other_blob is None:
        return "value"
    difference = diff(blob, other_blob)
    return None if difference is None or difference.same_value else "value"


def _wrong_availability(name: str, cls: str, expected: Saved, actual: Saved) -> str | None:
    """Updated to the same state on both sides, a barrier is open on one side only."""
    if not cls.startswith("NamedBarrier") or name not in expected.blobs or name not in actual.blobs:
        return None
    if _differ_by_finish(cls, expected.blobs[name][1], actual.blobs[name][1]):
        return None
    return "value" if (name in expected.updated) != (name in actual.updated) else None


def _wrong_finish(name: str, cls: str, expected: Saved, actual: Saved) -> str | None:
    """One side finished the channel, the other did not."""
    blobs = [side.blobs[name][1] if name in side.blobs else None for side in (expected, actual)]
    return "finish" if _differ_by_finish(cls, blobs[0], blobs[1]) else None


def _wrong_clearing(name: str, cls: str, expected: Saved, actual: Saved) -> str | None:
    """One side cleared the channel where the other left it untouched."""
    if (name in expected.blobs) == (name in actual.blobs):
        return None
    _, blob = expected.blobs.get(name) or actual.blobs[name]
    return "value" if blob is None or (cls == "Topic" and blob == _NO_ITEMS) else None


def _differ_by_finish(cls: str, blob: bytes | None, other: bytes | None) -> bool:
    """Whether two states of an AfterFinish channel (None: untouched) differ in ``finish`` and nothing else."""
    if not cls.endswith("AfterFinish") or _is_finished(blob) == _is_finished(other):
        return False
    if blob is None or other is None:
        return True
    difference = diff(blob, other)
    return difference is not None and (difference.path, difference.kind) == ("[1]", "bool")


def _is_finished(blob: bytes | None) -> bool:
    root = parse(blob or b"")
    return root.kind == "array" and len(root.children) == 2 and root.children[1].value is True
