"""Tagged values (`docs/cases.md` §1) to live Python objects and back."""

from __future__ import annotations

import dataclasses
import decimal
import importlib
import ipaddress
import json
import pathlib
import re
import struct
import sys
import warnings
from collections import deque
from collections.abc import Callable
from datetime import date, datetime, time, timedelta, timezone
from enum import Enum
from typing import Any, cast
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
from langgraph.checkpoint.serde.types import SendProtocol, _DeltaSnapshot
from langgraph.store.base import Item
from langgraph.types import Send

from parity.cases.schema import CaseError, Json
from parity.cases.values import OBSERVED_DEPTH, check, float_, hex_of, int_, str_, walk
from parity.subjects.upstream import samples

__all__ = ["ENVELOPE_MODULES", "Extension", "build", "describe"]

ENVELOPE_MODULES = ("parity.subjects.upstream.samples", "langgraph", "langchain_core", "pydantic")
"""A case may name classes of these modules and their submodules, and exceptions of `builtins`; no others."""

_NO_LIMIT = sys.maxsize


@dataclasses.dataclass(frozen=True)
class Extension:
    """An extension that was read as structure: its code and data, and what the data decoded to if they did."""

    code: int
    data: bytes
    decoded: bool
    value: Any


# --- build --------------------------------------------------------------------------------------------------------


def build(tagged: Json) -> Any:
    """The Python object that a tagged value stands for.

    Raises CaseError, with the JSON pointer, for a value that does not follow the schema, that names a class it may not
    name, or that is not the canonical form of what it would build (an enum without such a member, a set with equal
    elements, an envelope payload that upstream's encoder would not produce for the built object).
    """
    check(tagged)
    try:
        return _build(tagged, "")
    except RecursionError:
        raise CaseError("/", "nested too deeply to be built") from None


def _build(value: Json, where: str) -> Any:
    if isinstance(value, list):
        out = []
        for index, item in enumerate(value):
            out.append(_build(item, f"{where}/{index}"))
        return out
    if not isinstance(value, dict):
        return value
    return _BUILDERS[value["t"]](value, where)


def _items(value: Json, where: str, member: str = "v") -> list[Any]:
    out = []
    for index, item in enumerate(value[member]):
        out.append(_build(item, f"{where}/{member}/{index}"))
    return out


def _refuse(where: str, what: str, error: BaseException | None = None) -> CaseError:
    reason = f"{what}: {error}" if error is not None and str(error) else what
    return CaseError(where or "/", " ".join(reason.split())[:300])


def _from_text(make: Callable[[str], Any], text: Callable[[Any], str], member: str = "v") -> Callable[[Json, str], Any]:
    """A builder from one string member that must be the canonical text of what it makes."""

    def builder(value: Json, where: str) -> Any:
        try:
            made = make(value[member])
        except Exception as error:
            raise _refuse(f"{where}/{member}", f"not a {value['t']}", error) from None
        if text(made) != value[member]:
            raise _refuse(f"{where}/{member}", f"not the canonical text {text(made)!r}")
        return made

    return builder


def _build_dict(value: Json, where: str) -> Any:
    out: dict[Any, Any] = {}
    for index, (key, item) in enumerate(value["v"]):
        made = _build(key, f"{where}/v/{index}/0")
        try:
            if made in out:
                raise _refuse(f"{where}/v/{index}/0", "a key equal to an earlier one")
            out[made] = None
        except TypeError as error:
            raise _refuse(f"{where}/v/{index}/0", "not a dict key", error) from None
        out[made] = _build(item, f"{where}/v/{index}/1")
    return out


def _build_set(value: Json, where: str) -> Any:
    items = _items(value, where)
    try:
        made: set[Any] | frozenset[Any] = set(items) if value["t"] == "set" else frozenset(items)
    except TypeError as error:
        raise _refuse(where, "not elements of a set", error) from None
    if len(made) != len(items):
        raise _refuse(where, "equal elements in a set")
    return made


def _build_subclass(value: Json, where: str) -> Any:
    return samples.SUBCLASSES[value["base"]](_build(value["v"], f"{where}/v"))


def _call(make: Callable[..., Any], args: list[Any], where: str, what: str) -> Any:
    try:
        return make(*args)
    except (TypeError, ValueError, OverflowError) as error:
        raise _refuse(where, f"not a {what}", error) from None


def _build_date(value: Json, where: str) -> Any:
    return _call(date, value["v"], f"{where}/v", "date")


def _build_timedelta(value: Json, where: str) -> Any:
    made = _call(timedelta, value["v"], f"{where}/v", "timedelta")
    if [made.days, made.seconds, made.microseconds] != value["v"]:
        raise _refuse(f"{where}/v", "not normalised")
    return made


def _build_time(value: Json, where: str) -> Any:
    *clock, tzinfo, fold = value["v"]
    zone = _build(tzinfo, f"{where}/v/4")

    def make(*parts: Any) -> time:
        return time(*parts, fold=fold)

    return _call(make, [*clock, zone], f"{where}/v", "time")


def _build_timezone(value: Json, where: str) -> Any:
    made = _call(timezone, _items(value, where, "args"), f"{where}/args", "timezone")
    if len(made.__getinitargs__()) != len(value["args"]):
        raise _refuse(f"{where}/args", "not what this timezone's __getinitargs__() gives")
    return made


def _build_zoneinfo(value: Json, where: str) -> Any:
    try:
        return ZoneInfo(value["key"])
    except Exception as error:
        raise _refuse(f"{where}/key", "not a time zone of this platform", error) from None


def _build_ip(value: Json, where: str) -> Any:
    return _from_text(getattr(ipaddress, value["cls"]), str)(value, where)


def _build_path(value: Json, where: str) -> Any:
    try:
        made = pathlib.PosixPath(*value["parts"])
        parts = list(made.parts)
    except (TypeError, ValueError, NotImplementedError) as error:
        raise _refuse(f"{where}/parts", "not a path", error) from None
    if parts != value["parts"]:
        raise _refuse(f"{where}/parts", f"not the parts of a path, which are {parts!r}")
    return made


def _build_pattern(value: Json, where: str) -> Any:
    pattern = _build(value["pattern"], f"{where}/pattern")
    if value["flags"] & re.DEBUG:
        raise _refuse(f"{where}/flags", "the DEBUG flag prints")
    try:
        made = re.compile(pattern, value["flags"])
    except (re.error, ValueError, OverflowError, RecursionError, TypeError) as error:
        raise _refuse(where, "not a pattern", error) from None
    if made.flags != value["flags"]:
        raise _refuse(f"{where}/flags", f"the final flags are {made.flags}")
    return made


def _build_ndarray(value: Json, where: str) -> Any:
    try:
        dtype = np.dtype(value["dtype"])
    except Exception as error:
        raise _refuse(f"{where}/dtype", "not a dtype", error) from None
    if dtype.str != value["dtype"] or dtype.hasobject or dtype.itemsize == 0:
        raise _refuse(f"{where}/dtype", "not a canonical dtype of plain bytes")
    data = bytes.fromhex(value["hex"])
    size = dtype.itemsize
    for length in value["shape"]:
        size *= length
    if size != len(data):
        raise _refuse(f"{where}/hex", f"expected {size} bytes, got {len(data)}")
    try:
        flat = np.frombuffer(bytearray(data), dtype=dtype) if data else np.empty(0, dtype=dtype)
        made = flat.reshape(tuple(value["shape"]), order=value["order"])
    except Exception as error:
        raise _refuse(where, "not an array", error) from None
    if _order(made) != value["order"]:
        raise _refuse(f"{where}/order", "an array that is contiguous both ways is written C")
    return made


def _build_send(value: Json, where: str) -> Any:
    timeout = _build(value["timeout"], f"{where}/timeout") if "timeout" in value else None
    try:
        made = Send(value["node"], _build(value["arg"], f"{where}/arg"), timeout=timeout)
    except CaseError:
        raise
    except Exception as error:
        raise _refuse(f"{where}/timeout", "not a timeout", error) from None
    if not _agree(made.timeout, value.get("timeout")):
        raise _refuse(f"{where}/timeout", "not the TimeoutPolicy that Send makes of it")
    return made


def _build_exception(value: Json, where: str) -> Any:
    cls = _class(value["cls"], f"{where}/cls", ("builtins", *ENVELOPE_MODULES))
    if not issubclass(cls, BaseException):
        raise _refuse(f"{where}/cls", "not an exception class")
    args = _items(value, where, "args")
    try:
        made = cls(*args)
        text = repr(made)
    except Exception as error:
        raise _refuse(f"{where}/args", "the class does not take these", error) from None
    if text != value["repr"]:
        raise _refuse(f"{where}/repr", f"the repr is {text!r}")
    return made


def _class(name: str, where: str, modules: tuple[str, ...] = ENVELOPE_MODULES) -> type:
    module, _, attribute = name.partition(":")
    if not any(module == allowed or module.startswith(allowed + ".") for allowed in modules):
        raise _refuse(where, f"classes of {module} may not be named in a case")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            cls = getattr(importlib.import_module(module), attribute)
    except Exception as error:
        raise _refuse(where, "no such class", error) from None
    if not isinstance(cls, type) or (cls.__module__, cls.__name__) != (module, attribute):
        raise _refuse(where, "not the class's own module and name")
    return cls


def _build_object(value: Json, where: str) -> Any:
    cls = _class(value["cls"], f"{where}/cls")
    payload = _build(value["payload"], f"{where}/payload")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            made = _instance(cls, value["code"], payload)
    except Exception as error:
        raise _refuse(f"{where}/payload", f"{cls.__name__} cannot be made of it", error) from None
    for candidate in made:
        envelope = _envelope(candidate)
        if envelope is None or envelope[0] != value["code"]:
            continue
        canonical = envelope[1]
        if dataclasses.is_dataclass(cls) and isinstance(payload, dict):
            canonical = {name: item for name, item in canonical.items() if name in payload}
        if _agree(canonical, value["payload"]):
            return candidate
    raise _refuse(where, f"upstream's encoder would not give this code and payload for a {cls.__name__}")


def _instance(cls: Any, code: int, payload: Any) -> list[Any]:
    """Instances that may have this payload, the most usual way of making one first."""
    if code in (4, 5) and hasattr(cls, "model_construct" if code == 5 else "construct"):
        construct = cls.model_construct if code == 5 else cls.construct
        try:
            return [cls(**payload), construct(**payload)]
        except Exception:
            return [construct(**payload)]
    if code == 2 and dataclasses.is_dataclass(cls):
        made: Any = object.__new__(cast(type, cls))
        for field in dataclasses.fields(cls):
            default = field.default if field.default_factory is dataclasses.MISSING else field.default_factory()
            item = payload.get(field.name, default)
            if item is dataclasses.MISSING:
                raise TypeError(f"no value for the field {field.name}")
            object.__setattr__(made, field.name, item)
        return [made]
    if code == 0:
        return [cls(payload)]
    if code == 1:
        return [cls(*payload)]
    return [cls(**payload)]


def _agree(built: Any, tagged: Json) -> bool:
    described = describe(built, depth=_NO_LIMIT)
    return _settled(described) == _settled(tagged)


def _settled(value: Json) -> str:
    """The canonical text of a value, with the elements of sets sorted."""
    text = json.dumps(value, sort_keys=True)
    if '"set"' not in text and '"frozenset"' not in text:
        return text
    copy = json.loads(text)
    for _, item in reversed(list(walk(copy))):
        if isinstance(item, dict) and item["t"] in ("set", "frozenset"):
            item["v"].sort(key=lambda element: json.dumps(element, sort_keys=True))
    return json.dumps(copy, sort_keys=True)


def _build_hex_str(value: Json, where: str) -> Any:
    try:
        made = bytes.fromhex(value["hex"]).decode("utf-8", "surrogatepass")
    except UnicodeDecodeError as error:
        raise _refuse(f"{where}/hex", "not UTF-8 with surrogates", error) from None
    if isinstance(str_(made), str):
        raise _refuse(where, "a string without lone surrogates is written as a JSON string")
    return made


_BUILDERS: dict[str, Callable[[Json, str], Any]] = {
    "int": lambda value, where: int(value["v"]),
    "float": lambda value, where: struct.unpack(">d", bytes.fromhex(value["bits"]))[0],
    "str": _build_hex_str,
    "bytes": lambda value, where: bytes.fromhex(value["hex"]),
    "bytearray": lambda value, where: bytearray.fromhex(value["hex"]),
    "memoryview": lambda value, where: memoryview(bytes.fromhex(value["hex"])),
    "tuple": lambda value, where: tuple(_items(value, where)),
    "dict": _build_dict,
    "set": _build_set,
    "frozenset": _build_set,
    "deque": lambda value, where: deque(_items(value, where)),
    "subclass": _build_subclass,
    "datetime": _from_text(datetime.fromisoformat, datetime.isoformat),
    "date": _build_date,
    "time": _build_time,
    "timedelta": _build_timedelta,
    "timezone": _build_timezone,
    "zoneinfo": _build_zoneinfo,
    "uuid": lambda value, where: UUID(hex=value["hex"]),
    "decimal": _from_text(decimal.Decimal, str),
    "ip": _build_ip,
    "path": _build_path,
    "pattern": _build_pattern,
    "ndarray": _build_ndarray,
    "send": _build_send,
    "delta_snapshot": lambda value, where: _DeltaSnapshot(_build(value["v"], f"{where}/v")),
    "exception": _build_exception,
    "object": _build_object,
    "opaque": lambda value, where: samples.Opaque(),
}


# --- describe -----------------------------------------------------------------------------------------------------


def describe(value: Any, *, depth: int = OBSERVED_DEPTH) -> Json:
    """The tagged form of a Python object. Never refuses: what has no form is `opaque`.

    `depth` levels are shown; a container below is `{"t":"deep"}`.
    """
    kind = type(value)
    if value is None or kind is bool:
        return value
    scalar = _SCALARS.get(kind)
    if scalar is not None:
        return scalar(value)
    if depth <= 0 and _is_container(value):
        return {"t": "deep"}
    inner = depth - 1
    if kind is list:
        out = []
        for item in value:
            out.append(describe(item, depth=inner))
        return out
    if kind is dict:
        pairs = []
        for key, item in value.items():
            pairs.append([describe(key, depth=inner), describe(item, depth=inner)])
        return {"t": "dict", "v": pairs}
    sequence = _SEQUENCES.get(kind)
    if sequence is not None:
        return {"t": sequence, "v": _described(value, inner)}
    return _describe_rare(value, inner)


def _described(items: Any, depth: int) -> list[Json]:
    out = []
    for item in items:
        out.append(describe(item, depth=depth))
    return out


def _is_container(value: Any) -> bool:
    return not isinstance(
        value,
        (re.Pattern, pathlib.PurePath, np.ndarray, BaseException, date, time, timedelta, timezone, samples.Opaque),
    )


def _describe_rare(value: Any, depth: int) -> Json:
    if isinstance(value, Extension):
        if value.decoded:
            return {"t": "ext", "code": value.code, "v": describe(value.value, depth=depth)}
        return {"t": "ext", "code": value.code, "hex": value.data.hex()}
    kind = type(value)
    if kind is _DeltaSnapshot:
        return {"t": "delta_snapshot", "v": describe(value.value, depth=depth)}
    if not isinstance(value, Enum):
        for base in ("str", "int", "list", "dict"):
            if isinstance(value, _BASE_TYPES[base]):
                return {"t": "subclass", "base": base, "v": describe(_BASE_TYPES[base](value), depth=depth)}
    if kind is Send:
        out = {"t": "send", "node": value.node, "arg": describe(value.arg, depth=depth)}
        return out if value.timeout is None else {**out, "timeout": describe(value.timeout, depth=depth)}
    envelope = _envelope(value)
    if envelope is not None:
        code, payload = envelope
        cls = f"{kind.__module__}:{kind.__name__}"
        return {"t": "object", "code": code, "cls": cls, "payload": describe(payload, depth=depth)}
    if isinstance(value, re.Pattern):
        return {"t": "pattern", "pattern": describe(value.pattern), "flags": value.flags}
    if isinstance(value, pathlib.Path):
        return {"t": "path", "parts": list(value.parts)}
    if kind is time:
        clock = [value.hour, value.minute, value.second, value.microsecond]
        return {"t": "time", "v": [*clock, describe(value.tzinfo), value.fold]}
    if kind is timezone:
        return {"t": "timezone", "args": _described(value.__getinitargs__(), 4)}
    if kind is np.ndarray and not value.dtype.hasobject:
        order = _order(value)
        shape = [int(length) for length in value.shape]
        return {
            "t": "ndarray",
            "dtype": value.dtype.str,
            "shape": shape,
            "order": order,
            "hex": value.tobytes("A").hex(),
        }
    if isinstance(value, BaseException):
        cls = f"{kind.__module__}:{kind.__name__}"
        return {"t": "exception", "cls": cls, "args": _described(value.args, depth), "repr": repr(value)}
    for base in ("float", "bytes", "tuple"):
        if isinstance(value, _BASE_TYPES[base]):
            return {"t": "subclass", "base": base, "v": describe(_BASE_TYPES[base](value), depth=depth)}
    return {"t": "opaque"}


def _envelope(value: Any) -> tuple[int, Any] | None:
    """The extension code and payload of a class-based object, chosen in the order of upstream's `_msgpack_default`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if callable(getattr(value, "model_dump", None)):
            return 5, value.model_dump()
        if callable(getattr(value, "get_secret_value", None)):
            return 0, value.get_secret_value()
        if callable(getattr(value, "dict", None)):
            return 4, value.dict()
    if callable(getattr(value, "_asdict", None)):
        return 2, value._asdict()
    if isinstance(value, Enum):
        return 0, value.value
    if isinstance(value, (pathlib.Path, re.Pattern, np.ndarray, type)):
        return None
    if isinstance(value, SendProtocol):
        timeout = getattr(value, "timeout", None)
        return 1, (value.node, value.arg) if timeout is None else (value.node, value.arg, timeout)
    if dataclasses.is_dataclass(value):
        return 2, {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, Item):
        return 2, {name: getattr(value, name) for name in value.__slots__}
    return None


def _order(array: Any) -> str:
    return "F" if array.flags.f_contiguous and not array.flags.c_contiguous else "C"


def _describe_ip(value: Any) -> Json:
    return {"t": "ip", "cls": type(value).__name__, "v": str(value)}


_SCALARS: dict[type, Callable[[Any], Json]] = {
    int: int_,
    float: float_,
    str: str_,
    bytes: lambda value: hex_of("bytes", value),
    bytearray: lambda value: hex_of("bytearray", bytes(value)),
    memoryview: lambda value: hex_of("memoryview", value.tobytes()),
    datetime: lambda value: {"t": "datetime", "v": value.isoformat()},
    date: lambda value: {"t": "date", "v": [value.year, value.month, value.day]},
    timedelta: lambda value: {"t": "timedelta", "v": [value.days, value.seconds, value.microseconds]},
    ZoneInfo: lambda value: {"t": "zoneinfo", "key": value.key} if value.key is not None else {"t": "opaque"},
    UUID: lambda value: {"t": "uuid", "hex": value.hex},
    decimal.Decimal: lambda value: {"t": "decimal", "v": str(value)},
    ipaddress.IPv4Address: _describe_ip,
    ipaddress.IPv4Interface: _describe_ip,
    ipaddress.IPv4Network: _describe_ip,
    ipaddress.IPv6Address: _describe_ip,
    ipaddress.IPv6Interface: _describe_ip,
    ipaddress.IPv6Network: _describe_ip,
}

_SEQUENCES: dict[type, str] = {tuple: "tuple", set: "set", frozenset: "frozenset", deque: "deque"}

_BASE_TYPES: dict[str, type[Any]] = {
    "str": str,
    "int": int,
    "list": list,
    "dict": dict,
    "float": float,
    "bytes": bytes,
    "tuple": tuple,
}
