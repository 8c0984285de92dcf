"""The channels of programs (`docs/programs.md` §1): as instances, and as annotations, which users write in schemas."""

from __future__ import annotations

from collections.abc import Mapping, MutableSet, Sequence
from typing import Annotated, Any

from langgraph.channels import (
    AnyValue,
    BinaryOperatorAggregate,
    EphemeralValue,
    LastValue,
    Topic,
    UntrackedValue,
)
from typing_extensions import Required

from parity.subjects.upstream.programs.custom_channel import CountingChannel
from parity.subjects.upstream.reducers import BATCH_REDUCERS, REDUCERS

__all__ = ["annotation", "channel"]

_TYPES: dict[str, Any] = {
    **{"list": list, "int": int, "str": str, "dict": dict, "float": float, "any": Any},
    **{"sequence": Sequence, "abstract_set": MutableSet, "mapping": Mapping, "required_list": Required[list[Any]]},
}

_REDUCERS = {**REDUCERS, "lambda": lambda first, second: second}
"""Those of `docs/cases.md` §3, and one that has no name of its own."""


def annotation(spec: Mapping[str, Any]) -> Any:
    """The annotation of a state key, written as users write it: a type, a reducer, or a channel."""
    if "managed" in spec:
        return _managed(spec["managed"], annotated=True)
    kind = spec["channel"]
    if kind == "LastValue":
        return _TYPES[spec.get("type", "any")]
    if kind == "AnyValue":
        return Annotated[Any, AnyValue]
    if kind == "Custom":
        return Annotated[int, CountingChannel]
    if kind == "BinaryOperatorAggregate":
        return Annotated[_TYPES[spec["type"]], _REDUCERS[spec["reducer"]]]
    if kind == "Messages":
        from langchain_core.messages import AnyMessage
        from langgraph.graph.message import add_messages

        return Annotated[list[AnyMessage], add_messages]
    if kind == "DeltaChannel":
        return Annotated[_TYPES[spec.get("type", "list")], channel(spec)]
    return Annotated[Any, channel(spec)]


def channel(spec: Mapping[str, Any]) -> Any:
    """A channel, or the class of a managed value, as `Pregel` takes it."""
    if "managed" in spec:
        return _managed(spec["managed"], annotated=False)
    kind = spec["channel"]
    typ = _TYPES[spec.get("type", "any")]
    if kind == "LastValue":
        return LastValue(typ)
    if kind == "AnyValue":
        return AnyValue(typ)
    if kind == "EphemeralValue":
        return EphemeralValue(Any, guard=spec.get("guard", True))
    if kind == "UntrackedValue":
        return UntrackedValue(object, guard=spec.get("guard", True))
    if kind == "Topic":
        return Topic(object, spec.get("accumulate", False))
    if kind == "Custom":
        return CountingChannel()
    if kind == "BinaryOperatorAggregate":
        return BinaryOperatorAggregate(typ, _REDUCERS[spec["reducer"]])
    if kind == "Messages":
        from langgraph.graph.message import add_messages

        return BinaryOperatorAggregate(list, add_messages)
    if kind == "DeltaChannel":
        return _delta(spec, typ)
    return _barrier(spec)


def _delta(spec: Mapping[str, Any], typ: Any) -> Any:
    from langgraph.channels import DeltaChannel

    if spec["reducer"] == "messages":
        from langgraph.graph.message import _messages_delta_reducer

        reducer: Any = _messages_delta_reducer
    else:
        reducer = BATCH_REDUCERS[spec["reducer"]]
    if "type" not in spec:
        typ = None
    cadence = {"snapshot_frequency": spec["snapshot_frequency"]} if "snapshot_frequency" in spec else {}
    return DeltaChannel(reducer, typ, **cadence)


def _barrier(spec: Mapping[str, Any]) -> Any:
    from langgraph.channels.last_value import LastValueAfterFinish
    from langgraph.channels.named_barrier_value import NamedBarrierValue, NamedBarrierValueAfterFinish

    if spec["channel"] == "LastValueAfterFinish":
        return LastValueAfterFinish(Any)
    kind = NamedBarrierValue if spec["channel"] == "NamedBarrierValue" else NamedBarrierValueAfterFinish
    return kind(str, set(spec["names"]))


def _managed(name: str, *, annotated: bool) -> Any:
    from langgraph.managed.is_last_step import IsLastStepManager, RemainingStepsManager

    manager, typ = (IsLastStepManager, bool) if name == "is_last_step" else (RemainingStepsManager, int)
    return Annotated[typ, manager] if annotated else manager
