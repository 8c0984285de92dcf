"""What reflection shows of a replaced class: upstream's documentation and signature."""

from __future__ import annotations

import inspect
from typing import Any

__all__ = ["adopt"]


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
    """Gives a class that takes the place of another what `help()` and `inspect` show of that one.

    To be called before the original is poisoned. A subclass of the original speaks for itself; so does what is no
    class.
    """
    if not isinstance(replacement, type) or not isinstance(original, type) or issubclass(replacement, original):
        return
    for name in ("__doc__", "__annotations__", "__orig_bases__"):
        if name in vars(original):
            setattr(replacement, name, vars(original)[name])
    setattr(replacement, "__signature__", _Signature(replacement, inspect.signature(original)))  # noqa: B010
