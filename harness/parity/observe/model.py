"""What a subject made of a case."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, get_args

from parity.cases.model import Json
from parity.subjects.protocol import Reply, Status

__all__ = ["Outcome"]


@dataclass(frozen=True)
class Outcome:
    """The events of an observed case, or the verdict about the subject and its detail (empty when observed)."""

    status: Status
    events: tuple[dict[str, Any], ...] = ()
    detail: str = ""

    @classmethod
    def from_reply(cls, reply: Reply) -> Outcome:
        """What remains of a reply: the time it took is no observation."""
        return cls(reply.status, tuple(reply.events or ()), reply.detail)

    def to_json(self) -> dict[str, Json]:
        """The outcome as JSON."""
        return {"status": self.status, "events": list(self.events), "detail": self.detail}

    @classmethod
    def from_json(cls, value: Json) -> Outcome:
        """The inverse of `to_json`. Raises `ValueError`, in one line, on anything else."""
        if not isinstance(value, dict):
            raise ValueError(f"an outcome is an object, got {type(value).__name__}")
        status: Any = value.get("status")
        events, detail = value.get("events"), value.get("detail")
        if status not in get_args(Status):
            raise ValueError(f"unknown outcome status {status!r:.60}")
        if not isinstance(events, list) or not all(isinstance(event, dict) and "e" in event for event in events):
            raise ValueError("an outcome needs events, a list of objects with a member e")
        if not isinstance(detail, str):
            raise ValueError("an outcome needs a detail, a string")
        return cls(status, tuple(events), detail)
