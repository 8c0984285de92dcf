"""The subject protocol, version 1 (`docs/protocol.md`): what a subject says, and what is made of its silence."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from parity.cases.model import Json

__all__ = [
    "PROTOCOL",
    "Hello",
    "ProtocolError",
    "Reply",
    "Status",
    "observation_text",
    "parse_hello",
    "parse_reply",
    "same_reply",
]

PROTOCOL = 1

Status = Literal["observed", "unsupported", "panic", "exception", "timeout", "abort", "protocol", "witness"]
"""`observed` and `unsupported` are answers; the others are verdicts about the subject.

`witness`: what came out may be right, but it cannot be shown that the subject's own code did it.
"""


class ProtocolError(ValueError):
    """A line from a subject that does not follow the protocol."""


@dataclass(frozen=True)
class Hello:
    """What a subject says of itself when it starts. `lacks` names what it knows that it cannot do, with why."""

    subject: str
    kinds: tuple[str, ...]
    versions: dict[str, str]
    lacks: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Reply:
    """The answer to one case: the events observed, or why there are none.

    `seconds` is wall time inside the subject; `work` what it says that it did itself for the case, counted by name.
    `text` is the JSON text of the observation and of what follows it in the line, where that is known.
    """

    status: Status
    events: list[dict[str, Any]] | None
    detail: str
    seconds: float
    work: Mapping[str, int] = field(default_factory=dict)
    text: bytes = field(default=b"", compare=False, repr=False)


def parse_hello(obj: Json) -> Hello:
    """Reads the first line of a subject. Raises ProtocolError."""
    if not isinstance(obj, dict) or obj.get("protocol") != PROTOCOL:
        raise ProtocolError(f"expected a hello of protocol {PROTOCOL}, got {str(obj)[:200]}")
    kinds, versions, lacks = obj.get("kinds"), obj.get("versions"), obj.get("lacks", {})
    if not isinstance(kinds, list) or not isinstance(versions, dict) or not isinstance(lacks, dict):
        raise ProtocolError("a hello needs kinds (a list) and versions (an object), and lacks is an object")
    return Hello(
        str(obj.get("subject")),
        tuple(str(kind) for kind in kinds),
        {str(k): str(v) for k, v in versions.items()},
        {str(k): str(v) for k, v in lacks.items()},
    )


def parse_reply(obj: Json, request_id: int, kind: str, seconds: float) -> Reply:
    """Reads the answer to request `request_id` about a case of `kind`. Raises ProtocolError."""
    if not isinstance(obj, dict) or obj.get("id") != request_id:
        raise ProtocolError(f"expected an answer to request {request_id}, got {str(obj)[:200]}")
    if "observation" in obj:
        observation = obj["observation"]
        if not isinstance(observation, dict) or observation.get("kind") != kind:
            raise ProtocolError(f"expected an observation of kind {kind!r}, got {str(observation)[:200]}")
        events = observation.get("events")
        if not isinstance(events, list) or not all(isinstance(event, dict) and "e" in event for event in events):
            raise ProtocolError("an observation needs events, a list of objects with a member e")
        return Reply("observed", events, "", seconds, _work(obj.get("work", {})))
    if "unsupported" in obj:
        return Reply("unsupported", None, str(obj["unsupported"]), seconds)
    failure = obj.get("failure")
    kinds: dict[Any, Status] = {"panic": "panic", "exception": "exception", "witness": "witness"}
    if isinstance(failure, dict) and (status := kinds.get(failure.get("kind"))) is not None:
        return Reply(status, None, f"{failure.get('type')}: {failure.get('message')}", seconds)
    raise ProtocolError(f"an answer needs observation, unsupported or failure, got {str(obj)[:200]}")


def observation_text(line: bytes, request_id: int) -> bytes:
    """The text of the observation in the answer to a request, empty where the line is not written as ours is."""
    head = b'{"id":%d,"observation":' % request_id
    return line[len(head) : -2] if line.startswith(head) and line.endswith(b"}\n") else b""


def same_reply(line: bytes, request_id: int, known: Reply, seconds: float) -> Reply | None:
    """The reply in a line whose observation is, letter for letter, that of a reply already read; None if it is not.

    A whole object of JSON can only be followed by the end of the answer or by its next member.
    """
    text = observation_text(line, request_id)
    if not known.text or known.work or not text.startswith(known.text):
        return None
    rest = text[len(known.text) :]
    if not rest:
        return Reply("observed", known.events, "", seconds, text=text)
    if not rest.startswith(b',"work":'):
        return None
    try:
        return Reply("observed", known.events, "", seconds, _work(json.loads(rest[8:])), text)
    except (ValueError, RecursionError):
        return None


def _work(obj: Json) -> dict[str, int]:
    if not isinstance(obj, dict) or not all(isinstance(n, int) and n >= 0 for n in obj.values()):
        raise ProtocolError("work needs whole numbers by name")
    return {str(name): count for name, count in obj.items()}
