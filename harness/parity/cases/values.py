"""Tagged values: Python values as JSON (`docs/cases.md` §1). Making, checking, walking and showing them.

Nothing here imports LangGraph or numpy: a value is plain data until a subject builds it.
"""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from parity.cases.schema import CaseError, Json

__all__ = [
    "BASES",
    "EXACT_INT",
    "IP_CLASSES",
    "KINDS",
    "MAX_BYTES",
    "MAX_JSON_DEPTH",
    "MAX_NODES",
    "OBSERVED_DEPTH",
    "OBSERVED_KINDS",
    "check",
    "children",
    "dict_",
    "float_",
    "hex_of",
    "int_",
    "kind_of",
    "kinds_in",
    "literal",
    "object_",
    "str_",
    "tag",
    "walk",
]

EXACT_INT = 2**53
"""Integers of this absolute value and above are written as text: every JSON reader is exact below it."""

MAX_JSON_DEPTH = 800
"""A value nested deeper than this, in JSON levels, is refused: Python's own JSON reader stops near 1,000."""

MAX_NODES = 200_000
"""A value of more tagged nodes than this is refused."""

MAX_BYTES = 1 << 20
"""The longest input of a bytes case, in bytes. The stack that upstream needs to read it is proportional to this."""

OBSERVED_DEPTH = 64
"""In an observation, a container at this depth (the root is 0) is written `{"t":"deep"}`."""

OBSERVED_KINDS = frozenset({"ext", "deep", "missing"})
"""Kinds that only an observation holds."""

BASES = ("str", "int", "list", "dict", "float", "bytes", "tuple")
"""The built-ins whose plain subclass a value can be."""

IP_CLASSES = ("IPv4Address", "IPv4Interface", "IPv4Network", "IPv6Address", "IPv6Interface", "IPv6Network")

_HEX = re.compile(r"(?:[0-9a-f]{2})*\Z")
_BITS = re.compile(r"[0-9a-f]{16}\Z")
_UUID = re.compile(r"[0-9a-f]{32}\Z")
_INT = re.compile(r"-?[1-9][0-9]{15,400}\Z")
_CLS = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*\Z")
_DTYPE = re.compile(r"[<>|][a-zA-Z][0-9]*(?:\[[0-9a-zA-Z]+\])?\Z")

_BASE_PAYLOAD: dict[str, Callable[[Json], bool]] = {
    "str": lambda v: isinstance(v, str) or kind_of(v) == "str",
    "int": lambda v: (isinstance(v, int) and not isinstance(v, bool)) or kind_of(v) == "int",
    "list": lambda v: isinstance(v, list),
    "dict": lambda v: kind_of(v) == "dict",
    "float": lambda v: kind_of(v) == "float",
    "bytes": lambda v: kind_of(v) == "bytes",
    "tuple": lambda v: kind_of(v) == "tuple",
}


# --- making -------------------------------------------------------------------------------------------------------


def int_(value: int) -> Json:
    """An `int` of any size."""
    return value if abs(value) < EXACT_INT else {"t": "int", "v": _decimal(value)}


def _decimal(value: int) -> str:
    try:
        return str(value)
    except ValueError:
        raise CaseError("/", "an integer of more than 4,300 digits cannot be written") from None


def float_(value: float | str) -> Json:
    """A `float`, from a number or from its 16 hexadecimal digits."""
    return {"t": "float", "bits": value if isinstance(value, str) else struct.pack(">d", value).hex()}


def str_(value: str) -> Json:
    """A `str`; one with lone surrogates is written in hexadecimal."""
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return {"t": "str", "hex": value.encode("utf-8", "surrogatepass").hex()}
    return value


def hex_of(kind: str, data: bytes) -> Json:
    """One of the buffer kinds: `bytes`, `bytearray`, `memoryview`."""
    return {"t": kind, "hex": data.hex()}


def dict_(*pairs: tuple[Json, Json]) -> Json:
    """A `dict` from pairs of tagged values, in order."""
    return {"t": "dict", "v": [[key, value] for key, value in pairs]}


def object_(code: int, cls: str, payload: Json) -> Json:
    """An instance of the class `module:Name` whose envelope has this code and payload."""
    return {"t": "object", "code": code, "cls": cls, "payload": payload}


def tag(value: object) -> Json:
    """The tagged form of plain data: None, bool, int, float, str, bytes, list, tuple and dict, nested at will.

    Raises TypeError for anything else; a tagged object in the tree has to be assembled by the caller.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int_(value)
    if isinstance(value, float):
        return float_(value)
    if isinstance(value, str):
        return str_(value)
    if isinstance(value, bytes):
        return hex_of("bytes", value)
    if isinstance(value, list):
        return [tag(item) for item in value]
    if isinstance(value, tuple):
        return {"t": "tuple", "v": [tag(item) for item in value]}
    if isinstance(value, dict):
        return dict_(*((tag(key), tag(item)) for key, item in value.items()))
    raise TypeError(f"not plain data: {type(value).__name__}")


# --- the kinds ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Member:
    """One member of a tagged object: what it must be, and whether it may be left out."""

    ok: Callable[[Json], bool]
    what: str
    optional: bool = False


def _is_int(value: Json) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _text(pattern: re.Pattern[str], what: str) -> _Member:
    return _Member(lambda v: isinstance(v, str) and pattern.match(v) is not None, what)


def _ints(low: int, high: int) -> Callable[[Json], bool]:
    return lambda v: isinstance(v, list) and low <= len(v) <= high and all(_is_int(item) for item in v)


_ANY = _Member(lambda v: True, "a value")
_VALUES = _Member(lambda v: isinstance(v, list), "an array of values")
_PAIRS = _Member(
    lambda v: isinstance(v, list) and all(isinstance(pair, list) and len(pair) == 2 for pair in v),
    "an array of [key, value] pairs",
)
_HEXES = _text(_HEX, "an even number of lower-case hexadecimal digits")
_STRING = _Member(lambda v: isinstance(v, str), "a string")
_BYTES_KIND = {"hex": _HEXES}
_SEQUENCE_KIND = {"v": _VALUES}

KINDS: dict[str, dict[str, _Member]] = {
    "int": {
        "v": _Member(
            lambda v: isinstance(v, str) and _INT.match(v) is not None and abs(int(v)) >= EXACT_INT,
            "the decimal digits of an integer of absolute value 2**53 or more",
        )
    },
    "float": {"bits": _text(_BITS, "16 lower-case hexadecimal digits")},
    "str": {"hex": _HEXES},
    "bytes": _BYTES_KIND,
    "bytearray": _BYTES_KIND,
    "memoryview": _BYTES_KIND,
    "tuple": _SEQUENCE_KIND,
    "dict": {"v": _PAIRS},
    "set": _SEQUENCE_KIND,
    "frozenset": _SEQUENCE_KIND,
    "deque": _SEQUENCE_KIND,
    "subclass": {"base": _Member(lambda v: v in BASES, f"one of {', '.join(BASES)}"), "v": _ANY},
    "datetime": {"v": _STRING},
    "date": {"v": _Member(_ints(3, 3), "[year, month, day]")},
    "time": {
        "v": _Member(
            lambda v: isinstance(v, list) and len(v) == 6 and _ints(5, 5)([*v[:4], v[5]]),
            "[hour, minute, second, microsecond, tzinfo, fold]",
        )
    },
    "timedelta": {"v": _Member(_ints(3, 3), "[days, seconds, microseconds]")},
    "timezone": {
        "args": _Member(lambda v: isinstance(v, list) and len(v) in (1, 2), "[timedelta] or [timedelta, name]")
    },
    "zoneinfo": {"key": _STRING},
    "uuid": {"hex": _text(_UUID, "32 lower-case hexadecimal digits")},
    "decimal": {"v": _STRING},
    "ip": {"cls": _Member(lambda v: v in IP_CLASSES, f"one of {', '.join(IP_CLASSES)}"), "v": _STRING},
    "path": {
        "parts": _Member(lambda v: isinstance(v, list) and all(isinstance(p, str) for p in v), "an array of strings")
    },
    "pattern": {
        "pattern": _Member(lambda v: isinstance(v, str) or kind_of(v) in ("str", "bytes"), "a str or bytes value"),
        "flags": _Member(_is_int, "an integer"),
    },
    "ndarray": {
        "dtype": _text(_DTYPE, "a numpy dtype string"),
        "shape": _Member(lambda v: _ints(0, 32)(v) and all(n >= 0 for n in v), "an array of lengths"),
        "order": _Member(lambda v: v in ("C", "F"), '"C" or "F"'),
        "hex": _HEXES,
    },
    "send": {
        "node": _STRING,
        "arg": _ANY,
        "timeout": _Member(lambda v: v is not None, "a TimeoutPolicy value", optional=True),
    },
    "delta_snapshot": {"v": _ANY},
    "exception": {"cls": _text(_CLS, "module:Name"), "args": _VALUES, "repr": _STRING},
    "object": {
        "code": _Member(lambda v: v in (0, 1, 2, 4, 5) and _is_int(v), "an extension code of a class: 0, 1, 2, 4 or 5"),
        "cls": _text(_CLS, "module:Name"),
        "payload": _ANY,
    },
    "opaque": {},
    "ext": {
        "code": _Member(_is_int, "an integer"),
        "hex": _Member(_HEXES.ok, _HEXES.what, optional=True),
        "v": _Member(_ANY.ok, _ANY.what, optional=True),
    },
    "deep": {},
    "missing": {},
}
"""Every kind of tagged object, with its members beside `t`."""

_ARRAY_MEMBERS = {
    "tuple": "v",
    "set": "v",
    "frozenset": "v",
    "deque": "v",
    "timezone": "args",
    "exception": "args",
    "time": "v",
}
_VALUE_MEMBERS = {
    "subclass": ("v",),
    "pattern": ("pattern",),
    "send": ("arg", "timeout"),
    "delta_snapshot": ("v",),
    "object": ("payload",),
    "ext": ("v",),
}


def kind_of(value: Json) -> str:
    """The kind of a tagged value: its `t`; `null`, `bool`, `int`, `str`, `list` for untagged forms; else "?"."""
    if isinstance(value, dict):
        kind = value.get("t")
        return kind if isinstance(kind, str) else "?"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int):
        return "int"
    if isinstance(value, str):
        return "str"
    if isinstance(value, list):
        return "list"
    return "?"


def children(value: Json) -> Iterator[tuple[str, Json]]:
    """The tagged values directly inside one, with their JSON pointers relative to it. The value has passed `check`."""
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield f"/{index}", item
    elif isinstance(value, dict):
        kind = value["t"]
        if kind == "dict":
            for index, (key, item) in enumerate(value["v"]):
                yield f"/v/{index}/0", key
                yield f"/v/{index}/1", item
        elif kind in _ARRAY_MEMBERS:
            member = _ARRAY_MEMBERS[kind]
            for index, item in enumerate(value[member]):
                yield f"/{member}/{index}", item
        else:
            for member in _VALUE_MEMBERS.get(kind, ()):
                if member in value:
                    yield f"/{member}", value[member]


def walk(value: Json) -> Iterator[tuple[str, Json]]:
    """Every tagged value in a tree with its JSON pointer, parents first. Needs no stack, however deep the value."""
    pending: list[tuple[str, Json]] = [("", value)]
    while pending:
        where, current = pending.pop()
        yield where, current
        pending.extend(reversed([(where + step, child) for step, child in children(current)]))


def kinds_in(value: Json) -> set[str]:
    """The kinds that occur anywhere in a value."""
    return {kind_of(item) for _, item in walk(value)}


def check(value: Json, *, observed: bool = False) -> None:
    """Checks a tagged value of any depth, as the schema does but without recursion.

    Raises CaseError at the first fault. With `observed`, the kinds that only observations hold are accepted too.
    """
    pending: list[tuple[str, Json, int]] = [("", value, 1)]
    nodes = 0
    while pending:
        where, current, level = pending.pop()
        nodes += 1
        if nodes > MAX_NODES:
            raise CaseError(where or "/", f"more than {MAX_NODES} values")
        if level > MAX_JSON_DEPTH:
            raise CaseError(where or "/", f"nested deeper than {MAX_JSON_DEPTH} levels")
        _check_one(where, current, observed)
        for step, child in children(current):
            pending.append((where + step, child, level + step.count("/")))


def _check_one(where: str, value: Json, observed: bool) -> None:
    where = where or "/"
    if value is None or isinstance(value, (bool, list)):
        return
    if isinstance(value, int):
        if abs(value) >= EXACT_INT:
            raise CaseError(where, 'an integer of absolute value 2**53 or more is written {"t":"int","v":"…"}')
        return
    if isinstance(value, str):
        if not value.isascii() and any("\ud800" <= char <= "\udfff" for char in value):
            raise CaseError(where, 'a string with lone surrogates is written {"t":"str","hex":"…"}')
        return
    if not isinstance(value, dict):
        raise CaseError(where, f"expected a tagged value, got {type(value).__name__}")
    kind = value.get("t")
    members = KINDS.get(kind) if isinstance(kind, str) else None
    if members is None or (kind in OBSERVED_KINDS and not observed):
        raise CaseError(where, f"unknown kind of value {kind!r}"[:120])
    for name in value:
        if name != "t" and name not in members:
            raise CaseError(where, f"{kind} has no member {name!r}"[:120])
    for name, member in members.items():
        if name not in value:
            if not member.optional:
                raise CaseError(where, f"{kind} needs {name!r}")
        elif not member.ok(value[name]):
            raise CaseError(f"{where.rstrip('/')}/{name}", f"expected {member.what}")
    if kind == "subclass" and not _BASE_PAYLOAD[value["base"]](value["v"]):
        raise CaseError(f"{where.rstrip('/')}/v", f"expected a value of kind {value['base']}")
    if kind == "ext" and ("hex" in value) == ("v" in value):
        raise CaseError(where, "ext has either 'hex' or 'v'")


# --- showing ------------------------------------------------------------------------------------------------------

_SHOWN_DEPTH = 40


def literal(value: Json, *, limit: int = 2000) -> str:
    """A value as a person would write it in Python, at most `limit` characters, then "…". Total: any JSON is shown."""
    text = _literal(value, 0)
    return text if len(text) <= limit else text[: max(limit - 1, 0)] + "…"


def _bytes_literal(digits: str) -> str:
    try:
        return repr(bytes.fromhex(digits))
    except ValueError:
        return f"hex {digits!r}"


def _float_literal(bits: str) -> str:
    number: float = struct.unpack(">d", bytes.fromhex(bits))[0]
    if math.isnan(number) and bits != "7ff8000000000000":
        return f"nan(0x{bits})"
    return f"float({str(number)!r})" if math.isnan(number) or math.isinf(number) else repr(number)


def _joined(items: list[Json], depth: int) -> str:
    return ", ".join(_literal(item, depth) for item in items)


def _literal(value: Json, depth: int) -> str:
    if depth > _SHOWN_DEPTH:
        return "…"
    if isinstance(value, list):
        return f"[{_joined(value, depth + 1)}]"
    if not isinstance(value, dict):
        return repr(value)
    try:
        return _tagged_literal(value, value["t"], depth + 1)
    except (KeyError, TypeError, ValueError, AttributeError, struct.error):
        return f"<{value!r}>"[:200]


def _tagged_literal(value: dict[str, Json], kind: str, depth: int) -> str:
    def show(member: str) -> str:
        return _literal(value[member], depth)

    if kind == "int":
        return str(value["v"])
    if kind == "float":
        return _float_literal(value["bits"])
    if kind == "str":
        return repr(bytes.fromhex(value["hex"]).decode("utf-8", "surrogatepass"))
    if kind == "bytes":
        return _bytes_literal(value["hex"])
    if kind in ("bytearray", "memoryview"):
        return f"{kind}({_bytes_literal(value['hex'])})"
    if kind == "tuple":
        inside = _joined(value["v"], depth)
        return f"({inside},)" if len(value["v"]) == 1 else f"({inside})"
    if kind == "dict":
        return "{" + ", ".join(f"{_literal(k, depth)}: {_literal(v, depth)}" for k, v in value["v"]) + "}"
    if kind in ("set", "frozenset", "deque"):
        return f"{kind}([{_joined(value['v'], depth)}])"
    if kind == "subclass":
        return f"{value['base'].capitalize()}Subclass({show('v')})"
    if kind == "datetime":
        return f"datetime.fromisoformat({value['v']!r})"
    if kind == "time":
        *clock, tzinfo, fold = value["v"]
        return f"time({', '.join(map(str, clock))}, {_literal(tzinfo, depth)}, fold={fold})"
    if kind in ("date", "timedelta"):
        return f"{kind}({', '.join(map(str, value['v']))})"
    if kind == "timezone":
        return f"timezone({_joined(value['args'], depth)})"
    if kind == "zoneinfo":
        return f"ZoneInfo({value['key']!r})"
    if kind == "uuid":
        return f"UUID({value['hex']!r})"
    if kind == "decimal":
        return f"Decimal({value['v']!r})"
    if kind == "ip":
        return f"{value['cls']}({value['v']!r})"
    if kind == "path":
        return f"PosixPath({', '.join(map(repr, value['parts']))})"
    if kind == "pattern":
        return f"re.compile({show('pattern')}, {value['flags']})"
    if kind == "ndarray":
        return (
            f"ndarray({value['dtype']!r}, {tuple(value['shape'])}, {value['order']!r}, {_bytes_literal(value['hex'])})"
        )
    if kind == "send":
        timeout = f", timeout={show('timeout')}" if "timeout" in value else ""
        return f"Send({value['node']!r}, {show('arg')}{timeout})"
    if kind == "delta_snapshot":
        return f"_DeltaSnapshot({show('v')})"
    if kind == "exception":
        return str(value["repr"])
    if kind == "object":
        return f"{value['cls']}<{value['code']}>({show('payload')})"
    if kind == "ext":
        return f"Ext({value['code']}, {show('v') if 'v' in value else _bytes_literal(value['hex'])})"
    if kind in ("opaque", "deep", "missing"):
        return f"<{kind}>"
    return f"<{value!r}>"[:200]
