"""Random value cases (`docs/cases.md` §1): a swarm of kinds first, then a canonical value of these kinds only."""

from __future__ import annotations

import struct
from collections.abc import Callable, Hashable
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from parity.cases.model import Case
from parity.cases.schema import Json
from parity.cases.values import (
    BASES,
    OBSERVED_DEPTH,
    children,
    dict_,
    float_,
    hex_of,
    int_,
    kind_of,
    object_,
    str_,
    tag,
)
from parity.generate.classes import ENUM_MEMBERS, KEYWORD_CLASSES, MESSAGES, SAMPLES, keyword, legacy, message, model
from parity.generate.swarm import Batch, Choices, batched, examples, swarm

__all__ = ["FEATURES", "batches", "cases", "features"]

_MAX_DEPTH = 7
_MAX_NODES = 60
_SIZES = (48, 96, 128, 192, 192, 256, 384, 512, 640, 1024)
"""Bytes of choices, as `examples` has them."""

_INT_EDGES = (
    *(sign * 2**power + near for power in (0, 5, 7, 8, 15, 16, 31, 32, 53) for sign in (1, -1) for near in (0, -1, 1)),
    2**63 - 1,
    2**63,
    -(2**63),
    2**64 - 1,
)
_WIDE_INTS = (2**64, -(2**63) - 1, 2**64 + 1, 10**40, -(10**25))
_FLOAT_BITS = (
    "0000000000000000",
    "8000000000000000",
    "3ff0000000000000",
    "3fb999999999999a",
    "7ff0000000000000",
    "fff0000000000000",
    "7ff8000000000000",
    "7ff8000000000001",
    "7ff0000000000001",
    "ffffffffffffffff",
    "7fefffffffffffff",
    "0000000000000001",
    "4340000000000000",
    "c3e0000000000000",
)
_CHARACTERS = 'ab0 _\0\n"é\x80߿ࠀ€\ufeff\uffff😀\U0010ffff'
_SURROGATES = "\ud800\udbff\udc00\udfff"
_LENGTHS = (15, 16, 17, 31, 32, 33, 255, 256, 257)
_HUGE_LENGTHS = (65535, 65536)
_DEEP = (62, 63, 64, 65, 120, 250, 253, 254, 255, 256, 257)

_DATETIMES = (
    "2024-01-02T03:04:05",
    "2024-01-02T03:04:05.000006",
    "2024-02-29T23:59:59.999999+00:00",
    "0001-01-01T00:00:00",
    "9999-12-31T23:59:59.999999",
    "1999-12-31T12:00:00-05:30",
    "2024-06-01T00:00:00+23:59",
    "2024-06-01T00:00:00+00:19:32.000001",
)
_TIMEDELTAS = ((0, 0, 0), (0, 3600, 0), (-1, 86399, 999999), (999999999, 86399, 999999), (0, 0, 1))
_OFFSETS = ((0, 0, 0), (0, 19800, 0), (-1, 68400, 0), (0, 1, 1))
_ZONES = ("UTC", "Europe/Paris", "Asia/Kolkata")
_DECIMALS = ("0", "1.50", "-0", "1E+5", "1E-7", "NaN", "-Infinity", "NaN7", "12345678901234567890.123456789")
_IPS = (
    ("IPv4Address", "10.0.0.1"),
    ("IPv4Interface", "10.0.0.1/8"),
    ("IPv4Network", "10.0.0.0/8"),
    ("IPv6Address", "2001:db8::1"),
    ("IPv6Address", "fe80::1%eth0"),
    ("IPv6Interface", "::1/128"),
    ("IPv6Network", "2001:db8::/32"),
)
_PATHS: tuple[list[str], ...] = ([], ["a"], ["/", "a", "b.txt"], ["..", "é"], ["//", "x"])
_PATTERNS: tuple[tuple[Json, int], ...] = (
    ("a+", 32),
    ("", 32),
    ("(?i)x", 34),
    ("^é", 32 | 8),
    (hex_of("bytes", b"a\xff"), 0),
    (r"\d", 256),
)
_EXCEPTIONS = ("builtins:ValueError", "builtins:RuntimeError", "builtins:KeyboardInterrupt", f"{SAMPLES}:SampleError")
_DTYPES = (
    ("<f8", 8),
    ("<i4", 4),
    ("|u1", 1),
    ("|b1", 1),
    ("<f2", 2),
    (">i2", 2),
    ("<c16", 16),
    ("<U2", 8),
    ("|S3", 3),
    ("|V4", 4),
    ("<M8[s]", 8),
    ("<m8[ns]", 8),
    ("<u8", 8),
)
_SHAPES = ((2,), (0,), (), (1,), (2, 2), (2, 3), (3, 1), (2, 0, 3), (2, 2, 2), (40,))
_TIMEOUT = "langgraph.types:TimeoutPolicy"
_ITEM_TIMES = ("2026-01-01T00:00:00", "2026-01-01T00:00:00.000001+00:00")
_CALL = {"name": "search", "args": {"q": "x"}, "id": "call_1", "type": "tool_call"}

_SCALARS = (
    "null",
    "bool",
    "int",
    "float",
    "str",
    "surrogate",
    "wide_int",
    "bytes",
    "bytearray",
    "memoryview",
    "datetime",
    "date",
    "time",
    "timedelta",
    "timezone",
    "zoneinfo",
    "uuid",
    "decimal",
    "ip",
    "path",
    "pattern",
    "enum",
    "secret",
    "ndarray",
    "exception",
    "opaque",
)
_CONTAINERS = (
    "list",
    "dict",
    "tuple",
    "set",
    "frozenset",
    "deque",
    "subclass",
    "send",
    "delta_snapshot",
    "keyword",
    "positional",
    "model",
    "legacy",
    "message",
    "item",
)
_MODIFIERS = ("any_key", "refused_key", "long", "deep")

FEATURES = (*_SCALARS, *_CONTAINERS, *_MODIFIERS)
"""What an example may be allowed to use."""

_PLAIN = frozenset({"null", "bool", "int", "float", "str", "bytes", "list", "dict", "tuple", "any_key", "long"})
"""The kinds that pydantic's dump leaves as they are: what a model's fields may hold."""

_KEY_KINDS = (
    "int",
    "float",
    "bool",
    "null",
    "bytes",
    "memoryview",
    "tuple",
    "datetime",
    "date",
    "time",
    "uuid",
    "enum",
)
_REFUSED_KEY_KINDS = ("frozenset", "decimal", "timedelta", "zoneinfo", "ip", "path", "pattern", "surrogate", "wide_int")
_ELEMENT_KINDS = (
    "int",
    "str",
    "float",
    "bool",
    "null",
    "bytes",
    "uuid",
    "date",
    "datetime",
    "timedelta",
    "zoneinfo",
    "decimal",
    "ip",
    "path",
    "enum",
    "frozenset",
    "surrogate",
)
"""Set elements that every reader gets back hashable, so that a set stays a set."""


def cases() -> st.SearchStrategy[Case]:
    """Valid, canonical value cases; each example draws which kinds it may use at all."""
    return examples(_case)


def batches() -> st.SearchStrategy[Batch[Case]]:
    """The same, many at a time: a case is run in less time than an example takes."""
    return batched(_case, _SIZES)


def _case(choices: Choices) -> Case:
    return Case("value", {"value": _Maker(choices).root()})


def features(case: Case) -> set[str]:
    """The names in `FEATURES` of what a value case really holds."""
    found: set[str] = set()
    # Each value with the members and indexes that lead to it; `walk` spells them out, which takes far longer.
    pending: list[tuple[int, Json]] = [(0, case.body["value"])]
    while pending:
        steps, value = pending.pop()
        if steps > OBSERVED_DEPTH * 2:
            found.add("deep")
        if isinstance(value, list):
            found.add("list")
            pending += [(steps + 1, item) for item in value]
        else:
            found |= _features_of(value)
            if isinstance(value, dict):
                pending += [(steps + step.count("/"), item) for step, item in children(value)]
    return found


_CODE_FEATURES = {1: "positional", 2: "keyword", 4: "legacy"}


def _features_of(value: Json) -> set[str]:
    kind = kind_of(value)
    if kind == "str":
        if isinstance(value, dict):
            return {"surrogate"}
        return {"str", "long"} if len(value) > 31 else {"str"}
    if kind == "int" and isinstance(value, dict):
        return {"int"} if -(2**63) <= int(value["v"]) < 2**64 else {"wide_int"}
    if kind == "dict":
        odd = {kind_of(key) for key, _ in value["v"]} - {"str"}
        return {"dict", *(["any_key"] if odd else []), *(["refused_key"] if odd & set(_REFUSED_KEY_KINDS) else [])}
    if kind == "object":
        cls, code = value["cls"], value["code"]
        if code == 5:
            return {"message" if cls in MESSAGES else "model"}
        if code == 0:
            return {"secret" if ":Secret" in cls else "enum"}
        return {"item" if cls.endswith(":Item") else _CODE_FEATURES[code]}
    return {kind}


class _Maker:
    """Makes one value from choices."""

    def __init__(self, choices: Choices) -> None:
        self._choices = choices
        self._nodes = 0
        self._allowed = swarm(choices, FEATURES) | {"null", "int", "str", "list"}
        self._makers: dict[str, Callable[[int], Json]] = {
            name: getattr(self, f"_{name}") for name in (*_SCALARS, *_CONTAINERS)
        }

    def root(self) -> Json:
        c = self._choices
        value = self._value(0, containers_only=not c.one_in(8))
        if "deep" in self._allowed and c.one_in(4):
            wrap = c.pick(("list", "dict", "tuple"))
            for _ in range(c.pick(_DEEP)):
                value = [value] if wrap == "list" else dict_(("k", value)) if wrap == "dict" else _seq(wrap, [value])
        return value

    def _kinds(self, names: tuple[str, ...]) -> list[str]:
        return [name for name in names if name in self._allowed]

    def _value(self, depth: int, *, containers_only: bool = False) -> Json:
        self._nodes += 1
        spent = depth >= _MAX_DEPTH or self._nodes > _MAX_NODES or self._choices.spent
        if containers_only and not spent:
            names: tuple[str, ...] = _CONTAINERS
        elif spent or self._choices.one_in(2):
            names = _SCALARS
        else:
            names = _SCALARS[:5] + _CONTAINERS
        return self._makers[self._choices.pick(self._kinds(names))](depth + 1)

    def _only(self, kinds: frozenset[str], make: Callable[[int], Json], depth: int) -> Json:
        """Makes a value with some kinds alone."""
        allowed = self._allowed
        self._allowed = (allowed & kinds) | {"null", "int", "str", "list"}
        try:
            return make(depth)
        finally:
            self._allowed = allowed

    def _plain(self, depth: int) -> Json:
        return self._only(_PLAIN, self._value, depth)

    def _count(self) -> int:
        return self._choices.pick((1, 2, 0, 3, 1, 2, 4, 5))

    def _items(self, depth: int) -> list[Json]:
        c = self._choices
        if "long" in self._allowed and c.one_in(8):
            length = c.pick(_LENGTHS)
            item = c.below(300)
            return [item] * length
        return [self._value(depth) for _ in range(self._count())]

    # scalars

    def _null(self, depth: int) -> Json:
        return None

    def _bool(self, depth: int) -> Json:
        return self._choices.pick((False, True))

    def _int(self, depth: int) -> Json:
        c = self._choices
        shape = c.byte() % 4
        if shape == 0:
            return c.byte()
        if shape == 1:
            return int_(c.pick(_INT_EDGES))
        width = 1 + c.below(8)
        return int_(int.from_bytes(c.take(width), "big", signed=shape == 2))

    def _wide_int(self, depth: int) -> Json:
        return int_(self._choices.pick(_WIDE_INTS))

    def _float(self, depth: int) -> Json:
        c = self._choices
        if c.one_in(3):
            return float_(c.take(8).hex())
        return float_(c.pick(_FLOAT_BITS))

    def _text(self, alphabet: str) -> str:
        c = self._choices
        length = c.byte() % 12
        text = "".join(c.pick(alphabet) for _ in range(length))
        if "long" in self._allowed and c.one_in(4):
            target = c.pick(_HUGE_LENGTHS) if c.one_in(24) else c.pick(_LENGTHS)
            text += c.pick(alphabet) * max(target - len(text.encode("utf-8", "surrogatepass")), 0)
        return text

    def _str(self, depth: int) -> Json:
        return str_(self._text(_CHARACTERS))

    def _surrogate(self, depth: int) -> Json:
        c = self._choices
        return str_(self._text(_CHARACTERS + _SURROGATES) + c.pick(_SURROGATES))

    def _data(self) -> bytes:
        c = self._choices
        data = c.take(c.byte() % 10)
        if "long" in self._allowed and c.one_in(4):
            target = c.pick(_HUGE_LENGTHS) if c.one_in(24) else c.pick(_LENGTHS)
            data = data.ljust(target, bytes([c.byte()]))
        return data

    def _bytes(self, depth: int) -> Json:
        return hex_of("bytes", self._data())

    def _bytearray(self, depth: int) -> Json:
        return hex_of("bytearray", self._data())

    def _memoryview(self, depth: int) -> Json:
        return hex_of("memoryview", self._data())

    def _datetime(self, depth: int) -> Json:
        return {"t": "datetime", "v": self._choices.pick(_DATETIMES)}

    def _date(self, depth: int) -> Json:
        c = self._choices
        return {"t": "date", "v": [1 + c.below(9999), 1 + c.below(12), 1 + c.below(28)]}

    def _time(self, depth: int) -> Json:
        c = self._choices
        zone: Json = None
        if c.one_in(3):
            zone = self._timezone(depth) if c.one_in(2) else self._zoneinfo(depth)
        return {"t": "time", "v": [c.below(24), c.below(60), c.below(60), c.below(1_000_000), zone, c.byte() % 2]}

    def _timedelta(self, depth: int) -> Json:
        return {"t": "timedelta", "v": list(self._choices.pick(_TIMEDELTAS))}

    def _timezone(self, depth: int) -> Json:
        c = self._choices
        args: list[Json] = [{"t": "timedelta", "v": list(c.pick(_OFFSETS))}]
        if c.one_in(3):
            args.append(c.pick(("EST", "", "é")))
        return {"t": "timezone", "args": args}

    def _zoneinfo(self, depth: int) -> Json:
        return {"t": "zoneinfo", "key": self._choices.pick(_ZONES)}

    def _uuid(self, depth: int) -> Json:
        return {"t": "uuid", "hex": self._choices.take(16).hex()}

    def _decimal(self, depth: int) -> Json:
        return {"t": "decimal", "v": self._choices.pick(_DECIMALS)}

    def _ip(self, depth: int) -> Json:
        cls, text = self._choices.pick(_IPS)
        return {"t": "ip", "cls": cls, "v": text}

    def _path(self, depth: int) -> Json:
        return {"t": "path", "parts": list(self._choices.pick(_PATHS))}

    def _pattern(self, depth: int) -> Json:
        pattern, flags = self._choices.pick(_PATTERNS)
        return {"t": "pattern", "pattern": pattern, "flags": flags}

    def _enum(self, depth: int) -> Json:
        cls, value = self._choices.pick(ENUM_MEMBERS)
        return object_(0, cls, value)

    def _secret(self, depth: int) -> Json:
        if self._choices.one_in(3):
            return object_(0, "pydantic.types:SecretBytes", hex_of("bytes", self._data()))
        return object_(0, "pydantic.types:SecretStr", self._text(_CHARACTERS))

    def _ndarray(self, depth: int) -> Json:
        c = self._choices
        dtype, size = c.pick(_DTYPES)
        shape = c.pick(_SHAPES)
        total = size
        for length in shape:
            total *= length
        fill = b"\0" if dtype in ("|b1", "<U2") else bytes([c.byte()])
        order = "F" if c.one_in(2) and total and sum(length > 1 for length in shape) > 1 else "C"
        return {"t": "ndarray", "dtype": dtype, "shape": list(shape), "order": order, "hex": (fill * total).hex()}

    def _exception(self, depth: int) -> Json:
        c = self._choices
        cls = c.pick(_EXCEPTIONS)
        text = self._text(_CHARACTERS)
        name = cls.rpartition(":")[2]
        return {"t": "exception", "cls": cls, "args": [text], "repr": f"{name}({text!r})"}

    def _opaque(self, depth: int) -> Json:
        return {"t": "opaque"}

    # containers

    def _list(self, depth: int) -> Json:
        return self._items(depth)

    def _tuple(self, depth: int) -> Json:
        return _seq("tuple", self._items(depth))

    def _deque(self, depth: int) -> Json:
        return _seq("deque", self._items(depth))

    def _dict(self, depth: int) -> Json:
        c = self._choices
        if "long" in self._allowed and c.one_in(8):
            return dict_(*((index, None) for index in range(c.pick(_LENGTHS))))
        pairs: list[tuple[Json, Json]] = []
        seen: set[Hashable] = set()
        for _ in range(self._count()):
            key = self._key(depth)
            identity = _identity(key)
            if identity not in seen:
                seen.add(identity)
                pairs.append((key, self._value(depth)))
        return dict_(*pairs)

    def _key(self, depth: int) -> Json:
        c = self._choices
        if "refused_key" in self._allowed and c.one_in(6):
            return self._hashable(c.pick(_REFUSED_KEY_KINDS), depth)
        if "any_key" in self._allowed and c.one_in(2):
            return self._hashable(c.pick(_KEY_KINDS), depth)
        return self._text("abcdé")

    def _hashable(self, kind: str, depth: int) -> Json:
        if kind == "tuple":
            inner = ("int", "str", "bytes", "null", "tuple") if depth < _MAX_DEPTH else ("int", "str")
            return _seq("tuple", [self._hashable(self._choices.pick(inner), depth + 1) for _ in range(self._count())])
        if kind == "frozenset":
            return self._set_of("frozenset", depth)
        return self._makers[kind](depth)

    def _set(self, depth: int) -> Json:
        return self._set_of("set", depth)

    def _frozenset(self, depth: int) -> Json:
        return self._set_of("frozenset", depth)

    def _set_of(self, kind: str, depth: int, *, element: bool = False) -> Json:
        """A set; one that is itself an element of a set holds nothing that would load as unhashable."""
        c = self._choices
        if c.one_in(8) and not element:
            return _seq(kind, [self._hashable("tuple", depth)])
        if c.one_in(8) and "keyword" in self._allowed and not element:
            return _seq(kind, [keyword(f"{SAMPLES}:{c.pick(('Frozen', 'Record'))}")])
        count = self._count()
        allowed = {"int", "str", *self._allowed}
        names = [name for name in _ELEMENT_KINDS if name in allowed and (depth < _MAX_DEPTH or name != "frozenset")]
        items: list[Json] = []
        seen: set[Hashable] = set()
        for _ in range(count):
            name = c.pick(names)
            inner = depth + 1
            item = self._set_of(name, inner, element=True) if name == "frozenset" else self._hashable(name, inner)
            if item == object_(0, f"{SAMPLES}:Color", tag((1, 2))):
                continue
            identity = _identity(item)
            if identity not in seen:
                seen.add(identity)
                items.append(item)
        if all(isinstance(item, int) and not isinstance(item, bool) for item in items):
            items = list(set(items))
        return _seq(kind, items)

    def _subclass(self, depth: int) -> Json:
        base = self._choices.pick(BASES)
        return {"t": "subclass", "base": base, "v": self._makers[base](depth)}

    def _send(self, depth: int) -> Json:
        c = self._choices
        out: dict[str, Json] = {"t": "send", "node": c.pick(("n", "agent", "")), "arg": self._value(depth)}
        if c.one_in(4):
            changed: dict[str, Json] = {"idle_timeout": float_(0.5)} if c.one_in(2) else {"refresh_on": "heartbeat"}
            out["timeout"] = keyword(_TIMEOUT, **changed)
        return out

    def _delta_snapshot(self, depth: int) -> Json:
        return {"t": "delta_snapshot", "v": self._value(depth)}

    def _keyword(self, depth: int) -> Json:
        c = self._choices
        cls = c.pick(tuple(KEYWORD_CLASSES))
        names = [name for name in KEYWORD_CLASSES[cls] if name != "type"]
        changed = {c.pick(names): self._value(depth) for _ in range(1 + c.byte() % 3)}
        return keyword(cls, **changed)

    def _positional(self, depth: int) -> Json:
        node = self._choices.pick(("n", ""))
        return object_(1, f"{SAMPLES}:Parcel", _seq("tuple", [node, self._value(depth)]))

    def _model(self, depth: int) -> Json:
        c = self._choices
        shape = c.byte() % 4
        if shape == 0:
            return model("Address", street=self._plain(depth), number=self._plain(depth))
        if shape == 1:
            return model("Account", owner=self._plain(depth), extra=self._plain(depth))
        if shape == 2:
            return model("LoosePayload")
        address = dict_(("street", self._plain(depth)), ("number", None))
        return model("Profile", name=self._plain(depth), address=address, tags=[self._plain(depth)])

    def _legacy(self, depth: int) -> Json:
        if self._choices.one_in(3):
            point = dict_(("x", self._plain(depth)), ("y", None))
            return legacy("LegacyAddress", street=self._plain(depth), point=point)
        return legacy("LegacyPoint", x=self._plain(depth), y=self._plain(depth))

    def _message(self, depth: int) -> Json:
        c = self._choices
        cls = c.pick(tuple(MESSAGES))
        changed: dict[str, Json] = {}
        if cls.endswith(":Document"):
            changed["page_content"] = self._text(_CHARACTERS)
            changed["metadata"] = dict_(("a", self._plain(depth)))
        elif not cls.endswith(":RemoveMessage"):
            if c.one_in(3):
                block = dict_(("type", "text"), ("text", self._text(_CHARACTERS)))
                changed["content"] = [block, self._text(_CHARACTERS)]
            else:
                changed["content"] = self._text(_CHARACTERS)
            if c.one_in(3):
                changed["additional_kwargs"] = dict_(("k", self._plain(depth)))
            if c.one_in(4):
                changed["response_metadata"] = dict_(("m", self._plain(depth)))
            if c.one_in(3):
                changed["id"] = c.pick(("m1", "", "run-é"))
            if c.one_in(3) and cls.endswith(":AIMessage"):
                changed["tool_calls"] = tag([_CALL] * (1 + c.byte() % 2))
            if c.one_in(3) and cls.endswith(":ToolMessage"):
                changed["artifact"] = self._plain(depth)
        return message(cls, **changed)

    def _item(self, depth: int) -> Json:
        c = self._choices
        fields: dict[str, Any] = {"namespace": ["a", "é"][: 1 + c.byte() % 2], "key": c.pick(("k", ""))}
        value = dict_(("x", self._plain(depth)))
        times = {"created_at": c.pick(_ITEM_TIMES), "updated_at": c.pick(_ITEM_TIMES)}
        tagged = {**{name: tag(item) for name, item in fields.items()}, "value": value, **times}
        return object_(4, "langgraph.store.base:Item", dict_(*tagged.items()))


def _seq(kind: str, items: list[Json]) -> Json:
    return {"t": kind, "v": items}


def _identity(value: Json) -> Hashable:
    """Equal for values that Python, or upstream's strict read of them, may find equal; it may be equal for more."""
    kind = kind_of(value)
    if kind in ("bool", "int"):
        return Fraction(int(value["v"]) if isinstance(value, dict) else int(value))
    if kind == "float":
        return _number_identity(struct.unpack(">d", bytes.fromhex(value["bits"]))[0])
    if kind == "str":
        # surrogates are replaced on encoding, so that different strings may read back equal
        text = value if isinstance(value, str) else bytes.fromhex(value["hex"]).decode("utf-8", "surrogatepass")
        return ("str", text.encode("utf-8", "replace"))
    if kind in ("bytes", "memoryview", "bytearray"):
        return ("bytes", value["hex"])
    if kind == "tuple":
        return ("tuple", tuple(_identity(item) for item in value["v"]))
    if kind == "frozenset":
        return ("frozenset", frozenset(_identity(item) for item in value["v"]))
    if kind == "object":
        return _identity(value["payload"]) if value["code"] == 0 else kind
    if kind == "decimal":
        return _number_identity(Decimal(value["v"]))
    if kind == "datetime":
        return datetime.fromisoformat(value["v"])
    if kind in ("time", "timezone"):
        return kind
    return (kind, repr(value))


def _number_identity(number: float | Decimal) -> Hashable:
    if Decimal(number).is_nan() or number in (float("inf"), float("-inf")):
        return ("odd number", str(number).lower()[:4])
    return Fraction(number)
