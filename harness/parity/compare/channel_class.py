"""Which channel class stands behind a name, or an error, of a graph program."""

from __future__ import annotations

import re

from parity.cases.model import Case, Json

__all__ = ["channel_named", "class_of", "is_routing", "raising_class"]

_ROUTES = ("branch:to:", "join:")
_AT_KEY = re.compile(r"At key '(.*?)': ", re.DOTALL)


def is_routing(channel: str) -> bool:
    """Whether a write to the channel only decides which tasks run next."""
    return channel in ("__pregel_tasks", "__no_writes__") or channel.startswith(_ROUTES)


def class_of(case: Case, channel: str) -> str | None:
    """The class of a channel that upstream makes for the program; None for an unknown name."""
    spec = case.body["state"].get(channel)
    if spec is not None:
        return str(spec["channel"])
    if channel == "__pregel_tasks":
        return "Topic"
    if channel == "__start__":
        return "EphemeralValue"
    for prefix, plain, deferred in (
        ("branch:to:", "EphemeralValue", "LastValueAfterFinish"),
        ("join:", "NamedBarrierValue", "NamedBarrierValueAfterFinish"),
    ):
        if channel.startswith(prefix):
            return deferred if _is_deferred(case, channel.rpartition(":")[2]) else plain
    return None


def raising_class(case: Case, kind: Json, message: Json) -> str | None:
    """The class of the channel whose update raised the error; None if no channel did."""
    if not isinstance(message, str):
        return None
    if kind == "InvalidUpdateError":
        named = _AT_KEY.match(message)
        if named is not None:
            return class_of(case, named[1])
        return "BinaryOperatorAggregate" if "only one Overwrite value" in message else None
    for spec in case.body["state"].values():
        if spec["channel"] == "BinaryOperatorAggregate" and message.startswith(f"{spec['reducer']}: "):
            return "BinaryOperatorAggregate"
    return None


def channel_named(message: Json) -> str | None:
    """The channel that an error names as its own; None if it names none."""
    found = _AT_KEY.match(message) if isinstance(message, str) else None
    return found[1] if found is not None else None


def _is_deferred(case: Case, node: str) -> bool:
    return any(spec["name"] == node and spec["defer"] for spec in case.body["nodes"])
