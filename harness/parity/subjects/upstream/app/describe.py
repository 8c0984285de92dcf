"""Any object of a user's program as a tagged value (`docs/cases.md` §1), for comparing and for showing, never to build.

Besides the tags of cases: an ``object`` without a code has the class and its fields, and an ``opaque`` value has its
class and its `repr`. Nothing of the harness's own needs is imported: this runs in the user's environment."""

from __future__ import annotations

import dataclasses
import decimal
import pathlib
import re
import struct
import sys
import types
from collections import deque
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta, tzinfo
from enum import Enum
from typing import Any
from uuid import UUID

from langgraph.types import Send

__all__ = ["MAX_DEPTH", "MAX_PARTS", "Cut", "describe", "without_addresses"]

MAX_DEPTH = 60
"""Values inside values beyond this are `opaque`."""

MAX_PARTS = 400_000
"""Parts of one value beyond this are `opaque`."""

_EXACT = 2**53
_ADDRESS = re.compile(r"\b0x[0-9a-fA-F]{6,16}\b")
_SEQUENCES: dict[type, str] = {tuple: "tuple", set: "set", frozenset: "frozenset", deque: "deque"}
_BASES: tuple[tuple[type, str], ...] = (
    *((str, "str"), (int, "int"), (float, "float"), (bytes, "bytes")),
    *((list, "list"), (dict, "dict"), (tuple, "tuple"), (set, "set"), (frozenset, "frozenset"), (deque, "deque")),
)
_TEXTS: tuple[tuple[type, str, Callable[[Any], str]], ...] = (
    (datetime, "datetime", datetime.isoformat),
    (date, "date", date.isoformat),
    (time, "time", time.isoformat),
    (timedelta, "timedelta", lambda value: f"{value.days} d {value.seconds} s {value.microseconds} us"),
    (tzinfo, "timezone", str),
    (UUID, "uuid", str),
    (decimal.Decimal, "decimal", str),
    (pathlib.PurePath, "path", str),
)


@dataclasses.dataclass
class Cut:
    """How many values were too deep or too large to be described whole."""

    times: int = 0


def without_addresses(text: str) -> str:
    """The text with memory addresses, which are never the same twice, as ``0x…``."""
    return _ADDRESS.sub("0x…", text)


def describe(value: Any, cut: Cut | None = None) -> Any:
    """The tagged value. Runs no code of the object but that of reading its fields; `cut` counts what was left out."""
    return _Description(cut or Cut()).of(value, 0)


class _Description:
    def __init__(self, cut: Cut) -> None:
        self.cut = cut
        self.parts = 0
        self.above: set[int] = set()

    def of(self, value: Any, depth: int) -> Any:
        kind = type(value)
        if value is None or kind is bool or kind is str:
            return value
        if kind is int:
            return value if -_EXACT < value < _EXACT else {"t": "int", "v": str(value)}
        if kind is float:
            return {"t": "float", "bits": struct.pack(">d", value).hex()}
        if kind in (bytes, bytearray):
            return {"t": kind.__name__, "hex": value.hex()}
        self.parts += 1
        if depth > MAX_DEPTH or self.parts > MAX_PARTS:
            self.cut.times += 1
            return {"t": "opaque", "cls": _name(kind), "v": "too deep or too large to be compared"}
        if id(value) in self.above:
            return {"t": "opaque", "cls": _name(kind), "v": "contains itself"}
        self.above.add(id(value))
        try:
            return self._compound(value, kind, depth + 1)
        finally:
            self.above.discard(id(value))

    def _compound(self, value: Any, kind: type, depth: int) -> Any:
        if kind is list:
            return [self.of(item, depth) for item in value]
        if kind is dict:
            return self._dict(value, depth)
        if kind in _SEQUENCES:
            return {"t": _SEQUENCES[kind], "v": [self.of(item, depth) for item in value]}
        if isinstance(value, Enum):
            return {"t": "object", "cls": _name(kind), "payload": {"t": "tuple", "v": [value.name]}}
        for base, tag, text in _TEXTS:
            if isinstance(value, base):
                return {"t": tag, "v": text(value)}
        if isinstance(value, re.Pattern):
            return {"t": "pattern", "pattern": self.of(value.pattern, depth), "flags": value.flags}
        if kind is Send:
            return {"t": "send", "node": value.node, "arg": self.of(value.arg, depth)}
        if isinstance(value, BaseException):
            shown = without_addresses(repr(value))
            return {"t": "exception", "cls": _name(kind), "args": self.of(list(value.args), depth), "repr": shown}
        return self._object(value, kind, depth)

    def _object(self, value: Any, kind: type, depth: int) -> Any:
        array = _array(value)
        if array is not None:
            return array
        fields = getattr(kind, "_fields", None)
        if isinstance(value, tuple) and isinstance(fields, tuple):
            return self._fields(kind, {str(name): getattr(value, name) for name in fields}, depth)
        for base, tag in _BASES:
            if isinstance(value, base):
                plain = base(value)
                return {"t": "subclass", "base": tag, "cls": _name(kind), "v": self.of(plain, depth)}
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            names = [field.name for field in dataclasses.fields(value)]
            return self._fields(kind, {name: getattr(value, name) for name in names if hasattr(value, name)}, depth)
        if isinstance(value, (type, types.FunctionType, types.BuiltinFunctionType, types.MethodType, types.ModuleType)):
            called = getattr(value, "__qualname__", getattr(value, "__name__", ""))
            return {"t": "opaque", "cls": _name(kind), "v": called}
        attributes = _attributes(value)
        if attributes is not None:
            return self._fields(kind, attributes, depth)
        return {"t": "opaque", "cls": _name(kind), "v": without_addresses(_repr(value))}

    def _dict(self, value: Mapping[Any, Any], depth: int) -> Any:
        # A running node may still write to a value that it shares: a copy of the items is taken at once.
        return {"t": "dict", "v": [[self.of(key, depth), self.of(item, depth)] for key, item in list(value.items())]}

    def _fields(self, kind: type, fields: Mapping[str, Any], depth: int) -> Any:
        return {"t": "object", "cls": _name(kind), "payload": self._dict(fields, depth)}


def _attributes(value: Any) -> dict[str, Any] | None:
    """What an instance holds: of a pydantic model its fields and extra ones; None if it has no attributes."""
    held = getattr(value, "__dict__", None)
    found: dict[str, Any] = dict(held) if isinstance(held, dict) else {}
    extra = getattr(value, "__pydantic_extra__", None) if hasattr(type(value), "__pydantic_fields__") else None
    found.update(extra or {})
    for cls in type(value).__mro__:
        slots = cls.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if not name.startswith("__") and hasattr(value, name):
                found.setdefault(name, getattr(value, name))
    return found or (None if held is None else {})


def _array(value: Any) -> Any:
    """An array or scalar of numpy, where the program uses it; None for anything else."""
    numpy = sys.modules.get("numpy")
    if numpy is None or not hasattr(numpy, "ndarray"):
        return None
    if isinstance(value, numpy.ndarray) and not value.dtype.hasobject:
        shape = [int(length) for length in value.shape]
        return {"t": "ndarray", "dtype": value.dtype.str, "shape": shape, "hex": value.tobytes("C").hex()}
    if isinstance(value, numpy.generic):
        return {"t": "object", "cls": _name(type(value)), "payload": {"t": "tuple", "v": [repr(value.item())]}}
    return None


def _name(kind: type) -> str:
    return f"{kind.__module__}:{kind.__qualname__}"


def _repr(value: Any) -> str:
    try:
        return repr(value)[:2000]
    except Exception as error:
        return f"repr raises {type(error).__name__}"
