"""The ten channel classes in Rust, in the place of those of `langgraph.channels`.

`BaseChannel` stays upstream's. The classes cannot inherit from it (they are types of an extension module), so they are
registered with it: `isinstance` and `issubclass` hold, and custom channels go on inheriting from it.
"""

from __future__ import annotations

from typing import Any, Generic

# Before anything of LangGraph: under the import hook, LangGraph's own modules want these classes while they load.
from langgraph_rs._core import (
    AnyValue,
    BinaryOperatorAggregate,
    Channel,
    DeltaChannel,
    EphemeralValue,
    LastValue,
    LastValueAfterFinish,
    NamedBarrierValue,
    NamedBarrierValueAfterFinish,
    Topic,
    UntrackedValue,
    get_overwrite,
)

__all__ = [
    "AnyValue",
    "BinaryOperatorAggregate",
    "Channel",
    "DeltaChannel",
    "EphemeralValue",
    "LastValue",
    "LastValueAfterFinish",
    "NamedBarrierValue",
    "NamedBarrierValueAfterFinish",
    "Topic",
    "UntrackedValue",
    "get_overwrite",
]

CLASSES: tuple[type[Any], ...] = (
    AnyValue,
    BinaryOperatorAggregate,
    DeltaChannel,
    EphemeralValue,
    LastValue,
    LastValueAfterFinish,
    NamedBarrierValue,
    NamedBarrierValueAfterFinish,
    Topic,
    UntrackedValue,
)


def _init_subclass(cls: type[Any], /, **kwargs: Any) -> None:
    """Mirrors what `typing.Generic` does for a subclass: `__parameters__` are the type variables of its bases."""
    super(Channel, cls).__init_subclass__(**kwargs)
    if Generic in cls.__mro__:
        return
    parameters: dict[Any, None] = {}
    for base in vars(cls).get("__orig_bases__", ()):
        parameters.update(dict.fromkeys(getattr(base, "__parameters__", ())))
    cls.__parameters__ = tuple(parameters)


def _join() -> None:
    """Makes the classes channels of LangGraph's."""
    from langgraph.channels.base import BaseChannel, Value

    BaseChannel.register(Channel)
    joined: Any = Channel
    joined.__init_subclass__ = classmethod(_init_subclass)
    for cls in CLASSES:
        cls.__parameters__ = (Value,)


# Importing this module is asking for channels; without this they would not be any to LangGraph.
_join()
