"""Runs a channel sequence on upstream's own channel classes (`docs/cases.md` §2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from langgraph._internal._typing import MISSING
from langgraph.channels import (
    AnyValue,
    BaseChannel,
    BinaryOperatorAggregate,
    DeltaChannel,
    EphemeralValue,
    LastValue,
    NamedBarrierValue,
    Topic,
    UntrackedValue,
)
from langgraph.channels.last_value import LastValueAfterFinish
from langgraph.channels.named_barrier_value import NamedBarrierValueAfterFinish
from langgraph.checkpoint.serde.types import _DeltaSnapshot

from parity.cases.schema import CaseError
from parity.subjects.upstream.objects import build, describe
from parity.subjects.upstream.reducers import BATCH_REDUCERS, REDUCERS

__all__ = ["make_channel", "observe_channel"]

Event = dict[str, Any]
Channel = BaseChannel[Any, Any, Any]


class _Unconstructible:
    """Stands for `typing.Any` as a channel's type: calling it fails, with the text of Python 3.11 on every Python."""

    def __init__(self) -> None:
        raise TypeError("Any cannot be instantiated")


_TYPES: dict[str, type[Any]] = {
    "list": list,
    "int": int,
    "str": str,
    "dict": dict,
    "float": float,
    "any": _Unconstructible,
}

_MAKERS: dict[str, Callable[[Mapping[str, Any]], Channel]] = {
    "LastValue": lambda spec: LastValue(object),
    "LastValueAfterFinish": lambda spec: LastValueAfterFinish(object),
    "AnyValue": lambda spec: AnyValue(object),
    "EphemeralValue": lambda spec: EphemeralValue(object, spec["guard"]),
    "UntrackedValue": lambda spec: UntrackedValue(object, spec["guard"]),
    "Topic": lambda spec: Topic(object, spec["accumulate"]),
    "BinaryOperatorAggregate": lambda spec: BinaryOperatorAggregate(_TYPES[spec["type"]], REDUCERS[spec["reducer"]]),
    "NamedBarrierValue": lambda spec: NamedBarrierValue(str, set(spec["names"])),
    "NamedBarrierValueAfterFinish": lambda spec: NamedBarrierValueAfterFinish(str, set(spec["names"])),
    "DeltaChannel": lambda spec: DeltaChannel(
        BATCH_REDUCERS[spec["reducer"]], _TYPES[spec["type"]], snapshot_frequency=spec["snapshot_frequency"]
    ),
}


def make_channel(spec: Mapping[str, Any]) -> Channel:
    """A fresh upstream channel of a `channel` object. Raises CaseError for a class or parameter that there is not."""
    try:
        channel = _MAKERS[spec["class"]](spec)
    except (KeyError, TypeError, ValueError) as error:
        raise CaseError("/channel", f"no such channel: {error}") from None
    channel.key = spec["key"]
    return channel


def observe_channel(body: Mapping[str, Any]) -> list[Event]:
    """Runs every op and returns an event for each. Raises CaseError for a case that is none; an op never raises."""
    spec = body["channel"]
    run = _Run(spec, make_channel(spec))
    return [run.step(op) for op in body["ops"]]


class _Run:
    """The current channel and the last remembered checkpoint."""

    def __init__(self, spec: Mapping[str, Any], channel: Channel) -> None:
        self.spec = spec
        self.channel = channel
        self.remembered: Any = MISSING

    def step(self, op: Mapping[str, Any]) -> Event:
        name = op["op"]
        values = [build(value) for value in op.get("values", ())]
        try:
            result = self._apply(name, values)
        except CaseError:
            raise
        except Exception as error:
            return {"e": name, "error": {"type": type(error).__name__, "message": str(error)}}
        return {"e": name, "result": {"t": "missing"} if result is MISSING else describe(result)}

    def _apply(self, name: str, values: list[Any]) -> Any:
        if name == "update":
            return self.channel.update(values)
        if name in ("get", "is_available", "consume", "finish"):
            return getattr(self.channel, name)()
        if name == "checkpoint":
            self.remembered = _saved(self.channel.checkpoint())
            return self.remembered
        if name == "from_checkpoint":
            self.channel = self.channel.from_checkpoint(_saved(self.remembered))
            return None
        if name == "copy":
            self.channel = self.channel.copy()
            return None
        if name == "equals_fresh":
            return self.channel == make_channel(self.spec)
        if not isinstance(self.channel, DeltaChannel):
            raise CaseError("/ops", f"no such op {name!r}")
        if name == "snapshot":
            self.remembered = _DeltaSnapshot(_saved(self.channel.get()))
            return None
        if name == "replay_writes":
            self.channel.replay_writes([("", self.channel.key, value) for value in values])
            return None
        raise CaseError("/ops", f"no such op {name!r}")


def _saved(value: Any) -> Any:
    """The checkpoint as a saver keeps it: apart from the list or set that the channel goes on changing in place."""
    if type(value) in (list, set):
        return value.copy()
    if type(value) is tuple:
        return tuple(_saved(item) for item in value)
    return value
