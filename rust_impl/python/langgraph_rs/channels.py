"""The ten channel classes in Rust, in the place of those of `langgraph.channels`.

`BaseChannel` stays upstream's. The classes cannot inherit from it (they are types of an extension module), so they are
registered with it: `isinstance` and `issubclass` hold, and custom channels go on inheriting from it.
"""

from __future__ import annotations

import inspect
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
    "adopt",
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


class _Signature:
    """The signature of one class; its subclasses have their own, as if this were not there."""

    def __init__(self, owner: type[Any], signature: inspect.Signature) -> None:
        self._owner = owner
        self._signature = signature

    def __get__(self, instance: object, owner: type[Any]) -> inspect.Signature:
        if owner is self._owner and instance is None:
            return self._signature
        raise AttributeError("__signature__")


def adopt(replacement: Any, original: Any) -> None:
    """Gives a class what reflection shows of the upstream class that it replaces: its documentation and signature.

    To be called before the original is poisoned. Anything but a channel class is left alone.
    """
    if replacement not in CLASSES:
        return
    for name in ("__doc__", "__annotations__", "__orig_bases__"):
        if name in vars(original):
            setattr(replacement, name, vars(original)[name])
    replacement.__signature__ = _Signature(replacement, inspect.signature(original))


def _init_subclass(cls: type[Any], **kwargs: Any) -> None:
    """Mirrors what `typing.Generic` does for a subclass: `__parameters__` are the type variables of its bases."""
    super(Channel, cls).__init_subclass__(**kwargs)
    if Generic in cls.__mro__:
        return
    parameters: dict[Any, None] = {}
    for base in vars(cls).get("__orig_bases__", ()):
        parameters.update(dict.fromkeys(getattr(base, "__parameters__", ())))
    cls.__parameters__ = tuple(parameters)  # type: ignore[attr-defined]


def _join() -> None:
    """Makes the classes channels of LangGraph's."""
    from langgraph.channels.base import BaseChannel, Value

    BaseChannel.register(Channel)
    Channel.__init_subclass__ = classmethod(_init_subclass)  # type: ignore[assignment]
    for cls in CLASSES:
        cls.__parameters__ = (Value,)  # type: ignore[attr-defined]


_join()
